"""Enhanced partitions: written in one step with their version, by state, whatever holds the other layers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from dagster_ingest import faults
from dagster_ingest.errors import LandError
from dagster_ingest.land.base import PartitionVersion
from dagster_ingest.land.duckdb import DuckDBLanding

ROOT = Path(__file__).parents[2]
VOLATILE = ("from_cache",)
KILLED = """
import sys
from dagster_ingest.land.duckdb import DuckDBLanding
from tests.land.test_enhanced import write
write(DuckDBLanding(sys.argv[1], "gulf"), "new", "FL", ["3"])
"""


def write(
    landing: DuckDBLanding, load: str, state: str, ids: list[str], **columns: object
) -> PartitionVersion:
    frame = pl.DataFrame({"id": ids, "latitude": [27.5] * len(ids), "from_cache": [False] * len(ids)})
    frame = frame.with_columns(**{name: pl.lit(value) for name, value in columns.items()})
    version = PartitionVersion(
        "enhanced", "location", state, load, "", f"inputs of {load}", 0, 0, "2026-03-10"
    )
    return landing.enhance(frame.to_arrow(), version, volatile=VOLATILE)


def ids(landing: DuckDBLanding, state: str | None) -> list[str]:
    return sorted(landing.read("enhanced", "location", state)["id"].to_pylist())


def version(landing: DuckDBLanding, state: str) -> PartitionVersion:
    [found] = [v for v in landing.versions(state) if v.layer == "enhanced"]
    return found


def test_a_partition_is_replaced_and_others_stand(landing):
    write(landing, "one", "FL", ["1", "2"])
    write(landing, "two", "AL", ["9"])
    made = write(landing, "three", "FL", ["3"])

    assert (ids(landing, "FL"), ids(landing, "AL"), ids(landing, None)) == (["3"], ["9"], ["3", "9"])
    assert version(landing, "FL") == made
    assert (made.rows, made.load_id, made.inputs) == (1, "three", "inputs of three")


def test_no_rows_are_a_partition_too(landing):
    write(landing, "one", "FL", ["1"])

    assert write(landing, "two", "FL", []).rows == 0
    assert ids(landing, "FL") == []


def test_the_version_tells_the_rows_and_not_what_changes_from_run_to_run(landing):
    one = write(landing, "one", "FL", ["1", "2"])
    cached = write(landing, "two", "FL", ["2", "1"], from_cache=True)
    other = write(landing, "three", "FL", ["1", "2"], latitude=28.0)

    assert cached.data_version == one.data_version
    assert other.data_version != one.data_version


def test_a_later_column_is_added(landing):
    write(landing, "one", "AL", ["1"])
    write(landing, "two", "FL", ["2"], note="rooftop")

    rows = pl.DataFrame(pl.from_arrow(landing.read("enhanced", "location", None))).sort("id").to_dicts()

    assert [row["note"] for row in rows] == [None, "rooftop"]


def test_partitions_that_are_dropped_are_gone_and_others_stand(warehouse, landing):
    write(landing, "one", "FL", ["1"])
    kept = write(landing, "two", "AL", ["2"])

    gone = landing.drop_enhanced("FL", keep=()), landing.drop_enhanced("FL", keep=())
    none = landing.drop_enhanced("AL", keep=("location",))

    assert (gone, none) == ((["location"], []), [])
    assert ids(landing, None) == ["2"]
    assert DuckDBLanding(warehouse, "gulf").versions() == [kept]
    assert write(landing, "three", "FL", ["3"]).rows == 1


def test_what_was_never_made_is_told(landing):
    with pytest.raises(LandError, match=r"enhanced\.location"):
        landing.read("enhanced", "location", "FL")


@pytest.mark.parametrize(
    ("point", "happened"), [("land.enhanced.commit", False), ("land.enhanced.committed", True)]
)
def test_killed_anywhere_it_is_the_old_one_or_the_new_one(warehouse, landing, point, happened):
    old = write(landing, "old", "FL", ["1", "2"])
    environment = {**os.environ, "PYTHONPATH": str(ROOT), faults.VARIABLE: point}

    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(warehouse)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert ids(landing, "FL") == (["3"] if happened else ["1", "2"])
    assert version(landing, "FL").load_id == ("new" if happened else "old")
    assert (version(landing, "FL") == old) != happened
    assert write(landing, "after", "FL", ["4"]).rows == 1
