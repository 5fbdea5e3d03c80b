"""A load's materialization names the commit that made it visible in a warehouse outside."""

from __future__ import annotations

from dagster_ingest.assets.metadata import published_metadata
from dagster_ingest.land.backing import Receipt


def test_branch_commit_and_the_loads_own_snapshot_are_told():
    snapshots = {
        "wellsky_services FL": {"load": "load-1", "snapshot": 9007199254740993},
        "wellsky_location FL": {"load": "load-2", "snapshot": 2},
    }
    receipt = Receipt(details={"branch": "main", "commit": "abc", "snapshots": snapshots, "seconds": 1.5})

    told = published_metadata(receipt, "load-1")

    assert told["published_as"].value == {"branch": "main", "commit": "abc", "snapshot": "9007199254740993"}


def test_the_tenants_own_file_names_nothing():
    assert published_metadata(None, "load-1") == {}
    assert published_metadata(Receipt(), "load-1") == {}
