from __future__ import annotations

import dataclasses
from datetime import datetime

import duckdb
import polars as pl
import pytest

from dagster_ingest.errors import LandError
from dagster_ingest.land.duckdb import DuckDBLanding
from tests.land.helpers import COLUMNS, committed, files, frame, ids, staged, version

AWKWARD = [
    "",
    "  trailing  ",
    " ",
    "line\nbreak\r\nand\ttab",
    "\U0001f3e0 é e\u0301 \u202e\ufeff",
    "00505",
    "1e400",
    "NULL",
    "nan",
    "'single' \"double\" `back`; drop table x; --",
    "\\N \\x00 %s {} $1",
    "x" * 1_000_000,
    None,
]


def test_cells_are_read_back_exactly_as_they_came(landing):
    load = landing.begin("wellsky_services", "FL", "a", columns=["ID", "Empty", "Text"])
    load.write(frame("a", ID=["1"] * len(AWKWARD), Empty=[None] * len(AWKWARD), Text=AWKWARD))
    load.seal()
    load.commit(version(load))

    table = landing.read("raw", "wellsky_services", "FL")

    assert table.column("Text").to_pylist() == AWKWARD
    assert table.column("Empty").null_count == len(AWKWARD)
    assert {str(table.schema.field(c).type) for c in ("ID", "Empty", "Text", "_tenant")} == {"string"}
    assert table.column("_loaded_at").to_pylist()[0] == datetime(2026, 1, 2)
    types = [str(table.schema.field(c).type) for c in ("_row_number", "_row_hash", "_loaded_at")]
    assert types == ["int64", "uint64", "timestamp[us]"]


def test_a_commit_replaces_its_state_and_no_other(landing):
    committed(landing, "a", ["1", "2"])
    committed(landing, "b", ["7"], state="AL")

    committed(landing, "c", ["3"])

    assert (ids(landing), ids(landing, state="AL")) == (["3"], ["7"])
    assert landing.current("wellsky_services", "FL").load_id == "c"
    assert landing.current("wellsky_services", "FL").rows == 1
    assert landing.current("wellsky_services", "GA") is None
    assert [v.state for v in landing.versions()] == ["AL", "FL"]
    assert landing.tables("raw") == ["wellsky_services"]


def test_nothing_is_visible_before_the_commit(landing):
    committed(landing, "a", ["1"])

    load = staged(landing, "b", ["2"])
    load.seal()

    assert ids(landing) == ["1"]
    assert landing.quarantined()[0].load_id == "a"
    load.abort()


def test_an_aborted_load_leaves_its_rejects_and_nothing_else(landing, warehouse):
    committed(landing, "a", ["1"])
    before = files(warehouse)

    load = staged(landing, "b", ["2", "3"])
    load.drop_rows(pl.DataFrame({"_source_uri": ["drops/a.csv"], "_row_number": [2]}), "ID|unique")
    load.abort()

    assert (ids(landing), files(warehouse)) == (["1"], before)
    kept = landing.quarantined(state="FL")
    assert [(q.row_number, q.rules, q.blocked, q.load_id) for q in kept] == [
        (2, ("ID|unique",), True, "b"),
        (900, ("ID|required",), True, "b"),
    ]


def test_abort_after_commit_or_twice_changes_nothing(landing):
    load = staged(landing, "a", ["1"])
    load.seal()
    load.commit(version(load))

    load.abort()
    load.abort()

    assert ids(landing) == ["1"]


def test_late_rejects_leave_the_part_and_keep_their_cells(landing):
    load = staged(landing, "a", ["1", "2", "2", "3"])
    load.drop_rows(pl.DataFrame({"_source_uri": ["drops/a.csv"] * 2, "_row_number": [2, 3]}), "ID|unique")
    load.drop_rows(pl.DataFrame({"_source_uri": ["drops/a.csv"], "_row_number": [3]}), "Name|unique")
    load.seal()
    load.commit(version(load))

    assert ids(landing) == ["1", "3"]
    kept = [(q.row_number, q.rules, q.row) for q in landing.quarantined()]
    assert kept[:2] == [
        (2, ("ID|unique",), '{"ID":"2","Name":"name of 2"}'),
        (3, ("ID|unique", "Name|unique"), '{"ID":"2","Name":"name of 2"}'),
    ]


