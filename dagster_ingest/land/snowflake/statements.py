"""The SQL of a publish, as text. Pure: values go in as literals, names as quoted identifiers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from dagster_ingest.land.parts import not_a_glob
from dagster_ingest.land.snowflake.digest import row_hash
from dagster_ingest.land.snowflake.names import CANDIDATE, SYSTEM, Names, identifier, text

# Numbers are wide enough for what polars makes; text has the default length, 16 MB.
TYPES = {"_loaded_at": "TIMESTAMP_NTZ(6)", "_row_number": "NUMBER(19,0)", "_row_hash": "NUMBER(20,0)"}
ENTRY = (
    "LAYER",
    "TABLE_NAME",
    "STATE",
    "LOAD_ID",
    "VERSION",
    "DIGEST",
    "RELATION",
    "COLUMN_NAMES",
    "DELIVERY",
    "CONTRACT",
    "REPLACED",
    "SEQ",
    "PUBLISHED_AT",
)
KEY = ("LAYER", "TABLE_NAME", "STATE")
REGISTRY = ("PARTITIONS", "HISTORY", "LOCK")
# What makes a landed row that row, whatever the partition it is found in.
ROW = ("_load_id", "_source_uri", "_row_number", "_row_hash")


def typed(columns: Iterable[str]) -> str:
    return ", ".join(f"{identifier(name)} {TYPES.get(name, 'VARCHAR')}" for name in columns)


def listed(columns: Iterable[str]) -> str:
    return ", ".join(map(identifier, columns))


def set_tag(tag: str) -> str:
    return f"ALTER SESSION SET QUERY_TAG = {text(tag)}"


# objects


def has_registry(names: Names) -> str:
    tables = ", ".join(text(SYSTEM + name) for name in REGISTRY)
    return (
        f"SELECT COUNT(*) FROM {identifier(names.database)}.INFORMATION_SCHEMA.TABLES"
        f" WHERE TABLE_SCHEMA = {text(names.schema_name('raw'))} AND TABLE_NAME IN ({tables})"
    )


def has_schema(names: Names) -> str:
    return (
        f"SELECT COUNT(*) FROM {identifier(names.database)}.INFORMATION_SCHEMA.SCHEMATA"
        f" WHERE SCHEMA_NAME = {text(names.schema_name('raw'))}"
    )


def create_schema(names: Names) -> str:
    return f"CREATE SCHEMA IF NOT EXISTS {names.schema('raw')}"


def bootstrap(names: Names) -> list[str]:
    """What a tenant's raw schema needs before its first load. May be run again."""
    columns = ", ".join(f"{name} {'NUMBER(19,0)' if name == 'SEQ' else 'VARCHAR'}" for name in ENTRY)
    lock = names.system("LOCK")
    return [
        f"CREATE STAGE IF NOT EXISTS {names.stage}",
        f"CREATE TABLE IF NOT EXISTS {names.system('PARTITIONS')} ({columns})",
        f"CREATE TABLE IF NOT EXISTS {names.system('HISTORY')} ({columns})",
        f"CREATE TABLE IF NOT EXISTS {lock} (HOLDER VARCHAR)",
        f"INSERT INTO {lock} (HOLDER) SELECT '' FROM (SELECT COUNT(*) AS N FROM {lock}) WHERE N = 0",
    ]


def columns_of(names: Names, tables: Iterable[tuple[str, str]]) -> str:
    """Schema, table, column and type of tables, given as (layer, table)."""
    pairs = ", ".join(f"({text(names.schema_name(layer))}, {text(table.upper())})" for layer, table in tables)
    return (
        "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE"
        f" FROM {identifier(names.database)}.INFORMATION_SCHEMA.COLUMNS"
        f" WHERE (TABLE_SCHEMA, TABLE_NAME) IN ({pairs}) ORDER BY 1, 2, ORDINAL_POSITION"
    )


def create_table(names: Names, table: str, columns: Iterable[str], comment: str) -> str:
    return (
        f"CREATE TABLE IF NOT EXISTS {names.relation('raw', table)} ({typed(columns)})"
        f" COMMENT = {text(comment)}"
    )


def add_column(names: Names, table: str, column: str) -> str:
    """Another state's load may add the same one at this very moment."""
    return f"ALTER TABLE {names.relation('raw', table)} ADD COLUMN IF NOT EXISTS {typed([column])}"


def rename_column(names: Names, table: str, old: str, new: str) -> str:
    return f"ALTER TABLE {names.relation('raw', table)} RENAME COLUMN {identifier(old)} TO {identifier(new)}"


# a candidate


def create_candidate(names: Names, candidate: str, columns: Iterable[str], comment: str) -> str:
    """Transient and without time travel: its rows are in the part as well."""
    return (
        f"CREATE TRANSIENT TABLE {names.system(candidate)} ({typed(columns)})"
        f" DATA_RETENTION_TIME_IN_DAYS = 0 COMMENT = {text(comment)}"
    )


def put(names: Names, candidate: str, path: Path) -> str:
    return (
        f"PUT {text('file://' + not_a_glob(path))} {names.staged(candidate)}"
        " AUTO_COMPRESS = FALSE SOURCE_COMPRESSION = NONE OVERWRITE = TRUE"
    )


