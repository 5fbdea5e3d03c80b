"""A tap's stream, message by message, and taps that are published."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagster_ingest.connectors import registry
from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.connectors.singer import catalog
from dagster_ingest.connectors.singer.settings import SingerSettings
from dagster_ingest.errors import DataError, Unavailable
from dagster_ingest.testing.programs import install, write_rows
from dagster_ingest.testing.served import drain

ROWS = [(f"{n:03d}", f"name {n}", f"2026-01-{n:02d}") for n in range(1, 8)]


@pytest.fixture
def ask(tmp_path: Path, programs_folder: Path) -> Callable[..., ReadRequest]:
    """A request to the tap of our own; keywords are its configuration, but for `settings` and `cursor`."""
    install(programs_folder, "tap-rows", "tap.py")
    write_rows(tmp_path / "rows.jsonl", ("ID", "NAME", "changed"), ROWS)

    def request(
        cursor: str | None = None, settings: dict[str, Any] | None = None, **config: Any
    ) -> ReadRequest:
        told = {"path": "{drops}/rows.jsonl", "stream": "things", "watermark": "changed", **config}
        all_settings = {"tap": "tap-rows", "config": told, **(settings or {})}
        return ReadRequest("acme", "feed", "things", "IA", all_settings, str(tmp_path), cursor=cursor)

    return request


def read(request: ReadRequest):
    return registry.connector("singer").read(request)


def test_state_is_the_cursor_and_brings_only_what_changed(ask):
    increments = {"replication": "incremental"}
    first = drain(read(ask(settings=increments)))

    second = drain(read(ask(cursor=first.cursor, settings=increments)))

    assert json.loads(first.cursor) == {"bookmarks": {"things": "2026-01-07"}}
    assert [row[0] for row in second.rows] == ["007"]
    assert (first.read.snapshot, second.read.snapshot) == (True, False)


def test_a_full_table_has_no_cursor_and_is_given_none(ask):
    found = drain(read(ask(cursor='{"bookmarks": {"things": "2026-01-07"}}')))

    assert len(found.rows) == 7
    assert found.cursor is None
    assert found.read.snapshot


def test_a_failure_at_the_very_end_is_a_failed_load_without_cursor(ask):
    opened = read(ask(settings={"replication": "incremental"}, fault="ends_badly"))

    with pytest.raises(Unavailable, match="code 1"):
        drain(opened)
    assert opened.cursor() is None
    assert not opened.completeness().complete


@pytest.mark.parametrize(
    ("fault", "words"), [("no_schema", "record before its schema"), ("garbage", "wrote no message in line")]
)
def test_what_is_no_singer_is_a_broken_delivery(ask, tmp_path: Path, fault: str, words: str):
    write_rows(tmp_path / "rows.jsonl", ("ID", "NAME", "changed"), ROWS * 20)

    with pytest.raises(DataError, match=words):
        drain(read(ask(fault=fault)))


def test_a_tap_that_falls_silent_is_given_up(ask):
    request = ask(fault="silent", settings={"idle_seconds": 0.4})

    with pytest.raises(Unavailable, match="said nothing"):
        drain(read(request))


def test_nothing_is_left_of_a_read_that_nobody_finishes(ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    home = tmp_path / "tmp"
    home.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(home))
    write_rows(tmp_path / "rows.jsonl", ("ID", "NAME", "changed"), ROWS * 5_000)
    opened = read(ask())
    pid = opened._running._process.pid
    next(opened.batches())

    del opened

    assert list(home.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_only_the_wanted_stream_is_selected_with_all_that_it_has():
    streams = [
        {"tap_stream_id": name, "schema": {"properties": {"id": {}, "bad": {}}}, "metadata": metadata}
        for name, metadata in [
            ("a", [{"breadcrumb": [], "metadata": {"selected": True}}]),
            (
                "b",
                [
                    {"breadcrumb": ["properties", "id"], "metadata": {"inclusion": "available"}},
                    {"breadcrumb": ["properties", "bad"], "metadata": {"inclusion": "unsupported"}},
                    {"breadcrumb": [], "metadata": {"valid-replication-keys": ["updated"]}},
                ],
            ),
        ]
    ]
    settings = SingerSettings(tap="tap-x", replication="incremental")

    first, second = catalog.selected({"streams": streams}, "b", settings)["streams"]

    assert [first["selected"], first["metadata"][0]["metadata"]["selected"]] == [False, False]
    assert (second["replication_method"], second["replication_key"]) == ("INCREMENTAL", "updated")
    assert [entry["metadata"].get("selected") for entry in second["metadata"]] == [True, None, True]


@pytest.mark.programs
@pytest.mark.parametrize("tap", ["tap-jsonl", "tap-spreadsheets"])
def test_a_published_tap(tmp_path: Path, real_program: Callable[[str], Path], tap: str):
    real_program(tap)
    (tmp_path / "drops").mkdir()
    if tap == "tap-jsonl":
        (tmp_path / "drops" / "t.jsonl").write_text(
            '{"id": "1", "n": 1.5, "x": {"b": [1]}}\n{"id": "2", "n": 2}\n'
        )
        config: dict[str, Any] = {"path": "{drops}/*.jsonl", "stream_name": "things"}
    else:
        (tmp_path / "drops" / "t.csv").write_text('id,n,x\n1,1.5,"{""b"":[1]}"\n2,2,\n')
        config = {"files": [{"path": "{drops}/*.csv", "format": "csv", "table_name": "things"}]}
    settings = {"tap": tap, "config": config, "replication": "incremental"}
    request = ReadRequest("acme", "feed", "things", "IA", settings, str(tmp_path / "drops"))
    connector = registry.connector("singer")

    checked = connector.check(request)
    (table,) = connector.discover(request)
    found = drain(connector.read(request))

    assert checked.ok, checked.words
    assert [column.name for column in table.columns] == found.read.columns == ["id", "n", "x"]
    assert [row[0] for row in found.rows] == ["1", "2"]
    assert found.completeness.complete
    assert "bookmarks" in json.loads(found.cursor)
