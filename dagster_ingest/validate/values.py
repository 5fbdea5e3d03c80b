"""Rows with the contract's types, as sql rules see them: what the audit makes of each cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from dagster_ingest.spec.contract import Contract
from dagster_ingest.validate import parse
from dagster_ingest.validate.params import parsed_as
from dagster_ingest.validate.view import text_of

_TRUE = ("yes", "true", "1", "y")
_FALSE = ("no", "false", "0", "n")
# Wider than what Arrow has: handed over as text, with the type that the store makes of it.
_WIDE = {"i128": "hugeint", "u128": "uhugeint"}


def typed_rows(
    contract: Contract, columns: Sequence[str]
) -> tuple[Callable[[pl.DataFrame], pl.DataFrame], dict[str, str]]:
    """(what turns raw rows into typed ones, store types of those columns that stay text).

    columns  raw names, in the order wanted. A cell that its type cannot read is null.
    """
    texts = [text_of(contract, name).alias(f"{name}::text") for name in columns]
    steps: list[list[pl.Expr]] = []
    casts: dict[str, str] = {}
    for name in columns:
        made, cast = _column(contract, name)
        if cast:
            casts[name] = cast
        for i, step in enumerate(made):
            if len(steps) <= i:
                steps.append([])
            steps[i].append(step.alias(name))

    def shape(rows: pl.DataFrame) -> pl.DataFrame:
        plan = rows.lazy().select(texts)
        for step in steps:
            plan = plan.with_columns(step)
        return plan.select(columns).collect()

    return shape, casts


def _column(contract: Contract, name: str) -> tuple[list[pl.Expr], str | None]:
    text = pl.col(f"{name}::text")
    rule = next((r for r in contract.rules if r.kind == "type" and r.columns == (name,)), None)
    size = next((r.params for r in contract.rules if r.kind == "decimal" and r.columns == (name,)), None)
    if size is not None:
        return [text], f"decimal({size['precision']}, {size['scale']})"
    if rule is None or rule.params.get("type") == "string":
        return [text], None
    if rule.params["type"] == "boolean":
        lower = text.str.to_lowercase()
        return [pl.when(lower.is_in(_TRUE)).then(True).when(lower.is_in(_FALSE)).then(False)], None
    kind, formats, zone = parsed_as(rule)
    made = parse.steps(text, pl.col(name), kind, formats, zone)
    if kind in _WIDE:  # the store would read 1.5 as 2
        return [*made, pl.when(pl.col(name).is_not_null()).then(text)], _WIDE[kind]
    return made, None
