"""Majors of a system's contract: pins, what is inherited, and a column's name in each of them."""

from __future__ import annotations

import pytest

from tests.spec import versions_project as files
from tests.spec.conftest import Project
from tests.spec.versions_project import HEAD, SYSTEM, V1, V2, table, tenant, vendor


def test_an_unpinned_table_stays_on_major_1(project: Project) -> None:
    vendor(project)
    tenant(project)

    thing = table(project)

    assert (thing.contract.version, thing.major) == ("1.4.0", 1)


def test_a_pinned_major_is_taken_at_its_latest_minor(project: Project) -> None:
    vendor(project)
    tenant(project, "{version: 2}")

    thing = table(project)

    assert (thing.contract.version, thing.major, thing.family.newest) == ("2.1.0", 2, 2)


def test_tenants_on_two_majors_live_side_by_side(project: Project) -> None:
    vendor(project)
    tenant(project)
    tenant(project, "{version: 2}", name="beta")

    loaded = project.load()

    assert [t.sources[0].tables[0].major for t in loaded.tenants] == [1, 2]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("", "there is no major 1 of vendor/thing, which an unpinned table is on"),
        ("{version: 1}", "there is no major 1 of vendor/thing"),
    ],
)
def test_a_retired_major_fails_closed_with_those_that_are_live(
    project: Project, options: str, problem: str
) -> None:
    v3 = V2.replace("2.1.0", "3.0.0").replace("COST", "PRICE").replace("was, value: FEES", "was, value: COST")
    v3 = v3.replace("value: STAFF", "value: KEEPER").replace("value: AREAS", "value: COVERAGE")
    system = SYSTEM.replace("thing.odcs", "thing.v2.odcs").replace(
        "2: contracts/thing.v2", "3: contracts/thing.v3"
    )
    vendor(project, system, thing_v3=v3)
    tenant(project, options)

    errors = project.load().errors

    assert [(e.line, e.problem) for e in errors] == [(11, problem)]
    assert errors[0].allowed == ("version: 2", "version: 3")


def test_what_the_system_decodes_follows_the_rename(project: Project) -> None:
    vendor(project)
    tenant(project, "{version: 2}")

    thing = table(project)

    assert thing.decode == {"COVERAGE": "json"}
    assert [r.id for r in thing.contract.rules if r.kind == "decodes"] == ["COVERAGE|decodes"]


def test_a_major_may_decode_other_columns(project: Project) -> None:
    listed = "{2: {contract: contracts/thing.v2.odcs.yaml, decode: {COST: json}}}"
    vendor(project, SYSTEM.replace("{2: contracts/thing.v2.odcs.yaml}", listed))
    tenant(project, "{version: 2}")

    assert table(project).decode == {"COST": "json"}


def test_a_decoded_column_without_a_successor_is_an_error(project: Project) -> None:
    vendor(project, thing_v2=V2.replace(", customProperties: [{property: was, value: AREAS}]", ""))
    tenant(project, "{version: 2}")

    errors = project.load().errors

    assert [e.problem for e in errors] == [
        "the system 'vendor' decodes the column 'AREAS', which the contract lacks"
    ]
    assert errors[0].file == "systems/vendor/contracts/thing.v2.odcs.yaml"


@pytest.mark.parametrize("register", ["[STAFF]", "['STA*']", "[thing.STAFF]"])
def test_a_renamed_column_of_the_register_stays_private(project: Project, register: str) -> None:
    vendor(project, SYSTEM.replace("[STAFF]", register))
    tenant(project, "{version: 2}")

    assert [c.name for c in table(project).contract.columns if c.private] == ["KEEPER", "TAX_ID"]


def test_a_register_by_the_new_name_holds_for_the_old_major(project: Project) -> None:
    vendor(project, SYSTEM.replace("[STAFF]", "[KEEPER]"))
    tenant(project)

    assert [c.name for c in table(project).contract.columns if c.private] == ["STAFF", "TAX_ID"]


def test_models_get_the_landed_names_of_the_columns_they_read(project: Project) -> None:
    vendor(project)
    tenant(project, "{version: 2}")

    (spec,) = project.load().tenants

    renames = {"FEES": "COST", "STAFF": "KEEPER", "AREAS": "COVERAGE", "AREAS_json": "COVERAGE_json"}
    entry = {"major": 2, "renames": renames, "gone": []}
    assert spec.versions == {"vendor": {"feed": {"thing": entry}}}


def test_models_that_read_the_newer_names_get_those_of_the_older_major(project: Project) -> None:
    vendor(project, SYSTEM.replace("    required: true", "    modelled: 2\n    required: true"))
    tenant(project)
    tenant(project, "{version: 2}", name="beta")

    older, newer = project.load().tenants

    renames = {"COST": "FEES", "KEEPER": "STAFF", "COVERAGE": "AREAS", "COVERAGE_json": "AREAS_json"}
    assert older.versions["vendor"]["feed"]["thing"] == {"major": 1, "renames": renames, "gone": []}
    assert newer.versions == {}


