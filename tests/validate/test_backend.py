"""The fused backend against pandera's own: the same failure cases, on frames that nobody chose."""

from __future__ import annotations

from datetime import date

import pandera.polars as pa
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.errors import SchemaDefinitionError, SchemaError, SchemaErrors, SchemaWarning

from dagster_ingest.validate import checks
from dagster_ingest.validate.backend import GateColumn, GateSchema

KNOWN = pl.Series(["1", "2", "x"])


def columns() -> dict[str, pa.Column]:
    """Every kind of check that a contract can compile to, and pandera's own nullability and dtypes."""
    return {
        "text": GateColumn(
            pl.String,
            [
                pa.Check(checks.present, ignore_na=False, name="text|required", error="text|required"),
                pa.Check.str_contains("^[0-9x]+$", name="text|pattern", error="text|pattern"),
                pa.Check.isin(["1", "2", "yes"], error="text|enum"),
                pa.Check.str_length(1, 2, error="text|length"),
                pa.Check(checks.parses, value="number", error="text|number"),
                pa.Check(checks.parses, value="day", error="text|date"),
                pa.Check(checks.boolean_text, error="text|type"),
                pa.Check(checks.known_key, known=KNOWN, error="text|foreign_key"),
            ],
            nullable=True,
        ),
        "number": GateColumn(
            pl.Float64,
            [pa.Check.in_range(-1, 2.5), pa.Check.ge(0), pa.Check.le(2, ignore_na=False)],
            nullable=False,
        ),
        "day": GateColumn(pl.Date, [pa.Check.ge(date(2020, 1, 1))], nullable=False),
        "json": GateColumn(None, [pa.Check(checks.decoded, companion="text")], nullable=True),
        "absent": GateColumn(pl.String, [pa.Check.str_length(1, 2)], nullable=False, required=False),
    }


texts = st.one_of(
    st.none(), st.sampled_from(["", "1", "2", "x", "yes", "NO", "12345", "é", "n/a"]), st.text(max_size=3)
)
records = st.lists(
    st.tuples(
        texts,
        st.one_of(st.none(), st.floats(width=64), st.sampled_from([0.0, 1.0, 2.5])),
        st.one_of(st.none(), st.dates(date(2019, 12, 30), date(2020, 1, 3))),
        texts,
    ),
    max_size=12,
)
SCHEMA = {"text": pl.String, "number": pl.Float64, "day": pl.Date, "json": pl.String}


def failures(schema: pa.DataFrameSchema, frame: pl.DataFrame) -> list[tuple]:
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases.drop("schema_context")  # the class name of the schema
        return [tuple(map(repr, row)) for row in cases.select(sorted(cases.columns)).iter_rows()]
    return []


@settings(max_examples=150, deadline=None)
@given(records)
def test_failure_cases_equal_those_of_panderas_own_backend(values):
    frame = pl.DataFrame(values, schema=SCHEMA, orient="row")

    ours, theirs = failures(GateSchema(columns()), frame), failures(pa.DataFrameSchema(columns()), frame)

    assert ours == theirs


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"text": ["1"]}),
        pl.DataFrame({"text": [1], "number": ["a"], "day": [None], "json": [None]}).select(
            "text", "json", "day"
        ),
        pl.DataFrame(schema=SCHEMA),
    ],
    ids=["missing columns", "wrong dtype and missing", "no rows"],
)
def test_shape_errors_equal_those_of_panderas_own_backend(frame):
    made = {"day": GateColumn(pl.Date, nullable=False), "text": GateColumn(pl.String, nullable=True)}

    ours, theirs = failures(GateSchema(made), frame), failures(pa.DataFrameSchema(made), frame)

    assert ours == theirs
    assert bool(ours) == bool(frame.height)


def test_the_first_error_is_raised_when_not_lazy():
    schema = GateSchema({"text": GateColumn(pl.String, nullable=False)})

    with pytest.raises(SchemaError, match="not_nullable"):
        schema.validate(pl.DataFrame({"text": [None]}, schema={"text": pl.String}))


def test_a_lazy_frame_is_checked_in_full():
    schema = GateSchema({"text": GateColumn(pl.String, [pa.Check.isin(["a"])])})
    frame = pl.LazyFrame({"text": ["a", "b"]})

    assert pa.DataFrameSchema(schema.columns).validate(frame) is not None  # pandera lets it pass
    with pytest.raises(SchemaErrors):
        schema.validate(frame, lazy=True)


def test_a_check_that_only_warns_warns():
    schema = GateSchema({"text": GateColumn(pl.String, [pa.Check.isin(["a"], raise_warning=True)])})

    with pytest.warns(SchemaWarning, match="1 rows"):
        schema.validate(pl.DataFrame({"text": ["b"]}))


@pytest.mark.parametrize(
    "schema",
    [
        lambda: GateSchema({"a": GateColumn(pl.String, unique=True)}),
        lambda: GateSchema({"^a.*$": GateColumn(pl.String, regex=True)}),
        lambda: GateSchema({"a": GateColumn(pl.Int64, coerce=True)}),
        lambda: GateSchema({"a": GateColumn(pl.String)}, unique=["a"]),
        lambda: GateSchema({"a": GateColumn(pl.String)}, strict=True),
        lambda: GateSchema({"a": GateColumn(pl.String)}, checks=[pa.Check(lambda data: data.lazyframe)]),
        lambda: GateSchema({"a": GateColumn(pl.String, [pa.Check(lambda x: True, element_wise=True)])}),
        lambda: GateSchema({"a": GateColumn(pl.String, [pa.Check.isin(["a"], n_failure_cases=1)])}),
        lambda: GateSchema({"a": GateColumn(pl.String, [pa.Check(lambda data: True)])}),
        lambda: GateSchema({"a": GateColumn(pl.String)}, drop_invalid_rows=True),
    ],
)
def test_what_cannot_be_fused_is_refused(schema):
    with pytest.raises(SchemaDefinitionError):
        schema().validate(pl.DataFrame({"a": ["a"]}), lazy=True)


def test_a_gate_looks_at_every_row():
    schema = GateSchema({"a": GateColumn(pl.String)})

    with pytest.raises(SchemaDefinitionError, match="every row"):
        schema.validate(pl.DataFrame({"a": ["a"]}), head=1)
