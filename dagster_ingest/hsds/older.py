"""What older versions of HSDS call things, laid beside the 3.x model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from dagster_ingest.hsds import entities

CORE = ("organization", "service", "location", "service_at_location")


@dataclass(frozen=True, slots=True)
class Table:
    """A table as a source may deliver it: of 3.x, or an older one whose rows are rows of `entity`.

    sets   columns of `entity` that the table itself states
    older  column of `entity` to its older name
    """

    name: str
    entity: str
    csv: str
    fields: tuple[str, ...]
    sets: Mapping[str, str] = field(default_factory=dict)
    older: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Member:
    """`member` of an object of `entity` holds objects of `table`; `single`: one object, not a list."""

    entity: str
    member: str
    table: str
    single: bool = False


@cache
def _document() -> dict:
    return yaml.safe_load((Path(__file__).parent / "older.yaml").read_text())


@cache
def tables() -> dict[str, Table]:
    """The 24 tables of 3.x with the older names of their columns, then the older tables."""
    renamed = _document()["fields"]
    found = {}
    for name, entity in entities().items():
        own = [f.name for f in entity.fields]
        older = {new: old for new, old in renamed.get(name, {}).items() if old not in own}
        if name == "attribute":  # service_id is a column of the older table only
            older = {}
        found[name] = Table(name, name, entity.csv, (*own, *older.values()), {}, older)
    for name, body in _document()["tables"].items():
        fields, entity = tuple(body["fields"]), body["entity"]
        older = {new: old for new, old in renamed.get(entity, {}).items() if old in fields}
        found[name] = Table(name, entity, body["csv"], fields, body.get("sets", {}), older)
    return found


@cache
def members() -> tuple[Member, ...]:
    """What is nested in what, older members included. Metadata of the core four alone."""
    found = [
        Member(name, child.name, child.entity, child.kind == "object")
        for name, entity in entities().items()
        for child in entity.nested
        if child.entity != "metadata" or name in CORE
    ]
    for entity, listed in _document()["members"].items():
        found += [Member(entity, member, table) for member, table in listed]
    return tuple(found)
