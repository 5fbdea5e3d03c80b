"""What is nested in what in `services.jsonl`."""

from __future__ import annotations

from functools import cache

from dagster_ingest.hsds import Child, Entity, entities

SERVICES = "services.jsonl"

# An organization inside a service would repeat itself with these; the service's own stand beside it.
_LEFT_OUT = {"organization": frozenset({"locations", "programs"})}


def members(entity: Entity) -> list[Child]:
    """The members of an object, in the standard's order."""
    return [child for child in entity.nested if child.name not in _LEFT_OUT.get(entity.name, ())]


@cache
def nested_entities() -> frozenset[str]:
    """Every entity of which a line holds objects."""
    found, queue = {"service"}, ["service"]
    while queue:
        inside = {child.entity for child in members(entities()[queue.pop()])} - found
        found |= inside
        queue += inside
    return frozenset(found)
