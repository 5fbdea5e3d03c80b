"""Large tables are vacuumed once they are shown: the planner knows them, and nothing depends on it."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from dagster_ingest import faults
from dagster_ingest.publish.postgres import PostgresReader, publishing
from dagster_ingest.testing.postgres import session
from dagster_ingest.testing.stage import sample_rows, stage_partition

pytestmark = pytest.mark.postgres

_KNOWN = """select c.relname, c.reltuples::int from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'prairie' and c.relkind = 'r' and c.reltuples >= 0 and c.relallvisible > 0"""


@pytest.fixture
def reader(postgres_dsn: str, monkeypatch: pytest.MonkeyPatch) -> PostgresReader:
    monkeypatch.setattr(publishing, "_MANY", 20)
    return PostgresReader("DSN", environ={"DSN": postgres_dsn})


@pytest.fixture
def known(postgres_dsn: str) -> Callable[[], dict[str, int]]:
    """Rows by table, of those that the server has seen whole."""

    def ask() -> dict[str, int]:
        with session(postgres_dsn) as connection:
            return dict(connection.execute(_KNOWN).fetchall())

    return ask


def test_tables_of_many_rows_are_known_to_the_planner(reader, known) -> None:
    few = reader.publish(stage_partition(sample_rows(19)))
    assert not {name for name, rows in few.rows.items() if rows < 20} & known().keys()

    done = reader.apply(stage_partition(sample_rows(30)), bulk=True)

    assert known() == {name: rows for name, rows in done.rows.items() if rows >= 20}


def test_a_server_that_goes_away_then_has_published(reader, postgres_dsn, known, monkeypatch, caplog) -> None:
    def cut(point: str) -> None:
        if point == "publish.shown":
            with session(postgres_dsn) as other:
                other.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
                    " and datname = current_database()"
                )

    monkeypatch.setattr(faults, "reach", cut)
    with caplog.at_level(logging.WARNING, "dagster_ingest"):
        done = reader.publish(stage_partition(sample_rows(30), version="good"))

    assert done.changed
    assert reader.published("prairie", "IA") == "good"
    assert known() == {}
    assert "is published, but was not vacuumed: " in caplog.text
