"""What the stores show of a stage table, as the readers define it: which columns, and where."""

from __future__ import annotations

from collections.abc import Iterable

from dagster_ingest.hsds import entities


def shown(reader: str, table: str, columns: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Place in the store (a file, a table) to the fields there that are the given stage columns.

    A reader that nobody described here is taken to show every column under the table's name.
    """
    named = tuple(name for name in columns if not name.startswith("_"))
    places = {"hsds_package": _package, "postgres": _postgres}.get(reader, _as_it_is)(table, named)
    return {place: fields for place, fields in places.items() if fields}


def _package(table: str, columns: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    from dagster_ingest.publish.hsds_package.members import SERVICES, nested_entities

    entity = entities().get(table)
    if entity is None:
        return {}
    known = {field.name for field in entity.fields}
    fields = tuple(name for name in columns if name in known)
    places = {entity.csv: fields}
    if table in nested_entities():
        places[SERVICES] = tuple(f"{table}.{name}" for name in fields)
    return places


def _postgres(table: str, columns: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    from dagster_ingest.publish.postgres.tables import hsds_tables

    standard = {each.name: {column.name for column in each.columns} for each in hsds_tables()}
    known = standard.get(table, set(columns))  # beside the standard a table is published as stage has it
    return {table: tuple(name for name in columns if name in known)}


def _as_it_is(table: str, columns: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {table: columns}
