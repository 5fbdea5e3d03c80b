"""Partial deliveries of vendors that stamp their rows: which row is newer, and which records are gone."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from itertools import permutations
from pathlib import Path

import polars as pl
import pytest

from dagster_ingest import systems
from dagster_ingest.extract.newer import moment, says_deleted
from dagster_ingest.extract.source import SourceLoad
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.naming import column_name
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants

BASE = "ID,NAME,AT\n1,a,2026-03-01\n2,b,2026-03-01\n3,c,2026-03-01\n"


@pytest.fixture
def stamped(world, make):
    """Three rows of the first of March are there; deliveries are partial."""
    world.mode = "partial"
    spec = world.table("services", make.contract("ID", "NAME", "AT"), path="{state}", newest_by="mtime")
    world.tables = (replace(spec, stamp="AT"),)
    give(world, "base.services.csv", BASE)
    assert world.load().outcome == "committed"
    return world


_clock = iter(range(1_000_000, 2_000_000))


def give(world, name: str, content: str) -> None:
    """Each delivery arrives after the one before, whatever is in it."""
    at = next(_clock)
    os.utime(world.put(f"ia/{name}", content), (at, at))


def rows(world) -> list[tuple]:
    return sorted(world.rows("ID", "NAME", "AT"))


def test_a_late_delivery_of_older_rows_changes_nothing_that_is_newer(stamped):
    give(stamped, "b.services.csv", "ID,NAME,AT\n1,newer,2026-03-03\n2,newer,2026-03-05\n")
    stamped.load()
    give(
        stamped,
        "late.services.csv",
        "ID,NAME,AT\n1,late,2026-03-02\n2,late,2026-03-04\n3,late,2026-03-02\n4,new,2026-03-02\n",
    )
    result = stamped.load()

    assert rows(stamped) == [
        ("1", "newer", "2026-03-03"),
        ("2", "newer", "2026-03-05"),
        ("3", "late", "2026-03-02"),
        ("4", "new", "2026-03-02"),
    ]
    assert (result.superseded, result.verdict.rows_read) == (2, 2)


def test_a_late_delivery_with_nothing_newer_is_no_change(stamped):
    give(stamped, "late.services.csv", "ID,NAME,AT\n1,late,2026-02-01\n")
    result = stamped.load()

    assert (result.outcome, result.superseded) == ("unchanged", 1)
    assert rows(stamped)[0] == ("1", "a", "2026-03-01")


def test_an_older_row_is_left_out_before_it_is_judged(stamped):
    give(stamped, "late.services.csv", "ID,NAME,AT\n1,late,2026-02-01\n1,late again,2026-01-01\n")

    assert stamped.load().outcome == "unchanged"
    assert stamped.quarantined() == []


@pytest.mark.parametrize("stamp", ["2026-03-01", "", "unknown"])
def test_equal_stamps_and_unreadable_ones_go_by_the_order_of_deliveries(stamped, stamp):
    give(stamped, "b.services.csv", f"ID,NAME,AT\n1,delivered later,{stamp}\n")
    stamped.load()

    assert rows(stamped)[0] == ("1", "delivered later", stamp)


def test_several_versions_of_a_row_in_one_file(stamped):
    give(
        stamped,
        "log.services.csv",
        "ID,NAME,AT\n1,x,2026-03-02\n1,z,2026-03-04 10:00\n1,y,2026-03-04 09:00\n",
    )
    result = stamped.load()

    assert (result.outcome, result.superseded) == ("committed", 2)
    assert rows(stamped)[0] == ("1", "z", "2026-03-04 10:00")


def test_two_versions_with_one_stamp_are_refused_as_ever(stamped, make):
    loose = make.quarantine.model_copy(update={"max_share": 0.9})
    stamped.tables = (replace(stamped.tables[0], policy=loose),)
    give(stamped, "b.services.csv", "ID,NAME,AT\n1,x,2026-03-02\n1,y,2026-03-02\n4,d,2026-03-02\n")
    stamped.load()

    assert rows(stamped)[0] == ("1", "a", "2026-03-01")
    assert stamped.quarantined() == [("IA", 1, ("ID|primary_key",)), ("IA", 2, ("ID|primary_key",))]


PARTS = {
    "p1": "ID,NAME,AT\n1,one,2026-03-02\n2,two,2026-03-09\n",
    "p2": "ID,NAME,AT\n1,uno,2026-03-05\n3,tres,2026-03-03\n",
    "p3": "ID,NAME,AT\n1,eins,2026-03-04\n2,zwei,2026-03-03\n3,drei,2026-03-08\n",
}


@pytest.mark.parametrize("order", list(permutations(PARTS)))
@pytest.mark.parametrize("together", [False, True])
def test_the_order_in_which_deliveries_arrive_does_not_matter(world, make, order, together):
    world.mode = "partial"
    pick = {"pick": "all"} if together else {}
    spec = world.table(
        "services", make.contract("ID", "NAME", "AT"), path="{state}", newest_by="mtime", **pick
    )
    world.tables = (replace(spec, stamp="AT"),)
    give(world, "base.services.csv", BASE)
    if not together:
        world.load()
    for name in order:
        give(world, f"{name}.services.csv", PARTS[name])
        if not together:
            world.load()
    if together:
        world.load()

    assert rows(world) == [
        ("1", "uno", "2026-03-05"),
        ("2", "two", "2026-03-09"),
        ("3", "drei", "2026-03-08"),
    ]


def test_full_deliveries_do_not_look_at_stamps(stamped):
    stamped.mode = "full"
    give(stamped, "b.services.csv", "ID,NAME,AT\n1,back,2026-01-01\n")
    stamped.load()

    assert rows(stamped) == [("1", "back", "2026-01-01")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01", datetime(2026, 3, 1)),
        (" 2026/03/01 ", datetime(2026, 3, 1)),
        ("2023-09-12 18:57:14", datetime(2023, 9, 12, 18, 57, 14)),
        ("3/1/2026 14:30", datetime(2026, 3, 1, 14, 30)),
        ("2026-03-01T10:00:00Z", datetime(2026, 3, 1, 10)),
        ("2026-03-01T10:00:00.250+02:00", datetime(2026, 3, 1, 8, 0, 0, 250_000)),
        ("2026-03-01T10:00:00-0530", datetime(2026, 3, 1, 15, 30)),
        ("2026-02-30", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_stamps_as_they_are_written(text, expected):
    frame = pl.DataFrame({"AT": [text]}, schema={"AT": pl.String})

    assert frame.select(moment("AT")).item() == expected


def test_words_for_deleted():
    frame = pl.DataFrame({"id": ["1", "2", "3", "4"], "status": ["active", " Deleted ", None, "disabled"]})

    assert says_deleted(frame, {"Status": ("deleted",)})["id"].to_list() == ["2"]
    assert says_deleted(frame, {"other": ("deleted",)}).is_empty()


@pytest.mark.parametrize("name", ["wellsky", "visionlink"])
def test_stamps_of_the_systems_are_columns_of_their_contracts(name):
    system = systems.system(name)
    for table, entry in system.tables.items():
        fields = {column.field for column in systems.contract(name, table).columns}
        assert column_name(entry.stamp) in fields
        assert {column_name(heading) for heading in entry.deleted} <= fields


TENANT = """tenant: acme
display_name: Acme
owners: [team:acme]
cost: {cost_center: cc-1}
states: [PA]
freshness: {fail: 36h}
publish: [{reader: hsds_package}]
sources:
  visionlink:
    system: visionlink
    mode: partial
    state: {by: whole}
    tables:
      agency: {policy: {on_reject: quarantine, max_share: 0.9}}
      service: {policy: {on_reject: quarantine, max_share: 0.9}}
