"""A merge patch laid over an ODCS document: RFC 7386, with lists of named things addressed by name.

Mappings merge, null removes, all else replaces. The lists in `NAMED` are mappings in the patch,
from what identifies an entry to the patch of that entry; an entry that is new must be complete.
Nothing is changed in place. Every part of the result knows where it came from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dagster_ingest.errors import guess

Loc = tuple[str | int, ...]
_SHOWN = 60
# Below these keys lists are arguments of a rule, whatever they are called.
_PLAIN = ("arguments", "implementation", "logicalTypeOptions", "value")


@dataclass(frozen=True, slots=True)
class Named:
    """A list whose entries go by a name. `complete`: keys of which a new entry must have one."""

    one: str
    key: str
    complete: tuple[str, ...]
    name: Callable[[Mapping[str, Any]], Any]


def _quality_name(entry: Mapping[str, Any]) -> Any:
    """Its `name`, else `id`, else the metric, else the rule of a custom entry, else its type."""
    body = entry.get("implementation")
    rule = body.get("rule") if isinstance(body, Mapping) else None
    return entry.get("name") or entry.get("id") or entry.get("metric") or rule or entry.get("type")


def _relationship_name(entry: Mapping[str, Any]) -> Any:
    target = entry.get("to")
    return ", ".join(map(str, target)) if isinstance(target, list) else target


NAMED = {
    "schema": Named("table", "name", (), lambda entry: entry.get("name")),
    "properties": Named("property", "name", ("logicalType",), lambda entry: entry.get("name")),
    "quality": Named(
        "quality entry", "name", ("metric", "implementation", "query", "rule", "text"), _quality_name
    ),
    "relationships": Named("relationship", "to", ("type",), _relationship_name),
    "slaProperties": Named("SLA property", "property", ("value",), lambda entry: entry.get("property")),
    "customProperties": Named("custom property", "property", ("value",), lambda e: e.get("property")),
}


@dataclass(slots=True)
class Origin:
    """Where a part of the result stands. Both: the two were merged. Neither below: as its parent."""

    base: Loc | None
    patch: Loc | None
    below: dict[str | int, Origin] = field(default_factory=dict)
    entry: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """What in the patch cannot be applied, at its place in the patch."""

    loc: Loc
    problem: str
    value: Any
    allowed: tuple[str, ...] = ()
    near: str | None = None
    fix: str | None = None


@dataclass(slots=True)
class Merged:
    data: dict[str, Any]
    origin: Origin
    changes: list[str]
    faults: list[Fault]

    def place(self, loc: Sequence[str | int]) -> tuple[bool, Loc]:
        """(whether it stands in the patch, its place there or in the base)."""
        node, rest = self._node(tuple(loc))
        if node.base is None or (not rest and node.patch is not None and node.entry):
            return True, (*(node.patch or ()), *rest)
        return False, (*node.base, *rest)

    def blame(self, loc: Sequence[str | int]) -> tuple[bool, Loc]:
        """As `place`, for a fault of the result: an entry that the patch touched is the patch's doing."""
        node, rest = self._node(tuple(loc))
        if node.base is None:
            return True, (*(node.patch or ()), *rest)
        touched = None
        step: Origin | None = self.origin
        for key in loc:
            step = step.below.get(key) if step else None
            if step and step.entry and step.patch and len(step.patch) > 2:
                touched = step.patch
        return (True, touched) if touched else (False, (*node.base, *rest))

    def _node(self, loc: Loc) -> tuple[Origin, Loc]:
        """The closest part that is known, and the steps that are left below it."""
        node = self.origin
        for index, step in enumerate(loc):
            if step not in node.below:
                return node, loc[index:]
            node = node.below[step]
        return node, ()


def merge(base: Mapping[str, Any], patch: Mapping[str, Any]) -> Merged:
    """The document `base` with `patch` laid over it, and what could not be applied."""
    work = _Work()
    origin = Origin((), ())
    data = work.mapping(base, patch, origin, ())
    return Merged(data, origin, work.changes, work.faults)


