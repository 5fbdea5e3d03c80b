"""Several processes at once, and processes that die. Real ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dagster_ingest import faults
from dagster_ingest.errors import Unavailable
from dagster_ingest.land.duckdb import DuckDBLanding
from tests.land import helpers
from tests.land.helpers import committed, files, ids, staged, version

ROOT = Path(__file__).parents[2]


def start(*arguments: object, code: str | None = None, fault: str | None = None) -> subprocess.Popen:
    """A Python process that runs `code`, or helpers.py as a program."""
    what = ["-c", code] if code else [helpers.__file__]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if fault:
        environment[faults.VARIABLE] = fault
    return subprocess.Popen(
        [sys.executable, *what, *map(str, arguments)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_six_processes_lose_nothing(warehouse):
    """Two write one partition in turns, others write other states, tables and tenants."""
    places = [
        ("gulf", "wellsky_services", "FL"),
        ("gulf", "wellsky_services", "FL"),
        ("gulf", "wellsky_services", "AL"),
        ("gulf", "wellsky_location", "FL"),
        ("prairie", "icarol_resource", "IA"),
        ("prairie", "icarol_resource", "NE"),
    ]

    running = [start(warehouse, *place, number * 100, 10) for number, place in enumerate(places)]
    errors = [process.communicate(timeout=120)[1] for process in running]

    assert [process.returncode for process in running] == [0] * 6, errors
    gulf, prairie = DuckDBLanding(warehouse, "gulf"), DuckDBLanding(warehouse, "prairie")
    assert ids(gulf, state="FL") in (["9", "x"], ["109", "x"])
    assert (ids(gulf, state="AL"), ids(gulf, "wellsky_location")) == (["209", "x"], ["309", "x"])
    assert (ids(prairie, "icarol_resource", "IA"), ids(prairie, "icarol_resource", "NE")) == (
        ["409", "x"],
        ["509", "x"],
    )
    assert all(
        len(landing.quarantined(open_only=False)) == len(landing.versions()) for landing in (gulf, prairie)
    )
    assert len([f for f in files(warehouse) if not f.endswith(".parquet")]) == 0


# `land.writing` is no fault point: the process kills itself with rows written and not yet sealed.
KILL_WHILE_WRITING = """
import os, signal, sys
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.land import parts
from tests.land.helpers import staged
parts.GROUP_ROWS = 1
load = staged(DuckDBLanding(sys.argv[1], "gulf"), "killed", ["2", "3"])
load.spool.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""
LOAD = """
import sys
from dagster_ingest.land.duckdb import DuckDBLanding
from tests.land.helpers import committed
committed(DuckDBLanding(sys.argv[1], "gulf"), "killed", ["2", "3"])
"""


@pytest.mark.parametrize(
    ("code", "point", "happened"),
    [
        (KILL_WHILE_WRITING, None, False),
        (LOAD, "land.sealed", False),
        (LOAD, "land.commit", False),
        (LOAD, "land.committed", True),
    ],
    ids=["while writing", "land.sealed", "land.commit", "land.committed"],
)
def test_a_load_killed_anywhere_happened_or_did_not(warehouse, tmp_path, code, point, happened):
    landing, never_killed = DuckDBLanding(warehouse, "gulf"), DuckDBLanding(tmp_path / "other", "gulf")
    for store in (landing, never_killed):
        committed(store, "good", ["1"])

    process = start(warehouse, code=code, fault=point)
    errors = process.communicate(timeout=60)[1]

    assert process.returncode == -signal.SIGKILL, errors
    found = (ids(landing), landing.current("wellsky_services", "FL").load_id)
    assert found == ((["2", "3"], "killed") if happened else (["1"], "good"))
    assert {q.load_id for q in landing.quarantined()} == {"killed" if happened else "good"}

    removed = DuckDBLanding(warehouse, "gulf").recover()
    assert removed
    assert all("killed" in name for name in removed)
    for store in (landing, never_killed):
        committed(store, "next", ["2", "3", "4"])
    assert ids(landing) == ids(never_killed) == ["2", "3", "4"]
    assert [q.row for q in landing.quarantined()] == [q.row for q in never_killed.quarantined()]
    assert landing.recover() == []
    kept = [f for f in files(warehouse) if "killed" in f]
    assert kept == (["gulf/raw/wellsky_services/FL/killed.parquet"] if happened else [])


def test_recovery_leaves_living_loads_of_other_processes_alone(warehouse, landing):
    code = """
import sys
from dagster_ingest.land.duckdb import DuckDBLanding
from tests.land.helpers import staged, version
landing = DuckDBLanding(sys.argv[1], "gulf")
sealed = staged(landing, "sealed", ["1"])
sealed.seal()
writing = staged(landing, "writing", ["2"], state="AL")
writing.spool.flush()
print("ready", flush=True)
sys.stdin.readline()
writing.seal()
for load in (sealed, writing):
    load.commit(version(load))
"""
    process = start(warehouse, code=code)
    assert process.stdout.readline() == "ready\n", process.communicate()[1]

    removed = landing.recover()
    _, errors = process.communicate("go\n", timeout=60)

    assert (removed, process.returncode) == ([], 0), errors
    assert (ids(landing), ids(landing, state="AL")) == (["1"], ["2"])
    assert len(landing.quarantined()) == 2


def test_a_lock_that_is_not_let_go_is_named(warehouse):
    committed(DuckDBLanding(warehouse, "gulf"), "a", ["1"])
    code = """
import sys
from dagster_ingest.land.duckdb import DuckDBLanding
with DuckDBLanding(sys.argv[1], "gulf").exclusive():
    print("held", flush=True)
    sys.stdin.readline()
"""
    process = start(warehouse, code=code)
    assert process.stdout.readline() == "held\n", process.communicate()[1]
    impatient = DuckDBLanding(warehouse, "gulf", timeout=0.05)

    with pytest.raises(Unavailable, match=f"locked by process {process.pid}"):
        impatient.versions()
    load = staged(impatient, "b", ["2"])
    load.seal()
    with pytest.raises(Unavailable):
        load.commit(version(load))
    process.communicate("go\n", timeout=60)

    load.commit(version(load))
    assert ids(impatient) == ["2"]
