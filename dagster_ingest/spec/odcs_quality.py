"""ODCS `quality` entries and `relationships` as rules. What cannot be executed is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster_ingest.naming import column_name, is_name
from dagster_ingest.spec.contract import Column
from dagster_ingest.spec.draft import VENDOR, Draft, is_count, is_number, is_texts
from dagster_ingest.spec.problem import Loc, shown

_OPERATORS = (
    "mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeLessThan",
    "mustBeLessOrEqualTo", "mustBeBetween", "mustNotBeBetween",
)  # fmt: skip
_REFUSED = {
    "query": "SQL rules are not supported yet; use a library metric",
    "rule": "the standard replaced `rule` by `metric`",
    "schedule": "rules run with every load; leave it out",
    "scheduler": "rules run with every load; leave it out",
    "method": "leave it out",
}
_COLUMN_METRICS = ("nullValues", "invalidValues", "duplicateValues")
_TABLE_METRICS = ("rowCount", "duplicateValues")
_TABLE_RULES = ("row_count_ratio",)


def property_quality(draft: Draft, column: Column, quality: Mapping[str, Any], loc: Loc) -> None:
    """Rules of one column's quality entry."""
    if not _is_library(draft, quality, loc, _COLUMN_METRICS) or not _must_be_zero(draft, quality, loc):
        return
    severity = draft.severity(quality.get("severity"), (*loc, "severity"))
    columns, metric = (column.field,), quality["metric"]
    arguments = quality.get("arguments") or {}
    if metric == "invalidValues":
        for kind, params in _invalid(draft, arguments, loc):
            draft.rule(kind, columns, params, loc, severity=severity, quality=quality)
        return
    if arguments:
        draft.refuse((*loc, "arguments"), f"{metric!r} takes no arguments here", on_key=True)
    kind = "required" if metric == "nullValues" else "unique"
    draft.rule(kind, columns, {}, loc, severity=severity, quality=quality)


def _invalid(draft: Draft, arguments: Mapping[str, Any], loc: Loc):
    from dagster_ingest.spec.odcs_property import is_pattern

    here = (*loc, "arguments")
    for key in arguments.keys() - {"validValues", "pattern"}:
        problem = f"the argument {key!r} cannot be executed"
        draft.refuse((*here, key), problem, value=key, allowed=("validValues", "pattern"), on_key=True)
    if not arguments:
        draft.refuse(loc, "invalidValues needs arguments", fix="add `arguments: {validValues: [...]}`")
    if "validValues" in arguments:
        values = arguments["validValues"]
        if values and is_texts(values):
            yield "enum", {"values": list(values)}
        else:
            fix = "list at least one, and put numbers, true and false in quotes: the source delivers text"
            draft.refuse((*here, "validValues"), "validValues must be texts", value=values, fix=fix)
    if "pattern" in arguments and is_pattern(draft, arguments["pattern"], (*here, "pattern")):
        yield "pattern", {"pattern": arguments["pattern"]}


def table_quality(draft: Draft, quality: Mapping[str, Any], loc: Loc) -> None:
    """The rule of one of the table's quality entries."""
    if quality.get("type") == "custom":
        _custom(draft, quality, loc)
        return
    if not _is_library(draft, quality, loc, _TABLE_METRICS):
        return
    severity = draft.severity(quality.get("severity"), (*loc, "severity"))
    arguments = quality.get("arguments") or {}
    if quality["metric"] == "rowCount":
        if arguments:
            draft.refuse((*loc, "arguments"), "'rowCount' takes no arguments here", on_key=True)
        if bounds := _count_bounds(draft, quality, loc):
            draft.rule("row_count", (), bounds, loc, severity=severity, quality=quality)
        return
    names = arguments.get("properties")
    if not _must_be_zero(draft, quality, loc):
        return
    if not names or not is_texts(names) or len(arguments) > 1:
        fix = "give `arguments: {properties: [COLUMN, COLUMN]}`"
        draft.refuse(loc, "duplicateValues of a table needs the columns", fix=fix)
        return
    found = [draft.heading(name, (*loc, "arguments", "properties", i)) for i, name in enumerate(names)]
    fields = tuple(column.field for column in found if column)
    if len(fields) == len(names):
        draft.rule("unique", fields, {}, loc, severity=severity, quality=quality)


def _custom(draft: Draft, quality: Mapping[str, Any], loc: Loc) -> None:
    if quality.get("engine") != VENDOR:
        engine = quality.get("engine")
        problem = f"the engine {engine!r} cannot be executed"
        draft.refuse((*loc, "engine"), problem, value=engine, allowed=(VENDOR,))
        return
    _refuse_keys(draft, quality, loc, (*_OPERATORS, "metric", "arguments", "unit"))
    body = quality.get("implementation")
    here = (*loc, "implementation")
    if not isinstance(body, dict) or body.get("rule") not in _TABLE_RULES:
        rule = body.get("rule") if isinstance(body, dict) else body
        problem = f"there is no rule {shown(rule)}"
        draft.refuse((*here, "rule"), problem, value=rule, allowed=_TABLE_RULES)
        return
    for key in body.keys() - {"rule", "min", "max"}:
        draft.refuse((*here, key), f"unknown key {key!r}", value=key, allowed=("min", "max"), on_key=True)
    bounds = {key: body[key] for key in ("min", "max") if key in body}
    for key, value in bounds.items():
        if not is_number(value) or value < 0:
            draft.refuse((*here, key), f"{key!r} is not a share of 0 or more", value=value)
            return
    if not bounds or bounds.get("min", 0) > bounds.get("max", bounds.get("min", 0)):
        draft.refuse(here, "row_count_ratio needs a `min`, a `max` or both, in order", on_key=True)
        return
    severity = draft.severity(quality.get("severity"), (*loc, "severity"))
    draft.rule("row_count_ratio", (), bounds, loc, severity=severity, quality=quality)