def test_names_are_followed_through_every_major_between(project: Project) -> None:
    v3 = V2.replace("2.1.0", "3.0.0").replace("COST", "PRICE").replace("was, value: FEES", "was, value: COST")
    v3 = v3.replace(", customProperties: [{property: was, value: STAFF}]", "")
    v3 = v3.replace(", customProperties: [{property: was, value: AREAS}]", "")
    listed = "{2: contracts/thing.v2.odcs.yaml, 3: contracts/thing.v3.odcs.yaml}"
    vendor(project, SYSTEM.replace("{2: contracts/thing.v2.odcs.yaml}", listed), thing_v3=v3)
    tenant(project, "{version: 3}")

    thing = table(project)

    assert thing.family.renames(3)["FEES"] == "PRICE"
    assert thing.decode == {"COVERAGE": "json"}
    assert [c.name for c in thing.contract.columns if c.private] == ["KEEPER", "TAX_ID"]


def test_a_name_that_another_column_took_over_is_not_read(project: Project) -> None:
    swapped = V2.replace("name: COST", "name: STAFF").replace("name: KEEPER", "name: FEES")
    vendor(project, thing_v2=swapped)
    tenant(project, "{version: 2}")

    assert table(project).family.renames(2) == {
        "FEES": "STAFF", "STAFF": "FEES", "AREAS": "COVERAGE", "AREAS_json": "COVERAGE_json",
    }  # fmt: skip


def test_a_dropped_columns_name_that_came_back_for_another_reads_as_null(project: Project) -> None:
    # STAFF is gone in v2, and FEES is called STAFF.
    v2 = HEAD.format(version="2.0.0") + (
        "      - {name: STAFF, logicalType: string, customProperties: [{property: was, value: FEES}]}\n"
        "      - {name: AREAS, logicalType: string}\n"
    )
    vendor(project, thing_v2=v2)
    tenant(project, "{version: 2}")

    assert table(project).family.renames(2) == {"FEES": "STAFF", "STAFF": None}


@pytest.mark.parametrize(
    ("contracts", "system", "file", "line", "problem"),
    [
        (
            {"thing_v2": V2.replace("2.1.0", "1.9.0")}, SYSTEM, "thing.v2.odcs.yaml", 4,
            "the version is 1.9.0, but the system lists the contract as major 2",
        ),
        (
            {"thing": V1.replace("1.4.0", "spring")}, SYSTEM, "thing.odcs.yaml", 4,
            "'spring' is no semantic version",
        ),
        (
            {"thing": V1.replace("1.4.0", "2.0.0")}, SYSTEM, "system.yaml", 6,
            "major 2 of table 'thing' stands twice",
        ),
        (
            {"thing_v2": V2.replace("value: FEES", "value: FEE")}, SYSTEM, "thing.v2.odcs.yaml", 11,
            "'COST' was 'FEE', which major 1 does not have",
        ),
        (
            {"thing_v2": V2.replace("value: STAFF", "value: FEES")}, SYSTEM, "thing.v2.odcs.yaml", 12,
            "'KEEPER' and 'COST' cannot both have been 'FEES'",
        ),
        (
            {"thing_v2": V2.replace("2.1.0", "3.0.0")}, SYSTEM.replace("{2:", "{3:"), "system.yaml", 4,
            "the models read major 1 of 'thing'; on the way to 3, 2 is missing",
        ),
        (
            {"thing_v2": V2.replace("- name: thing", "- name: other")}, SYSTEM, "thing.v2.odcs.yaml", 1,
            "the contract describes the table 'other', but is used for 'thing'",
        ),
    ],
)  # fmt: skip
def test_majors_that_do_not_fit_together_are_told(
    project: Project, contracts: dict, system: str, file: str, line: int, problem: str
) -> None:
    vendor(project, system, **contracts)
    tenant(project)

    errors = project.load().errors

    assert (file, line, problem) in [(e.file.rsplit("/", 1)[1], e.line, e.problem) for e in errors]


def test_a_contract_of_the_tenants_own_may_follow_a_major(project: Project) -> None:
    vendor(project)
    own = V2.replace("2.1.0", "5.0.0")
    tenant(project, "{version: 2, contract: contracts/own.odcs.yaml}", own_odcs=own)

    thing = table(project)

    assert (thing.contract.version, thing.major) == ("5.0.0", 2)
    assert thing.decode == {"COVERAGE": "json"}


def test_a_table_of_the_tenants_own_has_no_version(project: Project) -> None:
    text = files.TENANT.replace("vendor", "csv").replace("thing: OPTIONS", "agency: {version: 2}")
    project.tenant(text=text)

    errors = project.load().errors

    assert [(e.line, e.problem) for e in errors] == [
        (11, "the table 'agency' is the tenant's own: there is no contract of the system's to version")
    ]


def test_a_pin_changes_what_dbt_sees_and_no_pin_does_not(project: Project) -> None:
    vendor(project)
    tenant(project)
    before = project.load().tenants[0].checksum

    tenant(project, "{version: 1}")
    same = project.load().tenants[0].checksum
    tenant(project, "{version: 2}")
    other = project.load().tenants[0].checksum

    assert (same == before, other == before) == (True, False)
