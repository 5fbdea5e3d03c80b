"""Params of rules as the audit uses them, and the error for those that it cannot use."""

from __future__ import annotations

from typing import Any

from dagster_ingest.errors import SpecError
from dagster_ingest.spec.contract import Contract, Rule
from dagster_ingest.validate import parse


def formats_of(rule: Rule) -> tuple[str, ...]:
    formats = rule.params.get("formats") or rule.params.get("format") or ()
    return (formats,) if isinstance(formats, str) else tuple(formats)


def parsed_as(rule: Rule) -> tuple[str, tuple[str, ...], str | None]:
    """Of a type rule: what a cell is parsed as (the width, where one is given), formats and zone."""
    kind = rule.params.get("type", "string")
    if kind in ("integer", "number"):
        return rule.params.get("format", kind), (), None
    return kind, formats_of(rule), rule.params.get("zone")


def bound_of(
    contract: Contract, rule: Rule, name: str, kind: str, formats: tuple[str, ...], zone: str | None
) -> Any:
    """A bound as a value of the column's type. A date may be written in ISO or in the column's format."""
    raw = rule.params.get(name)
    if raw is None or (kind in parse.WIDTHS and isinstance(raw, int | float)):
        return raw
    if kind in parse.FLOATS and isinstance(raw, int | float):
        return float(raw)
    value = parse.value_of(str(raw), kind, (), zone)
    if value is None:
        value = parse.value_of(str(raw), kind, formats, zone)
    if value is None:
        raise wrong(contract, rule, f"{name} {raw!r} is no {kind}", f"write {name} as a {kind}")
    return value


def wrong(contract: Contract, rule: Rule, problem: str, fix: str, near: str | None = None) -> SpecError:
    return SpecError(
        f"rule {rule.id}: {problem}",
        where=f"{contract.file}:{rule.line}" if rule.line else contract.file,
        not_done=f"no row of {contract.table} was audited",
        fix=f"{fix} (did you mean {near!r}?)" if near else fix,
    )
