"""What changed among the rules of two contracts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dagster_ingest.evolution import relate
from dagster_ingest.evolution.change import Change, change, text
from dagster_ingest.spec.contract import Contract, Rule

# Compared with their columns, and with the table's key.
_ELSEWHERE = ("type", "primary_key")
_EVENTS = {"wider": "widened", "narrower": "narrowed", "changed": "changed"}


def rule_changes(
    old: Contract, new: Contract, names: Mapping[str, str], gone: frozenset[str], came: frozenset[str]
) -> Iterator[Change]:
    """Changes of rules. Those of columns that came or went alone belong to the column.

    names  old raw name to new, for columns that were renamed
    gone, came  raw names of columns that are only in the old contract, only in the new one
    """
    before = {_id(rule, names): rule for rule in old.rules if rule.kind not in _ELSEWHERE}
    after = {_id(rule, {}): rule for rule in new.rules if rule.kind not in _ELSEWHERE}
    for key, rule in before.items():
        if key in after:
            yield from _both(rule, after[key])
        elif not (rule.columns and gone.issuperset(rule.columns)):
            yield _one("changed" if _of_empty(rule) else "removed", rule, before=_said(rule))
    for key, rule in after.items():
        if key not in before and not (rule.columns and came.issuperset(rule.columns)):
            yield _one("changed" if _of_empty(rule) else "added", rule, after=_said(rule))


def _of_empty(rule: Rule) -> bool:
    """Whether it lets empty deliveries pass, which have one row at least where no rule speaks of it."""
    return rule.kind == "row_count" and 0 in (rule.params.get("min"), rule.params.get("max"))


def _both(old: Rule, new: Rule) -> Iterator[Change]:
    warns = old.severity == "warn"
    if old.severity != new.severity:
        event = "relaxed" if new.severity == "warn" else "enforced"
        yield change(f"{new.kind}_{event}", new.id, old.columns, _said(old), _said(new))
    elif old.kind != new.kind or len(old.columns) != len(new.columns):
        yield change(f"{new.kind}_changed", new.id, old.columns, _said(old), _said(new), warns=warns)
    elif (related := relate.relation(new.kind, old.params, new.params)) != "same":
        values = _differing(old, new)
        yield change(f"{new.kind}_{_EVENTS[related]}", new.id, old.columns, *values, warns=warns)
    if (old.description, old.dimension) != (new.description, new.dimension):
        same = old.description == new.description
        said = (old.dimension, new.dimension) if same else (old.description, new.description)
        yield change("text_changed", new.id, old.columns, *said)


def _one(event: str, rule: Rule, *, before: str | None = None, after: str | None = None) -> Change:
    warns = rule.severity == "warn"
    return change(f"{rule.kind}_{event}", rule.id, rule.columns, before, after, warns=warns)


def _id(rule: Rule, names: Mapping[str, str]) -> str:
    """The rule's id under the new names of its columns. Case does not tell raw columns apart."""
    head, bar, kind = rule.id.partition("|")
    if head == "+".join(rule.columns):
        head = "+".join(names.get(column, column) for column in rule.columns)
    return f"{head.lower()}{bar}{kind}"


def _said(rule: Rule) -> str:
    told = text(rule.params) or "yes"
    return f"{told} (warns)" if rule.severity == "warn" else told


def _differing(old: Rule, new: Rule) -> tuple[str | None, str | None]:
    """What differs; of lists of values, what left and what came stands first."""
    a, b = old.params.get("values"), new.params.get("values")
    if isinstance(a, list) and isinstance(b, list):
        left, came = [v for v in a if v not in b], [v for v in b if v not in a]
        told = " ".join(filter(None, (_signed("+", came), _signed("-", left))))
        return text(a), f"{text(b)} ({told})"
    return text(old.params), text(new.params)


def _signed(sign: str, values: list[str]) -> str:
    return f"{sign} {text(values)}" if values else ""
