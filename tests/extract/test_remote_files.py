"""Drops that lie elsewhere, through a whole load: the same partition, unchanged by what breaks off."""

from __future__ import annotations

import json

import pytest

from dagster_ingest.connectors.files import remote
from dagster_ingest.errors import AccessDenied, Unavailable
from dagster_ingest.extract.around import Around
from dagster_ingest.testing import places

FIRST = "ID,NAME,NOTE\n1,Pantry,\n2,Shelter,warm\n"
SECOND = "ID,NAME,NOTE\n1,Pantry,\n2,Shelter,cold\n3,Clinic,\n"


@pytest.fixture
def place(tmp_path, monkeypatch):
    from dagster_ingest.testing.places.sftp import SftpFolder

    monkeypatch.setattr(remote, "WAITS", ())
    with SftpFolder(tmp_path / "sftp") as folder:
        yield folder


@pytest.fixture
def feed(world, make, place):
    """A world whose one table is fetched by SFTP, and a function that loads it."""
    settings = place.settings(path="/out/{state}")
    world.table("services", make.contract("ID", "NAME", "NOTE"), **settings)
    around = Around(world.folder / "work", {"SFTP_PASSWORD": places.SFTP_PASSWORD}.__getitem__)
    world.fetch = lambda: world.load(around=around)
    return world


def test_the_partition_is_that_of_a_local_drop(feed, make, place):
    place.put("out/ia/services.csv", FIRST.encode())
    fetched = feed.fetch()

    feed.put("ia/services.csv", FIRST)
    feed.table("services", make.contract("ID", "NAME", "NOTE"), path="{state}")
    local = feed.load()

    assert fetched.outcome == "committed"
    assert fetched.version.data_version == local.version.data_version
    assert feed.rows() == [("1", "Pantry"), ("2", "Shelter")]


def test_an_unchanged_file_is_not_fetched_again_and_a_changed_one_is(feed, place):
    place.put("out/ia/services.csv", FIRST.encode(), mtime=1_700_000_000)
    feed.fetch()
    reads = place.reads
    unchanged = feed.fetch()
    assert (unchanged.outcome, place.reads) == ("unchanged", reads)

    place.put("out/ia/services.csv", SECOND.encode(), mtime=1_700_000_100)
    changed = feed.fetch()

    assert changed.outcome == "committed"
    assert len(feed.rows()) == 3


def test_what_breaks_off_or_is_refused_changes_nothing(feed, place):
    place.put("out/ia/services.csv", FIRST.encode(), mtime=1_700_000_000)
    feed.fetch()
    place.put("out/ia/services.csv", SECOND.encode(), mtime=1_700_000_100)

    place.cut_after = 20
    with pytest.raises(Unavailable):
        feed.fetch()
    place.cut_after, place.before_read = None, _refuse
    with pytest.raises(AccessDenied):
        feed.fetch()
    assert len(feed.rows()) == 2

    place.before_read = lambda path: None
    assert feed.fetch().outcome == "committed"
    assert len(feed.rows()) == 3


def test_what_was_fetched_is_gone_after_the_load(feed, place):
    place.put("out/ia/services.csv", FIRST.encode())

    feed.fetch()

    assert [p.name for p in (feed.folder / "work").rglob("*") if p.is_file() and p.suffix != ".lock"] == []


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("services.json", '[{"ID": "1", "NAME": "Pantry"', "file|truncated"),
        ("services.jsonl", '{"ID": "1", "NAME": "Pantry"}\n{"ID":', "file|truncated"),
        ("services.json", '{"items": 1}', "file|readable"),
        ("services.parquet", "PAR1 and no more", "file|truncated"),
        ("services.xlsx", "ID,NAME,NOTE\n1,Pantry,\n", "file|readable"),
    ],
)
def test_a_file_that_is_damaged_blocks_and_changes_nothing(world, make, name, content, rule):
    world.put("ia/services.csv", FIRST)
    world.load()
    world.put(f"ia/{name}", content)
    world.table("services", make.contract("ID", "NAME", "NOTE"), path="{state}", pattern=name)

    result = world.load()

    assert result.outcome == "blocked"
    assert result.error.rule == rule
    assert world.rows() == [("1", "Pantry"), ("2", "Shelter")]


def test_records_of_json_land_as_rows_do(world, make):
    world.put("ia/services.csv", FIRST)
    local = world.load()
    records = [{"ID": "1", "NAME": "Pantry", "NOTE": ""}, {"ID": "2", "NAME": "Shelter", "NOTE": "warm"}]
    world.put("ia/services.json", json.dumps({"data": records}))
    of = make.contract("ID", "NAME", "NOTE")
    world.table("services", of, path="{state}", pattern="*.json", records="data")

    assert world.load().version.data_version == local.version.data_version


def _refuse(path) -> None:
    raise PermissionError(13, "Permission denied")
