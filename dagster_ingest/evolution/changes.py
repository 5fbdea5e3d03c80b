"""Every change from one contract of a table to another. Pure: two values in, a tuple out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from dagster_ingest.evolution import columns as cols
from dagster_ingest.evolution.change import Change, change
from dagster_ingest.evolution.classify import CLASSES
from dagster_ingest.evolution.rename import renames
from dagster_ingest.evolution.rules import rule_changes
from dagster_ingest.spec.contract import Contract, Review

# Compared below, or no part of what the contract says. A further field of Contract fails closed.
_WEIGHED = {
    "id", "version", "table", "file", "columns", "rules", "keys", "null_texts", "description", "owner",
    "owners", "checksum", "status", "tags", "review", "patch", "patched", "inferred",
}  # fmt: skip
# Those in which a table is not published, or not loaded.
_STATUSES = {"draft": "status_drafted", "retired": "status_retired"}


def changes(old: Contract, new: Contract) -> tuple[Change, ...]:
    """The changes, the worst first, then in the order of columns and rules."""
    found = [*_columns(old, new), *_key(old, new), *_table(old, new)]
    return tuple(sorted(found, key=lambda c: -CLASSES.index(c.effect.overall)))


def _columns(old: Contract, new: Contract) -> Iterator[Change]:
    before = {c.field.lower(): c for c in old.columns}
    after = {c.field.lower(): c for c in new.columns}
    moved = renames(old, new)
    gone = [c for k, c in before.items() if k not in after and c not in [r.old for r in moved]]
    came = [c for k, c in after.items() if k not in before and c not in [r.new for r in moved]]
    yield from map(cols.renamed, moved)
    yield from map(cols.removed, gone)
    yield from (cols.added(column, new.rules) for column in came)
    pairs = [(r.old, r.new) for r in moved] + [(c, after[k]) for k, c in before.items() if k in after]
    types = cols.type_rules(old), cols.type_rules(new)
    for one, other in pairs:
        yield from cols.kept(one, other, *types)
        if one.was != other.was and one.field.lower() == other.field.lower() and _same_major(old, new):
            yield change("was_changed", one.field, (one.field,), one.was, other.was)
    names = {a.field: b.field for a, b in pairs}
    left, joined = frozenset(c.field for c in gone), frozenset(c.field for c in came)
    yield from rule_changes(old, new, names, left, joined)
    order = {b.field: place for place, b in enumerate(new.columns)}
    places = [order[names[c.field]] for c in old.columns if c.field in names]
    if places != sorted(places):
        yield change("column_order", "columns")


def _same_major(old: Contract, new: Contract) -> bool:
    """`was` names the column of the major before: from one major to the next it says something else."""
    return old.version.partition(".")[0] == new.version.partition(".")[0]


def _key(old: Contract, new: Contract) -> Iterator[Change]:
    names = {r.old.field.lower(): r.new.field.lower() for r in renames(old, new)}
    before = tuple(names.get(k.lower(), k.lower()) for k in old.keys)
    after = tuple(k.lower() for k in new.keys)
    where = tuple(dict.fromkeys((*old.keys, *new.keys)))
    said = ("+".join(old.keys) or None, "+".join(new.keys) or None)
    if before != after:
        kind = "key_added" if not before else "key_removed" if not after else "key_changed"
        yield change(kind, "key", where, *said)
    grades = [[r.severity for r in c.rules if r.kind == "primary_key"] for c in (old, new)]
    if all(grades) and grades[0] != grades[1]:
        kind = "primary_key_relaxed" if grades[1] == ["warn"] else "primary_key_enforced"
        yield change(kind, "key", where, *(of[0] for of in grades))


def _table(old: Contract, new: Contract) -> Iterator[Change]:
    if came := [text for text in new.null_texts if text not in old.null_texts]:
        yield change("null_texts_added", "null texts", after=[repr(text) for text in came])
    if gone := [text for text in old.null_texts if text not in new.null_texts]:
        yield change("null_texts_removed", "null texts", before=[repr(text) for text in gone])
    if old.review != new.review:
        event = "added" if old.review is None else "removed" if new.review is None else "changed"
        where = tuple(dict.fromkeys(c for r in (old.review, new.review) if r for c in r.columns))
        yield change(f"review_{event}", "review", where, _review(old.review), _review(new.review))
    if old.status != new.status:
        left = "status_activated" if old.status in _STATUSES else "status_changed"
        kind = _STATUSES.get(new.status or "", left)
        yield change(kind, "status", before=old.status, after=new.status)
    if old.id != new.id:
        yield change("id_changed", "id", before=old.id, after=new.id)
    for name in ("description", "owner", "owners", "tags", "inferred"):
        values = getattr(old, name, None), getattr(new, name, None)
        if values[0] != values[1]:
            yield change("text_changed", name, (), *values)
    for field in fields(Contract):
        if field.name not in _WEIGHED and getattr(old, field.name) != getattr(new, field.name):
            yield change("part_changed", field.name, (), getattr(old, field.name), getattr(new, field.name))


def _review(review: Review | None) -> str | None:
    """What asks for a person, in a line."""
    if review is None:
        return None
    shares = ("removed_above", "added_above", "changed_above")
    said = ["always"] if review.always else []
    said += [
        f"{s.replace('_', ' ')} {getattr(review, s):g}" for s in shares if getattr(review, s) is not None
    ]
    said += [f"any change of {', '.join(review.columns)}"] if review.columns else []
    said += [f"rules {', '.join(review.rules)}"] if review.rules else []
    return "; ".join([*said, f"expires after {review.expires} min"])