def copy(names: Names, candidate: str) -> str:
    """NULL_IF is empty since Snowflake's default takes the text \\N for a null."""
    return (
        f"COPY INTO {names.system(candidate)} FROM {names.staged(candidate)}"
        " FILE_FORMAT = (TYPE = PARQUET USE_LOGICAL_TYPE = TRUE BINARY_AS_TEXT = FALSE"
        " TRIM_SPACE = FALSE NULL_IF = ())"
        " MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE ON_ERROR = ABORT_STATEMENT PURGE = TRUE"
    )


def audit(names: Names, candidate: str, expressions: str) -> str:
    return f"SELECT {expressions} FROM {names.system(candidate)}"


def drop(names: Names, candidate: str) -> str:
    return f"DROP TABLE IF EXISTS {names.system(candidate)}"


def remove(names: Names, candidate: str) -> str:
    return f"REMOVE {names.staged(candidate)}"


def list_stage(names: Names) -> str:
    return f"LIST @{names.stage}"


def list_candidates(names: Names) -> str:
    return (
        f"SELECT TABLE_NAME FROM {identifier(names.database)}.INFORMATION_SCHEMA.TABLES"
        f" WHERE TABLE_SCHEMA = {text(names.schema_name('raw'))}"
        f" AND STARTSWITH(TABLE_NAME, {text(CANDIDATE)})"
    )


# the swap


def lock(names: Names, holder: str) -> str:
    """Snowflake holds a table's lock from an UPDATE to the end of the transaction."""
    return f"UPDATE {names.system('LOCK')} SET HOLDER = {text(holder)}"


def delete_partition(names: Names, table: str, state: str) -> str:
    return f"DELETE FROM {names.relation('raw', table)} WHERE {identifier('_state')} = {text(state)}"


def insert_partition(
    names: Names, table: str, candidate: str, columns: Sequence[str], load_id: str | None = None
) -> str:
    """The candidate's rows, or those of its own load alone."""
    values = ", ".join(row_hash() if name == "_row_hash" else identifier(name) for name in columns)
    only = f" WHERE {identifier('_load_id')} = {text(load_id)}" if load_id is not None else ""
    return (
        f"INSERT INTO {names.relation('raw', table)} ({listed(columns)})"
        f" SELECT {values} FROM {names.system(candidate)}{only}"
    )


def delete_gone(names: Names, table: str, state: str, candidate: str) -> str:
    """Rows of the partition that the candidate does not hold as they are."""
    held = ", ".join(row_hash() if name == "_row_hash" else identifier(name) for name in ROW)
    return (
        f"{delete_partition(names, table, state)} AND ({listed(ROW)})"
        f" NOT IN (SELECT {held} FROM {names.system(candidate)})"
    )


def of_partition(names: Names, table: str, state: str, expressions: str) -> str:
    return (
        f"SELECT {expressions} FROM {names.relation('raw', table)}"
        f" WHERE {identifier('_state')} = {text(state)}"
    )


# the registry


def select_entries(names: Names, which: str, where: str = "", columns: Sequence[str] = ENTRY) -> str:
    """which: PARTITIONS or HISTORY."""
    return f"SELECT {', '.join(columns)} FROM {names.system(which)}{' WHERE ' + where if where else ''}"


def matching(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A condition: `columns` are those of one of the rows."""
    wanted = ", ".join("(" + ", ".join(map(text, row)) + ")" for row in rows)
    return f"({', '.join(columns)}) IN ({wanted})"


def delete_entries(names: Names, which: str, where: str) -> str:
    return f"DELETE FROM {names.system(which)} WHERE {where}"


def insert_entries(names: Names, which: str, rows: Iterable[Sequence[str | int]]) -> str:
    values = ", ".join(
        "(" + ", ".join(str(value) if isinstance(value, int) else text(value) for value in row) + ")"
        for row in rows
    )
    return f"INSERT INTO {names.system(which)} ({', '.join(ENTRY)}) VALUES {values}"


# reading


def select(names: Names, layer: str, table: str, columns: Sequence[str], state: str | None) -> str:
    where = f" WHERE {identifier('_state')} = {text(state)}" if state is not None else ""
    return f"SELECT {listed(columns)} FROM {names.relation(layer, table)}{where}"


def select_kept(names: Names, candidate: str, columns: Sequence[str]) -> str:
    values = ", ".join(
        f"{row_hash()} AS {identifier(name)}" if name == "_row_hash" else identifier(name) for name in columns
    )
    return f"SELECT {values} FROM {names.system(candidate)}"


def costs(names: Names, queries: Iterable[str], most: int = 10_000) -> str:
    """What Snowflake tells at once of statements that have just run."""
    ids = ", ".join(map(text, queries))
    return (
        "SELECT QUERY_ID, BYTES_SCANNED, EXECUTION_TIME, CREDITS_USED_CLOUD_SERVICES"
        f" FROM TABLE({identifier(names.database)}.INFORMATION_SCHEMA.QUERY_HISTORY(RESULT_LIMIT => {most}))"
        f" WHERE QUERY_ID IN ({ids})"
    )
