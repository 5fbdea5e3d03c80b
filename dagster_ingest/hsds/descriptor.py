"""A tabular data package descriptor made from the HSDS model.

Where it deviates from the standard's own descriptor, and why:

1. `program.organization_id` is not unique: an organization may have several programs.
2. `taxonomy_term.code` is not unique: a code is unique within its taxonomy only.
3. `attribute.taxonomy_term_id` is not required: an attribute may hold a plain value.
4. `id` is declared the primary key of every table, and `version` is the data's, not the standard's.
5. All 24 files stand in every package, with a heading at least, so every foreign key has a target.
6. Datetimes end in `Z` because the format wants an offset; sources state none, so the hour is the
   local one of the source. Times are written `HH:MM:SS`, the default of the tabular form.
"""

from __future__ import annotations

from typing import Any

from dagster_ingest.hsds import Entity, Field, entities

STANDARD = "HSDS 3.2"

NOT_UNIQUE = frozenset({("program", "organization_id"), ("taxonomy_term", "code")})
NOT_REQUIRED = frozenset({("attribute", "taxonomy_term_id")})


def required_fields(entity: Entity) -> tuple[str, ...]:
    """Names of the fields that must hold a value in the tabular form."""
    return tuple(
        f.name
        for f in entity.fields
        if (f.required or f.required_csv) and (entity.name, f.name) not in NOT_REQUIRED
    )


def foreign_keys(entity: Entity) -> tuple[tuple[str, str], ...]:
    """(field, entity that it points to) for each reference."""
    return tuple((f.name, f.references.split(".")[0]) for f in entity.fields if f.references)


def descriptor(tenant: str, title: str, state: str, version: str) -> dict[str, Any]:
    """The `datapackage.json` of one tenant and state. `version` is the data's version."""
    model = entities()
    return {
        "profile": "tabular-data-package",
        "name": f"{tenant.replace('_', '-')}-{state.lower()}-hsds",
        "title": f"{title}: {state}",
        "description": f"Human services resource data in the tabular form of {STANDARD}.",
        "version": version,
        "resources": [_resource(entity, model) for entity in model.values()],
    }


def _resource(entity: Entity, model: dict[str, Entity]) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": entity.name,
        "path": entity.csv,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": {
            "fields": [_field(entity, field) for field in entity.fields],
            "primaryKey": ["id"],
            "foreignKeys": [
                {"fields": [name], "reference": {"resource": model[target].name, "fields": ["id"]}}
                for name, target in foreign_keys(entity)
            ],
            "missingValues": [""],
        },
    }


def _field(entity: Entity, field: Field) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if field.name in required_fields(entity):
        constraints["required"] = True
    if field.unique and (entity.name, field.name) not in NOT_UNIQUE:
        constraints["unique"] = True
    if field.enum:
        constraints["enum"] = list(field.enum)
    described: dict[str, Any] = {"name": field.name, "type": field.type}
    if field.type == "string" and field.format:
        described["format"] = field.format
    if constraints:
        described["constraints"] = constraints
    return described
