"""IcebergBacking over a SQLite catalog and a folder."""

from __future__ import annotations

import dataclasses
import json

import pyarrow.parquet as pq
import pytest

from dagster_ingest.errors import LandError, Unavailable
from dagster_ingest.land import tags
from dagster_ingest.land.delivery import KEY
from dagster_ingest.land.iceberg import files, staging
from dagster_ingest.naming import SYSTEM_COLUMNS
from dagster_ingest.spec.contract import Column
from tests.land.iceberg.helpers import TABLE, landed, rows, spec, values

AWKWARD = [
    "",
    None,
    " ",
    "trailing  ",
    "two\nlines\r\n",
    "tab\there",
    "00123",
    "1e5",
    "NULL",
    "null",
    "\\N",
    "é ü ß 漢字 👩‍👩‍👧‍👦",
    "quote \" and ' and ,",
    "\x00 nul",
    "true",
    "x" * 10_000_000,
]


def test_nothing_is_there_before_the_first_load(backing):
    assert (backing.versions(), backing.history(TABLE, "FL"), backing.recover()) == ({}, [], [])
    with pytest.raises(LandError, match=f"there is no table raw.{TABLE}"):
        backing.read("raw", TABLE, "FL")


def test_a_part_becomes_its_partition_and_comes_back_as_it_was(backing, opened, parts, tmp_path):
    part = landed(parts, "a", said='{"load_id": "a"}')

    receipt = backing.publish([part])

    assert opened().versions() == {("raw", TABLE, "FL"): part.version}
    assert opened().versions("AL") == {}
    assert values(backing) == ["one of a", "two"]
    backing.fetch(part.version, tmp_path / "back.parquet")
    assert rows(tmp_path / "back.parquet").equals(rows(part.path))
    assert rows(tmp_path / "back.parquet").schema == rows(part.path).schema
    said = [pq.read_metadata(p).metadata[KEY] for p in (tmp_path / "back.parquet", part.path)]
    assert said[0] == said[1]
    assert receipt.details["snapshots"][f"{TABLE} FL"]["load"] == "a"
    assert json.loads(json.dumps(receipt.details)) == receipt.details


def test_a_replaced_partition_leaves_other_states_alone(backing, parts):
    backing.publish([landed(parts, "a"), landed(parts, "b", state="AL")])

    backing.publish([landed(parts, "c", replaces="a", ID=["9"], Name=["new"])])

    assert values(backing) == ["new"]
    assert values(backing, state="AL") == ["one of b", "two"]
    assert values(backing, state=None) == ["new", "one of b", "two"]
    assert {key[2]: v.load_id for key, v in backing.versions().items()} == {"FL": "c", "AL": "b"}


def test_a_load_that_is_there_is_left_alone(backing, parts):
    part = landed(parts, "a")
    backing.publish([part])
    before = backing.tables()[TABLE].metadata_location

    backing.publish([part])

    assert backing.tables()[TABLE].metadata_location == before


@pytest.mark.parametrize("replaces", ["", "z"])
def test_a_part_that_replaces_another_load_is_refused(backing, parts, replaces):
    backing.publish([landed(parts, "a")])

    with pytest.raises(Unavailable, match="the table holds load a"):
        backing.publish([landed(parts, "b", replaces=replaces), landed(parts, "b", table="wellsky_other")])

    assert values(backing) == ["one of a", "two"]
    assert list(backing.versions()) == [("raw", TABLE, "FL")]


def test_every_awkward_value_is_verbatim(backing, parts, tmp_path):
    ids = [str(n) for n in range(len(AWKWARD))]
    part = landed(parts, "a", ID=ids, Name=AWKWARD, Phone=[None] * len(AWKWARD))

    backing.publish([part])

    found = backing.read("raw", TABLE, "FL")
    assert dict(zip(found["ID"].to_pylist(), found["Name"].to_pylist(), strict=True)) == dict(
        zip(ids, AWKWARD, strict=True)
    )
    assert found["Phone"].to_pylist() == [None] * len(AWKWARD)
    assert set(found.column_names) == {"ID", "Name", "Phone", *SYSTEM_COLUMNS}
    backing.fetch(part.version, tmp_path / "back.parquet")
    assert rows(tmp_path / "back.parquet").equals(rows(part.path))


