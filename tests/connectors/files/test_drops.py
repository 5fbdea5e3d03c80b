"""Which file is the delivery, and which must not be read."""

from __future__ import annotations

import os

import pytest

from dagster_ingest.errors import DataError, NothingDelivered, SpecError

CSV = "ID,NAME\n1,a\n"


def test_dated_drops_are_normal_and_the_newest_is_read(drops):
    drops.put("resource_2026-11-01.csv", CSV, mtime=2_000_000_000)
    drops.put("resource_2026-11-02.csv", "ID,NAME\n2,b\n", mtime=1_000_000_000)
    found = drops.read(pattern="resource*.csv")
    assert found.rows == [("2", "b")]
    assert found.uris == ["acme/resource_2026-11-02.csv"]


def test_newest_by_mtime(drops):
    drops.put("a.csv", CSV, mtime=1_000_000_000)
    drops.put("b.csv", "ID,NAME\n2,b\n", mtime=1_000_000_001)
    assert drops.read(newest_by="mtime").rows == [("2", "b")]


def test_equal_mtimes_are_no_choice(drops):
    drops.put("a.csv", CSV, mtime=1_000_000_000)
    drops.put("b.csv", CSV, mtime=1_000_000_000)
    with pytest.raises(DataError, match=r"2 files claim IA: acme/a\.csv, acme/b\.csv"):
        drops.read(newest_by="mtime")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("resource.csv", "resource_copy.csv"),
        ("resource.csv", "resource_2026-11-02_full.csv"),
        ("resource_2026-11-02.csv", "resource-20261102.csv"),
        ("resource_2026-11-02.csv", "resource_north_2026-11-01.csv"),
        ("resource.csv", "resource.csv.gz"),
    ],
)
def test_two_files_that_claim_one_state_are_both_named(drops, one, two):
    drops.put(one, CSV)
    drops.put_gzip(two, CSV.encode()) if two.endswith(".gz") else drops.put(two, CSV)
    with pytest.raises(DataError) as caught:
        drops.read(pattern="resource*.csv")
    assert caught.value.rule == "file|one_claim"
    told = str(caught.value)
    assert "2 files claim IA" in told
    assert f"acme/{one}" in told
    assert f"acme/{two}" in told
    assert "nothing was read; the last good partition stands" in told


def test_all_drops_are_read_newest_first(drops):
    drops.put("r_2026-11-01.csv", "ID,NAME\n1,a\n")
    drops.put("r_2026-11-02.csv", "ID,NAME,URL\n2,b,c\n")
    found = drops.read(pick="all")
    assert found.uris == ["acme/r_2026-11-02.csv", "acme/r_2026-11-01.csv"]
    assert found.columns == ["ID", "NAME", "URL"]
    assert found.rows == [("2", "b", "c"), ("1", "a")]


def test_names_match_without_regard_to_case(drops):
    drops.put("RESOURCE.CSV", CSV)
    assert drops.read(pattern="*resource*.csv").rows == [("1", "a")]


def test_a_pattern_may_name_subfolders(drops):
    drops.put("ia/2026-11-01/r.csv", CSV)
    drops.put("ia/2026-11-02/r.csv", "ID,NAME\n2,b\n")
    assert drops.read(path="ia", pattern="2026-*/r.csv").uris == ["acme/ia/2026-11-02/r.csv"]


def test_hidden_and_unfinished_names_are_left_alone(drops):
    drops.put(".r.csv", CSV)
    drops.put("r.csv.part", CSV)
    drops.put("r.csv", "ID,NAME\n2,b\n")
    assert drops.read().rows == [("2", "b")]


def test_nothing_delivered_tells_what_is_there(drops):
    drops.put("other.txt", "x")
    with pytest.raises(NothingDelivered) as caught:
        drops.read(pattern="*services*.csv")
    assert caught.value.rule == "file|delivered"
    assert "no file matches '*services*.csv'" in str(caught.value)
    assert "there is: other.txt" in str(caught.value)


def test_a_missing_folder_is_nothing_delivered(drops):
    with pytest.raises(NothingDelivered, match="no file matches"):
        drops.read(path="tx")


@pytest.mark.parametrize("path", ["..", "/etc", "ia/../../other"])
def test_a_path_that_leaves_is_refused_at_the_read_too(drops, path):
    with pytest.raises(SpecError, match="leaves the drop folder"):
        drops.read(path=path)


def test_a_link_to_a_file_outside_is_refused(drops, tmp_path):
    (tmp_path / "secret.csv").write_text(CSV)
    os.symlink(tmp_path / "secret.csv", drops.folder / "r.csv")
    with pytest.raises(DataError) as caught:
        drops.read()
    assert caught.value.rule == "file|path"
    assert "'r.csv' leads out of the drop folder" in str(caught.value)


def test_a_link_to_a_folder_outside_is_refused(drops, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "r.csv").write_text(CSV)
    os.symlink(tmp_path / "other", drops.folder / "ia")
    with pytest.raises(DataError, match="leads out of the drop folder"):
        drops.read(path="ia")


def test_a_link_inside_is_taken(drops):
    target = drops.put("store/r.csv", CSV)
    os.symlink(target, drops.folder / "r.csv")
    assert drops.read().rows == [("1", "a")]


def test_uris_hold_no_machine_path(drops, tmp_path):
    drops.put("r.csv", CSV)
    assert str(tmp_path) not in "".join(drops.read().uris)
