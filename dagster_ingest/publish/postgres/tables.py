"""The tables of a published schema as values: columns, keys, indexes. No SQL is run here.

Ids repeat over states (two states share taxonomy terms), so every key is (id, _state) and every
foreign key stays inside its state: publishing one state can never break or need another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from dagster_ingest import hsds
from dagster_ingest.errors import PublishError
from dagster_ingest.hsds.descriptor import foreign_keys, required_fields

# Raise it when the same rows need other tables: those of before are then brought to it by the next run.
FORMAT = 2

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
        foreign_keys=tuple(ForeignKey(named(entity.name, c, "fkey"), c, t) for c, t in references),
        indexes=tuple(Index(named(entity.name, c, "idx"), (c, STATE)) for c in indexed),
    )


def named(*parts: str) -> str:
    return checked("_".join(parts))


def checked(name: str) -> str:
    if len(name.encode()) > _NAME_LIMIT:
        raise PublishError(
            f"the name {name!r} is longer than the {_NAME_LIMIT} bytes that PostgreSQL keeps",
            not_done="nothing was published",
            fix="shorten the column's name in dbt_stage",
        )
    return name