class _Work:
    def __init__(self) -> None:
        self.changes: list[str] = []
        self.faults: list[Fault] = []

    def mapping(
        self, base: Mapping[str, Any], patch: Mapping[str, Any], origin: Origin, words: tuple[str, ...]
    ) -> dict[str, Any]:
        """`words`: how the place is called in the list of changes."""
        result = dict(base)
        for key, value in patch.items():
            here = (*(origin.patch or ()), key)
            known = origin.base is not None and key in base
            under = (*(origin.base or ()), key) if known else None
            spot = Origin(under, here)
            label = (*words, *_word(key, words))
            if value is None:
                self._remove(result, key, here, label)
                continue
            origin.below[key] = spot
            if key in NAMED and not set(_PLAIN) & set(here):
                result[key] = self._entries(NAMED[key], base.get(key) or [], value, spot, label)
            elif isinstance(value, Mapping) and isinstance(base.get(key, {}), Mapping):
                result[key] = self.mapping(base.get(key, {}), value, spot, label)
            else:
                spot.base = None
                result[key] = value
                if (
                    key not in base
                    or base[key] != value
                    or isinstance(base[key], bool) != isinstance(value, bool)
                ):
                    self._note(label, f"{_text(base.get(key))} -> {_text(value)}")
        return result

    def _entries(
        self, kind: Named, base: Any, patch: Any, origin: Origin, words: tuple[str, ...]
    ) -> list[Any]:
        loc = origin.patch or ()
        if not isinstance(patch, Mapping) or not isinstance(base, list):
            fix = f"write a mapping from {kind.key} to what changes of it; null removes an entry"
            self.faults.append(Fault(loc, f"{loc[-1]!r} is a list of named entries", patch, fix=fix))
            return list(base)
        keys = _names(kind, base)
        found: list[tuple[Any, Origin]] = []
        for index, entry in enumerate(base):
            under = None if origin.base is None else (*origin.base, index)
            if keys[index] not in patch:
                found.append((entry, Origin(under, None)))
            elif patch[keys[index]] is None:
                self._note((*words, keys[index]), "removed")
            else:
                spot = Origin(under, (*loc, keys[index]), entry=True)
                body = self._body(kind, keys[index], patch[keys[index]], spot)
                label = words if kind.one == "table" else (*words, keys[index])
                found.append((self.mapping(entry, body, spot, label), spot))
        for key in (key for key in patch if key not in keys):
            spot = Origin(None, (*loc, key), entry=True)
            if (entry := self._new(kind, key, patch[key], tuple(keys), spot)) is not None:
                self._note((*words, key), "added")
                found.append((entry, spot))
        origin.below.update(enumerate(spot for _, spot in found))
        return [entry for entry, _ in found]

    def _new(
        self, kind: Named, key: str, patch: Any, known: tuple[str, ...], spot: Origin
    ) -> dict[str, Any] | None:
        loc = spot.patch or ()
        body = {} if patch is None else self._body(kind, key, patch, spot)
        if patch is None or not (kind.complete and body.keys() & set(kind.complete)):
            near = guess(key, known)
            wanted = " or ".join(f"`{name}`" for name in kind.complete)
            fix = f"if it is a new one, give its {wanted}" if kind.complete and patch is not None else None
            self.faults.append(Fault(loc, f"the contract has no {kind.one} {key!r}", key, known, near, fix))
            return None
        inner = _Work()
        entry = inner.mapping({}, body, spot, ())
        self.faults += inner.faults
        if kind.name(entry) != key:
            entry = {kind.key: key, **entry}
        return entry

    def _body(self, kind: Named, key: str, patch: Any, spot: Origin) -> Mapping[str, Any]:
        loc = spot.patch or ()
        if isinstance(patch, Mapping):
            if kind.key in patch and patch[kind.key] != key:
                fix = "leave it out; to rename, remove the entry and add another"
                problem = f"{kind.key!r} of a {kind.one} is what the patch calls it by"
                self.faults.append(Fault((*loc, kind.key), problem, patch[kind.key], fix=fix))
            return patch
        if kind.complete == ("value",):
            return {"value": patch}
        problem = f"what changes of the {kind.one} {key!r} is no mapping"
        self.faults.append(Fault(loc, problem, patch, fix="write `key: value` below it; null removes it"))
        return {}

    def _remove(self, result: dict[str, Any], key: str, loc: Loc, label: tuple[str, ...]) -> None:
        if key in result:
            del result[key]
            self._note(label, "removed")
            return
        known = tuple(result)
        problem = f"there is no {key!r} to remove"
        self.faults.append(Fault(loc, problem, key, known, guess(key, known), "leave it out"))

    def _note(self, label: tuple[str, ...], what: str) -> None:
        self.changes.append(f"{'.'.join(map(str, label))}: {what}")


def _word(key: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """What a step adds to the name of a place: containers that say nothing are left out."""
    return () if key in ("schema", "properties", "customProperties", "value") else (key,)


def _names(kind: Named, entries: Sequence[Any]) -> list[str]:
    """What identifies each entry; the second of a name is `name#2`."""
    seen: dict[str, int] = {}
    found = []
    for entry in entries:
        name = str(kind.name(entry) if isinstance(entry, Mapping) else entry)
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return found


def _text(value: Any) -> str:
    if value is None:
        return "unset"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