def test_a_row_seen_again_is_not_doubled_and_is_closed_when_it_is_gone(landing):
    committed(landing, "a", ["1"])
    first = landing.quarantined()[0]
    committed(landing, "b", ["1"])
    again = landing.quarantined()
    load = landing.begin("wellsky_services", "FL", "c", columns=COLUMNS)
    load.write(frame("c", ID=["1"], Name=["x"]))
    load.seal()
    load.commit(version(load))
    closed = landing.quarantined(open_only=False)

    assert [(q.load_id, q.first_seen) for q in again] == [("b", first.first_seen)]
    assert again[0].last_seen > first.last_seen
    assert landing.quarantined() == []
    assert len(closed) == 1
    assert closed[0].resolved_at > again[0].last_seen


def test_a_blocked_load_closes_nothing_and_other_states_close_nothing(landing):
    committed(landing, "a", ["1"])
    committed(landing, "b", ["1"], state="AL")

    landing.begin("wellsky_services", "FL", "c", columns=COLUMNS).abort()

    assert sorted(q.state for q in landing.quarantined()) == ["AL", "FL"]


def test_malformed_records_without_columns_are_kept_too(landing):
    load = landing.begin("wellsky_services", "FL", "a", columns=COLUMNS)
    load.reject(
        pl.DataFrame(
            {
                "_malformed": ["a,b,c"],
                "_source_uri": ["drops/a.csv"],
                "_row_number": [4],
                "_rules": [["row|columns"]],
                "_row_hash": pl.Series([7], dtype=pl.UInt64),
            }
        )
    )
    load.abort()

    assert [q.row for q in landing.quarantined()] == ['{"_malformed":"a,b,c"}']


def test_columns_that_were_declared_or_come_with_one_state_are_null_in_the_others(landing):
    load = landing.begin("wellsky_services", "FL", "a", columns=["ID", "Optional"])
    load.write(frame("a", ID=["1"], Added=["new"]))
    load.seal()
    load.commit(version(load))
    committed(landing, "b", ["2"], state="AL")

    table = landing.read("raw", "wellsky_services", None, ["ID", "Name", "Optional", "Added"])

    assert sorted(table.to_pylist(), key=lambda row: row["ID"]) == [
        {"ID": "1", "Name": None, "Optional": None, "Added": "new"},
        {"ID": "2", "Name": "name of 2", "Optional": None, "Added": None},
    ]


def test_a_table_without_rows_keeps_its_columns(landing):
    load = landing.begin("wellsky_services", "FL", "a", columns=COLUMNS)
    load.seal()
    load.commit(version(load))

    table = landing.read("raw", "wellsky_services", "FL")

    assert table.num_rows == 0
    assert table.column_names[:3] == ["ID", "Name", "_tenant"]


@pytest.mark.parametrize(
    "late",
    [frame("a", ID=["1"], Late=["x"]), frame("a", ID=["1"]).with_columns(Name=pl.lit(5))],
    ids=["a column of later batches", "a number"],
)
def test_a_batch_of_another_shape_is_refused(landing, late):
    load = staged(landing, "a", ["1"])

    with pytest.raises(LandError, match="a batch has columns that"):
        load.write(late)
    load.abort()


def test_keys_are_the_distinct_ones_of_the_committed_partition(landing):
    committed(landing, "a", ["1", "2", "1"])

    assert sorted(landing.keys("wellsky_services", "FL", ["ID"])["ID"]) == ["1", "2"]
    assert landing.keys("wellsky_services", "AL", ["ID", "Name"]).shape == (0, 2)


def test_several_loads_commit_together_or_not_at_all(landing):
    first, second = staged(landing, "a", ["1"]), staged(landing, "b", ["2"], table="wellsky_location")
    first.seal()

    with pytest.raises(LandError, match="not that of a sealed load"):
        landing.commit_many([(first, version(first)), (second, version(second))])
    assert landing.versions() == []
    second.seal()
    landing.commit_many([(first, version(first)), (second, version(second))])

    assert (ids(landing), ids(landing, "wellsky_location")) == (["1"], ["2"])


