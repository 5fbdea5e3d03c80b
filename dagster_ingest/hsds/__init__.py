"""The HSDS 3.x model as facts: entities, fields, types, constraints, nesting."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `type` is the tabular type, `json` the JSON type where it differs."""

    name: str
    type: str
    format: str | None = None
    json: str | None = None
    required: bool = False
    required_csv: bool = False
    unique: bool = False
    enum: tuple[str, ...] = ()
    references: str | None = None
    core: bool = False
    deprecated: bool = False


@dataclass(frozen=True, slots=True)
class Child:
    """A nested member in JSON: `kind` is `array` or `object`."""

    name: str
    kind: str
    entity: str


@dataclass(frozen=True, slots=True)
class Entity:
    name: str
    csv: str
    fields: tuple[Field, ...]
    nested: tuple[Child, ...] = field(default=())


@cache
def entities() -> dict[str, Entity]:
    """All 24 entities by name, in the standard's order."""
    document = yaml.load((Path(__file__).parent / "model.yaml").read_text(), Loader=_LOADER)
    return {
        name: Entity(
            name=name,
            csv=body["csv"],
            fields=tuple(
                Field(name=n, **{**f, "enum": tuple(f.get("enum", ()))}) for n, f in body["fields"].items()
            ),
            nested=tuple(Child(name=n, **c) for n, c in body.get("nested", {}).items()),
        )
        for name, body in document.items()
    }


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
