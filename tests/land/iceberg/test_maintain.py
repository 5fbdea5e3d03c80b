"""Upkeep: what a rollback may need stays, the rest goes."""

from __future__ import annotations

import pytest

from dagster_ingest.errors import LandError
from dagster_ingest.land.iceberg import writing
from dagster_ingest.land.iceberg.loads import Load, retained
from dagster_ingest.land.iceberg.maintain import maintain
from dagster_ingest.testing import nessie
from tests.land.iceberg.helpers import TABLE, landed, rows, values


def test_the_newest_loads_stay_and_two_of_every_state():
    loads = [Load("FL", str(n)) for n in range(6)] + [Load("AL", "x"), Load("AL", "y"), Load("AL", "z")]

    assert [load.load_id for load in retained(loads, 3)] == ["0", "1", "2", "x", "y"]
    assert retained(loads, 20) == loads


def loaded(backing, parts, count: int) -> list:
    """One load of AL, then as many of FL."""
    backing.publish([landed(parts, "al", state="AL")])
    made, before = [], ""
    for number in range(count):
        made.append(landed(parts, f"fl-{number}", replaces=before, ID=["1"], Name=[f"load {number}"]))
        backing.publish([made[-1]])
        before = f"fl-{number}"
    return made


def files_of(backing) -> list:
    return sorted(p.name for p in backing.journals.parent.glob("gulf/*/data/*/*.parquet"))


def test_old_snapshots_go_with_their_files(opened, parts, tmp_path):
    backing = opened(keep=3)
    made = loaded(backing, parts, 6)
    assert len(files_of(backing)) == 7
    listed = backing.history(TABLE, "FL")

    [kept] = maintain(backing, grace=0)

    assert (kept.table, kept.expired, kept.problem, kept.compacted) == (TABLE, 3, "", ())
    assert kept.removed >= 3
    assert kept.bytes > 0
    assert len(files_of(backing)) == 4
    assert backing.history(TABLE, "FL") == listed == [part.version for part in reversed(made[3:])]
    assert [v.load_id for v in backing.history(TABLE, "AL")] == ["al"]
    for part in made[3:]:
        backing.fetch(part.version, tmp_path / "back.parquet")
        assert rows(tmp_path / "back.parquet").equals(rows(part.path))
    with pytest.raises(LandError, match="not there any more"):
        backing.fetch(made[0].version, tmp_path / "no.parquet")
    assert values(backing, state=None) == ["load 5", "one of al", "two"]
    [again] = maintain(backing, grace=0)
    assert (again.expired, again.removed) == (0, 0)


def test_young_files_stay(opened, parts):
    backing = opened()
    loaded(backing, parts, 1)
    [folder] = backing.journals.parent.glob("gulf/*/data/_state=FL")
    (folder / "of-a-publish-that-runs.parquet").write_bytes(b"rows")

    [kept] = maintain(backing)
    assert (kept.removed, (folder / "of-a-publish-that-runs.parquet").exists()) == (0, True)

    [kept] = maintain(backing, grace=0)
    assert (kept.removed, kept.bytes) == (1, 4)


def test_small_files_become_one(opened, parts, monkeypatch, tmp_path):
    backing = opened()
    monkeypatch.setattr(writing, "BATCH_ROWS", 1)
    monkeypatch.setattr(writing, "GROUP_BYTES", 1)
    monkeypatch.setattr(writing, "FILE_BYTES", 1)
    part = landed(parts, "a", said='{"load_id": "a"}', ID=["1", "2", "3"], Name=["x", None, ""])
    backing.publish([part, landed(parts, "b", state="AL")])
    monkeypatch.undo()
    assert len(files_of(backing)) == 5

    [kept] = maintain(backing, grace=0)

    assert kept.problem == ""
    assert sorted(kept.compacted) == ["AL", "FL"]
    assert backing.versions()["raw", TABLE, "FL"] == part.version
    backing.fetch(part.version, tmp_path / "back.parquet")
    assert rows(tmp_path / "back.parquet").equals(rows(part.path))
    summary = backing.tables()[TABLE].current_snapshot().summary.additional_properties
    assert summary["ingest.compacted"] in ("FL", "AL")
    assert summary["finops.cost_center"] == "cc-7"
    backing.publish([landed(parts, "c", replaces="a")])
    assert [v.load_id for v in backing.history(TABLE, "FL")] == ["c", "a"]


@pytest.mark.nessie
def test_with_nessie_the_files_of_old_loads_go(opened, bucket, nessie_server, parts, tmp_path):
    settings = nessie.target(nessie_server, bucket.endpoint)
    target = {k: v for k, v in settings.items() if k != "type"}
    backing = opened(secrets=nessie.secrets(), keep=2, **target)
    made = loaded(backing, parts, 4)
    backing.catalogs.nessie.create("quarter", backing.catalogs.nessie.head("main"))
    last = landed(parts, "last", replaces="fl-3")
    backing.publish([last])

    [kept] = maintain(backing, grace=-60)

    assert (kept.problem, kept.expired) == ("", 0)
    assert kept.removed >= 2
    assert backing.history(TABLE, "FL") == [last.version, made[-1].version]
    for part in (last, made[-1]):
        backing.fetch(part.version, tmp_path / "back.parquet")
        assert rows(tmp_path / "back.parquet").equals(rows(part.path))
    backing.catalogs.nessie.delete("quarter")
    catalog = backing.catalogs.main()
    catalog.drop_table(("gulf", TABLE))
    catalog.drop_namespace("gulf")


@pytest.mark.nessie
def test_with_nessie_a_branch_that_shows_a_dropped_table_is_no_hindrance(
    opened, bucket, nessie_server, parts
):
    settings = nessie.target(nessie_server, bucket.endpoint)
    target = {k: v for k, v in settings.items() if k != "type"}
    former = opened(secrets=nessie.secrets(), **target)
    former.publish([landed(parts, "former")])
    branches, catalog = former.catalogs.nessie, former.catalogs.main()
    branches.create("former", branches.head("main"))
    table = catalog.load_table(("gulf", TABLE))
    table.io.delete(table.current_snapshot().manifest_list)
    catalog.drop_table(("gulf", TABLE))
    backing = opened(secrets=nessie.secrets(), **target)
    backing.publish([landed(parts, "a")])

    [kept] = maintain(backing, grace=-60)

    assert kept.problem == ""
    assert backing.history(TABLE, "FL")[0].load_id == "a"
    branches.delete("former")
    catalog.drop_table(("gulf", TABLE))
    catalog.drop_namespace("gulf")
