"""Tables outside the standard, as stage has them: `search_record` and what may come beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dagster_ingest import hsds
from dagster_ingest.errors import PublishError
from dagster_ingest.publish.postgres.tables import ROW_HASH, STATE, Column, Index, Table, checked, named

if TYPE_CHECKING:
    import pyarrow as pa

_KEYS = ("translation_id", "id", "service_at_location_id")


def flat_table(name: str, schema: pa.Schema) -> Table:
    """A table outside the standard (`search_record`), as its Arrow schema has it."""
    return flat_of(name, tuple(_flat_column(f) for f in schema))


def flat_of(name: str, columns: tuple[Column, ...]) -> Table:
    """As `flat_table`, from its columns."""
    names = [c.name for c in columns]
    key = next((k for k in _KEYS if k in names), None)
    if key is None:
        raise PublishError(
            f"stage entity {name!r} has no key column; it has: {', '.join(names)}",
            not_done="nothing was published",
            fix=f"give it one of the columns {' or '.join(_KEYS)}",
        )
    return Table(checked(name), columns, key, indexes=tuple(_flat_indexes(name, columns, key)))


def arrow_type(kind: pa.DataType) -> str:
    """The PostgreSQL type of an Arrow type. Lists become arrays, nested values jsonb."""
    import pyarrow.types as at

    if at.is_dictionary(kind):
        return arrow_type(kind.value_type)
    if at.is_list(kind) or at.is_large_list(kind) or at.is_fixed_size_list(kind):
        item = arrow_type(kind.value_type)
        return "jsonb" if item == "jsonb" or item.endswith("[]") else f"{item}[]"
    for test, name in (
        (at.is_boolean, "boolean"),
        (at.is_uint64, "numeric"),
        (at.is_integer, "bigint"),
        (at.is_floating, "double precision"),
        (at.is_decimal, "numeric"),
        (at.is_date, "date"),
        (at.is_timestamp, "timestamp with time zone"),
        (at.is_time, "time without time zone"),
        (_is_text, "text"),
        (_is_binary, "bytea"),
        (at.is_nested, "jsonb"),
    ):
        if test(kind):
            return name
    raise PublishError(
        f"Arrow type {kind} has no PostgreSQL type here",
        not_done="nothing was published",
        fix="cast the column in dbt_stage to text, a number, a date, a timestamp or a list of these",
    )


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow.types as at

    # A column that is null throughout has no type; text holds it.
    return at.is_string(kind) or at.is_large_string(kind) or at.is_string_view(kind) or at.is_null(kind)


def _is_binary(kind: pa.DataType) -> bool:
    import pyarrow.types as at

    return at.is_binary(kind) or at.is_large_binary(kind) or at.is_fixed_size_binary(kind)


def _flat_column(field: pa.Field) -> Column:
    name = checked(field.name)
    if name in (STATE, ROW_HASH):
        raise PublishError(
            f"stage column {name!r} is a name that the postgres reader keeps for itself",
            not_done="nothing was published",
            fix="leave system columns out of the stage partition",
        )
    kind = arrow_type(field.type)
    return Column(name, "uuid" if kind == "text" and _is_id(name) else kind)


def _is_id(name: str) -> bool:
    """Whether a flat column holds an HSDS id, so that it joins with the HSDS tables as it is."""
    return name == "id" or (name.endswith("_id") and name.removesuffix("_id") in hsds.entities())


def _flat_indexes(table: str, columns: Iterable[Column], key: str) -> Iterable[Index]:
    names = {c.name for c in columns}
    for column in columns:
        if column.type.endswith("[]"):
            yield Index(named(table, column.name, "idx"), (column.name,), "gin")
        elif column.type == "uuid" and column.name != key:
            yield Index(named(table, column.name, "idx"), (column.name, STATE))
    if {"latitude", "longitude"} <= names:
        yield Index(named(table, "point", "idx"), ("latitude", "longitude"))
