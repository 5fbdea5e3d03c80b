"""The matrix: whose contract is in force, what is newer, what an upgrade changes, what was seen last."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from dagster_ingest.evolution.matrix import Row, as_dicts, matrix
from dagster_ingest.land.profiles import Observed
from dagster_ingest.spec.catalog import Catalog
from dagster_ingest.validate.drift import Deviation, Drift
from tests.spec.conftest import Project
from tests.spec.versions_project import PATCH, SYSTEM, V1, table, tenant, vendor


@pytest.fixture
def project(tmp_path: Path) -> Project:
    found = Project(tmp_path)
    vendor(found)
    return found


def rows(project: Project, seen=lambda spec: ()) -> list[Row]:
    loaded = project.load()
    assert not loaded.errors, "\n".join(map(str, loaded.errors))
    return matrix(loaded.tenants, Catalog.of(project.root), seen)


def observed(state: str, *deviations: Deviation, version: str = "1.4.0") -> Observed:
    drift = Drift(deviations=deviations).to_json()
    return Observed("feed_thing", state, "l1", datetime(2026, 3, 2), "committed", version, "{}", drift)


ADDED = Deviation("column_added", "warn", "NEW", "no such column", "a column of text", "declare it")


def test_a_table_on_an_older_major_may_upgrade(project: Project) -> None:
    tenant(project)

    (row,) = rows(project)

    assert (row.origin, row.version, row.major, row.pinned) == ("system", "1.4.0", 1, False)
    assert (row.of_major, row.newest, row.current) == ("1.4.0", "2.1.0", False)
    assert row.counts()["breaking"] > 0
    assert {c.subject for c in row.upgrade} >= {"FEES", "STAFF", "AREAS"}
    assert sum(row.counts().values()) == len(row.upgrade)


def test_a_table_on_the_newest_major_has_nothing_to_move_to(project: Project) -> None:
    tenant(project, "{version: 2}")

    (row,) = rows(project)

    assert (row.version, row.pinned, row.current, row.upgrade) == ("2.1.0", True, True, ())


def test_a_patch_is_shown_with_its_size_and_not_taken_for_the_upgrade(project: Project) -> None:
    tenant(project, "{patch: contracts/thing.patch.yaml}", thing_patch=PATCH)
    tenant(project, name="plain")

    row, plain = rows(project)

    assert (row.origin, row.version) == ("patch", "1.4.0+alpha.1.0.0")
    assert row.patched == ("FEES.required: true -> false",)
    assert row.upgrade == plain.upgrade


@pytest.mark.parametrize(
    ("options", "major", "of_major"),
    [("", None, None), ("version: 2, ", 2, "2.1.0")],
    ids=["free", "follows"],
)
def test_a_contract_of_the_tenants_own_is_compared_itself(
    project: Project, options: str, major: int | None, of_major: str | None
) -> None:
    # Where the system has several majors, a contract of the tenant's own says which one it follows.
    if not options:
        vendor(project, SYSTEM.replace("    versions: {2: contracts/thing.v2.odcs.yaml}\n", ""))
    own = V1.replace("1.4.0", "1.0.0").replace("name: FEES", "name: CHARGE")
    own = own if not options else own.replace("name: AREAS", "name: COVERAGE")
    tenant(project, f"{{{options}contract: contracts/own.odcs.yaml}}", own_odcs=own)

    (row,) = rows(project)

    assert (row.origin, row.version, row.major, row.of_major) == ("own", "1.0.0", major, of_major)
    assert not row.current
    assert {"CHARGE"} <= {c.subject for c in row.upgrade}


def test_a_table_that_no_system_has_stands_alone(project: Project) -> None:
    text = """\
tenant: alpha
display_name: A
owners: [team:a]
cost: {cost_center: c}
states: [IA]
sources: {feed: {system: csv, settings: {path: "{state}"}, tables: {agency: }}}
freshness: {fail: 36h}
publish: [{reader: hsds_package}]
"""
    project.tenant(text=text)

    (row,) = rows(project)

    assert (row.origin, row.major, row.newest, row.current, row.upgrade) == ("own", None, None, True, ())


def test_the_newest_load_of_each_state_tells_its_drift(project: Project) -> None:
    tenant(project)

    (row,) = rows(project, lambda spec: [observed("NE"), observed("IA", ADDED, version="1.3.0")])

    assert [(d.state, d.contract_version, len(d.deviations)) for d in row.drift] == [
        ("IA", "1.3.0", 1),
        ("NE", "1.4.0", 0),
    ]


def test_rows_for_machines_are_plain(project: Project) -> None:
    tenant(project, "{patch: contracts/thing.patch.yaml}", thing_patch=PATCH)

    (row,) = as_dicts(rows(project, lambda spec: [observed("IA", ADDED)]), Catalog.of(project.root).shown)

    assert json.loads(json.dumps(row)) == row
    assert row["patch"] == "tenants/alpha/contracts/thing.patch.yaml"
    assert row["upgrade"]["to"] == "2.1.0"
    assert row["upgrade"]["breaking"] == sum(c["class"] == "breaking" for c in row["upgrade"]["changes"])
    assert row["drift"][0]["deviations"][0]["column"] == "NEW"


def test_a_tenants_table_holds_the_contracts_of_all_majors(project: Project) -> None:
    tenant(project)

    assert sorted(table(project).family.contracts) == [1, 2]
