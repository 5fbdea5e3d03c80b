from __future__ import annotations

import time

import pytest

from dagster_ingest.errors import NothingDelivered

CSV = "id,name\n1,a\n"
OLD = int(time.time()) - 7200


@pytest.mark.parametrize("ending", [".part", ".filepart", ".tmp", ".PARTIAL", ".crdownload"])
def test_a_name_of_an_upload_under_way_is_no_drop(drops, ending):
    drops.put("resource.csv", CSV)
    drops.put(f"resource.csv{ending}", "id,na")

    assert drops.read(pattern="resource*").rows == [("1", "a")]


def test_a_file_that_just_changed_is_left_for_later(drops):
    drops.put("resource_2026-11-01.csv", CSV, mtime=OLD)
    drops.put("resource_2026-11-02.csv", "id,name\n9,half")

    assert drops.read(min_age="10m").rows == [("1", "a")]


def test_a_file_that_is_held_back_is_named_with_the_reason(drops):
    drops.put("resource.csv", CSV)

    with pytest.raises(NothingDelivered, match=r"resource.csv \(changed \d+ s ago; min_age is 600 s\)"):
        drops.read(min_age="10m")


@pytest.mark.parametrize(
    ("name", "marker"),
    [
        ("resource.csv.done", "*.done"),
        ("resource.done", "*.done"),
        ("RESOURCE.OK", "*.ok"),
        ("ready_resource.csv", "ready_*"),
        ("_SUCCESS", "_SUCCESS"),
    ],
)
def test_a_marker_releases_a_drop(drops, name, marker):
    drops.put("resource.csv", CSV)
    with pytest.raises(NothingDelivered, match="not released"):
        drops.read(pattern="*resource*", marker=marker)

    drops.put(name, "")

    assert drops.read(pattern="*resource*", marker=marker).rows == [("1", "a")]


def test_a_packed_drop_is_released_by_its_plain_name(drops):
    drops.put_gzip("resource.csv.gz", CSV.encode())
    drops.put("resource.done", "")

    assert drops.read(pattern="resource.csv", marker="*.done").rows == [("1", "a")]


def test_a_marker_older_than_its_drop_is_that_of_the_one_before(drops):
    drops.put("resource.done", "", mtime=OLD)
    drops.put("resource.csv", CSV)

    with pytest.raises(NothingDelivered, match="not released"):
        drops.read(marker="*.done")
