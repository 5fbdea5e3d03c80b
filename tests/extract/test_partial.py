"""A partial delivery adds and changes rows by key; what it does not mention stays."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from dagster_ingest.errors import SpecError, Unavailable
from dagster_ingest.extract.merge import Delta
from dagster_ingest.extract.staging import Staging
from dagster_ingest.spec.contract import Column
from dagster_ingest.spec.models import ColumnState

COLUMNS = (Column("ID", "ID", key=True), Column("NAME", "NAME"), Column("NOTE", "NOTE"))
BASE = "ID,NAME,NOTE\n1,a,x\n2,b,y\n3,c,z\n"


@pytest.fixture
def partial(world):
    """Three rows are there, and from now on deliveries are partial."""
    world.mode = "partial"
    world.put("ia/services_2026-11-01.csv", BASE)
    assert world.load().outcome == "committed"
    return world


def by_id(world, *columns):
    return sorted(world.rows(*(columns or ("ID", "NAME"))))


def test_changed_and_new_rows_are_merged_by_key(partial):
    partial.put("ia/services_2026-11-02.csv", "ID,NAME,NOTE\n 2 ,B,\n4,d,\n")
    result = partial.load()
    assert result.outcome == "committed"
    assert result.version.rows == 4
    assert (result.verdict.rows_read, result.verdict.rows_accepted) == (2, 2)
    assert by_id(partial) == [(" 2 ", "B"), ("1", "a"), ("3", "c"), ("4", "d")]


def test_kept_rows_keep_the_load_that_brought_them(partial):
    partial.put("ia/services_2026-11-02.csv", "ID,NAME,NOTE\n2,B,\n")
    partial.load()
    assert by_id(partial, "ID", "_load_id", "_source_uri") == [
        ("1", "load-1", "acme/ia/services_2026-11-01.csv"),
        ("2", "load-2", "acme/ia/services_2026-11-02.csv"),
        ("3", "load-1", "acme/ia/services_2026-11-01.csv"),
    ]


def test_the_same_delta_again_is_unchanged(partial):
    partial.put("ia/services_2026-11-02.csv", "ID,NAME,NOTE\n2,B,\n")
    partial.load()
    assert partial.load().outcome == "unchanged"


def test_a_delta_that_changes_nothing_has_the_same_rows(partial):
    partial.put("ia/services_2026-11-02.csv", "ID,NAME,NOTE\n2,b,y\n")
    result = partial.load()
    assert (result.outcome, result.same_rows) == ("committed", True)


def test_an_empty_delta_is_no_change(partial):
    before = partial.landing.current("feed_services", "IA")
    partial.put("ia/services_2026-11-02.csv", "ID,NAME,NOTE\n")
    result = partial.load()
    assert result.outcome == "unchanged"
    assert result.version == before
    assert len(by_id(partial)) == 3


def test_a_delta_may_be_smaller_than_the_table_must_be(world, make):
    world.mode = "partial"
    floor = replace(make.rule("*", "row_count", min=3), columns=())
    ratio = replace(make.rule("*", "row_count_ratio", min=0.9), columns=())
    world.table("services", make.contract("ID", "NAME", "NOTE", rules=(floor, ratio)), path="{state}")
    world.put("ia/services_2026-11-01.csv", "ID,NAME,NOTE\n1,a,x\n")
    assert world.load().outcome == "blocked", "the first delivery is the table"
    world.put("ia/services_2026-11-01.csv", BASE)
    assert world.load().outcome == "committed"
    world.put("ia/services_2026-11-02.csv", "ID,NAME,NOTE\n1,A,x\n")
    assert world.load().outcome == "committed"
    assert len(by_id(world)) == 3


def test_a_bad_delta_is_blocked_and_nothing_is_merged(partial):
    partial.put("ia/services_2026-11-02.csv", "ID,NAME,NOTE\n2,B,\n,x,\n")
    assert partial.load().outcome == "blocked"
    assert by_id(partial) == [("1", "a"), ("2", "b"), ("3", "c")]


@pytest.mark.parametrize("name", ["services_2026-11-02.csv", "services_2026-11-01.csv"])
def test_a_key_that_stands_twice_in_a_delta_keeps_its_present_row(partial, make, name):
    """Also where the file has the name, and so its rows the position, of the one before."""
    partial.tables = (
        replace(partial.tables[0], policy=make.quarantine.model_copy(update={"max_share": 0.9})),
    )
    partial.put(f"ia/{name}", "ID,NAME,NOTE\n9,i,\n2,B,\n2,C,\n")
    result = partial.load()
    assert result.outcome == "committed"
    assert by_id(partial) == [("1", "a"), ("2", "b"), ("3", "c"), ("9", "i")]
    assert partial.quarantined() == [("IA", 2, ("ID|primary_key",)), ("IA", 3, ("ID|primary_key",))]
    assert result.version.rows == 4


def test_a_delta_of_malformed_rows_alone(partial, make):
    partial.tables = (
        replace(partial.tables[0], policy=make.quarantine.model_copy(update={"max_share": 1.0})),
    )
    partial.put("ia/services_2026-11-02.csv", "ID,NAME,NOTE\n2\n")
    result = partial.load()
    assert result.outcome == "committed"
    assert len(by_id(partial)) == 3


def test_of_several_new_drops_the_newest_row_of_a_key_counts(world, make):
    world.mode = "partial"
    world.table("services", make.contract("ID", "NAME"), path="{state}", pick="all")
    world.put("ia/services_2026-11-01.csv", "ID,NAME\n1,old\n2,b\n")
    world.put("ia/services_2026-11-03.csv", "ID,NAME\n1,newest\n")
    world.put("ia/services_2026-11-02.csv", "ID,NAME\n1,newer\n3,c\n")
    result = world.load()
    assert by_id(world) == [("1", "newest"), ("2", "b"), ("3", "c")]
    assert result.superseded == 2
    world.put("ia/services_2026-11-04.csv", "ID,NAME\n3,C\n")
    assert world.load().superseded == 3
    assert by_id(world) == [("1", "newest"), ("2", "b"), ("3", "C")]


def test_columns_may_come_and_go(partial):
    partial.put("ia/services_2026-11-02.csv", "ID,NAME,NOTE,Extra\n2,B,,e\n")
    partial.load()
    assert by_id(partial, "ID", "Extra") == [("1", None), ("2", "e"), ("3", None)]
    partial.put("ia/services_2026-11-03.csv", "ID,NAME\n3,C\n")
    result = partial.load()
    assert result.drift.missing == ("NOTE",)
    assert by_id(partial, "ID", "NAME", "NOTE", "Extra") == [
        ("1", "a", "x", None),
        ("2", "B", "", "e"),
        ("3", "C", None, None),
    ]


def test_a_table_without_a_key_cannot_be_partial(world, make):
    world.mode = "partial"
    world.table("services", make.contract("ID", "NAME", key=None), path="{state}")
    world.put("ia/services.csv", "ID,NAME\n1,a\n")
    with pytest.raises(SpecError, match="mode partial needs a primary key"):
        world.load()


def test_refused_rows_stay_open_until_their_key_is_delivered_anew(partial, make):
    partial.tables = (
        replace(partial.tables[0], policy=make.quarantine.model_copy(update={"max_share": 0.9})),
    )
    partial.put("ia/services_2026-11-02.csv", "ID,NAME,NOTE\n2,B,\n5,v,\n5,w,\n6,x,\n6,y,\n")
    assert partial.load().outcome == "committed"
    partial.put("ia/services_2026-11-03.csv", "ID,NAME,NOTE\n6,z,\n")
    assert partial.load().outcome == "committed"
    assert [number for _, number, _ in partial.quarantined()] == [2, 3]


def test_a_row_that_went_to_another_state_is_not_here_any_more(world):
    world.mode, world.binding = "partial", ColumnState(by="column", column="ST")
    world.table("services", replace(world.tables[0].contract, columns=(*COLUMNS, Column("ST", "ST"))))
    world.put("services_2026-11-01.csv", "ID,NAME,NOTE,ST\n1,a,x,IA\n2,b,y,IA\n3,c,z,NE\n")
    for state in world.states:
        world.load(state)
    world.put("services_2026-11-02.csv", "ID,NAME,NOTE,ST\n2,b,y,NE\n")

    results = {state: world.load(state) for state in world.states}

    assert results["IA"].deleted == 1
    assert world.rows("ID", state="IA") == [("1",)]
    assert sorted(world.rows("ID", state="NE")) == [("2",), ("3",)]


def test_a_newer_file_says_to_which_state_a_row_belongs(world):
    world.mode, world.binding = "partial", ColumnState(by="column", column="ST")
    world.table(
        "services", replace(world.tables[0].contract, columns=(*COLUMNS, Column("ST", "ST"))), pick="all"
    )
    world.put("services_2026-11-01.csv", "ID,NAME,NOTE,ST\n1,a,x,IA\n2,b,y,IA\n3,c,z,NE\n")
    world.put("services_2026-11-02.csv", "ID,NAME,NOTE,ST\n2,b,y,NE\n")

    for state in world.states:
        world.load(state)

    assert world.rows("ID", state="IA") == [("1",)]
    assert sorted(world.rows("ID", state="NE")) == [("2",), ("3",)]


def test_pages_of_one_address_are_not_newer_than_each_other(make):
    delta = Delta(make.contract("ID", "NAME"))
    row = pl.DataFrame({"ID": ["1"], "NAME": ["a"]})

    pages = [delta.latest(row, f"https://host/things#page={page}").height for page in (1, 2)]
    files = [delta.latest(row, f"https://host/{name}.csv").height for name in ("new", "old")]

    assert pages == [1, 1]  # the contract sees both, and refuses them
    assert files == [0, 0]
    assert delta.superseded == 2


@pytest.mark.parametrize("outcome", ["committed", "blocked"])
def test_two_loads_at_once_do_not_undo_each_other(partial, monkeypatch, outcome):
    """What a delta was merged with is another load's by the time that it would be committed."""
    partial.put("ia/services_2026-11-02.csv", BASE.replace("a", "A") + (",x,\n" * (outcome == "blocked")))
    run = Staging.run

    def late(staging, inputs):
        monkeypatch.setattr(Staging, "run", run)
        partial.put("ia/services_2026-11-03.csv", "ID,NAME,NOTE\n4,d,\n")
        assert partial.load(load_id="in-between").outcome == "committed"
        return run(staging, inputs)

    monkeypatch.setattr(Staging, "run", late)
    with pytest.raises(Unavailable, match="another load was committed"):
        partial.load()

    assert by_id(partial) == [("1", "a"), ("2", "b"), ("3", "c"), ("4", "d")]
    assert partial.landing.held.all() == []
    assert partial.landing.recover() == []
