"""Kill -9 while publishing: the store shows the last good publication, and the next run mends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from dagster_ingest import faults
from dagster_ingest.publish.postgres import PostgresReader
from dagster_ingest.testing.postgres import dump_bytes, session
from dagster_ingest.testing.stage import sample_rows, stage_partition

pytestmark = pytest.mark.postgres

PUBLISH = """
import sys
from dagster_ingest.publish.postgres import PostgresReader
from dagster_ingest.testing.stage import sample_rows, stage_partition
mode, services, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rows = sample_rows(services, seed=seed)
PostgresReader("DSN", db_schema="killed", mode=mode).publish(stage_partition(rows))
"""


def publish_and_die(dsn: str, mode: str, services: int, seed: int, point: str) -> None:
    environ = {**os.environ, "DSN": dsn, faults.VARIABLE: point}
    arguments = [sys.executable, "-c", PUBLISH, mode, str(services), str(seed)]
    done = subprocess.run(arguments, env=environ, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


def shown(dsn: str, schema: str) -> list[bytes]:
    """Every row of the HSDS and search tables, in an order of their own."""
    return sorted(dump_bytes(dsn, schema).partition(b"-- accessibility")[2].splitlines())


@pytest.mark.parametrize("mode", ["incremental", "bulk"])
@pytest.mark.parametrize("point", ["publish.copied", "publish.commit"])
def test_a_killed_update_leaves_the_last_good_rows(postgres_dsn: str, mode: str, point: str) -> None:
    killed = PostgresReader("DSN", db_schema="killed", mode=mode, environ={"DSN": postgres_dsn})
    spared = PostgresReader("DSN", db_schema="spared", mode=mode, environ={"DSN": postgres_dsn})
    good, new = stage_partition(sample_rows(30)), stage_partition(sample_rows(25, seed=2))
    for reader in (killed, spared):
        reader.publish(good)

    publish_and_die(postgres_dsn, mode, 25, 2, point)

    assert killed.published("prairie", "IA") == good.version
    assert shown(postgres_dsn, "killed") == shown(postgres_dsn, "spared")

    done, never_killed = killed.publish(new), spared.publish(new)

    assert (done.written, done.deleted) == (never_killed.written, never_killed.deleted)
    assert shown(postgres_dsn, "killed") == shown(postgres_dsn, "spared")


def test_a_killed_first_publish_leaves_no_row_and_no_lock(postgres_dsn: str) -> None:
    publish_and_die(postgres_dsn, "incremental", 30, 1, "publish.commit")

    reader = PostgresReader("DSN", db_schema="killed", environ={"DSN": postgres_dsn}, lock_seconds=10)
    assert reader.published("prairie", "IA") is None
    with session(postgres_dsn) as connection:
        assert connection.execute("select count(*) from killed.service").fetchone() == (0,)

    done = reader.publish(stage_partition(sample_rows(30)))
    assert done.rows["service"] == 30