def test_a_partition_without_rows(backing, parts, tmp_path):
    backing.publish([landed(parts, "a")])
    empty = landed(parts, "b", replaces="a", said='{"load_id": "b"}', ID=[], Name=[])

    backing.publish([empty])

    assert values(backing) == []
    backing.fetch(empty.version, tmp_path / "back.parquet")
    assert rows(tmp_path / "back.parquet").equals(rows(empty.path))
    assert pq.read_metadata(tmp_path / "back.parquet").metadata[KEY] == b'{"load_id": "b"}'


def test_columns_come_and_go_by_field_id(backing, opened, parts):
    backing.publish([landed(parts, "a", ID=["1"], Name=["x"], Old=["kept"])])
    backing.publish([landed(parts, "b", state="AL", New=["n"], Name=["y"], ID=["2"])])

    found = backing.read("raw", TABLE, None).select(["ID", "Name", "Old", "New"]).to_pylist()

    assert sorted(found, key=lambda row: row["ID"]) == [
        {"ID": "1", "Name": "x", "Old": "kept", "New": None},
        {"ID": "2", "Name": "y", "Old": None, "New": "n"},
    ]


def test_a_rename_of_the_contract_renames_the_field(backing, opened, parts, tmp_path):
    old = landed(parts, "a", ID=["1"], Name=["x"])
    backing.publish([old])
    renamed = opened(
        spec(Column("ID", "ID", key=True), Column("Title", "Title", was="Name"), version="2.0.0")
    )

    renamed.publish([landed(parts, "b", state="AL", ID=["2"], Title=["y"])])

    assert values(renamed, "Title", None) == ["x", "y"]
    assert "Name" not in renamed.read("raw", TABLE, None).column_names
    renamed.fetch(old.version, tmp_path / "back.parquet")
    assert rows(tmp_path / "back.parquet").equals(rows(old.path))
    # the old load again, as a rollback does: its column is the renamed one
    again = dataclasses.replace(
        old,
        version=dataclasses.replace(old.version, load_id="c"),
        replaces="a",
        path=tmp_path / "back.parquet",
    )
    renamed.publish([again])
    assert values(renamed, "Title", None) == ["x", "y"]


def test_loads_before_the_present_one_can_be_fetched(backing, parts, tmp_path):
    loads = [
        landed(parts, "a"),
        landed(parts, "b", replaces="a", ID=["5"], Name=["five"]),
        landed(parts, "c", replaces="b"),
    ]
    for part in [loads[0], landed(parts, "x", state="AL"), *loads[1:]]:
        backing.publish([part])

    found = backing.history(TABLE, "FL")

    assert found == [part.version for part in reversed(loads)]
    for part in loads:
        backing.fetch(part.version, tmp_path / "back.parquet")
        assert rows(tmp_path / "back.parquet").equals(rows(part.path))
    with pytest.raises(LandError, match="load never is not there any more"):
        backing.fetch(dataclasses.replace(loads[0].version, load_id="never"), tmp_path / "no.parquet")
    assert not (tmp_path / "no.parquet").exists()


def test_tables_and_snapshots_say_whose_they_are(opened, parts):
    backing = opened(tags={"environment": "test"})
    with tags.tagged(tenant="gulf", layer="raw", run_id="r-1"):
        backing.publish([landed(parts, "a")])

    table = backing.tables()[TABLE]
    said = table.properties
    assert {
        name: said[name] for name in ("finops.cost_center", "finops.programme", "finops.environment")
    } == {
        "finops.cost_center": "cc-7",
        "finops.programme": "resources",
        "finops.environment": "test",
    }
    assert said["governance.owners"] == "team:gulf-data,data@gulf.example"
    assert said["governance.cost-center"] == "cc-7"
    assert said["governance.source-system"] == "wellsky"
    assert (said["governance.contract-id"], said["governance.contract-version"]) == ("services", "1.0.0")
    assert said["governance.private-columns"] == "Phone"
    assert said["governance.classification"] == "confidential"
    assert "ingest.partition.FL" in said
    summary = table.current_snapshot().summary.additional_properties
    assert (summary["ingest.load-id"], summary["ingest.rows"], summary["ingest.contract"]) == (
        "a",
        "2",
        "1.0.0 abcdef",
    )
    assert (summary["ingest.tag.run_id"], summary["finops.cost_center"]) == ("r-1", "cc-7")
    assert [f.name for f in table.spec().fields] == ["_state"]
    docs = {field.name: field.doc for field in table.schema().fields}
    assert docs["ID"] == "The record's number [key]"
    assert all(docs[name] for name in SYSTEM_COLUMNS)