def test_a_failing_commit_changes_nothing_and_can_be_aborted(landing, warehouse, monkeypatch):
    committed(landing, "a", ["1"])
    before = files(warehouse)
    load = staged(landing, "b", ["2"])
    load.seal()

    monkeypatch.setattr("dagster_ingest.land.quarantine.store", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        load.commit(version(load))
    monkeypatch.undo()
    load.abort()

    assert (ids(landing), files(warehouse)) == (["1"], before)


def test_abort_keeps_a_part_whose_commit_happened_and_then_failed(landing, monkeypatch):
    load = staged(landing, "a", ["1"])
    load.seal()

    monkeypatch.setattr(landing._catalog, "_tidy", lambda *place: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        load.commit(version(load))
    load.abort()

    assert ids(landing) == ["1"]
    assert [q.blocked for q in landing.quarantined()] == [False]


def test_the_version_before_stays_for_readers_until_the_next_commit(warehouse):
    landing = DuckDBLanding(warehouse, "gulf", keep=0)
    for load_id in ("a", "b", "c"):
        committed(landing, load_id, [load_id])

    assert files(warehouse) == [f"gulf/raw/wellsky_services/FL/{n}.parquet" for n in ("b", "c")]


def test_dbt_tables_are_recorded_beside_raw_and_replaced_by_key(landing):
    committed(landing, "a", ["1"])
    made = dataclasses.replace(landing.current("wellsky_services", "FL"), layer="elt", table="organization")

    landing.record([made])
    landing.record([dataclasses.replace(made, data_version="w")])

    assert [(v.layer, v.data_version) for v in landing.versions("FL")] == [("elt", "w"), ("raw", "v")]
    assert landing.tables("elt") == ["organization"]


def test_exclusive_lets_another_instance_open_the_file(landing):
    with landing.exclusive() as path:
        connection = duckdb.connect(str(path))
        connection.execute(
            "create schema stage; create table stage.t as select 'FL' as _state, 1 as a, 2 as _b"
        )
        connection.close()
        assert landing.versions() == []

    assert landing.read("stage", "t", "FL").to_pylist() == [{"a": 1}]
    assert landing.read("stage", "t", "AL").num_rows == 0


def test_the_content_version_looks_at_rows_only(landing):
    def fill(sql: str) -> tuple[str, int]:
        with landing.exclusive() as path, duckdb.connect(str(path)) as connection:
            connection.execute(f"create schema if not exists elt; create or replace table elt.t as {sql}")
        return landing.content_version("elt", "t", "FL", exclude=["seen"])

    rows = (
        "from (values ('FL', 'x', 1, null, 'p'), ('FL', 'y', 2, 'b', 'q'), ('AL', 'z', 3, '', 'r'))"
        " t(_state, _load_id, a, b, seen)"
    )
    base = fill(f"select * {rows}")
    same = fill(f"select a, b, upper(_load_id) as _load_id, _state, a as seen {rows} order by a desc")
    other = fill(f"select _state, _load_id, a, coalesce(b, '') as b, seen {rows}")
    doubled = fill(f"select t.* {rows}, range(3)")

    assert base == same
    assert base[1] == 2
    assert len({base[0], other[0], doubled[0]}) == 3


@pytest.mark.parametrize("layer", ["raw", "stage"])
def test_a_table_that_is_not_there_is_named(landing, layer):
    with pytest.raises(LandError, match=rf"there is no table {layer}\.nothing"):
        landing.read(layer, "nothing", "FL")


@pytest.mark.parametrize(
    ("table", "state", "load_id"),
    [("../x", "FL", "a"), ("t", "../..", "a"), ("t", "FL", "../a"), ("t", "XX", "a")],
)
def test_names_that_leave_the_folder_are_refused(landing, warehouse, table, state, load_id):
    with pytest.raises(Exception, match=r"cannot be a SQL identifier|no part can be named"):
        landing.begin(table, state, load_id, columns=COLUMNS)
    assert files(warehouse) == []


def test_odd_folders_are_no_patterns(tmp_path):
    landing = DuckDBLanding(tmp_path / "it's [a] state=XX *", "gulf")

    committed(landing, "a", ["1"])
    committed(landing, "b", ["2"], state="AL")

    assert (ids(landing), ids(landing, state="AL")) == (["1"], ["2"])


def test_two_objects_see_each_others_commits(landing, warehouse):
    other = DuckDBLanding(warehouse, "gulf")
    committed(landing, "a", ["1"])
    assert other.current("wellsky_services", "FL").load_id == "a"

    committed(other, "b", ["2"])

    assert landing.current("wellsky_services", "FL").load_id == "b"
    assert other.versions() == landing.versions()
