"""The tables of a published schema as values: columns, keys, indexes. No SQL is run here.

Ids repeat over states (two states share taxonomy terms), so every key is (id, _state) and every
foreign key stays inside its state: publishing one state can never break or need another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from dagster_ingest import hsds
from dagster_ingest.errors import PublishError
from dagster_ingest.hsds.descriptor import foreign_keys, required_fields

if TYPE_CHECKING:
    import pyarrow as pa

STATE, ROW_HASH = "_state", "_row_hash"

# HSDS times stay text ("17:00"): the standard's JSON has them as strings, and PostgreSQL's `time`
# would refuse what the standard allows. Datetimes are read as UTC.
_TYPES = {
    "string": "text",
    "number": "double precision",
    "date": "date",
    "datetime": "timestamp with time zone",
    "time": "text",
}
# Columns that people look rows up by and that are no foreign keys.
_LOOKED_UP = {("attribute", "link_id"), ("metadata", "resource_id"), ("taxonomy_term", "code")}
_FLAT_KEYS = ("id", "service_at_location_id")
_NAME_LIMIT = 63  # bytes; PostgreSQL cuts longer names silently


@dataclass(frozen=True, slots=True)
class Column:
    """`type` is spelled as `format_type` spells it, so that it compares with the catalogue."""

    name: str
    type: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`column` with the row's state points to `table`'s id in the same state."""

    name: str
    column: str
    table: str


@dataclass(frozen=True, slots=True)
class Index:
    name: str
    columns: tuple[str, ...]
    method: str = "btree"


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `columns` are the data's; `_state` and `_row_hash` come after them in the store."""

    name: str
    columns: tuple[Column, ...]
    key: str
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[Index, ...] = ()

    @property
    def stored(self) -> tuple[Column, ...]:
        return (*self.columns, Column(STATE, "text", True), Column(ROW_HASH, "bigint", True))

    @property
    def key_type(self) -> str:
        return next(c.type for c in self.columns if c.name == self.key)


@cache
def hsds_tables() -> tuple[Table, ...]:
    """All tables of the standard, in its order."""
    return tuple(_hsds_table(entity) for entity in hsds.entities().values())


def widened(table: Table, stored: Mapping[str, str]) -> Table:
    """`table` with the columns that the store has beside it, so that a publish can empty them.

    stored    column names and types as the store has them
    """
    known = {c.name for c in table.stored}
    more = tuple(Column(name, kind) for name, kind in stored.items() if name not in known)
    return replace(table, columns=(*table.columns, *more)) if more else table


def flat_table(name: str, schema: pa.Schema) -> Table:
    """A table outside the standard (`search_record`), as its Arrow schema has it."""
    columns = tuple(_flat_column(f) for f in schema)
    names = [c.name for c in columns]
    key = next((k for k in _FLAT_KEYS if k in names), None)
    if key is None:
        raise PublishError(
            f"stage entity {name!r} has no key column; it has: {', '.join(names)}",
            not_done="nothing was published",
            fix=f"give it one of the columns {' or '.join(_FLAT_KEYS)}",
        )
    return Table(_checked(name), columns, key, indexes=tuple(_flat_indexes(name, columns, key)))


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


def _hsds_table(entity: hsds.Entity) -> Table:
    required = required_fields(entity)
    columns = tuple(
        Column(f.name, "uuid" if f.format == "uuid" else _TYPES[f.type], f.name in required)
        for f in entity.fields
    )
    references = foreign_keys(entity)
    indexed = [name for name, _ in references]
    indexed += [f.name for f in entity.fields if (entity.name, f.name) in _LOOKED_UP]
    return Table(
        name=entity.name,
        columns=columns,
        key="id",
        foreign_keys=tuple(ForeignKey(_named(entity.name, c, "fkey"), c, t) for c, t in references),
        indexes=tuple(Index(_named(entity.name, c, "idx"), (c, STATE)) for c in indexed),
    )


def _flat_column(field: pa.Field) -> Column:
    name = _checked(field.name)
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
            yield Index(_named(table, column.name, "idx"), (column.name,), "gin")
        elif column.type == "uuid" and column.name != key:
            yield Index(_named(table, column.name, "idx"), (column.name, STATE))
    if {"latitude", "longitude"} <= names:
        yield Index(_named(table, "point", "idx"), ("latitude", "longitude"))


def _named(*parts: str) -> str:
    return _checked("_".join(parts))


def _checked(name: str) -> str:
    if len(name.encode()) > _NAME_LIMIT:
        raise PublishError(
            f"the name {name!r} is longer than the {_NAME_LIMIT} bytes that PostgreSQL keeps",
            not_done="nothing was published",
            fix="shorten the column's name in dbt_stage",
        )
    return name
