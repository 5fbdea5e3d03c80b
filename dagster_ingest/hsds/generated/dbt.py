"""dbt_elt: what the macros have to know of the model, the columns that are read, and a model an entity."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dagster_ingest.hsds import Field, entities
from dagster_ingest.hsds.generated.contracts import API_TABLES
from dagster_ingest.hsds.older import Table, members, tables

# The entities of the platform's own model that a source fills; its metadata are our own.
FILLED = (
    "accessibility", "address", "attribute", "contact", "cost_option", "language", "location", "metadata",
    "organization", "organization_identifier", "phone", "program", "required_document", "schedule", "service",
    "service_area", "service_at_location", "taxonomy", "taxonomy_term", "url",
)  # fmt: skip
_NEVER_READ = {"metadata": {"field_name", "previous_value", "replacement_value", "updated_by"}}
_RICH = {
    "description", "application_process", "fees_description", "eligibility_description", "accreditations",
    "alert", "notes", "note", "details", "interpretation_services", "licenses", "wait_time", "fees",
    "transportation", "amount_description", "document", "value", "extent",
}  # fmt: skip
_SELF = {"parent_organization_id": "organization", "parent_id": "taxonomy_term"}
_HEAD = "Made by `python -m dagster_ingest.hsds.generated` from the HSDS model."


def files() -> dict[str, str]:
    found = {
        "dbt_elt/macros/hsds/model.sql": "\n".join(_model()) + "\n",
        "dbt_elt/models/hsds_package/sources.yml": "\n".join(_sources("hsds")) + "\n",
        "dbt_elt/models/hsds_api/sources.yml": "\n".join(_sources("hsds_api")) + "\n",
    }
    for entity in FILLED:
        for system, folder in (("hsds", "hsds_package"), ("hsds_api", "hsds_api")):
            body = f"{{{{ hsds_source__{entity}('{system}') }}}}\n"
            found[f"dbt_elt/models/{folder}/{system}__{entity}.sql"] = body
    return found


def kind(field: Field) -> str:
    """How a column's text becomes its value; `ref:<entity>` for the id of another row."""
    if field.name == "id":
        return "id"
    if field.name in _SELF:
        return f"ref:{_SELF[field.name]}"
    if field.references:
        return f"ref:{field.references.split('.')[0]}"
    if field.name in ("link_id", "resource_id"):
        return "link"
    if field.type in ("number", "date", "datetime", "time"):
        return field.type
    if field.format == "email" or (field.format == "uri" and field.name not in ("uri", "term_uri")):
        return "email" if field.format == "email" else "url"
    return "rich" if field.name in _RICH else "plain"


def _model() -> Iterator[str]:
    yield f"{{# {_HEAD} #}}"
    yield ""
    yield "{# Entity to column to how its text becomes its value. #}"
    yield "{% macro hsds_source_columns(entity) %}"
    yield from _returned({e: {f.name: kind(f) for f in entities()[e].fields} for e in FILLED}, "[entity]")
    yield ""
    yield "{# The tables whose rows are an entity's: columns, what they state, older names of columns. #}"
    yield "{% macro hsds_source_tables(entity) %}"
    shapes: dict[str, dict] = {entity: {} for entity in FILLED}
    for table in tables().values():
        if table.entity in shapes and table.name != "eligibility":
            body = {"columns": read_columns(table), "sets": dict(table.sets), "older": dict(table.older)}
            shapes[table.entity][table.name] = body
    yield from _returned(shapes, "[entity]")
    yield ""
    yield "{# [entity, member, table]: what is nested in an object of the entity. #}"
    yield "{% macro hsds_source_members() %}"
    known = {table for e in FILLED for table in shapes[e]} | {"eligibility"}
    nested = [[m.entity, m.member, m.table] for m in members() if m.table in known and m.entity in FILLED]
    yield from _returned(nested, "")
    yield ""
    yield "{# Members that hold one object: entity to column to the member whose id it is. #}"
    yield "{% macro hsds_source_single(entity) %}"
    single: dict[str, dict[str, str]] = {}
    for m in members():
        if m.single and m.entity in FILLED:
            column = next(f.name for f in entities()[m.entity].fields if f.references == f"{m.table}.id")
            single.setdefault(m.entity, {})[column] = m.member
    yield from _returned(single, ".get(entity, {})")
    yield ""
    yield "{# Lists of an API: columns that are plain, and members that are JSON. #}"
    yield "{% macro hsds_source_lists() %}"
    yield from _returned(
        {n: {"columns": read_columns(tables()[n]), "members": _members(n)} for n in API_TABLES}, ""
    )


def _returned(value: object, tail: str) -> Iterator[str]:
    items = value.items() if isinstance(value, dict) else None
    if items is None:
        lines = [f"  {json.dumps(part)}," for part in value]  # type: ignore[attr-defined]
        yield "  {{ return(["
        yield from lines
        yield "  ]) }}"
    else:
        yield "  {{ return({"
        yield from (f"    {json.dumps(key)}: {json.dumps(part)}," for key, part in items)
        yield f"  }}{tail}) }}}}"
    yield "{% endmacro %}"


def read_columns(table: Table) -> list[str]:
    return [f for f in table.fields if f not in _NEVER_READ.get(table.name, ())]


def _members(name: str) -> list[str]:
    listed = [m.member for m in members() if m.entity == name and m.table in tables()]
    return [m for m in listed if m not in tables()[name].fields]


def _sources(system: str) -> Iterator[str]:
    told = {
        "hsds": "Tables of an HSDS package, verbatim; those that only 1.1 and 2.x have stand last.",
        "hsds_api": "Lists of an HSDS API, verbatim; what is nested in a record is JSON.",
    }
    yield f"# {_HEAD}"
    yield "version: 2"
    yield ""
    yield "# Only these columns are ever read."
    yield ""
    yield "sources:"
    yield f"  - name: {system}"
    yield "    schema: raw"
    yield f"    description: {told[system]}"
    yield "    tables:"
    wanted = API_TABLES if system == "hsds_api" else [t.name for t in tables().values() if t.entity in FILLED]
    for name in wanted:
        yield f"      - name: {name}"
        yield f"        identifier: {system}_{name}"
        yield f"        description: One row per {name.replace('_', ' ')}."
        yield "        columns:"
        columns = read_columns(tables()[name])
        columns += _members(name) if system == "hsds_api" else []
        yield from (f"          - {{name: {column}}}" for column in columns)
