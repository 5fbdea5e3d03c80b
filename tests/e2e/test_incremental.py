"""A small change of a large source costs the incremental reader a small write."""

from __future__ import annotations

import pytest

from dagster_ingest.assets.history import last_materialized
from dagster_ingest.assets.instance import open_instance
from dagster_ingest.assets.keys import asset_key
from dagster_ingest.publish.postgres.driver import sql
from dagster_ingest.publish.postgres.schema import catalogue
from dagster_ingest.testing import postgres, sample
from tests.e2e.conftest import DSN

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

TENANT, STATE = "capital", "DC"
ROWS = 2_000


def test_one_percent_of_changed_rows_rewrites_only_what_changed(world, postgres_dsn, monkeypatch):
    monkeypatch.setenv(DSN, postgres_dsn)
    world.also_to_postgres(TENANT)

    world.deliver(1, TENANT, rows=ROWS)
    first = run(world)
    before = contents(postgres_dsn)
    assert first["rows_written"] == len(before) > ROWS

    again = world.write(TENANT, STATE)
    assert again.success
    assert again.materialized == ()
    assert world.publish(TENANT, STATE).run_id is None

    sample.update(world.settings.drops, [TENANT], share=0.01, rows=ROWS)
    second = run(world)
    after = contents(postgres_dsn)
    written = {row for row, transaction in after.items() if transaction not in before.values()}
    assert second["rows_written"] == len(written)
    assert 0 < len(written) + second["rows_deleted"] < 0.05 * len(before)
    assert len(after) == sum(second["rows"].values())
    assert written >= after.keys() - before.keys()

    sample.update(world.settings.drops, [TENANT], share=0.01, rows=ROWS, after=2)  # the same, a day later
    same = world.write(TENANT, STATE)
    assert same.success
    assert [name for name in same.materialized if not name.startswith("raw/")] == []
    assert world.publish(TENANT, STATE).run_id is None
    assert contents(postgres_dsn) == after


def run(world) -> dict:
    """Load and publish; what the event log keeps of the publication."""
    written, published = world.write(TENANT, STATE), world.publish(TENANT, STATE)
    assert written.success, written
    assert "published/postgres" in published.materialized, published
    with open_instance(world.settings) as instance:
        event = last_materialized(instance, asset_key(TENANT, "published", "postgres"), STATE)
    return event.metadata


def contents(dsn: str) -> dict[tuple[str, str], str]:
    """(table, row as text) of all that the tenant's schema shows: the transaction that wrote the row."""
    with postgres.session(dsn) as connection:
        return {
            (table, text): transaction
            for table in catalogue(connection, TENANT).ours
            for text, transaction in connection.execute(
                sql.SQL("select t::text, t.xmin::text from {} t").format(sql.Identifier(TENANT, table))
            ).fetchall()
        }
