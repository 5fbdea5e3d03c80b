"""A raw table's columns follow those of its parts: columns are added and, by contract, renamed. None goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dagster_ingest.land.snowflake import statements as sql
from dagster_ingest.land.snowflake.names import Names
from dagster_ingest.land.snowflake.sessions import Session
from dagster_ingest.spec.resolved import TenantSpec

Columns = dict[tuple[str, str], dict[str, str]]
"""(layer, table) in lower case to its columns in capitals, in order, and their types."""


def renames_of(spec: TenantSpec) -> dict[str, dict[str, str]]:
    """Raw table to new column name and old one, as the contracts declare them."""
    found: dict[str, dict[str, str]] = {}
    for source in spec.sources:
        for table in source.tables:
            renamed = {c.field: c.was for c in table.contract.columns if c.was and c.was != c.field}
            if renamed:
                found[table.raw] = renamed
    return found


def columns(session: Session, names: Names, tables: Iterable[tuple[str, str]]) -> Columns:
    """Of those tables that exist."""
    wanted = sorted(set(tables))
    layers = {names.schema_name(layer): layer for layer, _ in wanted}
    found: Columns = {}
    if not wanted:
        return found
    for schema, table, column, kind in session.rows(sql.columns_of(names, wanted), "nothing was read"):
        found.setdefault((layers[schema], table.lower()), {})[column] = kind
    return found


def changes(
    names: Names,
    table: str,
    there: Sequence[str],
    wanted: Sequence[str],
    renames: Mapping[str, str],
    comment: str = "",
) -> list[str]:
    """Statements that make `there` (in capitals, empty for no table) hold all `wanted` columns.

    A column is renamed where the contract says what it was, the table has that name and not the new
    one, and no part that is landed now brings the old name.
    """
    if not there:
        return [sql.create_table(names, table, wanted, comment)]
    have, brought = set(there), {name.upper() for name in wanted}
    made: list[str] = []
    for new, old in renames.items():
        if new.upper() in brought - have and old.upper() in have - brought:
            made.append(sql.rename_column(names, table, old, new))
            have = have - {old.upper()} | {new.upper()}
    made += [sql.add_column(names, table, name) for name in wanted if name.upper() not in have]
    return made
