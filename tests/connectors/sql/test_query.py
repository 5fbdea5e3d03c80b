"""The statements as text: values bound, identifiers quoted, and every dialect's own parser agrees."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

from dagster_ingest.connectors.registry import parse_settings
from dagster_ingest.connectors.sql.describe import statement
from dagster_ingest.connectors.sql.dialects import DIALECTS
from dagster_ingest.connectors.sql.query import Query, Statements
from dagster_ingest.connectors.sql.table import Column, Table
from dagster_ingest.errors import SpecError

PARSERS = {"postgres": "postgres", "mysql": "mysql", "sqlserver": "tsql"}
EVIL = 'x"; drop table y; --`]['
TIMES = {"postgres": "timestamptz", "mysql": "datetime", "sqlserver": "datetime2"}


def made(dialect: str, since: str | None = None, **settings) -> Statements:
    columns = (
        Column("tenant", "integer", "int4" if dialect == "postgres" else "int", False),
        Column("id", "text", "text", False),
        Column(EVIL, "text", "text", True),
        Column("at", TIMES[dialect], TIMES[dialect], True),
        Column("rank", "bigint", "int8" if dialect == "postgres" else "bigint", True),
    )
    table = Table("main", EVIL, columns, ("tenant", "id"))
    known = parse_settings("sql", {"dsn": {"secret": "DSN"}, "dialect": dialect, **settings})
    return Statements(DIALECTS[dialect], table, known, since)


def parsed(query: Query, dialect: str) -> exp.Expression:
    (tree,) = sqlglot.parse(query.text.replace(":p", "@p"), dialect=PARSERS[dialect])
    return tree


@pytest.mark.parametrize("dialect", PARSERS)
def test_every_statement_is_one_select_of_one_table(dialect: str):
    ask = made(
        dialect, since="2026-01-01", where={"id": ["a", None], "tenant": 3}, watermark="at", overlap=60
    )
    queries = [ask.rows(), ask.rows(limit=5), ask.page(None, 10), ask.page([7, "b"], 10)]
    queries += [ask.keys(), ask.greatest(), ask.probe(), ask.unsound_keys()]

    for query in queries:
        tree = parsed(query, dialect)
        assert isinstance(tree, exp.Select), query.text
        tables = {table.name for table in tree.find_all(exp.Table)}
        assert tables == {EVIL}, query.text
        assert not list(tree.find_all(exp.Drop, exp.Command))


@pytest.mark.parametrize("dialect", PARSERS)
def test_values_are_never_in_the_text(dialect: str):
    query = made(dialect, since="since-value", where={"id": ["where-one", "where-two"]}, watermark="at").page(
        [41, "after-value"], 10
    )

    assert (
        query.params == ("where-one", "where-two", "since-value", 41, "after-value") or dialect == "sqlserver"
    )
    for value in ("where-one", "since-value", "after-value", "41"):
        assert value not in query.text


@pytest.mark.parametrize("dialect", PARSERS)
def test_pages_follow_the_whole_key(dialect: str):
    """Compared as the database would: rows behind (2, 'b') in a table of two key columns."""
    tree = parsed(made(dialect, columns=["tenant", "id"]).page([2, "b"], 10), dialect)

    text = tree.find(exp.Where).sql(dialect="duckdb")
    for number, value in enumerate((2, "'b'")):
        text = text.replace(f"CAST(CURRENT_SETTING('ingest.p{number}') AS INT)", str(value))
        text = text.replace(f"CAST(CURRENT_SETTING('ingest.p{number}') AS TEXT)", str(value))
        for place in (f"$p{number}", f"@p{number}", f":p{number}"):
            text = text.replace(place, str(value))
    import duckdb

    rows = duckdb.sql(
        "select tenant, id from (values (1,'z'),(2,'a'),(2,'b'),(2,'c'),(3,'a')) t(tenant, id)"
        f" {text} order by all"
    ).fetchall()
    assert rows == [(2, "c"), (3, "a")]


def test_a_cursor_is_inclusive_and_takes_rows_without_a_stamp():
    text = made("mysql", since="2026-01-01", watermark="at").rows().text

    assert "(`at` >= :p0 OR `at` IS NULL)" in text


@pytest.mark.parametrize(
    ("dialect", "column", "text"),
    [
        ("postgres", "at", 'max("at") - make_interval(secs => 60)'),
        ("postgres", "rank", 'max("rank") - 60'),
        ("mysql", "at", "max(`at`) - INTERVAL 60 SECOND"),
        ("sqlserver", "at", "DATEADD(second, -60, CAST(max([at]) AS datetime2))"),
        ("sqlserver", "rank", "max([rank]) - 60"),
    ],
)
def test_the_overlap_is_taken_off(dialect: str, column: str, text: str):
    assert text in made(dialect, watermark=column, overlap=60).greatest().text


@pytest.mark.parametrize("dialect", PARSERS)
def test_the_catalog_is_asked_by_bound_names(dialect: str):
    query = statement(dialect, "main", "things'; --")

    assert query.params == ("main", "things'; --")
    assert "things" not in query.text
    assert parsed(query, dialect)


@pytest.mark.parametrize(
    "name", ['a"b', "a;b", "a`b", "a]b", "a'b", "a\\b", "a:b", "", " a", "a\nb", "{other}", "a(b)"]
)
@pytest.mark.parametrize("setting", ["table", "db_schema", "watermark"])
def test_names_that_could_end_a_name_are_refused(name: str, setting: str):
    with pytest.raises(SpecError, match=setting):
        parse_settings("sql", {"dsn": {"secret": "DSN"}, setting: name})


def test_there_is_no_place_for_statements_and_literals():
    for wrong in ({"query": "select 1"}, {"dsn": "postgresql://u:pw-word@h/d"}, {"where": {"a": []}}):
        with pytest.raises(SpecError) as found:
            parse_settings("sql", {"dsn": {"secret": "DSN"}, **wrong})
        assert "pw-word" not in str(found.value)


@pytest.mark.parametrize("wrong", [{"overlap": 5}, {"probe": True}, {"deletes": "present"}])
def test_what_needs_a_watermark_says_so(wrong: dict):
    with pytest.raises(SpecError, match="needs a `watermark`"):
        parse_settings("sql", {"dsn": {"secret": "DSN"}, **wrong})
