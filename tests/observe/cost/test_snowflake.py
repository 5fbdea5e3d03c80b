"""Cost out of Snowflake's views: the SQL as golden files, and run on the stand-in's history."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlglot

from dagster_ingest.land.tags import as_json
from dagster_ingest.observe.cost.rows import grouped
from dagster_ingest.observe.cost.snowflake import (
    Scope,
    cost_rows,
    cost_sql,
    untagged,
    untagged_sql,
)
from dagster_ingest.redact import forget, remember
from dagster_ingest.testing.snowflake import StandIn, running
from tests.servers import or_skip

GOLDEN = Path(__file__).parent / "golden"
SCOPE = Scope(("INGEST_WH", "OTHER_WH"), ("RESOURCES",))
TODAY = datetime.now(UTC).date()
WINDOW = (TODAY - timedelta(days=1)).isoformat(), (TODAY + timedelta(days=2)).isoformat()


@pytest.mark.parametrize(("name", "sql"), [("cost", cost_sql), ("untagged", untagged_sql)])
def test_the_sql_is_the_one_that_was_reviewed_and_is_snowflakes(name, sql):
    text = sql(SCOPE, "2026-11-01", "2026-12-01")
    path = GOLDEN / f"{name}.sql"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text()
    [tree] = sqlglot.parse(text, dialect="snowflake")
    assert tree is not None
    assert tree.key == "select"
    views = {table.sql("snowflake").split(" AS ")[0] for table in tree.find_all(sqlglot.exp.Table)}
    assert {view for view in views if "." in view} == {
        "snowflake.account_usage.query_history",
        "snowflake.account_usage.query_attribution_history",
    }


def test_names_are_literals_whatever_they_hold():
    text = cost_sql(Scope(("A'); drop table x; --",), ()), "2026-11-01", "2026-12-01")
    assert len(sqlglot.parse(text, dialect="snowflake")) == 1
    assert "'A''); drop table x; --'" in text


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    with or_skip(running()) as found:
        yield found


@pytest.fixture
def account(stand_in):
    """A function that runs a statement under a tag, and gives rows by lower-case names."""
    import snowflake.connector

    opened = []

    def run(sql: str, tag: str = "", **options: str) -> list[dict]:
        parameters = {"QUERY_TAG": tag, "CLIENT_OUT_OF_BAND_TELEMETRY_ENABLED": False}
        connection = snowflake.connector.connect(
            **stand_in.options(session_parameters=parameters, **{"warehouse": "INGEST_WH", **options})
        )
        opened.append(connection)
        with connection.cursor(snowflake.connector.DictCursor) as cursor:
            cursor.execute(sql)
            return [{name.lower(): value for name, value in row.items()} for row in cursor.fetchall()]

    stand_in.forget()
    yield run
    for connection in opened:
        connection.close()


def tag(tenant: str, state: str, table: str) -> str:
    return as_json(tenant=tenant, state=state, layer="raw", table=table)


@pytest.mark.snowflake
def test_statements_are_told_apart_by_their_tags(account):
    for number in range(3):
        account(f"select {number}", tag("gulf", "FL", "wellsky_services"))
    account("select 10", tag("gulf", "AL", "wellsky_services"))
    account("select 11", tag("prairie", "IA", "icarol_resource"))
    account("select 12", tag("gulf", "FL", "wellsky_services"), warehouse="SOMEBODY_ELSES")

    found = cost_rows(lambda sql: account(sql, tag("platform", "", "cost")), SCOPE, *WINDOW)

    counted = {key: int(sums["statements"]) for key, sums in grouped(found, ("asset", "state")).items()}
    assert counted[("gulf/raw/wellsky_services", "FL")] == 3
    assert counted[("gulf/raw/wellsky_services", "AL")] == 1
    assert counted[("prairie/raw/icarol_resource", "IA")] == 1
    assert {row.day for row in found} <= {TODAY.isoformat(), (TODAY + timedelta(days=1)).isoformat()}
    assert all(row.credits >= 0 for row in found)
    assert any(row.bytes_scanned for row in found)


@pytest.mark.snowflake
def test_what_no_tag_claims_is_a_row_of_its_own_with_its_texts(account):
    account("select 'a person at a desk'")
    account("select 'a person at a desk'")
    account("select 'another tool'", '{"app": "other"}')
    account("select 'no json'", "nightly")
    account("select 'ours'", tag("gulf", "FL", "t"))
    remember("s3cretvalue")
    account("select 's3cretvalue'")

    def ask(sql: str) -> list[dict]:
        return account(sql, tag("platform", "", "cost"))

    rows = [row for row in cost_rows(ask, SCOPE, *WINDOW) if not row.tenant]
    texts = {one.text: one for one in untagged(ask, SCOPE, *WINDOW)}
    forget()

    assert sum(row.statements for row in rows) == sum(one.statements for one in texts.values())
    assert texts["select 'a person at a desk'"].statements == 2
    assert {"select 'another tool'", "select 'no json'", "select '***'"} <= set(texts)
    assert "select 'ours'" not in texts
    assert texts["select 'no json'"].user == "TESTER"
