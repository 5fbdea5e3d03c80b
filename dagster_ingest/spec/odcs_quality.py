"""ODCS `quality` entries as rules. What cannot be executed is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dagster_ingest.spec.contract import Column
from dagster_ingest.spec.draft import VENDOR, Draft, Grade, is_number, is_texts
from dagster_ingest.spec.odcs_keys import REFUSED
from dagster_ingest.spec.odcs_threshold import OPERATORS, count_bounds, given, must, unit_of
from dagster_ingest.spec.problem import Loc, shown

_REFUSED = REFUSED["DataQuality"]
_COLUMN_METRICS = ("nullValues", "missingValues", "invalidValues", "duplicateValues")
_TABLE_METRICS = ("rowCount", "duplicateValues")
_TABLE_RULES = ("row_count_ratio",)
# The library's names in ODCS 3.0. The first two say "there are none" where they name no threshold.
_FORMER = {"nullCheck": "nullValues", "validValues": "invalidValues", "duplicateCount": "duplicateValues",
           "rowCount": "rowCount"}  # fmt: skip
_IMPLIED = ("nullCheck", "validValues")
_ENGINES = "only the platform runs rules; write a library metric or a sql rule instead"
_TEXT = "a text is not executed; put it into `description`"


def property_quality(draft: Draft, column: Column, quality: Mapping[str, Any], loc: Loc) -> None:
    """Rules of one column's quality entry."""
    kind = quality.get("type")
    if kind == "sql":
        _sql(draft, quality, loc, column)
        return
    found = _library(draft, quality, loc, _COLUMN_METRICS)
    if found is None:
        return
    metric, thresholds = found["metric"], must(draft, found, loc)
    if not thresholds:
        return
    params = _column_params(draft, column, found, loc)
    if params is None:
        return
    if thresholds == {"mustBe": 0}:
        severity = grade(draft, quality, loc)
        for rule, own in _row_rules(draft, metric, params):
            draft.rule(rule, (column.field,), own, loc, severity=severity, quality=quality)
        return
    _aggregate(draft, metric, (column.field,), {**params, "must": thresholds}, found, loc)


def table_quality(draft: Draft, quality: Mapping[str, Any], loc: Loc) -> None:
    """The rule of one of the table's quality entries."""
    if quality.get("type") in ("custom", "sql"):
        (_custom if quality["type"] == "custom" else _sql)(draft, quality, loc)
        return
    found = _library(draft, quality, loc, _TABLE_METRICS)
    if found is None:
        return
    arguments = found.get("arguments") or {}
    if found["metric"] == "rowCount":
        if arguments:
            draft.refuse((*loc, "arguments"), "'rowCount' takes no arguments here", on_key=True)
        if bounds := count_bounds(draft, found, loc):
            severity = grade(draft, quality, loc)
            draft.rule("row_count", (), bounds, loc, severity=severity, quality=quality)
        return
    names = arguments.get("properties")
    thresholds = must(draft, found, loc)
    if not names or not is_texts(names) or len(arguments) > 1:
        fix = "give `arguments: {properties: [COLUMN, COLUMN]}`"
        draft.refuse(loc, "duplicateValues of a table needs the columns", fix=fix)
        return
    columns = [draft.heading(name, (*loc, "arguments", "properties", i)) for i, name in enumerate(names)]
    fields = tuple(column.field for column in columns if column)
    if len(fields) < len(names) or not thresholds:
        return
    if thresholds == {"mustBe": 0}:
        draft.rule("unique", fields, {}, loc, severity=grade(draft, quality, loc), quality=quality)
    else:
        _aggregate(draft, "duplicateValues", fields, {"must": thresholds}, found, loc)


def grade(draft: Draft, quality: Mapping[str, Any], loc: Loc) -> Grade:
    """The entry's severity, or that a person decides (custom property `review: required`)."""
    severity = draft.severity(quality.get("severity"), (*loc, "severity"))
    items = quality.get("customProperties")
    custom = draft.custom(items, loc, {"review": lambda value: value == "required"}) if items else {}
    return "review" if custom else severity