def _is_library(draft: Draft, quality: Mapping[str, Any], loc: Loc, metrics: tuple[str, ...]) -> bool:
    kind = quality.get("type", "library")
    if kind != "library":
        why = {"sql": _REFUSED["query"], "text": "a text is not executed; put it into `description`"}
        problem = f"quality of type {kind!r} cannot be executed"
        draft.refuse((*loc, "type"), problem, value=kind, allowed=("library", "custom"), fix=why.get(kind))
        return False
    _refuse_keys(draft, quality, loc, ("engine", "implementation"))
    if quality.get("unit") not in (None, "rows"):
        fix = "shares of bad rows are the table's policy (max_share)"
        draft.refuse((*loc, "unit"), "the unit must be rows", value=quality["unit"], fix=fix)
    metric = quality.get("metric")
    if metric not in metrics:
        where = (*loc, "metric") if metric is not None else loc
        problem = f"the metric {shown(metric)} cannot be executed here"
        draft.refuse(where, problem, value=metric, allowed=metrics)
        return False
    return True


def _refuse_keys(draft: Draft, quality: Mapping[str, Any], loc: Loc, more: tuple[str, ...]) -> None:
    for key in (*_REFUSED, *more):
        if quality.get(key) is not None:
            draft.refuse((*loc, key), f"{key!r} cannot be executed", fix=_REFUSED.get(key), on_key=True)
    items = quality.get("customProperties")
    if items:
        draft.custom(items, loc, {})


def _must_be_zero(draft: Draft, quality: Mapping[str, Any], loc: Loc) -> bool:
    given = [key for key in _OPERATORS if quality.get(key) is not None]
    value = quality.get("mustBe")
    if given == ["mustBe"] and value == 0 and not isinstance(value, bool):
        return True
    where = (*loc, given[0]) if given else loc
    fix = "write `mustBe: 0`; how many bad rows may be set aside is the table's policy"
    draft.refuse(where, f"{quality['metric']!r} must be 0", fix=fix, on_key=True)
    return False


def _count_bounds(draft: Draft, quality: Mapping[str, Any], loc: Loc) -> dict[str, int]:
    bounds: dict[str, int] = {}
    given = [key for key in _OPERATORS if quality.get(key) is not None]
    for key in given:
        value = quality[key]
        pair = value if key == "mustBeBetween" else [value]
        if key.startswith("mustNot") or not all(is_count(number) for number in pair):
            draft.refuse((*loc, key), f"{key!r} cannot be executed for a row count", value=value, on_key=True)
            return {}
        if key in ("mustBe", "mustBeBetween", "mustBeGreaterThan", "mustBeGreaterOrEqualTo"):
            bounds["min"] = pair[0] + (key == "mustBeGreaterThan")
        if key in ("mustBe", "mustBeBetween", "mustBeLessThan", "mustBeLessOrEqualTo"):
            bounds["max"] = pair[-1] - (key == "mustBeLessThan")
    if not bounds or bounds.get("max", bounds.get("min", 0)) < bounds.get("min", 0):
        fix = "write `mustBeGreaterOrEqualTo: 1`"
        draft.refuse(loc, "rowCount needs bounds that a count can meet", fix=fix, on_key=True)
        return {}
    return bounds


def relationship(draft: Draft, item: Mapping[str, Any], loc: Loc, column: Column | None = None) -> None:
    """A foreign key. `column`: the property it stands at; left out at the table, where `from` names it."""
    kind = item.get("type", "foreignKey")
    if kind != "foreignKey":
        draft.refuse(
            (*loc, "type"), f"a relationship cannot be {kind!r}", value=kind, allowed=("foreignKey",)
        )
        return
    custom = draft.custom(item.get("customProperties"), loc, {"severity": lambda v: v in ("error", "warn")})
    if column is not None and item.get("from") is not None:
        draft.refuse((*loc, "from"), "'from' is the property itself", fix="leave it out", on_key=True)
    sources: list[Column | None] = [column] if column else _from(draft, item, loc)
    targets = item["to"] if isinstance(item.get("to"), list) else [item.get("to")]
    pairs = [_target(draft, text, (*loc, "to")) for text in targets]
    columns = [c for c in sources if c is not None]
    known = [p for p in pairs if p is not None]
    if len(columns) < len(sources) or len(known) < len(pairs):
        return
    if len(columns) != len(known) or len({table for table, _ in known}) != 1:
        draft.refuse(loc, "'from' and 'to' name the same number of columns, 'to' of one table")
        return
    fields = tuple(c.field for c in columns)
    params = {"table": known[0][0], "columns": [name for _, name in known]}
    draft.rule("foreign_key", fields, params, loc, severity=custom.get("severity", "error"))


def _from(draft: Draft, item: Mapping[str, Any], loc: Loc) -> list[Column | None]:
    given = item.get("from")
    names = given if isinstance(given, list) else [given]
    own = f"{draft.table}."
    return [
        draft.heading(name.removeprefix(own) if isinstance(name, str) else name, (*loc, "from"))
        for name in names
    ]


def _target(draft: Draft, text: Any, loc: Loc) -> tuple[str, str] | None:
    table, _, heading = text.partition(".") if isinstance(text, str) else ("", "", "")
    if is_name(table) and heading.strip():
        return table, column_name(heading)
    fix = "write table.COLUMN, a table of the same source"
    draft.refuse(loc, f"{shown(text)} names no column", value=text, fix=fix)
    return None
