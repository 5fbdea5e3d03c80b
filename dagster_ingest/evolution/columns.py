"""What changed in one column, its rules left aside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from dagster_ingest.evolution import relate
from dagster_ingest.evolution.change import Change, change
from dagster_ingest.evolution.rename import Rename
from dagster_ingest.spec.contract import Column, Contract, Rule

# What is compared below, or says the same as a rule, a key or a rename.
_WEIGHED = {
    "name", "field", "type", "required", "key", "private", "optional", "description", "was",
    "classification", "tags",
}  # fmt: skip
_DATED = ("date", "timestamp", "time")
# How types relate, and whether the old and the new rule only warn: what was warned of is refused, however
# wide the new type is, and the other way round.
_CROSSED = {("wider", True, False), ("narrower", False, True)}
_Types = Mapping[str, Rule]


def added(column: Column, rules: tuple[Rule, ...]) -> Change:
    """A column that came. rules: those that look at it."""
    asks = [rule for rule in rules if column.field in rule.columns and rule.severity == "error"]
    kind = "column_added"
    if not column.optional or column.key or any(r.kind in ("required", "primary_key") for r in asks):
        kind = "column_added_required"
    elif asks:
        kind = "column_added_checked"
    said = ", ".join(dict.fromkeys([column.type, *(rule.kind for rule in asks if rule.kind != "type")]))
    return change(kind, column.field, (column.field,), after=said)


def removed(column: Column) -> Change:
    hint = (
        "it is private: if it is still delivered it lands, and nothing masks it" if column.private else None
    )
    return change("column_removed", column.field, (column.field,), before=column.type, hint=hint)


def renamed(rename: Rename) -> Change:
    old, new = rename.old, rename.new
    hint = None
    if not rename.declared:
        hint = (
            f"looks like a rename of {old.field}: declare it under {new.name!r} with "
            f"`customProperties: [{{property: was, value: {old.field}}}]`"
        )
    return change("column_renamed", old.field, (old.field,), old.field, new.field, hint=hint)


def kept(old: Column, new: Column, before: _Types, after: _Types) -> Iterator[Change]:
    """A column that stayed, perhaps under another name. before, after: `type` rules by raw column."""
    here = (old.field,)
    if old.field.lower() == new.field.lower() and old.name != new.name:
        yield change("heading_changed", old.field, here, old.name, new.name)
    if old.optional != new.optional:
        kind = "presence_relaxed" if new.optional else "presence_required"
        yield change(kind, old.field, here, _presence(old), _presence(new))
    yield from _type(old, new, before.get(old.field), after.get(new.field))
    if old.private != new.private:
        kind = "classified" if new.private else "declassified"
        yield change(kind, old.field, here, old.private, new.private)
    elif old.classification != new.classification:
        yield change("classification_changed", old.field, here, old.classification, new.classification)
    if (old.description, old.tags) != (new.description, new.tags):
        said = (
            (old.description, new.description) if old.description != new.description else (old.tags, new.tags)
        )
        yield change("text_changed", old.field, here, *said)
    for field in fields(Column):
        if field.name not in _WEIGHED and getattr(old, field.name) != getattr(new, field.name):
            values = getattr(old, field.name), getattr(new, field.name)
            yield change("part_changed", f"{old.field}.{field.name}", here, *values)


def type_rules(contract: Contract) -> dict[str, Rule]:
    return {rule.columns[0]: rule for rule in contract.rules if rule.kind == "type"}


def _type(old: Column, new: Column, before: Rule | None, after: Rule | None) -> Iterator[Change]:
    rules = [rule for rule in (before, after) if rule is not None]
    params: tuple[dict[str, Any], dict[str, Any]] = (
        before.params if before else {},
        after.params if after else {},
    )
    kind, event = _relation(old, new, *params)
    if event == "same" and len(rules) == 2 and rules[0].severity != rules[1].severity:
        kind, event = "type", "enforced" if rules[1].severity == "error" else "relaxed"
    elif before and after and (event, before.severity == "warn", after.severity == "warn") in _CROSSED:
        event = "changed"
    if event == "same":
        return
    names = {"wider": "widened", "narrower": "narrowed"}
    warns = bool(rules) and all(rule.severity == "warn" for rule in rules)
    said = [_said(old, params[0], rules[0] if before else None), _said(new, params[1], after)]
    yield change(f"{kind}_{names.get(event, event)}", f"{new.field}|type", (old.field,), *said, warns=warns)


def _relation(old: Column, new: Column, before: dict[str, Any], after: dict[str, Any]) -> tuple[str, str]:
    """(type or formats, how the new one relates to the old)."""
    event: str = relate.types(old.type, new.type)
    if old.type in _DATED and new.type in _DATED:
        by_format = relate.formats(new.type, before, after, was=old.type)
        if event == "same":
            event = by_format
        elif by_format not in ("same", event):
            event = "changed"
        if before.get("zone") != after.get("zone"):
            event = "changed"
        return ("formats" if old.type == new.type else "type"), event
    default = {"integer": "i64", "number": "f64"}
    widths = [p.get("format", default.get(c.type)) for p, c in ((before, old), (after, new))]
    if old.type == new.type:
        event = relate.width(*widths)
        others = [_rest(p, ("format",)) for p in (before, after)]
        return "type", event if others[0] == others[1] else "changed"
    return "type", event


def _rest(params: dict[str, Any], more: tuple[str, ...] = ()) -> dict[str, Any]:
    return {key: value for key, value in params.items() if key not in ("type", "formats", *more)}


def _said(column: Column, params: dict[str, Any], rule: Rule | None) -> str:
    more = [*params.get("formats", ()), *(f"{k} {v}" for k, v in _rest(params).items())]
    told = f"{column.type} ({', '.join(more)})" if more else column.type
    return f"{told}, warns" if rule and rule.severity == "warn" else told


def _presence(column: Column) -> str:
    return "the heading may be missing" if column.optional else "the heading must be there"
