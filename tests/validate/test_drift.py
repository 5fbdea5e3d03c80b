"""Deviations of one profile from the contract and from profiles before it."""

from __future__ import annotations

import random

import pytest

from dagster_ingest.spec.contract import Column, Contract, Rule
from dagster_ingest.validate.drift import Drift, compare
from dagster_ingest.validate.profile import ColumnProfile, Profile

CONTRACT = Contract(
    "t",
    "1.0.0",
    "t",
    "t.odcs.yaml",
    (
        Column("ID", "ID", key=True, optional=False),
        Column("NOTE", "NOTE"),
        Column("KIND", "KIND"),
        Column("SECRET", "SECRET", private=True),
        Column("N", "N", "integer"),
    ),
    (
        Rule("KIND|enum", "enum", ("KIND",), {"values": ["a", "b"]}),
        Rule("SECRET|enum", "enum", ("SECRET",), {"values": ["a", "b"]}),
        Rule("N|type", "type", ("N",), {"type": "integer"}),
    ),
    ("ID",),
)


def load(rows: int = 1000, missing: tuple[str, ...] = (), added=None, **columns) -> Profile:
    """A plain load; `columns` replace those it has."""
    plain = {
        "ID": ColumnProfile(distinct=rows),
        "NOTE": ColumnProfile(nulls=rows // 10, distinct=40),
        "N": ColumnProfile(distinct=9, unparsed=0),
    }
    return Profile(rows, {**plain, **columns}, added or {}, missing)


def kinds(drift: Drift) -> list[tuple[str, str | None, str]]:
    return [(d.kind, d.column, d.severity) for d in drift.deviations]


def test_a_load_like_the_others_and_a_first_load_have_no_drift():
    assert not compare(CONTRACT, load(), [])
    assert not compare(CONTRACT, load(), [load()] * 10)


def test_a_new_column_lands_and_comes_with_a_patch_that_keeps_it_private():
    profile = load(added={"Extra_Note": "Extra Note"}, Extra_Note=ColumnProfile(nulls=400, distinct=9))
    [found] = compare(CONTRACT, profile, []).deviations

    assert (found.kind, found.severity, found.heading) == ("column_added", "warn", "Extra Note")
    assert "600 of 1,000 rows" in found.seen
    assert found.patch == {"logicalType": "string", "classification": "private"}


def test_a_missing_optional_column_is_a_warning_only_where_it_used_to_be_there():
    gone = load(missing=("NOTE",))

    assert kinds(compare(CONTRACT, gone, [])) == [("column_missing", "NOTE", "info")]
    assert kinds(compare(CONTRACT, gone, [gone] * 3)) == [("column_missing", "NOTE", "info")]
    assert kinds(compare(CONTRACT, gone, [load()])) == [("column_missing", "NOTE", "warn")]


def test_columns_that_never_came_are_one_line():
    names = tuple(f"C{i}" for i in range(9))
    wide = Contract("t", "1.0.0", "t", "f", tuple(Column(n, n) for n in names), ())

    [found] = compare(wide, Profile(5, {}, missing=names), []).deviations

    assert (found.kind, found.severity, found.column) == ("column_missing", "info", None)
    assert found.seen == "never delivered: C0, C1, C2, C3, C4 and 4 more"


def test_new_enum_values_are_named_and_patched_in_unless_the_column_is_private():
    profile = load(
        KIND=ColumnProfile(distinct=3, outside={"c": 7, "d": 1}, beyond=8),
        SECRET=ColumnProfile(distinct=3, beyond=8),
    )
    first, second = compare(CONTRACT, profile, []).deviations

    assert first.patch == {"enum": ["c", "d"]}
    assert "'c' (7)" in first.seen
    assert (second.column, second.patch) == ("SECRET", None)


@pytest.mark.parametrize(
    ("unparsed", "severity"), [(1, "info"), (2, "info"), (9, "info"), (10, "warn"), (500, "warn")]
)
def test_some_cells_of_another_type_are_told_and_many_are_a_warning(unparsed, severity):
    profile = load(N=ColumnProfile(distinct=9, unparsed=unparsed))

    assert kinds(compare(CONTRACT, profile, [load()] * 3)) == [("type", "N", severity)]


def test_a_type_that_was_never_kept_is_no_news():
    broken = load(N=ColumnProfile(distinct=9, unparsed=50))

    assert kinds(compare(CONTRACT, broken, [broken] * 5)) == [("type", "N", "info")]


@pytest.mark.parametrize(
    ("rows", "before", "now", "told"),
    [
        (1000, 0.10, 0.14, False),  # within 5 points: nobody minds
        (1000, 0.10, 0.30, True),
        (1000, 0.90, 0.00, True),
        (30, 0.10, 0.35, False),  # 8 rows more of 30: chance
        (30, 0.00, 1.00, True),
        (10, 0.10, 1.00, False),  # too few to tell
        (100_000, 0.00, 0.06, True),
    ],
)
def test_null_shares_are_compared_with_regard_to_the_rows_behind_them(rows, before, now, told):
    past = [load(rows, NOTE=ColumnProfile(nulls=int(before * rows), distinct=4))] * 4
    drift = compare(CONTRACT, load(rows, NOTE=ColumnProfile(nulls=int(now * rows), distinct=4)), past)

    assert [k for k in kinds(drift) if k[0] == "null_share"] == [("null_share", "NOTE", "warn")] * told


def test_a_share_that_always_jumps_is_not_told():
    past = [load(NOTE=ColumnProfile(nulls=n, distinct=4)) for n in (100, 400, 250, 600, 50)]

    assert not compare(CONTRACT, load(NOTE=ColumnProfile(nulls=700, distinct=4)), past)


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (40, 40, False),
        (40, 30, False),
        (40, 5, True),
        (40, 200, True),
        (10, 1, True),
        (2, 1, False),  # a rare value that stays away
        (900, 1000, False),
        (900, 100, True),
    ],
)
def test_counts_of_different_values_are_compared_with_stable_loads(before, now, told):
    past = [load(NOTE=ColumnProfile(distinct=before))] * 10
    drift = compare(CONTRACT, load(NOTE=ColumnProfile(distinct=now)), past)

    assert kinds(drift) == [("distinct", "NOTE", "warn")] * told


