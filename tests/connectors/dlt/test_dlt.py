"""dlt's sources as text: files, tables, APIs, those of other packages; and nothing from dlt's own files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dlt
import pytest

from dagster_ingest.connectors import registry
from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.connectors.dlt import sources
from dagster_ingest.errors import AccessDenied, DataError, NothingDelivered, SpecError, Unavailable
from dagster_ingest.testing.http import Answer, FakeServer, faults
from dagster_ingest.testing.served import drain

Ask = Callable[..., ReadRequest]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    (tmp_path / "drops").mkdir(exist_ok=True)

    def request(source: str, config: dict[str, Any], cursor: str | None = None, **more: Any) -> ReadRequest:
        settings = {"source": source, "config": config, "attempts": 2, "wait_seconds": 0, **more}
        secrets = {"KEY": "dlt-s3cret-key", "DSN": f"sqlite:///{tmp_path}/source.db"}.__getitem__
        allowed = str(tmp_path / "drops")
        return ReadRequest("acme", "feed", "things", "IA", settings, allowed, cursor=cursor, secrets=secrets)

    return request


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources of this file, as an installed package would offer them."""
    made = (numbers, needs_secret, breaks, grows)
    names = ("numbers", "needs_secret", "breaks", "grows")
    found = [SimpleNamespace(name=n, load=lambda m=m: m) for n, m in zip(names, made, strict=True)]
    monkeypatch.setattr(sources, "entry_points", lambda group: found)


@dlt.source
def numbers(count: int, start: int = 0):
    @dlt.resource(primary_key="id")
    def things(at=dlt.sources.incremental("id", initial_value=start)):  # noqa: B008
        yield [
            {"id": n, "half": n / 2, "nested": {"b": [1], "a": None}}
            for n in range(count)
            if n >= at.last_value
        ]

    @dlt.resource
    def others():
        yield {"x": 1}

    return things, others


@dlt.source
def needs_secret(api_key: str = dlt.secrets.value):
    return dlt.resource([{"key": api_key}], name="things")


@dlt.resource(name="things")
def breaks():
    yield {"id": 1}
    raise ConnectionResetError("the peer went away")


@dlt.resource(name="things")
def grows():
    yield [{"id": n} for n in range(1000)]
    yield {"id": 1000, "late": "x"}


def read(request: ReadRequest):
    return registry.connector("dlt").read(request)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_files_are_read_as_text(ask: Ask, tmp_path: Path, form: str):
    import polars as pl

    place = tmp_path / "drops" / "ia"
    place.mkdir()
    frame = pl.DataFrame({"ID": ["001", "002"], "Odd, heading": ['a "b"\nc', ""], "n": ["1e5", "null"]})
    write = {"csv": frame.write_csv, "jsonl": frame.write_ndjson, "parquet": frame.write_parquet}
    write[form](place / f"things.{form}")

    found = drain(read(ask("files", {"bucket_url": "{drops}/ia", "file_glob": f"*.{form}", "format": form})))

    assert found.read.columns == frame.columns
    assert found.rows == frame.rows()
    assert found.completeness.complete


@pytest.mark.parametrize("url", ["../other", "/etc", "file:///etc", "{drops}/.."])
def test_files_stay_inside_of_the_drops(ask: Ask, url: str):
    with pytest.raises(SpecError, match="drop folder"):
        read(ask("files", {"bucket_url": url, "file_glob": "*"}))


def test_a_table_of_a_database_comes_as_arrow(ask: Ask, tmp_path: Path):
    with sqlite3.connect(tmp_path / "source.db") as connection:
        connection.execute("create table things (id integer primary key, name text, price real)")
        connection.execute("insert into things values (1, 'a', 1.5), (2, null, 5)")
    connection.close()

    found = drain(read(ask("sql_database", {"credentials": {"secret": "DSN"}})))

    assert found.read.columns == ["id", "name", "price"]
    assert found.rows == [("1", "a", "1.5"), ("2", None, "5.0")]


