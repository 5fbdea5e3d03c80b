"""A pandera schema whose checks all run in one polars plan, and that nothing can switch off.

pandera's own backend collects about three times per check and deep-copies every column: 20 ms on a
small table. Here each check is asked for its expression once, and all of them go into one `select`.
That rests on a convention inside pandera (a check calls `lazyframe.select(expression)` and nothing
else), so pandera is pinned and tests/validate/test_backend.py compares both backends case by case.

Differences, all of them towards failing closed:
  - a LazyFrame is collected and checked in full, where pandera looks at its schema only;
  - PANDERA_VALIDATION_ENABLED and PANDERA_VALIDATION_DEPTH are not asked;
  - what cannot be fused (regex columns, unique, coerce, parsers, frame-wide checks, head, sample,
    drop_invalid_rows, n_failure_cases) is refused instead of ignored.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import pandera.backends.polars.builtin_checks  # noqa: F401  (registers the built-in checks for polars)
import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData
from pandera.backends.polars.components import ColumnBackend
from pandera.backends.polars.container import DataFrameSchemaBackend
from pandera.constants import CHECK_OUTPUT_KEY
from pandera.errors import (
    SchemaDefinitionError,
    SchemaError,
    SchemaErrorReason,
    SchemaErrors,
    SchemaWarning,
)


class _Recorder:
    """Stands in for the LazyFrame when a check is asked what it would select."""

    def select(self, expression: pl.Expr) -> pl.Expr:
        return expression


@dataclass(frozen=True, slots=True)
class Outcome:
    """One check of one column: `expression` is true where the row passes, never null."""

    column: str
    check: Any
    number: int | None
    expression: pl.Expr


class GateColumn(pa.Column):
    """A column that is copied shallowly: pandera deep-copies each on every use, 0.1 ms a time."""

    def __deepcopy__(self, memo: dict) -> GateColumn:
        return copy(self)


class GateSchema(pa.DataFrameSchema):
    """A DataFrameSchema that is evaluated in full, in one plan, whatever the environment says."""

    def validate(
        self, check_obj, head=None, tail=None, sample=None, random_state=None, lazy=False, inplace=False
    ):
        if head is not None or tail is not None or sample is not None:
            raise SchemaDefinitionError("a gate looks at every row: head, tail and sample are refused")
        frame = check_obj.collect() if isinstance(check_obj, pl.LazyFrame) else check_obj
        checked = self.get_backend(frame).validate(frame, self, lazy=lazy)
        return checked.lazy() if isinstance(check_obj, pl.LazyFrame) else checked

    def outcomes(self) -> list[Outcome]:
        """Every check of every column, in pandera's order: nullability, then checks as declared."""
        _refuse_what_cannot_be_fused(self)
        found: list[Outcome] = []
        for name, column in self.columns.items():
            if not column.nullable:
                found.append(Outcome(name, "not_nullable", None, _not_null(name, column)))
            for number, check in enumerate(column.checks):
                found.append(Outcome(name, check, number, expression_of(check, name)))
        return found

    def flags(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """One boolean column for each outcome, named by its position: true where the row passes."""
        outcomes = self.outcomes()
        return frame.select(o.expression.alias(str(i)) for i, o in enumerate(outcomes))


def expression_of(check: pa.Check, column: str) -> pl.Expr:
    """What `check` computes over `column`, with its null policy applied."""
    if check.element_wise or check.groupby is not None or check.n_failure_cases is not None:
        raise SchemaDefinitionError(
            f"{check!r} on {column!r} cannot be fused: element_wise, groupby or n_failure_cases"
        )
    found = partial(check._check_fn, **check._check_kwargs)(PolarsData(cast(Any, _Recorder()), column))
    if not isinstance(found, pl.Expr):
        raise SchemaDefinitionError(f"{check!r} on {column!r} is not one polars expression")
    return found.fill_null(bool(check.ignore_na))


def _not_null(name: str, column: pa.Column) -> pl.Expr:
    there = pl.col(name).is_not_null()
    is_float = column.dtype is not None and column.dtype.type in (pl.Float32, pl.Float64)
    return there & pl.col(name).is_not_nan() if is_float else there


def _refuse_what_cannot_be_fused(schema: pa.DataFrameSchema) -> None:
    wide = [n for n in ("checks", "parsers", "coerce", "strict", "ordered", "unique") if getattr(schema, n)]
    if schema.dtype is not None or schema.drop_invalid_rows or schema.add_missing_columns or wide:
        raise SchemaDefinitionError(f"schema {schema.name!r} asks for what cannot be fused: {wide}")
    for name, column in schema.columns.items():
        odd = [n for n in ("regex", "unique", "coerce", "parsers", "drop_invalid_rows") if getattr(column, n)]
        if odd or column.default is not None:
            raise SchemaDefinitionError(f"column {name!r} asks for what cannot be fused: {odd}")


class FusedBackend(DataFrameSchemaBackend):
    """Runs a GateSchema; raises what pandera's own backend raises, with the same failure cases."""

    def validate(self, check_obj: Any, schema: Any, *, lazy: bool = False, **_: Any) -> Any:  # type: ignore[override]
        run = [o for o in schema.outcomes() if o.column in check_obj.columns]
        flags = check_obj.lazy().select(o.expression.alias(str(i)) for i, o in enumerate(run)).collect()
        passed = flags.select(pl.all().all()).row(0) if run else ()
        broken = {
            (o.column, o.number): _failure(check_obj, schema, o, flags[str(i)])
            for i, o in enumerate(run)
            if not passed[i]
        }
        errors = list(_in_order(check_obj, schema, broken))
        if not errors:
            return check_obj
        if not lazy:
            raise errors[0]
        raise SchemaErrors(schema=schema, schema_errors=errors, data=check_obj)


GateSchema.register_backend(pl.DataFrame, FusedBackend)
GateColumn.register_backend(pl.LazyFrame, ColumnBackend)  # so that pandera itself can run the columns


def _in_order(
    frame: pl.DataFrame, schema: GateSchema, broken: dict[tuple[str, int | None], SchemaError | None]
) -> Iterator[SchemaError]:
    """Missing columns first, then column by column: nullability, dtype, checks."""
    for name, column in schema.columns.items():
        if column.required and name not in frame.columns:
            yield SchemaError(
                schema,
                frame,
                message=f"column {name!r} not in dataframe. Columns in dataframe: {frame.columns}",
                failure_cases=name,
                check="column_in_dataframe",
                reason_code=SchemaErrorReason.COLUMN_NOT_IN_DATAFRAME,
            )
    for name, column in schema.columns.items():
        if name not in frame.columns:
            continue
        mine = (broken.get((name, number)) for number in (None, *range(len(column.checks))))
        null_error, *check_errors = mine
        if null_error is not None:
            yield null_error
        if column.dtype is not None and not column.dtype.check(frame.schema[name]):
            yield SchemaError(
                column,
                frame,
                message=f"expected column {name!r} to have type {column.dtype}, got {frame.schema[name]}",
                failure_cases=str(frame.schema[name]),
                check=f"dtype('{column.dtype}')",
                reason_code=SchemaErrorReason.WRONG_DATATYPE,
            )
        yield from (error for error in check_errors if error is not None)


def _failure(
    frame: pl.DataFrame, schema: GateSchema, outcome: Outcome, flag: pl.Series
) -> SchemaError | None:
    """The error for one broken check; None (and a warning) where the check only warns."""
    column = schema.columns[outcome.column]
    cases = frame.select(outcome.column).filter(~flag)
    message = f"Column {outcome.column!r} failed {outcome.check}: {cases.height} rows"
    if getattr(outcome.check, "raise_warning", False):
        warnings.warn(message, SchemaWarning, stacklevel=2)
        return None
    return SchemaError(
        schema=column,
        data=frame,
        message=message,
        failure_cases=cases,
        check=outcome.check,
        check_index=outcome.number,
        check_output=flag.alias(CHECK_OUTPUT_KEY).to_frame(),
        reason_code=SchemaErrorReason.SERIES_CONTAINS_NULLS
        if outcome.number is None
        else SchemaErrorReason.DATAFRAME_CHECK,
    )
