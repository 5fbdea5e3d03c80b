"""What the stores show of the stage, as the readers define it: which columns, where, how many services."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dagster_ingest.hsds import entities

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition
    from dagster_ingest.publish.documents.origins import Origins

_OF_RECORDS = ("opensearch", "mongodb")


def services(reader: str, partition: StagePartition) -> int:
    """How many services a reader shows of a partition; stores of documents show those with a record."""
    if reader in _OF_RECORDS:
        from dagster_ingest.publish.documents import service_count

        return service_count(partition)
    return partition.table("service").num_rows if "service" in partition.entities else 0


def shown(reader: str, table: str, columns: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Place in the store (a file, a table) to the fields there that are the given stage columns.

    A reader that nobody described here is taken to show every column under the table's name.
    """
    named = tuple(name for name in columns if not name.startswith("_"))
    places = _READERS.get(reader, _as_it_is)(table, named)
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


def _search(table: str, columns: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    from dagster_ingest.publish.documents import origins

    places = {
        "resources": origins.SEARCH,
        "taxonomies_v2": origins.TERMS,
        "organizations": origins.ORGANIZATIONS,
    }
    return {place: _fields(known, table, columns) for place, known in places.items()}


def _resources(table: str, columns: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    from dagster_ingest.publish.documents import origins

    return {"resources": _fields(origins.resources(), table, columns)}


def _fields(known: Origins, table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(field for column in columns for field in known.get((table, column), ())))


def _as_it_is(table: str, columns: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {table: columns}


_READERS = {"hsds_package": _package, "postgres": _postgres, "opensearch": _search, "mongodb": _resources}
