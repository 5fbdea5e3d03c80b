"""One feed for several states: every row goes to one state, or is set aside once."""

from __future__ import annotations

import polars as pl
import pytest

from dagster_ingest.errors import DataError
from dagster_ingest.extract.states import StateSplit
from dagster_ingest.spec.models import ColumnState, FeedState

MAPPED = ColumnState(by="column", column="Record Owner", values={"P-IA": "IA", "P-IA2": "IA", "P-NE": "NE"})
LETTERS = ColumnState(by="column", column="ST")
STATES = ("IA", "NE")


def split(binding, state, values):
    name = "Record_Owner" if binding is MAPPED else "ST"
    rows, lost = StateSplit(binding, STATES, state, ["ID", name])(pl.DataFrame({name: values}))
    return rows[name].to_list(), lost[name].to_list()


def test_values_lead_to_states():
    values = ["P-IA", "P-NE", " P-IA2 ", "P-TX", "", None, "p-ia"]
    assert split(MAPPED, "IA", values) == (["P-IA", " P-IA2 "], ["P-TX", "", None, "p-ia"])
    assert split(MAPPED, "NE", values) == (["P-NE"], [])


def test_without_values_the_two_letters_count_in_any_case():
    assert split(LETTERS, "NE", ["NE", "ne ", "IA", "TX"]) == (["NE", "ne "], [])
    assert split(LETTERS, "IA", ["NE", "IA", "TX"]) == (["IA"], ["TX"])


def test_a_feed_of_its_own_is_not_split():
    frame = pl.DataFrame({"ID": ["1"]})
    rows, lost = StateSplit(FeedState(), STATES, "NE", ["ID"])(frame)
    assert rows.equals(frame)
    assert lost.is_empty()


def test_a_missing_column_is_named():
    with pytest.raises(DataError) as caught:
        StateSplit(MAPPED, STATES, "IA", ["ID"])
    assert caught.value.rule == "Record_Owner|present"
    assert "'Record Owner'" in str(caught.value)


def test_rows_of_no_state_are_counted_once_over_all_states(world, make):
    world.binding = MAPPED
    world.table("services", make.contract("ID", "Record_Owner"), policy=make.quarantine)
    world.put("services.csv", "ID,Record Owner\n1,P-IA\n2,P-NE\n3,P-TX\n4,P-IA2\n5,\n6\n7,P-IA\n")
    loads = {state: world.load(state) for state in STATES}
    assert [(s, r.verdict.rows_read, r.verdict.rows_rejected) for s, r in loads.items()] == [
        ("IA", 6, 3),
        ("NE", 1, 0),
    ]
    assert world.rows("ID") == [("1",), ("4",), ("7",)]
    assert world.rows("ID", state="NE") == [("2",)]
    assert world.quarantined() == [
        ("IA", 3, ("Record_Owner|state",)),
        ("IA", 5, ("Record_Owner|state",)),
        ("IA", 6, ("*|column_count",)),
    ]


def test_a_state_without_rows_is_blocked_and_keeps_its_rows(world, make):
    world.binding = MAPPED
    world.table("services", make.contract("ID", "Record_Owner"))
    world.put("services.csv", "ID,Record Owner\n1,P-IA\n2,P-NE\n")
    for state in STATES:
        world.load(state)
    world.put("services.csv", "ID,Record Owner\n1,P-IA\n")
    assert world.load("IA").same_rows
    assert world.load("NE").outcome == "blocked"
    assert world.rows("ID", state="NE") == [("2",)]
