"""The quarantine of one table: brought up to date by each load, migrated, dismissed, counted, purged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from dagster_ingest.land import delivery
from dagster_ingest.land.delivery import Delivery
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.land.spool import Spool
from tests.land.helpers import COLUMNS, frame, version

TABLE, STATE = "wellsky_services", "FL"


@pytest.fixture
def landing(tmp_path) -> DuckDBLanding:
    return DuckDBLanding(tmp_path, "gulf")


def load(landing, load_id, bad, *, good=("g",), commit=True, start=900, delivered=None, state=STATE) -> None:
    """A load that rejects rows: `bad` is id to rules, `good` are accepted ids."""
    candidate = landing.begin(TABLE, state, load_id, columns=COLUMNS)
    candidate.write(frame(load_id, state, ID=list(good), Name=["n"] * len(good)))
    if bad:
        rows = frame(load_id, state, start=start, ID=list(bad), Name=["without"] * len(bad))
        candidate.reject(rows.with_columns(_rules=pl.Series(list(bad.values()), dtype=pl.List(pl.String))))
    candidate.describe(delivered or Delivery(load_id, rows=len(bad) + len(good)))
    if not commit:
        candidate.abort()
        return
    candidate.seal()
    candidate.commit(version(candidate, load_id))


def seen(landing, **how) -> dict[str, tuple]:
    rows = landing.quarantined(TABLE, STATE, **how)
    return {row.row.split('"')[3]: (row.load_id, row.rules, row.resolution) for row in rows}


def test_a_row_that_comes_again_keeps_when_it_was_first_seen(landing):
    load(landing, "load-1", {"a": ["x|y"]})
    [before] = landing.quarantined(TABLE)
    load(landing, "load-2", {"a": ["x|z", "b|c"]})
    [after] = landing.quarantined(TABLE)
    assert (after.load_id, after.rules, after.first_seen) == ("load-2", ("b|c", "x|z"), before.first_seen)
    assert after.last_seen > before.last_seen


def test_a_commit_closes_what_it_came_without_and_says_who_did(landing):
    load(landing, "load-1", {"a": ["x|y"], "b": ["x|y"]})
    load(landing, "load-2", {"a": ["x|y"]})
    assert seen(landing) == {"a": ("load-2", ("x|y",), None)}
    assert seen(landing, open_only=False)["b"] == ("load-1", ("x|y",), "gone")
    load(landing, "load-3", {})
    assert seen(landing) == {}
    load(landing, "load-4", {"a": ["x|y"]})
    assert seen(landing)["a"] == ("load-4", ("x|y",), None), "open again"


def test_other_states_are_left_alone(landing):
    load(landing, "load-1", {"a": ["x|y"]}, state="AL")
    load(landing, "load-2", {"b": ["x|y"]})
    load(landing, "load-3", {})
    assert [row.state for row in landing.quarantined(TABLE)] == ["AL"]


def test_a_blocked_load_closes_nothing(landing):
    load(landing, "load-1", {"a": ["x|y"]})
    load(landing, "load-2", {"b": ["x|y"]}, commit=False, start=950)
    assert set(seen(landing)) == {"a", "b"}
    assert {row.load_id: row.blocked for row in landing.quarantined(TABLE)} == {
        "load-1": False,
        "load-2": True,
    }


def test_a_row_of_the_partition_and_of_a_blocked_delivery_belongs_to_both(landing):
    load(landing, "load-1", {"a": ["x|y"]})
    load(landing, "load-2", {"a": ["x|z"]}, commit=False)
    for of in ("load-1", "load-2"):
        assert landing.quarantine.delivered(TABLE, STATE, of)["_row_number"].to_list() == [900]
    load(landing, "load-3", {"a": ["x|z"]})
    assert landing.quarantine.delivered(TABLE, STATE, "load-1").is_empty()


def test_a_partial_delivery_closes_only_rows_whose_key_it_brought(landing):
    partial = {"rows": 2, "keys": ("ID",)}
    load(
        landing,
        "load-1",
        {"a": ["x|y"], "b ": ["x|y"], "c": ["x|y"]},
        delivered=Delivery("load-1", **partial),
    )
    load(landing, "load-2", {" c": ["x|z"]}, good=["b"], start=950, delivered=Delivery("load-2", **partial))
    assert set(seen(landing)) == {"a", " c"}
    everything = seen(landing, open_only=False)
    assert everything["b "][2] == everything["c"][2] == "superseded"


def test_a_replay_knows_a_row_by_its_place(landing):
    """Its hash is another one where the contract names other columns."""
    load(landing, "load-1", {"a": ["x|y"], "b": ["x|y"]})
    [first] = [r.first_seen for r in landing.quarantined(TABLE) if r.row_number == 900]
    candidate = landing.begin(TABLE, STATE, "load-2", columns=COLUMNS)
    candidate.write(frame("load-2", ID=["b"], Name=["n"]))
    again = frame("load-2", start=900, ID=["a"], Name=["without"], More=[None])
    candidate.reject(again.with_columns(_rules=pl.Series([["More|required"]])))
    candidate.describe(Delivery("load-1", rows=2, base="load-1"))
    candidate.seal()
    candidate.commit(version(candidate, "v2"))
    rows = {row.row_number: row for row in landing.quarantined(TABLE, open_only=False)}
    assert (rows[900].rules, rows[900].load_id, rows[900].first_seen) == (("More|required",), "load-2", first)
    assert (rows[901].resolution, rows[901].resolved_by) == ("passed", "load-2")
    assert len(rows) == 2


def test_a_table_of_an_older_version_is_read_and_brought_up_to_date(landing):
    load(landing, "load-1", {"a": ["x|y"]})
    with landing._store.writing() as cursor:
        for column in (
            "_delivery",
            "_kept",
            "_resolved_by",
            "_resolution",
            "_dismissed_by",
            "_dismissed_note",
        ):
            cursor.execute(f"alter table quarantine.{TABLE} drop column {column}")
        cursor.execute(f"alter table quarantine.{TABLE} drop column _dismissed_at")
    assert seen(landing) == {"a": ("load-1", ("x|y",), None)}
    [counted] = landing.quarantine.summary()
    assert (counted.rows, counted.dismissed) == (1, 0)
    assert landing.quarantine.delivered(TABLE, STATE, None).is_empty()
    load(landing, "load-2", {"a": ["x|y"], "b": ["x|z"]})
    assert seen(landing) == {"a": ("load-2", ("x|y",), None), "b": ("load-2", ("x|z",), None)}


def test_a_table_of_an_older_version_can_be_dismissed_from(landing):
    load(landing, "load-1", {"a": ["x|y"]})
    with landing._store.writing() as cursor:
        cursor.execute(f"alter table quarantine.{TABLE} drop column _dismissed_at")
    assert landing.quarantine.dismiss(TABLE, STATE, by="ann", note="why") == 1
    assert seen(landing) == {}


def test_a_dismissal_stays_with_the_row_and_with_its_content(landing):
    load(landing, "load-1", {"a": ["x|y"], "b": ["x|y"]})
    assert landing.quarantine.dismiss(TABLE, STATE, by="ann", note="test data", row=900) == 1
    assert set(seen(landing)) == {"b"}
    load(landing, "load-2", {"b": ["x|y"], "a": ["x|y"]}, start=950)  # another place, the same content
    assert set(seen(landing)) == {"b"}
    [row] = [
        r for r in landing.quarantined(TABLE, open_only=False) if r.load_id == "load-2" and r.dismissed_at
    ]
    assert (row.dismissed_by, row.dismissed_note) == ("ann", "test data")
    load(landing, "load-3", {"a": ["x|y"]}, start=950)
    assert seen(landing) == {}


@pytest.mark.parametrize(
    ("which", "left"),
    [
        ({"rule": "x|z"}, {"a"}),
        ({"row": 901}, {"a", "c"}),
        ({"row": 901, "file": "a.csv"}, {"a", "c"}),
        ({"row": 901, "file": "b.csv"}, {"a", "b", "c"}),
        ({}, set()),
    ],
)
def test_rows_are_dismissed_by_place_rule_or_all(landing, which, left):
    load(landing, "load-1", {"a": ["x|y"], "b": ["x|y", "x|z"], "c": ["x|z"]})
    assert landing.quarantine.dismiss(TABLE, STATE, by="ann", note="why", **which) == 3 - len(left)
    assert set(seen(landing)) == left


def test_the_summary_counts_rows_by_their_set_of_rules(landing):
    load(
        landing,
        "load-1",
        {"a": ["x|y"], "b": ["x|y", "x|z"], "c": ["x|z", "x|y"], "d": ["x|y"], "e": ["x|y"]},
    )
    found = [(s.rules, s.rows) for s in landing.quarantine.summary(TABLE)]
    assert found == [(("x|y",), 3), (("x|y", "x|z"), 2)]
    assert landing.quarantine.summary("other") == []


def test_purge_leaves_what_is_open(landing):
    load(landing, "load-1", {"a": ["x|y"], "b": ["x|y"]})
    load(landing, "load-2", {"a": ["x|y"]})
    late = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    assert landing.quarantine.purge(late - timedelta(days=2)) == {}
    assert landing.quarantine.purge(late, dry=True) == {TABLE: 1}
    assert landing.quarantine.purge(late) == {TABLE: 1}
    assert set(seen(landing, open_only=False)) == {"a"}


def test_nothing_is_made_by_looking(landing):
    assert landing.quarantine.rows() == landing.quarantine.summary() == []
    assert landing.quarantine.dismiss(TABLE, STATE, by="ann", note="why") == 0
    assert not landing.path.exists()


def test_a_record_is_spooled_once_with_all_its_rules(tmp_path):
    spool = Spool(tmp_path, "load-1")
    for rules in (["b|c", "a|b"], ["a|b", "d|e"]):
        spool.add(frame("load-1", ID=["a"], Name=["n"]).with_columns(_rules=pl.Series([rules])))
    spool.flush()
    [file] = spool.files
    rows = pl.read_parquet(file)
    spool.discard()
    assert rows["_rules"].to_list() == [["a|b", "b|c", "d|e"]]


def test_a_part_tells_of_its_delivery(landing):
    said = Delivery(
        "load-1", ("A b", "A b_2"), {"x.csv": ("A b",), "ü.csv": ("A b_2",)}, 7, {"mode": "partial"}, ("A_b",)
    )
    load(landing, "load-1", {}, delivered=said)
    kept = landing.kept(TABLE, STATE)
    assert (kept.delivery, kept.load_id, kept.why) == (said, "load-1", "")
    assert kept.places().height == 1
    assert delivery.of_part(kept.files[0]) == said
    assert landing.kept(TABLE, "AL") is None
