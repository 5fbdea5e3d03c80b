"""What is nested in what in `services.jsonl`."""

from __future__ import annotations

from functools import cache

from dagster_ingest.hsds import Child, Entity, entities

SERVICES = "services.jsonl"
LINKS = {"attribute": ("link_id", "link_entity"), "metadata": ("resource_id", "resource_type")}
"""Entity whose rows may belong to any other: the column with that one's id, and with its entity."""

# An organization inside a service would repeat itself with these; the service's own stand beside it.
_LEFT_OUT = {"organization": frozenset({"locations", "programs"})}


def members(entity: Entity) -> list[Child]:
    """The members of an object, in the standard's order."""
    return [child for child in entity.nested if child.name not in _LEFT_OUT.get(entity.name, ())]


@cache
def nested_entities() -> tuple[str, ...]:
    """Every entity of which a line holds objects, each after all that it may be nested in."""
    found: dict[str, None] = {}

    def visit(name: str) -> None:
        if name not in found:
            for child in members(entities()[name]):
                visit(child.entity)
            found[name] = None

    visit("service")
    return tuple(reversed(found))


def reference(entity: Entity, target: str) -> str:
    """The column that holds the id of the one `target` inside an object."""
    return next(f.name for f in entity.fields if f.references == f"{target}.id")


def link(parent: Entity, child: Child) -> str:
    """The column of a child in a list that holds the id of the object it stands in."""
    if child.entity in LINKS:
        return LINKS[child.entity][0]
    return reference(entities()[child.entity], parent.name)
