"""What a profile says of frames, whatever the batches they come in."""

from __future__ import annotations

import polars as pl
import pytest

from dagster_ingest.spec.contract import Column, Contract, Rule
from dagster_ingest.spec.models import Policy
from dagster_ingest.validate.audit import Auditor
from dagster_ingest.validate.profile import ColumnProfile, Profile
from dagster_ingest.validate.profiler import PROBE_ROWS, SKETCH, SKETCH_ERROR, Profiler

ROWS = 40_000


def contract(*rules: Rule, private: tuple[str, ...] = (), names=("A", "B")) -> Contract:
    columns = tuple(Column(name, name, private=name in private) for name in names)
    return Contract("t", "1.0.0", "t", "t.odcs.yaml", columns, rules, null_texts=("", "n/a"))


def profiled(of: Contract, frame: pl.DataFrame, *, batch: int | None = None) -> Profile:
    profiler = Profiler(of, frame.columns)
    audit = Auditor(of, Policy(), {}, None)
    audit.watch(profiler)
    origin = pl.int_range(frame.height, eager=True).alias("_row_number")
    rows = frame.with_columns(
        origin, pl.lit("f.csv").alias("_source_uri"), frame.hash_rows().alias("_row_hash")
    )
    for part in rows.iter_slices(batch or max(1, frame.height)):
        audit.batch(part)
    return profiler.profile()


def test_blank_and_null_texts_are_null_with_a_rule_on_the_column_and_without():
    frame = pl.DataFrame({"A": ["x", " ", "n/a", None, " n/a "], "B": ["x", " ", "n/a", None, ""]})
    found = profiled(contract(Rule("A|length", "length", ("A",), {"max": 9})), frame).columns

    assert (found["A"].nulls, found["B"].nulls) == (4, 4)
    assert (found["A"].distinct, found["B"].distinct) == (1, 2)  # " " is a text where no rule strips it
    assert found["A"].longest == 1


@pytest.mark.parametrize("values", [1, 2, SKETCH - 1])
@pytest.mark.parametrize("batch", [None, 1000, 9 * PROBE_ROWS])
def test_few_different_values_are_counted_exactly(values, batch):
    frame = pl.DataFrame({"A": [f"value {i % values}" for i in range(ROWS)], "B": [None] * ROWS})
    found = profiled(contract(), frame.cast(pl.String), batch=batch).columns

    assert found["A"].distinct == values
    assert (found["B"].distinct, found["B"].nulls) == (0, ROWS)


@pytest.mark.parametrize("values", [SKETCH, 1000, 5000, ROWS])
@pytest.mark.parametrize("batch", [None, 1000, 9 * PROBE_ROWS])
def test_many_different_values_are_estimated(values, batch):
    frame = pl.DataFrame({"A": [f"value {i * 7919 % values}" for i in range(ROWS)]})
    found = profiled(contract(names=("A",)), frame, batch=batch).columns["A"]

    assert abs(found.distinct / values - 1) < 4.5 * SKETCH_ERROR


def test_the_estimate_is_that_of_the_whole_whatever_the_batches():
    frame = pl.DataFrame({"A": [f"{i % 3000}" for i in range(ROWS)], "B": [f"{i % 7}" for i in range(ROWS)]})

    whole = profiled(contract(), frame)

    assert whole == profiled(contract(), frame, batch=777) == profiled(contract(), frame, batch=ROWS // 2)


def test_cells_of_another_type_and_values_beyond_the_enum_are_counted_without_those_of_private_columns():
    rules = (
        Rule("A|type", "type", ("A",), {"type": "integer"}, "warn"),
        Rule("B|enum", "enum", ("B",), {"values": ["yes", "no"]}),
        Rule("C|enum", "enum", ("C",), {"values": ["yes", "no"]}),
    )
    frame = pl.DataFrame(
        {
            "A": ["1", "x", "2", None, "y"],
            "B": ["yes", "maybe", " maybe ", "often", None],
            "C": ["no", "Ada Lovelace", "no", "no", "no"],
        }
    )
    found = profiled(contract(*rules, private=("C",), names=("A", "B", "C")), frame, batch=2)

    assert found.columns["A"].unparsed == 2
    assert (found.columns["B"].beyond, found.columns["B"].outside) == (3, {"maybe": 2, "often": 1})
    assert (found.columns["C"].beyond, found.columns["C"].outside) == (1, {})
    assert "Ada" not in found.to_json()


def test_a_profile_comes_back_from_json_and_one_of_another_form_does_not():
    column = ColumnProfile(nulls=3, distinct=2, longest=9, unparsed=0, outside={"é": 1}, beyond=1)
    profile = Profile(
        10, {"A": column, "B": ColumnProfile()}, {"B": "The B"}, ("C",), whole=False, partial=True
    )

    assert Profile.from_json(profile.to_json()) == profile
    assert Profile.from_json(profile.to_json().replace('"format":1', '"format":99')) is None
