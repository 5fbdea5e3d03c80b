"""What the stores of an installation hold, without the marks of the single load."""

from __future__ import annotations

from pathlib import Path

import duckdb

_MARKS = {"_load_id", "_loaded_at"}


def warehouse(path: Path) -> dict[str, list[tuple]]:
    """Every raw, elt and stage relation of a tenant's file: columns and sorted rows, load marks left out."""
    held: dict[str, list[tuple]] = {}
    with duckdb.connect(str(path), read_only=True) as connection:
        relations = connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_schema in ('raw', 'elt', 'stage') order by all"
        ).fetchall()
        for schema, table in relations:
            columns = [
                row[0]
                for row in connection.execute(f'describe "{schema}"."{table}"').fetchall()
                if row[0] not in _MARKS
            ]
            listed = ", ".join(f'"{column}"' for column in columns)
            rows = connection.execute(f'select {listed} from "{schema}"."{table}" order by all').fetchall()
            held[f"{schema}.{table}"] = [tuple(columns), *rows]
    return held


def package(folder: Path) -> dict[str, bytes]:
    """Every file of a published package."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows_of(path: Path, relation: str, where: str = "true") -> list[dict]:
    """Rows of a relation as dicts."""
    with duckdb.connect(str(path), read_only=True) as connection:
        result = connection.execute(f"select * from {relation} where {where}")
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def stage_texts(path: Path, into: Path) -> None:
    """Every value of a tenant's stage, and of what is enhanced from it, as text: a file for each table."""
    into.mkdir(parents=True)
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_schema in ('stage', 'enhanced')"
        ).fetchall()
        assert ("stage", "service") in tables, f"{path} has no stage"
        for schema, table in tables:
            target = str(into / f"{schema}.{table}.csv").replace("'", "''")
            connection.execute(
                f"copy (select columns(*)::varchar from {schema}.\"{table}\") to '{target}' (header)"
            )