def _library(
    draft: Draft, quality: Mapping[str, Any], loc: Loc, metrics: Sequence[str]
) -> dict[str, Any] | None:
    """The entry with its metric under today's name, or None where it cannot be executed."""
    kind = quality.get("type", "library")
    if kind != "library":
        why = {"text": _TEXT, "custom": f"{_ENGINES}; our own rules stand at the table"}
        problem = f"quality of type {kind!r} cannot be executed"
        allowed = ("library", "sql", "custom")
        draft.refuse((*loc, "type"), problem, value=kind, allowed=allowed, fix=why.get(kind))
        return None
    refuse_keys(draft, quality, loc, ("engine", "implementation", "query"))
    found: dict[str, Any] = dict(quality)
    key = "metric"
    if found.get("metric") is None and found.get("rule") is not None:
        key, former = "rule", found.pop("rule")
        found["metric"] = _FORMER.get(former, former)
        if former in _IMPLIED and not given(found):
            found["mustBe"] = 0
    elif found.get("rule") is not None:
        fix = "the standard replaced `rule` by `metric`; keep that"
        draft.refuse((*loc, "rule"), "'rule' and 'metric' stand side by side", fix=fix, on_key=True)
    metric = found.get("metric")
    if metric not in metrics:
        where = (*loc, key) if metric is not None else loc
        problem = f"the metric {shown(metric)} cannot be executed here"
        way = "the standard replaced `rule` by `metric`; write that" if key == "rule" else None
        draft.refuse(where, problem, value=metric, allowed=metrics, fix=way)
        return None
    # Asked for here too, where the threshold is 0 and the unit decides nothing.
    return None if metric != "rowCount" and unit_of(draft, found, loc) is None else found


def refuse_keys(draft: Draft, quality: Mapping[str, Any], loc: Loc, more: Sequence[str]) -> None:
    for key in (*_REFUSED, *more):
        if quality.get(key) is not None:
            draft.refuse((*loc, key), f"{key!r} cannot be executed", fix=_REFUSED.get(key), on_key=True)


# metrics of a column


def _column_params(
    draft: Draft, column: Column, quality: Mapping[str, Any], loc: Loc
) -> dict[str, Any] | None:
    """What the metric's arguments say; None where they are wrong."""
    metric, arguments = quality["metric"], quality.get("arguments") or {}
    if metric == "invalidValues":
        return _invalid(draft, column, arguments, loc)
    if metric == "missingValues":
        return _missing(draft, arguments, loc)
    if arguments:
        draft.refuse((*loc, "arguments"), f"{metric!r} takes no arguments here", on_key=True)
        return None
    return {}


def _invalid(draft: Draft, column: Column, arguments: Mapping[str, Any], loc: Loc) -> dict[str, Any] | None:
    from dagster_ingest.spec.odcs_property import is_pattern

    here = (*loc, "arguments")
    sound = _known_arguments(draft, arguments, ("validValues", "pattern"), here)
    if not arguments:
        draft.refuse(loc, "invalidValues needs arguments", fix="add `arguments: {validValues: [...]}`")
        return None
    params: dict[str, Any] = {}
    if "validValues" in arguments:
        found = allowed_values(draft, column, arguments["validValues"], (*here, "validValues"), "validValues")
        sound = sound and found is not None
        params |= found or {}
    if "pattern" in arguments:
        pattern = arguments["pattern"]
        sound = is_pattern(draft, pattern, (*here, "pattern")) and sound
        params["pattern"] = pattern
    return params if sound else None


def _missing(draft: Draft, arguments: Mapping[str, Any], loc: Loc) -> dict[str, Any] | None:
    """Texts that mean "no value"; null and a blank text stand for every null."""
    here = (*loc, "arguments")
    sound = _known_arguments(draft, arguments, ("missingValues",), here)
    listed = arguments.get("missingValues")
    if not isinstance(listed, list) or not listed or not all(isinstance(v, str | None) for v in listed):
        fix = "add `arguments: {missingValues: [null, 'N/A']}`, numbers in quotes"
        where = (*here, "missingValues") if "missingValues" in arguments else loc
        draft.refuse(where, "missingValues needs the texts that count as missing", value=listed, fix=fix)
        return None
    texts = dict.fromkeys(v.strip() for v in listed if v is not None)
    empty = None in listed or "" in texts
    return {"values": [text for text in texts if text], "null": empty} if sound else None


