"""What a published schema holds now, and the statements that bring it to what is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dagster_ingest.errors import PublishError
from dagster_ingest.publish.postgres import row_security
from dagster_ingest.publish.postgres.computed import SHAPE, computed, shape_function
from dagster_ingest.publish.postgres.driver import Connection, sql
from dagster_ingest.publish.postgres.tables import ROW_HASH, STATE, Column, Table

PUBLICATIONS = "_ingest_publication"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a schema shall hold. locale: of its texts. secured: whether the tenant's policy guards it."""

    tenant: str
    tables: tuple[Table, ...]
    locale: str = "en"
    secured: bool = False


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a schema holds.

    tables    name to {column: type}, generated columns left out; views and foreign tables among them
    names     constraints, indexes and functions there are
    computed  generated columns, with their table
    secured   tables with the tenant's policy
    postgis   the schema that the extension is in, where the database has it
    views     relations that are no tables of this schema's own
    """

    tables: dict[str, dict[str, str]]
    names: frozenset[str]
    computed: frozenset[tuple[str, str]]
    secured: frozenset[str]
    postgis: str | None
    views: frozenset[str]

    @property
    def ours(self) -> tuple[str, ...]:
        """Tables that this reader fills: they carry the state and the row's hash."""
        found = (n for n, columns in self.tables.items() if {STATE, ROW_HASH} <= columns.keys())
        return tuple(n for n in found if n not in self.views)


def catalogue(connection: Connection, schema: str) -> Catalogue:
    tables: dict[str, dict[str, str]] = {}
    made, views = set(), set()
    for table, column, kind, generated, stored in connection.execute(_COLUMNS, [schema]):
        if not stored:
            views.add(table)
        if generated:
            made.add((table, column))
        else:
            tables.setdefault(table, {})[column] = kind
    secured = connection.execute(_SECURED, [schema, row_security.POLICY])
    postgis = connection.execute(_POSTGIS).fetchone()
    return Catalogue(
        tables,
        names=frozenset(name for (name,) in connection.execute(_NAMES, [schema] * 3)),
        computed=frozenset(made),
        secured=frozenset(name for (name,) in secured),
        postgis=postgis[0] if postgis else None,
        views=frozenset(views),
    )


def lock(connection: Connection, schema: str, seconds: float) -> None:
    """Order the publishers of one schema until the transaction ends. Waits `seconds` at most."""
    connection.execute("select set_config('lock_timeout', %s, true)", [f"{int(seconds * 1000)}ms"])
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"dagster_ingest/{schema}"])


def migrate(connection: Connection, schema: str, wanted: Wanted, seconds: float) -> int:
    """Create what is missing: schema, tables, columns, keys, indexes, policies. Returns statements run.

    A transaction of its own, before any row is written: it takes no row or column away, so a publish
    that dies after it leaves readers what they had.
    """
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


def _changes(now: Catalogue, schema: str, wanted: Wanted) -> Iterator[sql.Composed]:
    yield from _tables(now, schema, wanted.tables)
    yield from _indexes(now, schema, wanted.tables)
    yield from _computed(now, schema, wanted)
    ours = {PUBLICATIONS, *now.ours, *(table.name for table in wanted.tables)}
    yield from row_security.differing(schema, wanted.tenant, sorted(ours), now.secured, wanted=wanted.secured)


def _tables(now: Catalogue, schema: str, wanted: tuple[Table, ...]) -> Iterator[sql.Composed]:
    if PUBLICATIONS not in now.tables:
        _refuse_strangers(now, schema, wanted)
        yield sql.SQL("create schema if not exists {}").format(sql.Identifier(schema))
        yield sql.SQL(_PUBLICATIONS).format(qualified(schema, PUBLICATIONS))
    elif "signed" not in now.tables[PUBLICATIONS]:
        yield sql.SQL("alter table {} add column signed jsonb").format(qualified(schema, PUBLICATIONS))
    for table in wanted:
        if table.name in now.tables:
            yield from _added_columns(now.tables[table.name], schema, table)
        else:
            yield _create(schema, table)


def _indexes(now: Catalogue, schema: str, wanted: tuple[Table, ...]) -> Iterator[sql.Composed]:
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


def _computed(now: Catalogue, schema: str, wanted: Wanted) -> Iterator[sql.Composed]:
    """Generated columns, which fill themselves from the rows that are there."""
    if now.postgis and SHAPE not in now.names:
        yield shape_function(schema, now.postgis)
    for table in wanted.tables:
        for each in computed(schema, table, wanted.locale, now.postgis):
            on, column = qualified(schema, table.name), sql.Identifier(each.column)
            # A column of that name that is stored is the stage's own, and stays.
            if (table.name, each.column) in now.computed or each.column in now.tables.get(table.name, {}):
                continue
            yield sql.SQL("alter table {} add column {} {} generated always as ({}) stored").format(
                on, column, each.type, each.expression
            )
            yield sql.SQL("create index {} on {} using {} ({})").format(
                sql.Identifier(each.index), on, sql.SQL(each.method), column
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
    # What every publish goes through stands first: the server reads a row up to the last column it needs.
    columns = sorted(table.stored, key=lambda column: column.name not in (table.key, STATE, ROW_HASH))
    return sql.SQL("create table {} ({}, primary key ({}))").format(
        qualified(schema, table.name),
        sql.SQL(", ").join(_column(c, table) for c in columns),
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
select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attgenerated <> '',
    c.relkind in ('r', 'p')
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
union all
select p.proname from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace where n.nspname = %s
"""

_SECURED = """
select c.relname from pg_catalog.pg_policy p
join pg_catalog.pg_class c on c.oid = p.polrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = %s and p.polname = %s and c.relrowsecurity
"""

_POSTGIS = """
select n.nspname from pg_catalog.pg_extension e
join pg_catalog.pg_namespace n on n.oid = e.extnamespace where e.extname = 'postgis'
"""

_PUBLICATIONS = """
create table {} (
    tenant text not null,
    state text not null,
    version text not null,
    rows jsonb not null,
    published_at timestamp with time zone not null,
    signed jsonb,
    primary key (tenant, state)
)
"""

_FOREIGN_KEY = """
alter table {} add constraint {} foreign key ({}) references {} ({}) deferrable initially deferred
"""
