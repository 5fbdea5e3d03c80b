"""What a published schema holds now, and the statements that bring it to what is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dagster_ingest.errors import PublishError
from dagster_ingest.publish.postgres.driver import Connection, sql
from dagster_ingest.publish.postgres.tables import ROW_HASH, STATE, Column, Table

PUBLICATIONS = "_ingest_publication"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """tables: name to {column: type}. names: constraints and indexes there are."""

    tables: dict[str, dict[str, str]]
    names: frozenset[str]

    @property
    def ours(self) -> tuple[str, ...]:
        """Tables that this reader fills: they carry the state and the row's hash."""
        return tuple(n for n, columns in self.tables.items() if {STATE, ROW_HASH} <= columns.keys())


def catalogue(connection: Connection, schema: str) -> Catalogue:
    tables: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(_COLUMNS, [schema]):
        tables.setdefault(table, {})[column] = kind
    return Catalogue(tables, frozenset(name for (name,) in connection.execute(_NAMES, [schema, schema])))


def lock(connection: Connection, schema: str, seconds: float) -> None:
    """Order the publishers of one schema until the transaction ends. Waits `seconds` at most."""
    connection.execute("select set_config('lock_timeout', %s, true)", [f"{int(seconds * 1000)}ms"])
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"dagster_ingest/{schema}"])


def migrate(connection: Connection, schema: str, tables: Iterable[Table], seconds: float) -> int:
    """Create what is missing: schema, tables, columns, keys, indexes. Returns statements run.

    A transaction of its own, before any row is written: all it does is additive, so a publish
    that dies after it leaves readers what they had.
    """
    wanted = tuple(tables)
    if not any(_changes(catalogue(connection, schema), schema, wanted)):
        return 0
    with connection.transaction():
        lock(connection, schema, seconds)
        statements = list(_changes(catalogue(connection, schema), schema, wanted))
        for statement in statements:
            connection.execute(statement)
    return len(statements)


def qualified(schema: str, table: str) -> sql.Identifier:
    return sql.Identifier(schema, table)


def _changes(now: Catalogue, schema: str, wanted: tuple[Table, ...]) -> Iterator[sql.Composed]:
    if PUBLICATIONS not in now.tables:
        _refuse_strangers(now, schema, wanted)
        yield sql.SQL("create schema if not exists {}").format(sql.Identifier(schema))
        yield sql.SQL(_PUBLICATIONS).format(qualified(schema, PUBLICATIONS))
    for table in wanted:
        if table.name in now.tables:
            yield from _added_columns(now.tables[table.name], schema, table)
        else:
            yield _create(schema, table)
    for table in wanted:
        for index in table.indexes:
            if index.name not in now.names:
                yield sql.SQL("create index {} on {} using {} ({})").format(
                    sql.Identifier(index.name),
                    qualified(schema, table.name),
                    sql.SQL(index.method),
                    names(index.columns),
                )
        for key in table.foreign_keys:
            if key.name not in now.names:
                yield sql.SQL(_FOREIGN_KEY).format(
                    qualified(schema, table.name),
                    sql.Identifier(key.name),
                    names([key.column, STATE]),
                    qualified(schema, key.table),
                    names(["id", STATE]),
                )


def _refuse_strangers(now: Catalogue, schema: str, wanted: tuple[Table, ...]) -> None:
    taken = sorted({t.name for t in wanted} & now.tables.keys())
    if taken:
        raise PublishError(
            f"schema {schema!r} already holds tables that this reader did not make: {', '.join(taken)}",
            not_done="nothing was published, no table was touched",
            fix="name a schema of the tenant's own as db_schema in the tenant file",
        )


def _added_columns(have: dict[str, str], schema: str, table: Table) -> Iterator[sql.Composed]:
    for column in table.stored:
        if column.name not in have:
            # Rows of other states have no value for it yet, so it cannot be `not null`.
            yield sql.SQL("alter table {} add column {} {}").format(
                qualified(schema, table.name), sql.Identifier(column.name), sql.SQL(column.type)
            )
        elif have[column.name] != column.type:
            raise PublishError(
                f"{schema}.{table.name}.{column.name} is {have[column.name]} in the store"
                f" and {column.type} in the stage",
                not_done="nothing was published, the last publication stands",
                fix="give the stage column its old type, or alter the column in the store",
            )


def _create(schema: str, table: Table) -> sql.Composed:
    return sql.SQL("create table {} ({}, primary key ({}))").format(
        qualified(schema, table.name),
        sql.SQL(", ").join(_column(c, table) for c in table.stored),
        names([table.key, STATE]),
    )


def _column(column: Column, table: Table) -> sql.Composed:
    required = column.required or column.name == table.key
    return sql.SQL("{} {}{}").format(
        sql.Identifier(column.name), sql.SQL(column.type), sql.SQL(" not null" if required else "")
    )


def names(identifiers: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(n) for n in identifiers)


_COLUMNS = """
select c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname = %s and c.relkind in ('r', 'p', 'v', 'm', 'f')
order by c.relname, a.attnum
"""

_NAMES = """
select c.relname from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = %s and c.relkind in ('i', 'I')
union all
select k.conname from pg_catalog.pg_constraint k
join pg_catalog.pg_namespace n on n.oid = k.connamespace where n.nspname = %s
"""

_PUBLICATIONS = """
create table {} (
    tenant text not null,
    state text not null,
    version text not null,
    rows jsonb not null,
    published_at timestamp with time zone not null,
    primary key (tenant, state)
)
"""

_FOREIGN_KEY = """
alter table {} add constraint {} foreign key ({}) references {} ({}) deferrable initially deferred
"""