def test_state_is_the_cursor_and_survives_an_empty_read(ask: Ask, offered: None):
    first = drain(read(ask("numbers", {"count": 4}, incremental=True)))
    second = drain(read(ask("numbers", {"count": 4}, cursor=first.cursor, incremental=True)))
    third = drain(read(ask("numbers", {"count": 6}, cursor=second.cursor, incremental=True)))

    assert first.rows[1] == ("1", "0.5", '{"b":[1],"a":null}')
    assert second.rows == []
    assert second.read.columns == first.read.columns
    assert [row[0] for row in third.rows] == ["4", "5"]
    assert (first.read.snapshot, third.read.snapshot) == (True, False)
    assert json.loads(third.cursor) != json.loads(first.cursor)


def test_without_incremental_there_is_no_cursor(ask: Ask, offered: None):
    found = drain(read(ask("numbers", {"count": 4}, cursor='{"state": "{}", "columns": []}')))

    assert len(found.rows) == 4
    assert found.cursor is None


def test_nothing_is_taken_from_the_environment(ask: Ask, offered: None, monkeypatch: pytest.MonkeyPatch):
    """dlt would look for `api_key` there, and find another tenant's."""
    for name in ("API_KEY", "SOURCES__API_KEY", "NEEDS_SECRET__API_KEY"):
        monkeypatch.setenv(name, "of-another-tenant")

    with pytest.raises(SpecError, match="lacks a setting"):
        drain(read(ask("needs_secret", {})))
    found = drain(read(ask("needs_secret", {"api_key": {"secret": "KEY"}})))
    assert found.rows == [("dlt-s3cret-key",)]


def test_a_field_that_comes_late_is_set_aside(ask: Ask, offered: None):
    quarantined = drain(read(ask("grows", {})))
    named = drain(read(ask("grows", {}, columns=["id", "late"])))

    assert (len(quarantined.rows), quarantined.malformed) == (1000, 1)
    assert (len(named.rows), named.rows[-1]) == (1001, ("1000", "x"))


def test_a_source_that_breaks_midway_is_unavailable(ask: Ask, offered: None):
    with pytest.raises(Unavailable, match="failed or was lost"):
        drain(read(ask("breaks", {})))


@pytest.mark.parametrize("source", ["os", "numberz", "rest_apis"])
def test_a_source_that_nobody_offers(ask: Ask, offered: None, source: str):
    with pytest.raises(SpecError, match="no dlt source"):
        read(ask(source, {}))


@pytest.mark.parametrize("source", ["os.path:join", "my-module:f", "../x", "A"])
def test_a_source_is_a_name_and_never_code(ask: Ask, source: str):
    with pytest.raises(SpecError, match="source"):
        read(ask(source, {}))


def test_arguments_that_a_source_does_not_take(ask: Ask, offered: None):
    with pytest.raises(SpecError, match="does not take its `config`"):
        read(ask("numbers", {"counts": 3}))


def test_a_resource_that_is_not_there(ask: Ask, offered: None):
    with pytest.raises(NothingDelivered, match="no resource 'thing'"):
        read(ask("numbers", {"count": 1}, resource="thing"))


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (faults.status(403), AccessDenied, "403"),
        (faults.status(404), DataError, "404"),
        (faults.status(503), Unavailable, "503"),
        (faults.truncated, (DataError, Unavailable), None),
        (faults.reset, Unavailable, None),
    ],
)
def test_an_api_that_refuses(ask: Ask, fault, kind, words: str | None):
    with FakeServer() as server:
        server.route("/things", lambda asked: Answer.json([{"id": 1}]))
        server.script("/things", fault, times=None)
        config = {"client": {"base_url": server.url}, "resources": [{"name": "things", "endpoint": "things"}]}

        with pytest.raises(kind, match=words) as found:
            drain(read(ask("rest_api", config)))
    assert found.value.where == "dlt://rest_api/things"
