"""Publishes that are killed anywhere, in processes of their own: they happened or did not, table by table
without branches, all at once with Nessie; what they left is cleared up, and the next one is as if
nothing had been."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dagster_ingest import faults
from dagster_ingest.testing import nessie
from tests.land.iceberg import helpers
from tests.land.iceberg.helpers import TABLE, landed, values

OTHER = "wellsky_location"


def killed(backing, secrets, parts, point: str) -> None:
    """A process that publishes load `b` of two tables onto load `a`, and dies at `point`."""
    process = subprocess.run(
        [
            sys.executable,
            helpers.__file__,
            backing.target.model_dump_json(),
            json.dumps(secrets),
            str(backing.journals.parents[1]),
            str(parts),
            "b",
            "a",
        ],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), faults.VARIABLE: point},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert process.returncode == -signal.SIGKILL, process.stderr


def held(backing) -> dict[str, str]:
    return {table: version.load_id for (_, table, _), version in backing.versions().items()}


def data_files(backing) -> int:
    return len(list(backing.journals.parents[1].glob("iceberg/gulf/*/data/*/*.parquet")))


@pytest.mark.parametrize(
    ("point", "arrived"),
    [
        ("backing.staged", []),
        ("backing.staged:2", []),
        ("backing.loaded:2", []),
        ("backing.audited", []),
        ("backing.swap", []),
        ("backing.published", [TABLE]),
        ("backing.swap:2", [TABLE]),
        ("backing.published:2", [TABLE, OTHER]),
    ],
)
def test_killed_without_branches(opened, parts, point, arrived):
    backing = opened()
    backing.publish([landed(parts, "a"), landed(parts, "a", table=OTHER)])

    killed(backing, {}, parts, point)

    after = opened()
    assert held(after) == {table: "b" if table in arrived else "a" for table in (TABLE, OTHER)}
    removed = after.recover()
    assert all("/data/_state=FL/" in name for name in removed)
    assert data_files(after) == 2 + len(arrived)
    assert (after.recover(), list(after.journals.iterdir())) == ([], [])
    again = [landed(parts / "again", "b", replaces="a", table=table) for table in (TABLE, OTHER)]
    after.publish([part for part in again if part.version.table not in arrived])
    assert held(after) == {TABLE: "b", OTHER: "b"}
    assert values(after) == ["one of b", "two"]
    assert [v.load_id for v in after.history(OTHER, "FL")] == ["b", "a"]


@pytest.mark.nessie
@pytest.mark.parametrize(
    ("point", "load"),
    [("backing.staged", "a"), ("backing.audited", "a"), ("backing.swap", "a"), ("backing.published", "b")],
)
def test_killed_on_a_branch(opened, bucket, nessie_server, parts, request, point, load):
    settings = nessie.target(nessie_server, bucket.endpoint)
    backing = opened(secrets=nessie.secrets(), **{k: v for k, v in settings.items() if k != "type"})
    request.addfinalizer(lambda: emptied(backing))
    backing.publish([landed(parts, "a"), landed(parts, "a", table=OTHER)])

    killed(backing, nessie.secrets(), parts, point)

    after = opened(secrets=nessie.secrets(), **{k: v for k, v in settings.items() if k != "type"})
    assert held(after) == {TABLE: load, OTHER: load}
    [branch] = after.catalogs.nessie.branches("load/gulf/")
    removed = after.recover()
    assert f"branch {branch}" in removed
    assert after.catalogs.nessie.branches("load/") == {}
    if load == "a":
        assert len(removed) > 1
        again = [landed(parts / "again", "b", replaces="a", table=table) for table in (TABLE, OTHER)]
        after.publish(again)
    assert (held(after), values(after)) == ({TABLE: "b", OTHER: "b"}, ["one of b", "two"])


def emptied(backing) -> None:
    catalog = backing.catalogs.main()
    for name in catalog.list_tables("gulf"):
        catalog.drop_table(name)
    catalog.drop_namespace("gulf")