def test_names_grow_with_the_rows_and_vocabularies_do_not():
    past = [load(1000, NOTE=ColumnProfile(distinct=40))] * 10

    assert kinds(compare(CONTRACT, load(3000, NOTE=ColumnProfile(distinct=40)), past)) == [
        ("rows", None, "warn")
    ]
    assert kinds(compare(CONTRACT, load(3000, NOTE=ColumnProfile(distinct=120)), past)) == [
        ("rows", None, "warn")
    ]


@pytest.mark.parametrize(("rows", "told"), [(1100, False), (700, True), (2000, True), (0, True)])
def test_the_number_of_rows_is_compared(rows, told):
    drift = compare(CONTRACT, Profile(rows, {}), [Profile(1000, {})] * 3)

    assert kinds(drift) == [("rows", None, "warn")] * told


def test_what_was_read_in_part_is_compared_with_the_contract_alone():
    past = [load()] * 10
    cut = Profile(300, {"KIND": ColumnProfile(distinct=3, outside={"c": 1}, beyond=1)}, whole=False)
    delta = Profile(30, {"NOTE": ColumnProfile(distinct=30)}, partial=True)

    assert kinds(compare(CONTRACT, cut, past)) == [("enum", "KIND", "warn")]
    assert [k for k in kinds(compare(CONTRACT, delta, past)) if k[0] == "rows"] == []


def test_similar_random_loads_of_small_tables_raise_no_alarm():
    alarms = 0
    for seed in range(200):
        dice = random.Random(seed)
        shares, sizes = [dice.random() for _ in range(5)], [dice.randint(2, 30) for _ in range(5)]
        past: list[Profile] = []
        for _ in range(20):
            rows = dice.randint(40, 60)
            cells = [
                [dice.randrange(s) for _ in range(rows) if dice.random() > p]
                for s, p in zip(sizes, shares, strict=True)
            ]
            columns = {
                f"C{i}": ColumnProfile(nulls=rows - len(c), distinct=len(set(c))) for i, c in enumerate(cells)
            }
            profile = Profile(rows, columns)
            alarms += len(compare(CONTRACT, profile, past[:10]).deviations)
            past.insert(0, profile)

    assert alarms == 0  # in 4,000 loads


def test_drift_comes_back_from_json():
    drift = compare(
        CONTRACT, load(added={"X": "X"}, missing=("NOTE",), N=ColumnProfile(unparsed=3)), [load()]
    )

    assert Drift.from_json(drift.to_json()) == drift
    assert drift.sentence.startswith("X: a column of text")


@pytest.mark.parametrize(
    ("rows", "before", "nulls", "told"),
    [(3, 0, 3, True), (2, 0, 2, False), (10, 0, 9, False), (10, 1, 10, False)],
    ids=["all gone", "too few rows", "one left", "some were gone before"],
)
def test_a_column_that_is_emptied_is_told_of_in_tables_too_small_for_shares(rows, before, nulls, told):
    recent = [load(rows, NOTE=ColumnProfile(nulls=before, distinct=2))] * 3
    drift = compare(CONTRACT, load(rows, NOTE=ColumnProfile(nulls=nulls, distinct=0)), recent)

    assert [d.seen for d in drift.warnings if d.column == "NOTE"] == ["100.0% without a value"] * told
