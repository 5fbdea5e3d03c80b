"""One change between two contracts of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dagster_ingest.evolution.classify import WARNING, Effect, Step, effect

_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Change:
    """kind     a kind of classify.TABLE, or `<rule kind>_<event>`
    subject  what changed: a raw column, a rule's id (`column|kind`), or a part of the table
    columns  raw names in the old contract, or in the new one where the column is new; empty: the table
    before, after   as texts, None where there is nothing
    hint     what to do about it
    """

    kind: str
    subject: str
    columns: tuple[str, ...]
    before: str | None
    after: str | None
    effect: Effect
    hint: str | None = None

    @property
    def step(self) -> Step:
        return self.effect.step

    @property
    def breaking(self) -> bool:
        return self.effect.overall == "breaking"

    @property
    def words(self) -> str:
        """`FEES|enum: enum widened: A, B -> A, B, C`"""
        said = f"{self.subject}: {self.kind.replace('_', ' ')}"
        if self.before is None and self.after is None:
            return said
        if self.before is None or self.after is None:
            return f"{said}: {self.after if self.before is None else self.before}"
        return f"{said}: {self.before} -> {self.after}"

    def as_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "subject": self.subject,
            "columns": list(self.columns),
            "before": self.before,
            "after": self.after,
            "writers": self.effect.writers,
            "readers": self.effect.readers,
            "class": self.effect.overall,
            "step": self.step,
            "why": self.effect.why,
            "hint": self.hint,
        }


def change(
    kind: str,
    subject: str,
    columns: tuple[str, ...] = (),
    before: Any = None,
    after: Any = None,
    *,
    warns: bool = False,
    hint: str | None = None,
) -> Change:
    """A change with its class. warns: it is about a rule that only warns, before and after."""
    found = WARNING if warns else effect(kind)
    return Change(kind, subject, columns, text(before), text(after), found, hint)


def text(value: Any) -> str | None:
    """A value as people read it: lists with commas, mappings as `key value`, cut."""
    if value is None or isinstance(value, str):
        said = value
    elif isinstance(value, bool):
        said = "yes" if value else "no"
    elif isinstance(value, dict):
        said = ", ".join(f"{key} {text(item)}" for key, item in sorted(value.items()))
    elif isinstance(value, list | tuple | set | frozenset):
        said = ", ".join(text(item) or "" for item in value)
    else:
        said = str(value)
    if said is not None and len(said) > _SHOWN:
        said = said[: _SHOWN - 3] + "..."
    return said
