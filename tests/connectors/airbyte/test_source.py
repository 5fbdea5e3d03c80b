"""An Airbyte source's messages, and a source that is published."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagster_ingest.connectors import registry
from dagster_ingest.connectors.airbyte import protocol
from dagster_ingest.connectors.airbyte.settings import AirbyteSettings
from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.errors import AccessDenied, DataError, NothingDelivered, SpecError, Unavailable
from dagster_ingest.testing.programs import install, write_rows
from dagster_ingest.testing.served import drain

ROWS = [(f"{n:04d}", f"2026-01-01T{n:04d}") for n in range(1, 1201)]


@pytest.fixture
def ask(tmp_path: Path, programs_folder: Path) -> Callable[..., ReadRequest]:
    install(programs_folder, "source-rows", "source.py")
    write_rows(tmp_path / "rows.jsonl", ("ID", "changed"), ROWS)

    def request(
        cursor: str | None = None, settings: dict[str, Any] | None = None, **config: Any
    ) -> ReadRequest:
        told = {"path": "{drops}/rows.jsonl", "stream": "things", "watermark": "changed", **config}
        all_settings = {"connector": "source-rows", "config": told, **(settings or {})}
        return ReadRequest("acme", "feed", "things", "IA", all_settings, str(tmp_path), cursor=cursor)

    return request


def read(request: ReadRequest):
    return registry.connector("airbyte").read(request)


def test_the_states_of_the_stream_are_the_cursor(ask):
    increments = {"sync": "incremental"}
    first = drain(read(ask(settings=increments)))

    second = drain(read(ask(cursor=first.cursor, settings=increments)))

    (state,) = json.loads(first.cursor)
    assert state["stream"]["stream_state"] == {"since": "2026-01-01T1200"}
    assert [row[0] for row in second.rows] == ["1200"]
    assert not second.read.snapshot


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("denied", AccessDenied, "401 Unauthorized"),
        ("rate_limited", Unavailable, "429"),
        ("short", DataError, "counts 1,201 records where 1,200 came"),
        ("truncated", DataError, "broke off"),
    ],
)
def test_faults_by_what_the_source_says_of_them(ask, fault: str, kind: type, words: str):
    with pytest.raises(kind, match=words):
        drain(read(ask(fault=fault)))


def test_a_source_that_says_so_is_not_complete(ask):
    found = drain(read(ask(fault="incomplete", settings={"sync": "incremental"})))

    assert not found.completeness.complete
    assert "INCOMPLETE" in found.completeness.reason


def test_namespaces_tell_streams_of_one_name_apart():
    streams = [{"name": "users", "namespace": space} for space in ("a", "b")]
    settings = AirbyteSettings(connector="source-x")

    with pytest.raises(NothingDelivered, match="2 streams 'users'"):
        protocol.find_stream(streams, "users", settings)
    chosen = protocol.find_stream(streams, "users", settings.model_copy(update={"namespace": "b"}))
    assert chosen["namespace"] == "b"


def test_a_stream_that_cannot_be_read_that_way_is_refused():
    with pytest.raises(SpecError, match="cannot be read as incremental"):
        protocol.configured({"name": "users"}, AirbyteSettings(connector="source-x", sync="incremental"))


@pytest.mark.parametrize(
    ("messages", "file"),
    [
        ([{"data": {"a": 1}}, {"type": "LEGACY", "data": {"a": 2}}], {"a": 2}),
        (
            [{"type": "GLOBAL", "global": {"shared_state": 1}}],
            [{"type": "GLOBAL", "global": {"shared_state": 1}}],
        ),
        ([], []),
    ],
)
def test_older_and_global_states_go_back_as_they_came(messages: list, file: Any):
    states = protocol.States(None)
    for message in messages:
        states.take(message)

    assert protocol.States(states.text()).as_file() == states.as_file() == file


@pytest.mark.programs
def test_a_published_source(tmp_path: Path, real_program: Callable[[str], Path]):
    """Of its products: its users come out of a pool of processes, which now and then does not end."""
    real_program("source-faker")
    config = {"count": 60, "seed": 1, "records_per_slice": 50, "always_updated": False}
    settings = {"connector": "source-faker", "config": config, "sync": "incremental"}
    connector = registry.connector("airbyte")

    def request(table: str, cursor: str | None = None) -> ReadRequest:
        return ReadRequest("acme", "feed", table, "IA", settings, str(tmp_path), cursor=cursor)

    checked = connector.check(request("products"))
    tables = {table.table: table for table in connector.discover(request(""))}
    first = drain(connector.read(request("products")))
    second = drain(connector.read(request("products", first.cursor)))

    assert checked.ok, checked.words
    assert set(tables) == {"products", "users", "purchases"}
    assert tables["products"].keys == ("id",)
    assert [c.name for c in tables["products"].columns] == first.read.columns
    assert sorted(int(row[0]) for row in first.rows) == list(range(1, 61))
    assert first.completeness.complete
    assert second.rows == []
