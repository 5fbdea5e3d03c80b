"""What the committed rows say of columns that a contract calls text, or does not know yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dagster_ingest.evolution.guess import Guess, guess_column
from dagster_ingest.evolution.propose import Seen
from dagster_ingest.spec.contract import Contract

if TYPE_CHECKING:
    import polars as pl

_SAID = ("logicalType", "logicalTypeOptions", "customProperties")


def look(contract: Contract, frame: pl.DataFrame) -> dict[str, Guess]:
    """Raw name to guess, for columns that no type rule looks at. `frame`: raw columns as text.

    Every column is taken for private, so that no guess holds a cell.
    """
    typed = {rule.columns[0] for rule in contract.rules if rule.kind == "type"}
    nulls = ["", *contract.null_texts]
    found = {}
    for name in frame.columns:
        if name in typed:
            continue
        cells = frame[name].str.strip_chars()
        values = cells.filter(cells.is_not_null() & ~cells.is_in(nulls)).alias("value")
        found[name] = guess_column(name, values, frame.height, private="its cells are not told here")
    return found


def typed(seen: Seen, guesses: Mapping[str, Guess]) -> Seen:
    """The drift with what is known of added columns in their patches."""
    deviations = []
    for deviation in seen.drift.deviations:
        guess = guesses.get(deviation.column or "")
        if deviation.kind == "column_added" and deviation.patch and guess is not None:
            said: dict[str, Any] = {key: guess.prop[key] for key in _SAID if key in guess.prop}
            deviation = replace(deviation, patch={**deviation.patch, **said})
        deviations.append(deviation)
    return replace(seen, drift=replace(seen.drift, deviations=tuple(deviations)))


def narrower(contract: Contract, guesses: Mapping[str, Guess], rows: int) -> list[str]:
    """Sentences on columns that the contract calls text and whose values all are of another type."""
    found = []
    for name, guess in guesses.items():
        column, kind = contract.column(name), guess.prop.get("logicalType", "string")
        if column is not None and column.type == "string" and not column.key and kind != "string":
            options = guess.prop.get("logicalTypeOptions", {})
            written = f" written as {options['format']}" if "format" in options else ""
            found.append(
                f"{column.name}: all values of {rows:,} committed rows are of the type {kind}{written};"
                f" `logicalType: {kind}` would hold the vendor to it"
            )
    return found