"""
AGENCY = "Agency_Id,Agency_Status,AgencyOption_Status,AgencySystem_Name,Agency_EditStamp"
SERVICE = "Service_Id,Agency_Id,Service_Status,ServiceOption_Status,ServiceSystem_Name,Service_EditStamp"


class Pennsylvania:
    """A tenant whose VisionLink exports hold changes only."""

    def __init__(self, root: Path) -> None:
        folder = root / "tenants" / "acme"
        folder.mkdir(parents=True)
        (folder / "tenant.yaml").write_text(TENANT)
        self.settings = Settings.load(root=root)
        loaded = load_tenants(self.settings)
        assert not loaded.errors, "\n".join(map(str, loaded.errors))
        (self.tenant,) = loaded.tenants
        self.landing = DuckDBLanding(root / "warehouse", "acme")
        self.loads = 0

    def deliver(self, day: int, agencies: list[str], services: list[str]) -> dict[str, object]:
        drops = self.settings.drops / "acme"
        drops.mkdir(parents=True, exist_ok=True)
        (drops / f"agency_202603{day:02d}.csv").write_text("\n".join([AGENCY, *agencies, ""]))
        (drops / f"service_202603{day:02d}.csv").write_text("\n".join([SERVICE, *services, ""]))
        source = self.tenant.sources[0]
        load = SourceLoad.of(self.settings, self.tenant, source, "PA", self.landing)
        found = {}
        for table in source.tables:
            self.loads += 1
            found[table.name] = load.run(table, f"load-{self.loads}")
        return found

    def rows(self, table: str, *columns: str) -> list[tuple]:
        frame = pl.DataFrame(self.landing.read("raw", f"visionlink_{table}", "PA"))
        return sorted(frame.select(columns).rows())


def test_deletions_of_visionlink(tmp_path):
    """Day 1: agencies 1 to 3 with services 11, 21, 31. Day 2: agency 2 is deleted, service 21 with it, in
    rows that hold nothing else; service 31 is deleted and complete. Day 3 repeats what was before."""
    world = Pennsylvania(tmp_path)
    agencies = [f'{n},active,["Active"],Agency {n},2026-03-01 08:00:00' for n in (1, 2, 3)]
    services = [f'{n}1,{n},active,["Active"],Service {n},2026-03-01 08:00:00' for n in (1, 2, 3)]
    first = world.deliver(1, agencies, services)
    assert [r.outcome for r in first.values()] == ["committed", "committed"], first["agency"].verdict.reason

    second = world.deliver(
        2,
        ["2,deleted,,,2026-03-02 09:00:00", '3,active,["Active"],Third,2026-03-02 09:00:00'],
        ["21,,deleted,,,2026-03-02 09:00:00", '31,3,deleted,["Active"],Service 3,2026-03-02 09:00:00'],
    )

    assert [r.outcome for r in second.values()] == ["committed", "committed"]
    assert world.rows("agency", "Agency_Id", "AgencySystem_Name", "Agency_Status") == [
        ("1", "Agency 1", "active"),
        ("3", "Third", "active"),
    ]
    assert world.rows("service", "Service_Id", "Service_Status") == [("11", "active"), ("31", "deleted")]

    third = world.deliver(3, agencies[2:], services[2:])

    assert third["agency"].superseded == third["service"].superseded == 1
    assert world.rows("agency", "Agency_Id", "AgencySystem_Name") == [("1", "Agency 1"), ("3", "Third")]
    assert world.rows("service", "Service_Id", "Service_Status") == [("11", "active"), ("31", "deleted")]
