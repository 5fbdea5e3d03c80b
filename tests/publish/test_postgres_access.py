"""Who sees which rows of a published schema, and how its words are searched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dagster_ingest.errors import PublishError
from dagster_ingest.publish.postgres import PostgresReader
from dagster_ingest.testing.postgres import address, session
from dagster_ingest.testing.stage import sample_rows, stage_partition
from dagster_ingest.testing.stage_search import search_rows

pytestmark = pytest.mark.postgres

APPLICATION = "ingest_test_application"


@pytest.fixture
def application(postgres_dsn: str) -> Iterator[str]:
    """Connection string of a role that owns nothing and may read both tenants' schemas."""
    with session(postgres_dsn) as connection:
        connection.execute(f"drop role if exists {APPLICATION}")
        connection.execute(f"create role {APPLICATION} login")
    yield address(postgres_dsn, APPLICATION)
    with session(postgres_dsn) as connection:
        connection.execute(f"drop owned by {APPLICATION}")
        connection.execute(f"drop role {APPLICATION}")


def published(dsn: str, tenant: str, *, row_security: bool) -> PostgresReader:
    reader = PostgresReader("DSN", environ={"DSN": dsn}, row_security=row_security)
    reader.publish(stage_partition(sample_rows(3, tenant=tenant), tenant=tenant))
    with session(dsn) as connection:
        connection.execute(f"grant usage on schema {tenant} to {APPLICATION}")
        connection.execute(f"grant select on all tables in schema {tenant} to {APPLICATION}")
    return reader


def seen(dsn: str, tenant: str | None, table: str = "service") -> tuple[int, int]:
    """Rows of both tenants that a connection sees after it has named one."""
    with session(dsn) as connection:
        if tenant is not None:
            connection.execute("select set_config('app.tenant', %s, false)", [tenant])
        counts = [
            connection.execute(f"select count(*) from {schema}.{table}").fetchone()
            for schema in ("prairie", "gulf")
        ]
    return counts[0][0], counts[1][0]


@pytest.mark.parametrize("table", ["service", "search_record", "_ingest_publication"])
def test_a_role_sees_the_tenant_that_it_names_and_the_owner_sees_all(postgres_dsn, application, table):
    for tenant in ("prairie", "gulf"):
        published(postgres_dsn, tenant, row_security=True)
    rows = 1 if table == "_ingest_publication" else 3

    assert seen(application, None, table) == (0, 0)
    assert seen(application, "prairie", table) == (rows, 0)
    assert seen(application, "gulf", table) == (0, rows)
    assert seen(application, "nobody", table) == (0, 0)
    assert seen(postgres_dsn, None, table) == (rows, rows)


def test_without_row_security_a_grant_is_enough(postgres_dsn, application):
    for tenant in ("prairie", "gulf"):
        published(postgres_dsn, tenant, row_security=False)

    assert seen(application, None) == (3, 3)


def test_it_is_taken_away_where_it_is_wanted_no_more(postgres_dsn, application):
    for tenant in ("prairie", "gulf"):
        published(postgres_dsn, tenant, row_security=True)
    reader = PostgresReader("DSN", environ={"DSN": postgres_dsn})

    reader.publish(stage_partition(sample_rows(3), version="again"))

    assert seen(application, None) == (3, 0)


def test_a_new_table_is_guarded_too_and_verify_finds_one_that_is_not(postgres_dsn, application):
    reader = published(postgres_dsn, "prairie", row_security=True)
    given = stage_partition({**sample_rows(3), "extra": [{"id": sample_rows(1)["service"][0]["id"]}]})
    reader.publish(given)
    assert reader.verify(given).problems == ()

    with session(postgres_dsn) as connection:
        connection.execute("alter table prairie.extra disable row level security")

    assert reader.verify(given).problems == ("extra is without row-level security",)
    reader.apply(given, bulk=True)
    assert reader.verify(given).problems == ()


def test_a_role_that_may_not_write_stays_so(postgres_dsn, application):
    published(postgres_dsn, "prairie", row_security=True)
    reader = PostgresReader("DSN", db_schema="prairie", environ={"DSN": application})

    with pytest.raises(PublishError):
        reader.publish(stage_partition(sample_rows(2), version="theirs"))


def test_words_are_found_by_their_stem_and_names_come_first(postgres_dsn):
    rows = search_rows(8)
    first, second = rows["search_record"][:2]
    first |= {"display_name": "Housing help", "search_text": "Housing help"}
    second |= {"display_name": "Food pantry", "search_text": "Food pantry. They also know of houses."}
    reader = PostgresReader("DSN", environ={"DSN": postgres_dsn})
    reader.publish(stage_partition(rows))

    asked = (
        "select display_name from prairie.search_record, websearch_to_tsquery('english', %s) as q"
        " where search_vector @@ q order by ts_rank(search_vector, q) desc"
    )
    with session(postgres_dsn) as connection:
        houses = [name for (name,) in connection.execute(asked, ["houses"])]
        both = [name for (name,) in connection.execute(asked, ["pantry -housing"])]
        connection.execute("set enable_seqscan = off")
        way = connection.execute(f"explain {asked}", ["houses"]).fetchall()
    assert houses == ["Housing help", "Food pantry"]
    assert both == []
    assert any("search_record_search_vector_idx" in line for (line,) in way)


def test_words_follow_the_rows(postgres_dsn):
    rows = search_rows(8)
    reader = PostgresReader("DSN", environ={"DSN": postgres_dsn})
    rows["search_record"][0] |= {"display_name": "Canary"}
    reader.publish(stage_partition(rows))
    rows["search_record"][0] |= {"display_name": "Other"}

    done = reader.publish(stage_partition(rows))

    assert done.written == 1
    with session(postgres_dsn) as connection:
        found = "select count(*) from prairie.search_record where search_vector @@ to_tsquery('canary')"
        assert connection.execute(found).fetchone() == (0,)


def test_too_many_deletes_are_refused(postgres_dsn):
    reader = PostgresReader("DSN", environ={"DSN": postgres_dsn}, max_delete_share=0.2)
    reader.publish(stage_partition(sample_rows(6)))

    with pytest.raises(PublishError, match="2 of 6 published services would be deleted"):
        reader.publish(stage_partition(sample_rows(4)))

    with session(postgres_dsn) as connection:
        assert connection.execute("select count(*) from prairie.service").fetchone() == (6,)
