"""The same promises over every catalog: SQLite, PostgreSQL, REST, Nessie; a folder or S3 under them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from pyiceberg.exceptions import CommitStateUnknownException

from dagster_ingest.errors import LandError, Unavailable
from dagster_ingest.land.iceberg import files, staging
from dagster_ingest.land.iceberg.nessie import Nessie
from tests.land.iceberg.helpers import TABLE, landed, rows, spec, values

OTHER = "wellsky_location"


def test_parts_of_several_tables_are_published_and_fetched(warehouse, parts, tmp_path):
    backing = warehouse()
    first = [landed(parts, "a"), landed(parts, "a", table=OTHER)]
    second = [
        landed(parts, "b", replaces="a", ID=["1"], Name=["é\n👩‍👧 "], New=[""]),
        landed(parts, "b", state="AL"),
    ]

    receipts = [backing.publish(first), backing.publish(second), backing.publish(second)]

    assert warehouse().versions() == {
        ("raw", TABLE, "FL"): second[0].version,
        ("raw", TABLE, "AL"): second[1].version,
        ("raw", OTHER, "FL"): first[1].version,
    }
    assert backing.history(TABLE, "FL") == [second[0].version, first[0].version]
    for number, part in enumerate([*first, *second]):
        backing.fetch(part.version, tmp_path / f"{number}.parquet")
        assert rows(tmp_path / f"{number}.parquet").equals(rows(part.path))
    assert values(backing) == ["é\n👩‍👧 "]
    assert backing.recover() == []
    assert [len(r.details["snapshots"]) for r in receipts] == [2, 2, 0]
    if backing.target.catalog.type == "nessie":
        assert len({r.details.get("commit") for r in receipts[:2]}) == 2
        assert backing.catalogs.nessie.branches("load/") == {}


def test_a_part_that_may_not_replace_takes_the_others_with_it(warehouse, parts):
    backing = warehouse()
    backing.publish([landed(parts, "a")])

    with pytest.raises(Unavailable, match="the table holds load a"):
        backing.publish([landed(parts, "b", table=OTHER), landed(parts, "b", replaces="z")])

    assert [v.load_id for v in backing.versions().values()] == ["a"]
    assert backing.history(OTHER, "FL") == []


def test_data_that_come_back_otherwise_take_the_others_with_them(warehouse, parts, monkeypatch):
    backing = warehouse()
    whole = files.batches

    def altered(metadata, io, tasks, ids, state):
        for batch in whole(metadata, io, tasks, ids, state):
            yield batch.slice(1) if OTHER in metadata.location else batch

    monkeypatch.setattr(files, "batches", altered)
    with pytest.raises(LandError, match="2 rows were handed over and 1 are there"):
        backing.publish([landed(parts, "a"), landed(parts, "a", table=OTHER)])
    monkeypatch.undo()

    assert backing.versions() == {}
    backing.publish([landed(parts, "a"), landed(parts, "a", table=OTHER)])
    assert len(backing.versions()) == 2


def test_four_writers_of_one_table_lose_nothing(warehouse, parts):
    states = ["FL", "AL", "GA", "TX"]
    warehouse().publish([landed(parts, "0", state="IA")])

    def write(state):
        backing, before = warehouse(), ""
        for number in range(3):
            load = f"{state}-{number}"
            backing.publish([landed(parts, load, state=state, replaces=before, ID=["1"], Name=[load])])
            before = load

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, states))

    backing = warehouse()
    assert {k[2]: v.load_id for k, v in backing.versions().items()} == {
        "IA": "0",
        **{state: f"{state}-2" for state in states},
    }
    assert values(backing, state=None) == sorted(["one of 0", "two", *[f"{s}-2" for s in states]])
    assert [v.load_id for v in backing.history(TABLE, "TX")] == ["TX-2", "TX-1", "TX-0"]


def test_tenants_do_not_see_each_other(warehouse, parts):
    gulf, prairie = warehouse(), warehouse(spec(tenant="prairie"))

    gulf.publish([landed(parts, "a")])
    prairie.publish([landed(parts, "p", ID=["9"], Name=["prairie"])])

    assert (values(gulf), values(prairie)) == (["one of a", "two"], ["prairie"])
    assert [v.load_id for v in prairie.versions().values()] == ["p"]


def test_a_catalog_that_is_away_is_unavailable(opened, parts):
    backing = opened(catalog={"type": "rest", "uri": "http://127.0.0.1:9"})

    with pytest.raises(Unavailable, match=r"127\.0\.0\.1"):
        backing.versions()
    with pytest.raises(Unavailable):
        backing.publish([landed(parts, "a")])


def test_a_commit_whose_answer_is_lost_has_happened(warehouse, parts, monkeypatch):
    """The ledger asks what arrived; the files of a commit that may stand are left alone."""
    backing = warehouse()
    first = landed(parts, "a")
    backing.publish([first])
    lost = Unavailable("the connection broke", where="catalog")

    def merge(self, *args):
        whole_merge(self, *args)
        raise lost

    def committed(transaction):
        whole_commit(transaction)
        raise CommitStateUnknownException("the connection broke")

    whole_merge, whole_commit = Nessie.merge, staging.committed
    if backing.target.catalog.type == "nessie":
        monkeypatch.setattr(Nessie, "merge", merge)
    else:
        monkeypatch.setattr(staging, "committed", committed)
    with pytest.raises(Unavailable, match="the connection broke"):
        backing.publish([landed(parts, "b", replaces="a")])
    monkeypatch.undo()

    assert backing.versions()["raw", TABLE, "FL"].load_id == "b"
    assert values(backing) == ["one of b", "two"]
    assert backing.recover() == []
