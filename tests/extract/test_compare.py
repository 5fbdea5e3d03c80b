"""The difference between a partition and a candidate, by key."""

from __future__ import annotations

import polars as pl
import pytest

from dagster_ingest.extract import compare as module
from dagster_ingest.extract.compare import compare
from dagster_ingest.extract.content import row_hash
from dagster_ingest.extract.difference import Difference, Sample, around
from dagster_ingest.spec.contract import Column, Contract


def rows(**columns: list[str | None]) -> pl.LazyFrame:
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return frame.with_columns(row_hash(frame, list(columns)), _state=pl.lit("IA")).lazy()


def contract(*keys: str, private: tuple[str, ...] = ()) -> Contract:
    columns = tuple(Column(c, c, private=c in private) for c in ("ID", "NAME", "NOTE"))
    return Contract("s", "1", "s", "s.yaml", columns, (), keys)


BEFORE = rows(ID=["1", "2", "3", "4"], NAME=["a", "b", "c", None], NOTE=["x", "x", "x", "x"])
AFTER = rows(ID=["2", "3", "4", "5"], NAME=["b", "C", "d", "e"], NOTE=["x", "y", "x", "x"])


@pytest.mark.parametrize("slice_rows", [500_000, 1])
def test_keys_are_counted_and_cells_are_sampled(monkeypatch, slice_rows):
    monkeypatch.setattr(module, "SLICE_ROWS", slice_rows)

    found = compare(BEFORE, AFTER, contract("ID"), ["NAME"])

    assert (found.before, found.after, found.kept) == (4, 4, 3)
    assert (found.added, found.removed, found.changed) == (1, 1, 2)
    assert (found.added_keys, found.removed_keys) == (("5",), ("1",))
    [name] = found.columns
    assert (name.column, name.changed) == ("NAME", 2)
    assert name.samples == (Sample("3", "c", "C"), Sample("4", None, "d"))
    assert Difference.from_json(found.as_json()) == found


def test_without_reviewed_columns_all_are_shown_most_changes_first():
    found = compare(BEFORE, AFTER, contract("ID"))

    assert [(c.column, c.changed) for c in found.columns] == [("NAME", 2), ("NOTE", 1)]


def test_private_cells_and_keys_are_masked():
    found = compare(BEFORE, AFTER, contract("ID", private=("ID", "NAME")), ["NAME"])

    assert (found.added, found.added_keys, found.removed_keys) == (1, (), ())
    assert found.columns[0].samples[0] == Sample("***", "***", "***")
    assert "c" not in {s.before for s in found.columns[0].samples}


def test_cells_of_columns_that_the_contract_does_not_name_are_masked():
    before, after = rows(ID=["1"], NAME_json=["[1]"]), rows(ID=["1"], NAME_json=["[2]"])

    [found] = compare(before, after, contract("ID")).columns

    assert (found.column, found.samples) == ("NAME_json", (Sample("1", "***", "***"),))


def test_without_a_key_rows_come_and_go_as_often_as_they_stand_there():
    before, after = rows(NAME=["a", "a", "b"]), rows(NAME=["a", "b", "b", "c"])

    found = compare(before, after, contract())

    assert (found.added, found.removed, found.changed) == (2, 1, None)
    assert (found.before, found.after) == (3, 4)


def test_a_column_more_or_less_changes_no_row():
    more = rows(ID=["1", "2"], NAME=["a", "b"], EXTRA=["x", "y"])
    fewer = rows(ID=["1", "2"], NAME=["a", "b"])

    found, back = compare(fewer, more, contract("ID")), compare(more, fewer, contract("ID"))

    assert (found.changed, found.new_columns, found.gone_columns) == (0, ("EXTRA",), ())
    assert (back.changed, back.new_columns, back.gone_columns) == (0, (), ("EXTRA",))


def test_a_reviewed_column_that_goes_is_a_change_of_its_cells():
    found = compare(
        rows(ID=["1"], NAME=["a"], NOTE=["x"]), rows(ID=["1"], NAME=["a"]), contract("ID"), ["NOTE"]
    )

    assert (found.changed, found.columns[0].column) == (1, "NOTE")


def test_keys_of_several_columns_and_spaces_around_them():
    before = rows(ID=["1", "1"], NAME=["a", "b"], NOTE=["x", "y"])
    after = rows(ID=[" 1", "1"], NAME=["a", "b "], NOTE=["x", "z"])

    found = compare(before, after, contract("ID", "NAME"), ["NOTE"])

    assert (found.added, found.removed, found.changed) == (0, 0, 2)
    assert found.columns[0].samples == (Sample("1 / b", "y", "z"),)


def test_key_columns_that_the_partition_never_had_leave_rows_to_compare():
    found = compare(rows(NAME=["a"]), rows(ID=["1"], NAME=["a"]), contract("ID"))

    assert (found.added, found.removed, found.changed) == (1, 1, None)


def test_shares_are_of_the_present_keys_and_anything_is_more_than_all_of_nothing():
    found = compare(rows(ID=[]), rows(ID=["1"]), contract("ID"))

    assert found.share(found.added) == float("inf")
    assert found.share(found.removed) == 0
    assert compare(BEFORE, AFTER, contract("ID")).share(1) == 0.25


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("abc", "abd", ("abc", "abd")),
        (None, "x", ("(null)", "x")),
        ("x" * 50 + "old", "x" * 50 + "new", ("...xxxold", "...xxxnew")),
        ("y" * 30, "y" * 31, ("...yyy", "...yyyy")),
    ],
)
def test_long_texts_are_shown_around_what_changed(before, after, shown):
    assert around(before, after, 9) == shown
