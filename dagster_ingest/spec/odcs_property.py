"""One ODCS property as a column and its rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from dagster_ingest import naming
from dagster_ingest.spec.contract import KINDS, STRING_FORMATS, TYPES, Column
from dagster_ingest.spec.draft import Draft, Grade, is_count, is_number, is_texts
from dagster_ingest.spec.odcs_keys import REFUSED
from dagster_ingest.spec.odcs_quality import allowed_values, property_quality
from dagster_ingest.spec.odcs_range import PARAMS, range_of
from dagster_ingest.spec.odcs_type import decimal_size, type_params
from dagster_ingest.spec.problem import Loc, shown
from dagster_ingest.spec.regex import fault

_REFUSED = REFUSED["SchemaProperty"]
OPTIONS = {
    "string": ("pattern", "minLength", "maxLength", "format"),
    "integer": (*PARAMS, "multipleOf", "format"),
    "number": (*PARAMS, "multipleOf", "format"),
    "boolean": (),
    "date": ("format", *PARAMS),
    "timestamp": ("format", *PARAMS, "timezone", "defaultTimezone"),
    "time": ("format", *PARAMS, "timezone"),
}
_NO_FORMAT = {
    "password": "nothing can be checked of it; say `classification: private` and leave the format out",
    "binary": "raw columns are text, which cannot hold any bytes; use `byte` for Base64",
}
_GRADES = ("error", "warn", "review")
_CUSTOM: dict[str, Callable[[Any], bool]] = {
    "optional": lambda value: isinstance(value, bool),
    "formats": lambda value: bool(value) and is_texts(value),
    "severity": lambda value: isinstance(value, dict) or value in _GRADES,
    "was": lambda value: isinstance(value, str) and bool(value.strip()) and len(value) <= 200,
}
# The vendors' headings and patterns come back in every tenant.
column_name = lru_cache(maxsize=8192)(naming.column_name)
_fault = lru_cache(maxsize=4096)(fault)

_CONFIDENTIAL = {
    None: False, "public": False, "internal": False, "private": True, "confidential": True,
    "restricted": True, "sensitive": True, "secret": True, "personal": True, "pii": True, "phi": True,
}  # fmt: skip
CLASSIFICATIONS = tuple(word for word in _CONFIDENTIAL if word)


def compile_property(draft: Draft, prop: Mapping[str, Any], loc: Loc) -> None:
    """Add the property's column and rules to the draft."""
    name = _heading(draft, prop.get("name"), loc)
    if name is None:
        return
    if not _REFUSED.keys().isdisjoint(prop):
        _refuse(draft, prop, name, loc)
    if "semanticType" in prop:
        _check_meaning(draft, prop, loc)
    items = prop.get("customProperties")
    custom = draft.custom(items, loc, _CUSTOM) if items else {}
    column = _column(draft, prop, name, custom, loc)
    draft.columns.append(column)
    draft.by_heading[name] = column
    _rules(draft, prop, column, custom, loc)


def _check_meaning(draft: Draft, prop: Mapping[str, Any], loc: Loc) -> None:
    meaning = prop.get("semanticType")
    if meaning not in (None, "column", "dimension"):
        problem, fix = f"semanticType cannot be {shown(meaning)}", "only what the source delivers is a column"
        where = (*loc, "semanticType")
        draft.refuse(where, problem, value=meaning, allowed=("column", "dimension"), fix=fix)


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
    said = prop.get("classification")
    secrecy = said.lower() if said else None
    if secrecy not in _CONFIDENTIAL:
        problem = f"classification cannot be {said!r}"
        draft.refuse((*loc, "classification"), problem, value=said, allowed=CLASSIFICATIONS)
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
        column_name(custom["was"]) if "was" in custom else None,
        secrecy,
        tuple(prop["tags"]) if prop.get("tags") else (),
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
        params = type_params(draft, column, options, custom, loc)
        draft.rule("type", columns, params, (*loc, "logicalType"), severity=grades("type"))
    elif "formats" in custom:
        draft.refuse((*loc, "customProperties"), "'formats' is for dates and times", on_key=True)
    if options and prop.get("logicalType", "string") in TYPES:
        for kind, params, key in _option_rules(draft, column, options, loc):
            where = (*loc, "logicalTypeOptions", key)
            draft.rule(kind, columns, params, where, severity=grades(kind))
    if prop.get("physicalType") and (size := decimal_size(draft, column, prop["physicalType"], loc)):
        draft.rule("decimal", columns, size, (*loc, "physicalType"), severity=grades("decimal"))
    if prop.get("enum") is not None:
        values = [entry.get("value") for entry in prop["enum"]]
        if allowed := allowed_values(draft, column, values, (*loc, "enum"), "enum"):
            draft.rule("enum", columns, allowed, (*loc, "enum"), severity=grades("enum"))
    if not prop.get("quality"):
        return
    for index, quality in enumerate(prop["quality"]):
        property_quality(draft, column, quality, (*loc, "quality", index))


def _error(kind: str) -> Grade:
    return "error"


def _severities(draft: Draft, given: Any, loc: Loc) -> Callable[[str], Grade]:
    """Custom property `severity`: one for all rules of the column, or by kind."""
    where = (*loc, "customProperties")
    if not isinstance(given, dict):
        return lambda kind: given
    grades: dict[Any, Grade] = {
        kind: "review" if value == "review" else draft.severity(value, where) for kind, value in given.items()
    }
    for kind in grades.keys() - set(KINDS):
        draft.refuse(where, f"there is no kind of rule {kind!r}", value=kind, allowed=KINDS, on_key=True)
    return lambda kind: grades.get(kind, "error")


def _option_rules(draft: Draft, column: Column, options: Mapping[str, Any], loc: Loc):
    """(kind, params, key of its place) for each logicalTypeOption; others are noted as wrong."""
    allowed = OPTIONS[column.type]
    here = (*loc, "logicalTypeOptions")
    for key in options:
        if key not in allowed:
            problem = f"the option {key!r} of a {column.type} cannot be executed"
            draft.refuse((*here, key), problem, value=key, allowed=allowed, on_key=True)
    if column.type == "string":
        yield from _text_rules(draft, options, here)
        return
    if bounds := range_of(draft, column, options, allowed, here):
        yield "range", bounds, next(key for key in PARAMS if key in options)
    if "multipleOf" in options and "multipleOf" in allowed:
        step = options["multipleOf"]
        if is_number(step) and step > 0 and abs(Decimal(str(step)).adjusted()) <= 15:
            yield "multiple", {"of": str(step)}, "multipleOf"
        else:
            draft.refuse((*here, "multipleOf"), "'multipleOf' is not a number above 0", value=step)


def _text_rules(draft: Draft, options: Mapping[str, Any], here: Loc):
    pattern = options.get("pattern")
    if "pattern" in options and is_pattern(draft, pattern, (*here, "pattern")):
        yield "pattern", {"pattern": pattern}, "pattern"
    if "format" in options:
        value = options["format"]
        if value in STRING_FORMATS:
            yield "format", {"format": value}, "format"
        else:
            problem = f"the format of a text cannot be {shown(value)}"
            fix = _NO_FORMAT.get(value) if isinstance(value, str) else None
            draft.refuse((*here, "format"), problem, value=value, allowed=STRING_FORMATS, fix=fix)
    if length := _bounds(draft, options, "minLength", "maxLength", is_count, "a count", here):
        yield "length", length, "maxLength" if "maxLength" in options else "minLength"


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
    problem = _fault(pattern) if isinstance(pattern, str) else fault(pattern)
    if problem:
        draft.refuse(loc, problem, value=pattern)
    return problem is None
