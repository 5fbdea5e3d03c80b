"""Databases and schemas, and what the roles of a tenant may do there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dagster_ingest.land.grants.names import LAYERS, READ, Names, identifier
from dagster_ingest.land.grants.statement import SECURITY, SYSTEM, Fact, Statement

# What landing and dbt make in a schema; both own what they make.
_CREATE = ("TABLE", "VIEW", "STAGE", "FILE FORMAT", "TEMPORARY TABLE")
_WRITE = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")


def places(tenants: Sequence[Names]) -> Iterator[Statement]:
    """Databases, then schemas with managed access: whoever makes a table there cannot give it away.

    A schema that was there before gets it as well."""
    databases = {names.database: names for names in tenants}
    for database, names in databases.items():
        quoted = identifier(database)
        alone = names.tenant if len(databases) > 1 else ""
        yield Statement(
            f"create database if not exists {quoted}",
            SYSTEM,
            "Holds the schemas of the tenants",
            alone,
            facts=(("database", database),),
        )
        yield owned("database", (database,), names.platform, alone)
    for names in tenants:
        for layer in LAYERS:
            yield from _schema(names, layer)
    for names in tenants:
        for layer in LAYERS:
            yield owned("schema", (names.database, names.schema(layer)), names.platform, names.tenant)


def _schema(names: Names, layer: str) -> Iterator[Statement]:
    place = (names.database, names.schema(layer))
    quoted, name = identifier(*place), ".".join(place)
    why = f"Layer {layer} of {names.tenant}; grants in it are its owner's matter"
    create = f"create schema if not exists {quoted}"
    yield Statement(create, SYSTEM, why, names.tenant, facts=(("schema", name),))
    manage = f"alter schema {quoted} enable managed access"
    yield Statement(manage, SYSTEM, why, names.tenant, facts=(("managed", name),))


def owned(kind: str, name: tuple[str, ...], by: str, tenant: str) -> Statement:
    """Grants that others hold are kept."""
    return Statement(
        f"grant ownership on {kind} {identifier(*name)} to role {identifier(by)} copy current grants",
        SECURITY,
        "The platform owns it, and no tenant's role can change or drop it",
        tenant,
        facts=(("owner", kind.upper(), ".".join(name), by),),
    )


def privileges(names: Names) -> Iterator[Statement]:
    """The writer: its tenant's schemas. The reader: to select from what is published."""
    schemas = [(names.database, names.schema(layer)) for layer in LAYERS]
    shown = (names.database, names.schema(READ))
    why = f"{names.writer} finds its schemas"
    yield grant(("USAGE",), "database", (names.database,), names.writer, names.tenant, why)
    for schema in schemas:
        makes = ("USAGE", *(f"CREATE {kind}" for kind in _CREATE))
        why = f"{names.writer} makes tables here"
        yield grant(makes, "schema", schema, names.writer, names.tenant, why)
        why = f"{names.writer} also writes what another role made here"
        yield from on_all(_WRITE, "table", schema, names.writer, names.tenant, why)
    why = f"{names.reader} finds what it reads"
    yield grant(("USAGE",), "database", (names.database,), names.reader, names.tenant, why)
    yield grant(("USAGE",), "schema", shown, names.reader, names.tenant, why)
    for kind in ("table", "view"):
        why = f"{names.reader} selects, and does nothing else"
        yield from on_all(("SELECT",), kind, shown, names.reader, names.tenant, why)


def grant(
    what: tuple[str, ...], kind: str, name: tuple[str, ...], role: str, tenant: str, reason: str
) -> Statement:
    """Privileges on one thing."""
    facts: tuple[Fact, ...] = tuple(("grant", one, kind.upper(), ".".join(name), role) for one in what)
    return Statement(
        f"grant {', '.join(what).lower()} on {kind} {identifier(*name)} to role {identifier(role)}",
        SECURITY,
        reason,
        tenant,
        facts,
    )


def on_all(
    what: tuple[str, ...], kind: str, schema: tuple[str, ...], role: str, tenant: str, reason: str
) -> Iterator[Statement]:
    """Privileges on what will be made in a schema, then on what is there: nothing falls between."""
    facts: tuple[Fact, ...] = tuple(("future", one, kind.upper(), ".".join(schema), role) for one in what)
    for which in ("future", "all"):
        yield Statement(
            f"grant {', '.join(what).lower()} on {which} {kind}s in schema {identifier(*schema)} "
            f"to role {identifier(role)}",
            SECURITY,
            reason,
            tenant,
            facts,
        )
