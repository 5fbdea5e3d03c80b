"""Tables, columns and keys out of the database's own catalog."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from dagster_ingest.connectors.sql.query import Query
from dagster_ingest.connectors.sql.table import Column, Table

_POSTGRES = """
SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), t.typname,
       NOT a.attnotnull, coalesce(array_position(CAST(i.indkey AS int[]), CAST(a.attnum AS int)), -1)
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname = current_setting('ingest.p0'){table}
ORDER BY c.relname, a.attnum
"""
_INFORMATION = """
SELECT c.TABLE_SCHEMA, c.TABLE_NAME, c.COLUMN_NAME, {type}, c.DATA_TYPE,
       CASE WHEN c.IS_NULLABLE = 'YES' THEN 1 ELSE 0 END, COALESCE(k.ORDINAL_POSITION, -1)
FROM INFORMATION_SCHEMA.COLUMNS c
LEFT JOIN INFORMATION_SCHEMA.TABLE_CONSTRAINTS p
  ON p.TABLE_SCHEMA = c.TABLE_SCHEMA AND p.TABLE_NAME = c.TABLE_NAME AND p.CONSTRAINT_TYPE = 'PRIMARY KEY'
LEFT JOIN INFORMATION_SCHEMA.KEY_COLUMN_USAGE k
  ON k.CONSTRAINT_SCHEMA = p.CONSTRAINT_SCHEMA AND k.CONSTRAINT_NAME = p.CONSTRAINT_NAME
  AND k.TABLE_NAME = c.TABLE_NAME AND k.TABLE_SCHEMA = c.TABLE_SCHEMA AND k.COLUMN_NAME = c.COLUMN_NAME
WHERE c.TABLE_SCHEMA = :p0{table}
ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION
"""


class Asks(Protocol):
    """The part of a session that this needs."""

    def rows(self, query: Query) -> list[tuple[Any, ...]]: ...


def statement(dialect: str, schema: str, table: str | None) -> Query:
    """What asks for the columns of one table, or of all tables of a schema."""
    params = (schema,) if table is None else (schema, table)
    if dialect == "postgres":
        only = "" if table is None else " AND c.relname = current_setting('ingest.p1')"
        return Query(_POSTGRES.format(table=only), params)
    only = "" if table is None else " AND c.TABLE_NAME = :p1"
    typed = "c.COLUMN_TYPE" if dialect == "mysql" else "c.DATA_TYPE"
    return Query(_INFORMATION.format(table=only, type=typed), params)


def tables(session: Asks, dialect: str, schema: str, table: str | None = None) -> tuple[Table, ...]:
    """Tables and views of a schema that this account may see."""
    found: dict[str, list[Sequence[Any]]] = {}
    for row in session.rows(statement(dialect, schema, table)):
        found.setdefault(row[1], []).append(row)
    return tuple(_table(rows) for rows in found.values())


def _table(rows: list[Sequence[Any]]) -> Table:
    columns = tuple(Column(row[2], _text(row[3]), _text(row[4]).lower(), bool(row[5])) for row in rows)
    key = sorted((row for row in rows if int(row[6]) >= 0), key=lambda row: int(row[6]))
    return Table(rows[0][0], rows[0][1], columns, tuple(row[2] for row in key))


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)  # MySQL's catalog has blobs
