"""Contracts: of the tables of an HSDS package, and of the lists of an HSDS API."""

from __future__ import annotations

from collections.abc import Iterator

from dagster_ingest.hsds import Field, entities
from dagster_ingest.hsds.descriptor import required_fields
from dagster_ingest.hsds.older import CORE, Member, Table, members, tables

API_TABLES = (
    "organization",
    "program",
    "service",
    "location",
    "service_at_location",
    "taxonomy",
    "taxonomy_term",
)
PRIVATE = {
    "contact": ("name", "title", "department", "email"),
    "service": ("assurer_email",),
    "organization": ("tax_status", "tax_id"),
    "organization_identifier": ("identifier",),
    "funding": ("source",),
    "metadata": ("previous_value", "replacement_value", "updated_by"),
}
# Without these a row is nobody's, or has nothing to show.
_NEEDED = {"organization": ("name",), "service": ("name",), "phone": ("number",), "url": ("url",)}
_PATTERNS = {
    "number": r"^-?[0-9]+([.][0-9]+)?$",
    "date": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?$",
    "datetime": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.*)?$",
    "time": r"^[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:?[0-9]{2})?$",
}


def files() -> dict[str, str]:
    folder = "dagster_ingest/systems/{}/contracts/{}.odcs.yaml"
    found = {folder.format("hsds", t.name): "\n".join(_package(t)) + "\n" for t in tables().values()}
    for name in API_TABLES:
        found[folder.format("hsds_api", name)] = "\n".join(_list(tables()[name])) + "\n"
    return found


def private_member(member: Member) -> bool:
    """Whether the objects in a member hold something private, at any depth."""
    seen: set[str] = set()
    waiting = [member.table]
    while waiting:
        table = waiting.pop()
        if table in PRIVATE:
            return True
        seen.add(table)
        waiting += [m.table for m in members() if m.entity == table and m.table not in seen]
    return False


def _package(table: Table) -> Iterator[str]:
    purpose = f"Rows of {table.csv} in a tabular HSDS package."
    limits = (
        "Values may be of HSDS 1.1 or 2.x; 3.x is meant."
        if table.name == table.entity
        else "HSDS 1.1 and 2.x have this table, 3.x has not."
    )
    yield from _head("hsds", table, purpose, limits, f"One row per {_words(table.name)}.")
    parents = [
        (f, f.removesuffix("_id")) for f in table.fields if f.removesuffix("_id") in CORE and f != "id"
    ]
    if parents:
        yield "    relationships:"
    for name, parent in parents:
        yield "      - type: foreignKey"
        yield f"        from: {table.name}.{name}"
        yield f"        to: {parent}.id"
        severity = "error" if name in _needed(table) else "warn"
        yield f"        customProperties: [{{property: severity, value: {severity}}}]"
    yield "    properties:"
    for name in table.fields:
        yield from _property(table, name, _needed(table))


def _list(table: Table) -> Iterator[str]:
    purpose = f"Records that an HSDS API lists as {_words(table.name)}s, with what is nested in them."
    limits = "Nested objects are JSON; which of them come is the API's choice."
    yield from _head("hsds-api", table, purpose, limits, f"One row per {_words(table.name)}.")
    yield "    properties:"
    for name in table.fields:
        yield from _property(table, name, ("id", *_NEEDED.get(table.name, ())))
    for member in members():
        if member.entity == table.name and member.member not in table.fields:
            private = ", classification: private" if private_member(member) else ""
            told = (
                f"{_words(member.member).capitalize()}, {'an object' if member.single else 'a list'} in JSON."
            )
            yield f"      - {{name: {member.member}, logicalType: string{private}, description: '{told}'}}"


def _needed(table: Table) -> tuple[str, ...]:
    """Columns without which a row is refused."""
    if table.name != table.entity:
        return tuple(f for f in table.fields if f == "id" or (f.endswith("_id") and _only_owner(table, f)))
    links = (
        f for f in required_fields(entities()[table.name]) if f.endswith("_id") and f != "taxonomy_term_id"
    )
    return ("id", *links, *_NEEDED.get(table.name, ()))


def _only_owner(table: Table, name: str) -> bool:
    owners = [f for f in table.fields if f.endswith("_id") and f != "taxonomy_term_id"]
    return owners == [name]


def _head(system: str, table: Table, purpose: str, limits: str, grain: str) -> Iterator[str]:
    yield "# Made by `python -m dagster_ingest.hsds.generated` from the HSDS model. A tenant whose source"
    yield "# differs lays a patch over it: tenants/<tenant>/contracts/, named in tenant.yaml"
    yield f"# (tables.{table.name}.patch)."
    yield "apiVersion: v3.1.0"
    yield "kind: DataContract"
    yield f"id: {system}-{table.name.replace('_', '-')}"
    yield f"name: HSDS {table.name}"
    yield "version: 1.0.0"
    yield "status: active"
    yield "domain: social-services"
    yield "description:"
    yield f"  purpose: {purpose}"
    yield f"  limitations: {limits}"
    yield "schema:"
    yield f"  - name: {table.name}"
    yield "    logicalType: object"
    yield "    physicalType: table"
    yield f"    dataGranularityDescription: {grain}"
    yield "    customProperties:"
    yield '      - property: nullTexts   # count as "no value" for the rules; they land as they are'
    yield "        value: ['']"
    yield "    quality:"
    if table.name in CORE:
        yield "      - metric: rowCount"
        yield "        description: An empty delivery is a failed export, never a deletion of everything."
        yield "        dimension: completeness"
        yield "        mustBeGreaterOrEqualTo: 1"
        yield "        severity: error"
    yield "      - type: custom"
    yield "        description: Fewer than 50 of 100 rows of the last good load means a truncated export."
    yield "        dimension: completeness"
    yield "        engine: dagster-ingest"
    yield "        implementation: {rule: row_count_ratio, min: 0.5}"
    yield "        severity: error"


def _property(table: Table, name: str, needed: tuple[str, ...]) -> Iterator[str]:
    field = next((f for f in entities()[table.entity].fields if f.name == name), None)
    pattern = _pattern(field) if name != "id" else None
    head = [f"name: {name}", "logicalType: string"]
    if name in PRIVATE.get(table.entity, ()):
        head.append("classification: private")
    head.append(f"description: {_described(table, name)}")
    if name not in needed and pattern is None:
        yield f"      - {{{', '.join(head)}}}"
        return
    yield f"      - {head[0]}"
    yield from (f"        {part}" for part in head[1:])
    if name in needed:
        yield "        required: true"
        if name == "id":
            yield "        primaryKey: true"
            yield "        primaryKeyPosition: 1"
        yield "        customProperties: [{property: optional, value: false}]"
    if pattern is not None:
        yield "        quality:"
        yield "          - metric: invalidValues"
        yield f"            arguments: {{pattern: '{pattern}'}}"
        yield "            mustBe: 0"
        yield "            severity: warn"


def _pattern(field: Field | None) -> str | None:
    if field is None:
        return None
    if field.enum:
        return f"^({'|'.join(field.enum)})$"
    return _PATTERNS.get(field.type)


def _described(table: Table, name: str) -> str:
    owner = _words(table.name)
    if name == "id":
        return f"Id of the {owner}."
    if name.endswith("_id"):
        return f"Id of the {_words(name.removesuffix('_id'))} that the {owner} belongs to."
    return f"{_words(name).capitalize()} of the {owner}."


def _words(name: str) -> str:
    return name.replace("_", " ")
