"""The SQL of a publish as text: against a golden file, and parsed as Snowflake's dialect.

`DAGSTER_INGEST_GOLDEN=1 pytest tests/land/snowflake/test_statements.py` writes the file anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from dagster_ingest.land.snowflake import digest, shape
from dagster_ingest.land.snowflake import statements as sql
from dagster_ingest.land.snowflake.names import Names

GOLDEN = Path(__file__).parent / "golden" / "publish.sql"
NAMES = Names("RESOURCES", "gulf")
COLUMNS = ("ID", "Name", "order", "_tenant", "_state", "_load_id", "_loaded_at", "_source_uri")
COLUMNS += ("_row_number", "_row_hash")
CANDIDATE = "_INGEST_LOAD_L1_20260102T030405_0123456789AB"
TABLE = "wellsky_services"
ROW = ("raw", TABLE, "FL", "l1", '{"rows":1}', "1:2", CANDIDATE, '["ID"]', "", "1.0.0", "l0", 3, "2026")


def statements() -> dict[str, str]:
    key = sql.matching(sql.KEY, [("raw", TABLE, "FL"), ("raw", "it's", "AL")])
    made = {f"bootstrap {number}": text for number, text in enumerate(sql.bootstrap(NAMES), 1)}
    return made | {
        "has_registry": sql.has_registry(NAMES),
        "has_schema": sql.has_schema(NAMES),
        "create_schema": sql.create_schema(NAMES),
        "columns_of": sql.columns_of(NAMES, [("raw", TABLE), ("elt", "service")]),
        "create_table": sql.create_table(NAMES, TABLE, COLUMNS, "rows of it"),
        "add_column": sql.add_column(NAMES, TABLE, "Added"),
        "rename_column": sql.rename_column(NAMES, TABLE, "Old", "New"),
        "create_candidate": sql.create_candidate(NAMES, CANDIDATE, COLUMNS, '{"tenant":"gulf"}'),
        "put": sql.put(NAMES, CANDIDATE, Path("/var/it's [new]/a.parquet")),
        "copy": sql.copy(NAMES, CANDIDATE),
        "audit": sql.audit(NAMES, CANDIDATE, digest.in_snowflake(COLUMNS, frozenset(["Name"]))),
        "drop": sql.drop(NAMES, CANDIDATE),
        "remove": sql.remove(NAMES, CANDIDATE),
        "list_stage": sql.list_stage(NAMES),
        "list_candidates": sql.list_candidates(NAMES),
        "lock": sql.lock(NAMES, CANDIDATE),
        "delete_partition": sql.delete_partition(NAMES, TABLE, "FL"),
        "insert_partition": sql.insert_partition(NAMES, TABLE, CANDIDATE, COLUMNS),
        "insert_partition of a load": sql.insert_partition(NAMES, TABLE, CANDIDATE, COLUMNS, "l1"),
        "delete_gone": sql.delete_gone(NAMES, TABLE, "FL", CANDIDATE),
        "of_partition": sql.of_partition(NAMES, TABLE, "FL", digest.short_in_snowflake(COLUMNS, frozenset())),
        "select_entries": sql.select_entries(NAMES, "PARTITIONS", key),
        "delete_entries": sql.delete_entries(NAMES, "HISTORY", key),
        "insert_entries": sql.insert_entries(NAMES, "HISTORY", [ROW]),
        "select": sql.select(NAMES, "elt", "service", ["id"], "FL"),
        "select_kept": sql.select_kept(NAMES, CANDIDATE, COLUMNS),
        "set_tag": sql.set_tag('{"tenant":"gulf","note":"it\'s \\\\"}'),
        "costs": sql.costs(NAMES, ["01b", "02c"]),
    }


def test_the_statements_are_those_of_the_golden_file():
    text = "\n".join(f"-- {name}\n{statement};\n" for name, statement in statements().items())
    if os.environ.get("DAGSTER_INGEST_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text)

    assert text == GOLDEN.read_text()


@pytest.mark.parametrize("name", sorted(set(statements()) - {"remove", "list_stage"}))
def test_every_statement_is_snowflakes_sql(name):
    """REMOVE and LIST are no SQL to sqlglot; the stand-in runs them."""
    found = sqlglot.parse_one(statements()[name], read="snowflake")

    assert not isinstance(found, exp.Command)


def test_a_candidate_takes_nothing_for_a_null_and_matches_by_name():
    text = sql.copy(NAMES, CANDIDATE)

    for option in ("NULL_IF = ()", "TRIM_SPACE = FALSE", "MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE"):
        assert option in text
    assert "PURGE = TRUE" in text


def test_a_table_is_made_once_and_grows():
    there = [name.upper() for name in COLUMNS]

    assert shape.changes(NAMES, TABLE, [], COLUMNS, {})[0].startswith("CREATE TABLE IF NOT EXISTS")
    assert shape.changes(NAMES, TABLE, there, COLUMNS, {}) == []
    assert shape.changes(NAMES, TABLE, [*there, "GONE"], COLUMNS, {}) == []
    [added] = shape.changes(NAMES, TABLE, there, ["Fresh", *COLUMNS], {})
    assert added.endswith('ADD COLUMN IF NOT EXISTS "FRESH" VARCHAR')


@pytest.mark.parametrize(
    ("there", "brought", "renamed"),
    [
        (["OLD", "ID"], ["New", "ID"], True),
        (["OLD", "NEW", "ID"], ["New", "ID"], False),
        (["OLD", "ID"], ["New", "Old", "ID"], False),
        (["ID"], ["New", "ID"], False),
        (["OLD", "ID"], ["Old", "ID"], False),
    ],
    ids=["declared", "both are there", "both are brought", "never had it", "the old form still comes"],
)
def test_a_column_is_renamed_only_where_nothing_is_lost(there, brought, renamed):
    made = shape.changes(NAMES, TABLE, there, brought, {"New": "Old"})

    assert [text for text in made if "RENAME COLUMN" in text] == (
        [sql.rename_column(NAMES, TABLE, "Old", "New")] if renamed else []
    )
    lacking = any("ADD COLUMN" in text for text in made)
    assert lacking == (not renamed and "New" in brought and "NEW" not in there)
