"""One ODCS property as a column and its rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from dagster_ingest import naming
from dagster_ingest.spec.contract import KINDS, STRING_FORMATS, TYPES, Column, Severity
from dagster_ingest.spec.draft import Draft, is_count, is_number, is_texts
from dagster_ingest.spec.formats import BadFormat, strptime
from dagster_ingest.spec.odcs_quality import property_quality
from dagster_ingest.spec.problem import Loc, shown

# ODCS keys that would change what is checked, and that nothing here executes.
_REFUSED = {
    "properties": "raw columns are flat text; decode nested values in the system file",
    "items": "raw columns are flat text; decode nested values in the system file",
    "map": "raw columns are flat text; decode nested values in the system file",
    "partitioned": "partitions are US states, bound in the tenant file",
    "partitionKeyPosition": "partitions are US states, bound in the tenant file",
    "physicalName": "`name` is the heading in the source; leave physicalName out",
    "encryptedName": "columns land as they come; use `classification: private`",
}
OPTIONS = {
    "string": ("pattern", "minLength", "maxLength", "format"),
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
    "boolean": (),
    "date": ("format", "minimum", "maximum"),
    "timestamp": ("format", "minimum", "maximum"),
}
_CUSTOM = {
    "optional": lambda value: isinstance(value, bool),
    "formats": lambda value: bool(value) and is_texts(value),
    "severity": lambda value: value in ("error", "warn") or isinstance(value, dict),
}
# What Python reads and the audit's engine does not: look-around, back references, comments, \Z.
_FOREIGN_REGEX = re.compile(r"\(\?(?:[=!#(]|<[=!]|P[=>])|\\[1-9Z]")
# The vendors' headings come back in every tenant.
column_name = lru_cache(maxsize=8192)(naming.column_name)

_CONFIDENTIAL = {None: False, "public": False, "internal": False, "private": True}


def compile_property(draft: Draft, prop: Mapping[str, Any], loc: Loc) -> None:
    """Add the property's column and rules to the draft."""
    name = _heading(draft, prop.get("name"), loc)
    if name is None:
        return
    if not _REFUSED.keys().isdisjoint(prop):
        _refuse(draft, prop, name, loc)
    items = prop.get("customProperties")
    custom = draft.custom(items, loc, _CUSTOM) if items else {}
    column = _column(draft, prop, name, custom, loc)
    draft.columns.append(column)
    draft.by_heading[name] = column
    _rules(draft, prop, column, custom, loc)


def _refuse(draft: Draft, prop: Mapping[str, Any], name: str, loc: Loc) -> None:
    for key in _REFUSED.keys() & prop.keys():
        if prop[key] not in (None, False, -1) and not (key == "physicalName" and prop[key] == name):
            draft.refuse((*loc, key), f"{key!r} cannot be executed", fix=_REFUSED[key], on_key=True)


def _heading(draft: Draft, name: Any, loc: Loc) -> str | None:
    if not isinstance(name, str) or not name.strip() or len(name) > 200:
        draft.refuse((*loc, "name"), "a property needs a `name`, the column's heading", value=name)
        return None
    field = column_name(name)
    taken = draft.fields.get(field.lower())
    if taken is not None:
        draft.refuse(
            (*loc, "name"),
            f"{name!r} and {taken!r} would both be the raw column {field!r}",
            value=name,
            fix="headings must differ in letters and digits, not in case or signs alone",
        )
        return None
    draft.fields[field.lower()] = name
    return name


def _column(draft: Draft, prop: Mapping[str, Any], name: str, custom: dict[str, Any], loc: Loc) -> Column:
    kind = prop.get("logicalType") or "string"
    if kind not in TYPES:
        draft.refuse((*loc, "logicalType"), f"logicalType cannot be {kind!r}", value=kind, allowed=TYPES)
        kind = "string"
    secrecy = prop.get("classification")
    if secrecy not in _CONFIDENTIAL:
        allowed = [key for key in _CONFIDENTIAL if key]
        problem = f"classification cannot be {secrecy!r}"
        draft.refuse((*loc, "classification"), problem, value=secrecy, allowed=allowed)
    key, required = bool(prop.get("primaryKey")), bool(prop.get("required"))
    field = column_name(name)
    if field.lower() in naming.SYSTEM_COLUMNS:
        draft.refuse((*loc, "name"), f"{name!r} is a column that landing adds", value=name)
    if custom.get("optional") and (key or required):
        fix = "a required or key column cannot be optional; leave `optional` out"
        draft.refuse((*loc, "customProperties"), f"{name!r} is optional and required", fix=fix, on_key=True)
    if key:
        position = prop.get("primaryKeyPosition")
        draft.keys.append((position if isinstance(position, int) else -1, field))
    return Column(
        name,
        name if field == name else field,
        kind,
        required,
        key,
        _CONFIDENTIAL.get(secrecy, True),
        custom.get("optional", not (key or required)),
        prop.get("description"),
    )


