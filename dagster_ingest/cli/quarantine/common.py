"""What the quarantine commands share: options, the tenant's table, masked cells."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dagster_ingest.redact import MASK

if TYPE_CHECKING:
    from dagster_ingest.land.quarantine import QuarantinedRow
    from dagster_ingest.spec.contract import Contract
    from dagster_ingest.spec.resolved import TenantSpec

TableOption = Annotated[
    str | None, typer.Option("--table", help="Only this raw table, such as wellsky_services.")
]
AllOption = Annotated[
    bool, typer.Option("--all", help="Also rows that were dismissed, or that a later load came without.")
]
RuleOption = Annotated[str | None, typer.Option("--rule", help="Only rows that broke this rule.")]
PrivateOption = Annotated[bool, typer.Option("--private", help="Show the values of private columns as well.")]


def every(states: list[str] | None) -> list[str | None]:
    """The chosen states; None, which means all of them, where none is chosen."""
    return [*states] if states else [None]


def contract_of(spec: TenantSpec, raw: str) -> Contract | None:
    return next((t.contract for s in spec.sources for t in s.tables if t.raw == raw), None)


def is_hidden(contract: Contract | None, column: str) -> bool:
    """Whether a column's cells are masked: private ones, their decoded companions, all of a table unknown.

    Where the table has any private column, so is what the contract does not name: a malformed record, which
    is not split into cells, and a column of another version, which may be a private one's former name.
    """
    if contract is None:
        return True
    private = {c.field.lower(): c.private for c in contract.columns}
    name = column.lower()
    whole, part = (private.get(of) for of in (name, name.removesuffix("_json")))
    return bool(whole or part) or (whole is None and part is None and any(private.values()))


def cells(contract: Contract | None, row: QuarantinedRow, private: bool) -> dict[str, Any]:
    """The row's cells; those of private columns masked unless asked for."""
    values: dict[str, Any] = json.loads(row.row)
    if private:
        return values
    return {name: MASK if value and is_hidden(contract, name) else value for name, value in values.items()}


def fate(row: QuarantinedRow) -> str:
    if row.resolution == "passed":
        return f"passed and was committed by load {row.resolved_by} on {row.resolved_at:%Y-%m-%d %H:%M}"
    if row.resolution == "superseded":
        return f"superseded by a newer row of its key on {row.resolved_at:%Y-%m-%d %H:%M}"
    if row.resolved_at is not None:
        return f"not refused any more since {row.resolved_at:%Y-%m-%d %H:%M}"
    if row.dismissed_at is not None:
        note = f": {row.dismissed_note}" if row.dismissed_note else ""
        return f"dismissed by {row.dismissed_by} on {row.dismissed_at:%Y-%m-%d %H:%M}{note}"
    return "its load was blocked" if row.blocked else "set aside, the rest of its load was committed"