def _known_arguments(draft: Draft, arguments: Mapping[str, Any], known: Sequence[str], loc: Loc) -> bool:
    for key in arguments.keys() - set(known):
        problem = f"the argument {key!r} cannot be executed"
        draft.refuse((*loc, key), problem, value=key, allowed=known, on_key=True)
    return arguments.keys() <= set(known)


def allowed_values(draft: Draft, column: Column, values: Any, loc: Loc, what: str) -> dict[str, Any] | None:
    """Params of an enum: texts, or numbers for a column of numbers. None and noted for anything else."""
    if isinstance(values, list) and values:
        if is_texts(values):
            return {"values": list(values)}
        fits = {"integer": lambda v: isinstance(v, int), "number": lambda v: True}.get(column.type)
        if fits and all(is_number(v) and fits(v) for v in values):
            return {"values": list(values)}
    numbers = " or numbers" if column.type in ("integer", "number") else ""
    fix = "list at least one, and put numbers, true and false in quotes: the source delivers text"
    words = "enum values" if what == "enum" else what
    draft.refuse(loc, f"{words} must be texts{numbers}", value=values, fix=fix, on_key=what == "enum")
    return None


def _row_rules(draft: Draft, metric: str, params: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """`mustBe: 0`: each row that counts is rejected by a rule of its own."""
    if metric == "invalidValues":
        if "values" in params:
            yield "enum", {"values": params["values"]}
        if "pattern" in params:
            yield "pattern", {"pattern": params["pattern"]}
    elif metric == "missingValues" and not _means_null(draft, params):
        yield "missing", params
    else:
        yield ("unique" if metric == "duplicateValues" else "required"), {}


def _means_null(draft: Draft, params: dict[str, Any]) -> bool:
    """Whether exactly null counts as missing: then the rule is `required`."""
    return params["null"] and set(params["values"]) <= {text.strip() for text in draft.null_texts}


_AGGREGATES = {
    "nullValues": "null_values", "missingValues": "missing_values", "invalidValues": "invalid_values",
    "duplicateValues": "duplicate_values",
}  # fmt: skip


def _aggregate(
    draft: Draft, metric: str, fields: tuple[str, ...], params: dict[str, Any], quality: Mapping[str, Any],
    loc: Loc,
) -> None:  # fmt: skip
    unit = unit_of(draft, quality, loc)
    if unit is None:
        return
    params = {**params, "unit": unit}
    severity, tag = grade(draft, quality, loc), quality.get("id")
    draft.rule(_AGGREGATES[metric], fields, params, loc, severity=severity, quality=quality, tag=tag)


# rules that are not of the library


def _sql(draft: Draft, quality: Mapping[str, Any], loc: Loc, column: Column | None = None) -> None:
    from dagster_ingest.spec.odcs_sql import sql_rule

    refuse_keys(draft, quality, loc, ("engine", "implementation", "metric", "rule", "arguments", "unit"))
    thresholds = must(draft, quality, loc, truth=True)
    found = sql_rule(draft, quality, loc, column)
    if thresholds and found is not None:
        query, reads, tag = found
        params = {"query": query, "columns": reads, "must": thresholds}
        columns = (column.field,) if column else ()
        severity = grade(draft, quality, loc)
        draft.rule("sql", columns, params, loc, severity=severity, quality=quality, tag=tag)


def _custom(draft: Draft, quality: Mapping[str, Any], loc: Loc) -> None:
    if quality.get("engine") != VENDOR:
        engine = quality.get("engine")
        problem = f"the engine {engine!r} cannot be executed"
        draft.refuse((*loc, "engine"), problem, value=engine, allowed=(VENDOR,), fix=_ENGINES)
        return
    refuse_keys(draft, quality, loc, (*OPERATORS, "metric", "rule", "query", "arguments", "unit"))
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
    draft.rule("row_count_ratio", (), bounds, loc, severity=grade(draft, quality, loc), quality=quality)