def _rules(draft: Draft, prop: Mapping[str, Any], column: Column, custom: dict[str, Any], loc: Loc) -> None:
    columns = (column.field,)
    grades = _severities(draft, custom["severity"], loc) if "severity" in custom else _error
    if column.required:
        draft.rule("required", columns, {}, (*loc, "required"), severity=grades("required"))
    if prop.get("unique"):
        draft.rule("unique", columns, {}, (*loc, "unique"), severity=grades("unique"))
    options = prop.get("logicalTypeOptions") or {}
    if column.type != "string":
        params: dict[str, Any] = {"type": column.type}
        if formats := _formats(draft, column, options, custom, loc):
            params["formats"] = formats
        draft.rule("type", columns, params, (*loc, "logicalType"), severity=grades("type"))
    if options and prop.get("logicalType", "string") in TYPES:
        for kind, params, key in _option_rules(draft, column, options, loc):
            where = (*loc, "logicalTypeOptions", key)
            draft.rule(kind, columns, params, where, severity=grades(kind))
    if prop.get("enum"):
        values = [entry.get("value") for entry in prop["enum"]]
        if all(isinstance(value, str) for value in values):
            draft.rule("enum", columns, {"values": values}, (*loc, "enum"), severity=grades("enum"))
        else:
            draft.refuse((*loc, "enum"), "enum values must be texts", fix="put them in quotes", on_key=True)
    if not prop.get("quality"):
        return
    for index, quality in enumerate(prop["quality"]):
        property_quality(draft, column, quality, (*loc, "quality", index))


def _error(kind: str) -> Severity:
    return "error"


def _severities(draft: Draft, given: Any, loc: Loc) -> Callable[[str], Severity]:
    """Custom property `severity`: one for all rules of the column, or by kind."""
    where = (*loc, "customProperties")
    if not isinstance(given, dict):
        return lambda kind: given
    grades = {kind: draft.severity(value, where) for kind, value in given.items()}
    for kind in grades.keys() - set(KINDS):
        draft.refuse(where, f"there is no kind of rule {kind!r}", value=kind, allowed=KINDS, on_key=True)
    return lambda kind: grades.get(kind, "error")


def _formats(
    draft: Draft, column: Column, options: Mapping[str, Any], custom: dict[str, Any], loc: Loc
) -> list[str]:
    """The strptime formats of a date or timestamp column; none declared means ISO 8601."""
    if column.type not in ("date", "timestamp"):
        if "formats" in custom:
            draft.refuse((*loc, "customProperties"), "'formats' is for dates and timestamps", on_key=True)
        return []
    one = options.get("format")
    declared = [] if one is None else one if is_texts(one) else [one]
    texts: list[Any] = custom.get("formats") or declared
    where = (*loc, "customProperties" if "formats" in custom else "logicalTypeOptions")
    found = []
    for text in texts:
        try:
            found.append(strptime(text if isinstance(text, str) else "", column.type))
        except BadFormat as error:
            fix = "write it as yyyy-MM-dd HH:mm:ss or as %Y-%m-%d %H:%M:%S"
            draft.refuse((*where, "format"), f"the format {shown(text)} {error}", value=text, fix=fix)
    return found


def _option_rules(draft: Draft, column: Column, options: Mapping[str, Any], loc: Loc):
    """(kind, params, key of its place) for each logicalTypeOption; others are noted as wrong."""
    allowed = OPTIONS[column.type]
    here = (*loc, "logicalTypeOptions")
    for key in options:
        if key not in allowed:
            problem = f"the option {key!r} of a {column.type} cannot be executed"
            draft.refuse((*here, key), problem, value=key, allowed=allowed, on_key=True)
    if column.type == "string":
        pattern = options.get("pattern")
        if "pattern" in options and is_pattern(draft, pattern, (*here, "pattern")):
            yield "pattern", {"pattern": pattern}, "pattern"
        if "format" in options:
            if options["format"] in STRING_FORMATS:
                yield "format", {"format": options["format"]}, "format"
            else:
                value = options["format"]
                problem = f"the format of a text cannot be {shown(value)}"
                draft.refuse((*here, "format"), problem, value=value, allowed=STRING_FORMATS)
        if length := _bounds(draft, options, "minLength", "maxLength", is_count, "a count", here):
            yield "length", length, "maxLength" if "maxLength" in options else "minLength"
        return
    dated = column.type in ("date", "timestamp")
    test, what = (_is_iso, "an ISO date in quotes") if dated else (is_number, "a number")
    if bounds := _bounds(draft, options, "minimum", "maximum", test, what, here):
        yield "range", bounds, "minimum" if "minimum" in options else "maximum"


def _bounds(draft: Draft, options: Mapping[str, Any], low: str, high: str, test, what: str, loc: Loc):
    found = {}
    for key, bound in ((low, "min"), (high, "max")):
        if key not in options:
            continue
        if test(options[key]):
            found[bound] = options[key]
        else:
            draft.refuse((*loc, key), f"{key!r} is not {what}", value=options[key])
    if len(found) == 2 and found["min"] > found["max"]:
        draft.refuse((*loc, low), f"{low!r} is above {high!r}: no row could pass", value=options[low])
    return found


def is_pattern(draft: Draft, pattern: Any, loc: Loc) -> bool:
    """Whether the audit can run the regular expression; noted as wrong if not."""
    problem = None
    if not isinstance(pattern, str) or not pattern or len(pattern) > 1000:
        problem = "a pattern is a text of 1 to 1,000 signs"
    elif match := _FOREIGN_REGEX.search(pattern):
        problem = f"the pattern uses {match[0]!r}; look-around and back references are not supported"
    else:
        try:
            re.compile(pattern)
        except (re.error, RecursionError, OverflowError) as error:
            problem = f"not a regular expression: {error}"
    if problem:
        draft.refuse(loc, problem, value=pattern)
    return problem is None


def _is_iso(value: Any) -> bool:
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True