def test_a_changed_contract_is_told_with_the_next_load(opened, parts):
    opened().publish([landed(parts, "a")])
    later = opened(spec(Column("ID", "ID", description="Another text"), version="1.1.0"))

    later.publish([landed(parts, "b", replaces="a")])

    table = later.tables()[TABLE]
    assert table.properties["governance.contract-version"] == "1.1.0"
    assert table.schema().find_field("ID").doc == "Another text"


def test_data_that_come_back_otherwise_are_not_published(backing, parts, monkeypatch):
    backing.publish([landed(parts, "a")])
    whole = files.batches

    def lossy(*args, **more):
        for batch in whole(*args, **more):
            yield batch.slice(1)

    monkeypatch.setattr(files, "batches", lossy)
    with pytest.raises(LandError, match="2 rows were handed over and 1 are there"):
        backing.publish([landed(parts, "b", replaces="a")])
    monkeypatch.undo()

    assert backing.versions()["raw", TABLE, "FL"].load_id == "a"
    assert values(backing) == ["one of a", "two"]
    [folder] = (parts.parent / "gulf" / "iceberg" / "gulf" / TABLE / "data").iterdir()
    assert len(list(folder.iterdir())) == 1


def test_a_version_that_counts_other_rows_is_refused(backing, parts):
    part = landed(parts, "a")
    wrong = dataclasses.replace(part, version=dataclasses.replace(part.version, rows=3))

    with pytest.raises(LandError, match="the part has 2 rows and its version says 3"):
        backing.publish([wrong])
    assert backing.versions() == {}


def test_a_commit_that_lost_the_race_is_tried_again(opened, parts, monkeypatch):
    first, second = opened(), opened()
    first.publish([landed(parts, "a")])
    stage, others = staging.stage, [landed(parts, "al", state="AL")]

    def overtaken(job, *args):
        stage(job, *args)
        if others:
            other = others.pop()
            second.publish([other])

    monkeypatch.setattr(staging, "stage", overtaken)
    first.publish([landed(parts, "b", replaces="a", ID=["3"], Name=["three"])])

    assert values(first, state=None) == ["one of al", "three", "two"]


def test_a_race_for_the_same_partition_has_one_winner(opened, parts, monkeypatch):
    first, second = opened(), opened()
    first.publish([landed(parts, "a")])
    stage, others = staging.stage, [landed(parts, "b2", replaces="a", ID=["7"], Name=["winner"])]

    def overtaken(job, *args):
        stage(job, *args)
        if others:
            second.publish([others.pop()])

    monkeypatch.setattr(staging, "stage", overtaken)
    with pytest.raises(Unavailable, match="the table holds load b2"):
        first.publish([landed(parts, "b1", replaces="a")])

    assert values(first) == ["winner"]


def test_two_first_loads_of_a_table_both_arrive(opened, parts, monkeypatch):
    first, second = opened(), opened()
    stage, others = staging.stage, [landed(parts, "al", state="AL")]

    def overtaken(job, *args):
        stage(job, *args)
        if others:
            second.publish([others.pop()])

    monkeypatch.setattr(staging, "stage", overtaken)
    first.publish([landed(parts, "fl")])

    assert {key[2] for key in first.versions()} == {"FL", "AL"}
    assert values(first, state=None) == ["one of al", "one of fl", "two", "two"]


def test_content_versions_see_cells_and_nothing_else(backing, parts):
    backing.publish(
        [landed(parts, "a"), landed(parts, "b", state="AL", ID=["2", "1"], Name=["two", "one of a"])]
    )

    [fl], [al] = ([*backing.content_versions([("raw", TABLE)], s).values()] for s in ("FL", "AL"))

    assert fl == al
    assert fl[1] == 2
    backing.publish([landed(parts, "c", replaces="a", ID=["1", "2"], Name=["one of a", ""])])
    [changed] = backing.content_versions([("raw", TABLE)], "FL").values()
    assert changed != fl
    excluded = [backing.content_versions([("raw", TABLE)], s, ["Name"]) for s in ("FL", "AL")]
    assert excluded[0] == excluded[1]
