"""The sql rules of a contract, put to the rows that would be committed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import polars as pl

from dagster_ingest.land import sandbox
from dagster_ingest.spec.contract import Contract, Rule
from dagster_ingest.validate.answers import Answer, Ask
from dagster_ingest.validate.values import typed_rows

Rows = Callable[[Mapping[str, pl.DataFrame]], Iterable[pl.DataFrame]]
"""The rows that would be committed, given those that are rejected late (by rule: positions)."""


def asker(contract: Contract, rows: Rows) -> Ask:
    """What the audit calls at its end. Only the columns that some query reads are held."""

    def ask(rules: Sequence[Rule], late: Mapping[str, pl.DataFrame]) -> Mapping[str, Answer]:
        read = {name for rule in rules for name in rule.params["columns"]}
        # Of a query that reads no column the rows are still counted.
        columns = [c.field for c in contract.columns if c.field in read] or [contract.columns[0].field]
        shape, casts = typed_rows(contract, columns)
        queries = {rule.id: rule.params["query"] for rule in rules}
        return sandbox.ask((shape(frame) for frame in rows(late)), contract.table, queries, casts)

    return ask


def asks(contract: Contract) -> bool:
    """Whether the contract has sql rules at all."""
    return any(rule.kind == "sql" for rule in contract.rules)
