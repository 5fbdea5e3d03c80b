"""Checks of how a source's rows belong to states, and of placeholders in its settings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dagster_ingest.errors import guess
from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.models import ColumnState, FeedState, Source, WholeState
from dagster_ingest.spec.problem import Loc, Report

PLACEHOLDERS = ("state", "STATE", "tenant", "table")
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def check_binding(source: Source, states: tuple[str, ...], report: Report, loc: Loc) -> None:
    """The binding by itself: does it say for every state of the tenant which rows are its own?"""
    bound = source.state
    if isinstance(bound, WholeState) and len(states) != 1:
        report.add(
            (*loc, "state", "by"),
            f"by: whole needs one state, the tenant has {len(states)}",
            value="whole",
            allowed=("feed", "column"),
        )
    if not isinstance(bound, ColumnState):
        return
    for value, state in bound.values.items():
        if state not in states:
            here = (*loc, "state", "values", value)
            report.add(here, f"the tenant does not have the state {state!r}", value=state, allowed=states)
    missing = [state for state in states if bound.values and state not in bound.values.values()]
    if missing:
        fix = "map a value to it, or take it out of `states`"
        report.add((*loc, "state", "values"), f"no value leads to {', '.join(missing)}", fix=fix, on_key=True)


def check_column(source: Source, contract: Contract, report: Report, loc: Loc) -> None:
    """The column that holds the state is a column of the table."""
    bound = source.state
    if isinstance(bound, ColumnState) and all(c.name != bound.column for c in contract.columns):
        report.add(
            (*loc, "state", "column"),
            f"the contract of {contract.table!r} has no column {bound.column!r}",
            value=bound.column,
            near=guess(bound.column, [c.name for c in contract.columns]),
        )


def check_placeholders(
    source: Source,
    states: tuple[str, ...],
    settings: Mapping[str, Any],
    report: Report,
    loc: Loc,
    own: Iterable[str] = (),
) -> None:
    """Known placeholders only, and `{state}` where the states have feeds of their own.

    `own`: those that the connector fills itself.
    """
    names = {name for text in _texts(settings) for name in _PLACEHOLDER.findall(text)}
    for name in sorted(names - {*PLACEHOLDERS, *own}):
        report.add(
            (*loc, "settings"),
            f"unknown placeholder {{{name}}}",
            value=name,
            allowed=(*PLACEHOLDERS, *own),
            on_key=True,
        )
    by_state = bool(names & {"state", "STATE"})
    if isinstance(source.state, FeedState) and len(states) > 1 and not by_state:
        fix = "put {state} into a setting, such as `path: '{state}'`, or bind by column"
        problem = "every state has a feed of its own, but no setting holds {state}"
        report.add((*loc, "settings") if source.settings else loc, problem, fix=fix, on_key=True)
    if isinstance(source.state, ColumnState) and by_state:
        problem = "a column divides the feed by state, so its settings cannot hold {state}"
        report.add((*loc, "settings"), problem, fix="take {state} out, or bind by feed", on_key=True)


def filled(settings: Any, tenant: str, table: str) -> Any:
    """Settings with {tenant} and {table} filled in; {state} stays for the load."""
    if isinstance(settings, str):
        return settings.replace("{tenant}", tenant).replace("{table}", table) if "{" in settings else settings
    if isinstance(settings, dict):
        return {key: filled(value, tenant, table) for key, value in settings.items()}
    return [filled(value, tenant, table) for value in settings] if isinstance(settings, list) else settings


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
