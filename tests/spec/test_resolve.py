"""A sound tenant becomes a TenantSpec with its systems' defaults laid under it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_ingest import systems
from dagster_ingest.errors import SpecError
from dagster_ingest.spec.resolved import TenantSpec
from tests.spec.conftest import AGENCY, HEAD, SITE, TENANT, Project

SYSTEM = """\
system: vendor
title: Vendor
tables:
  site:
    contract: contracts/site.odcs.yaml
    required: true
    settings: {pattern: "*site*.csv", delimiter: ";"}
    policy: {on_reject: quarantine, max_share: 0.1}
    decode: {AGENCY_ID: json}
    template_row: true
  agency:
    contract: contracts/agency.odcs.yaml
    required: true
  extra:
    contract: contracts/extra.odcs.yaml
register:
  people: [agency.NAME]
  notes: {columns: ["AGENCY*"], why: written by editors}
"""
OF_VENDOR = TENANT.replace("csv", "vendor").replace("    tables:\n      site:\n      agency:\n", "")


def vendor(project: Project, text: str = SYSTEM, **contracts: str) -> None:
    folder = project.root / "systems" / "vendor"
    (folder / "contracts").mkdir(parents=True, exist_ok=True)
    (folder / "system.yaml").write_text(text)
    for table, contract in {
        "agency": AGENCY, "site": SITE, "extra": HEAD.format(table="extra"), **contracts
    }.items():  # fmt: skip
        (folder / "contracts" / f"{table}.odcs.yaml").write_text(contract)


def only(project: Project) -> TenantSpec:
    loaded = project.load()
    assert loaded.errors == ()
    return loaded.tenants[0]


def test_tables_stand_parents_first(project: Project) -> None:
    project.tenant()

    tables = only(project).sources[0].tables

    assert [(t.name, t.raw, t.parents) for t in tables] == [
        ("agency", "feed_agency", ()),
        ("site", "feed_site", ("agency",)),
    ]


def test_lines_lead_to_the_tenant_file(project: Project) -> None:
    project.tenant()

    source = only(project).sources[0]

    assert source.line == 7
    assert {t.name: t.line for t in source.tables} == {"agency": 13, "site": 12}


def test_the_name_of_the_table_fills_the_settings_and_the_state_is_left(project: Project) -> None:
    project.tenant(text=TENANT.replace('"{state}"', '"{tenant}/{STATE}"'))

    settings = only(project).sources[0].table("site").settings

    assert settings == {"pattern": "site*.csv", "path": "alpha/{STATE}"}


def test_a_tenant_that_lists_no_tables_gets_those_the_system_requires(project: Project) -> None:
    vendor(project)
    project.tenant(text=OF_VENDOR)

    tables = only(project).sources[0].tables

    assert [t.name for t in tables] == ["agency", "site"]
    assert all(t.line == 7 for t in tables)


def test_settings_are_laid_system_source_table(project: Project) -> None:
    vendor(project)
    tables = "    tables:\n      agency:\n      site: {settings: {quote: null}}\nfreshness"
    text = OF_VENDOR.replace('{path: "{state}"}', '{path: "{state}", delimiter: "|"}').replace(
        "freshness", tables
    )
    project.tenant(text=text)

    site = only(project).sources[0].table("site")

    assert site.settings == {"pattern": "*site*.csv", "path": "{state}", "delimiter": "|", "quote": None}
    assert (site.policy.on_reject, site.policy.max_share, site.template_row) == ("quarantine", 0.1, True)


def test_what_the_system_decodes_becomes_a_rule_and_a_new_checksum(project: Project) -> None:
    vendor(project)
    project.tenant(text=OF_VENDOR)
    before = only(project).sources[0].table("site")

    vendor(project, SYSTEM.replace("    decode: {AGENCY_ID: json}\n", ""))
    after = only(project).sources[0].table("site")

    rule = before.contract.rules[-1]
    assert (rule.id, rule.kind, rule.params) == ("AGENCY_ID|decodes", "decodes", {"codec": "json"})
    assert before.decode == {"AGENCY_ID": "json"}
    assert (after.decode, before.contract.checksum == after.contract.checksum) == ({}, False)


@pytest.mark.parametrize("register", ["agency.name", "NA*", "Agency.Na*", "' NAME'"])
def test_the_register_does_not_hang_on_case_and_signs(project: Project, register: str) -> None:
    vendor(project, SYSTEM.replace("[agency.NAME]", f"[{register}]").replace("AGENCY*", "nothing"),
           agency=AGENCY.replace("NAME", "Name"))  # fmt: skip
    project.tenant(text=OF_VENDOR)

    source = only(project).sources[0]

    assert [c.name for c in source.table("agency").contract.columns if c.private] == ["Name"]


def test_columns_of_the_register_are_private_whatever_the_contract_says(project: Project) -> None:
    vendor(project)
    project.tenant(text=OF_VENDOR)

    source = only(project).sources[0]

    assert [c.name for c in source.table("agency").contract.columns if c.private] == ["NAME"]
    assert [c.name for c in source.table("site").contract.columns if c.private] == ["AGENCY_ID"]


@pytest.mark.parametrize(
    ("heading", "guess", "words"),
    [
        ("NAME", None, "is private and cannot be published"),
        ("name", None, "is private and cannot be published"),
        ("AGENCY ID", None, "is private and cannot be published"),
        ("IDS", "ID", "no contract has the column 'IDS'"),
    ],
)
def test_an_attribute_must_be_a_declared_and_public_column(
    project: Project, heading: str, guess: str | None, words: str
) -> None:
    vendor(project)
    project.tenant(text=OF_VENDOR + f"adapt:\n  custom_attributes: {{{heading}: Label}}\n")

    (error,) = project.load().errors

    assert (error.line, error.column, error.guess) == (18, 23, guess)
    assert words in error.problem


def test_a_public_column_may_be_an_attribute(project: Project) -> None:
    vendor(project)
    project.tenant(text=OF_VENDOR + "adapt: {custom_attributes: {ID: Number}}\n")

    assert only(project).model.adapt.custom_attributes == {"ID": "Number"}


def test_a_contract_of_the_tenant_takes_the_place_of_the_systems(project: Project) -> None:
    vendor(project)
    tables = "    tables:\n      agency: {contract: contracts/agency.odcs.yaml}\nfreshness"
    folder = project.tenant(text=OF_VENDOR.replace("freshness", tables))

    agency = only(project).sources[0].table("agency")

    assert Path(agency.contract.file) == folder / "contracts" / "agency.odcs.yaml"


def test_tenants_share_a_contract_of_their_system(project: Project) -> None:
    vendor(project)
    project.tenant(text=OF_VENDOR)
    project.tenant("beta", OF_VENDOR.replace("tenant: alpha", "tenant: beta"))

    first, second = project.load().tenants

    assert first.sources[0].tables[0].contract is second.sources[0].tables[0].contract


def test_a_circle_of_foreign_keys_is_an_error(project: Project) -> None:
    circle = AGENCY.replace("logicalType: string", "relationships: [{to: site.ID}]")
    project.tenant(agency=circle)

    errors = project.load().errors

    assert [(e.line, e.problem) for e in errors] == [(11, "foreign keys run in a circle: site, agency")]


def test_a_table_may_point_to_itself(project: Project) -> None:
    project.tenant(agency=AGENCY.replace("logicalType: string", "relationships: [{to: agency.ID}]"))

    assert only(project).sources[0].table("agency").parents == ()


@pytest.mark.parametrize(
    ("to", "value", "guess", "words"),
    [
        ("agencies.ID", "'agencies'", "agency", "which the source does not load"),
        ("agency.IDS", "'IDS'", "ID", "which 'agency' does not have"),
    ],
)
def test_a_foreign_key_to_nowhere_is_told_at_its_line(
    project: Project, to: str, value: str, guess: str, words: str
) -> None:
    project.tenant(site=SITE.replace("agency.ID", to))

    (error,) = project.load().errors

    assert (error.file, error.line) == ("tenants/alpha/contracts/site.odcs.yaml", 12)
    assert (error.value, error.guess) == (value, guess)
    assert words in error.problem


def test_a_contract_for_another_table_is_an_error(project: Project) -> None:
    project.tenant(site=AGENCY)

    (error,) = project.load().errors

    assert error.file == "tenants/alpha/contracts/site.odcs.yaml"
    assert "describes the table 'agency', but is used for 'site'" in error.problem


def test_a_broken_contract_names_its_own_file_and_every_tenant_that_uses_it(project: Project) -> None:
    vendor(project, agency=AGENCY.replace("string", "strnig"))
    project.tenant(text=OF_VENDOR)
    project.tenant("beta", OF_VENDOR.replace("tenant: alpha", "tenant: beta"))

    errors = project.load().errors

    assert [(e.tenant, e.file, e.line) for e in errors] == [
        ("alpha", "systems/vendor/contracts/agency.odcs.yaml", 12),
        ("beta", "systems/vendor/contracts/agency.odcs.yaml", 12),
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("title:", "titel:", 2, "unknown key 'titel'"),
        ("system: vendor", "system: vendors", 1, "differs from the folder's name"),
        ("AGENCY_ID: json", "AGENCY_ID: jsn", 9, "'AGENCY_ID' cannot be 'jsn'"),
        ("contracts/site.odcs.yaml", "../../site.odcs.yaml", 5, "'contract' cannot be"),
        ("contracts/site.odcs.yaml", "contracts/none.odcs.yaml", 5, "does not exist"),
    ],
)
def test_mistakes_in_a_system_file_are_told(
    project: Project, old: str, new: str, line: int, words: str
) -> None:
    vendor(project, SYSTEM.replace(old, new))
    project.tenant(text=OF_VENDOR)

    errors = project.load().errors

    assert any(e.line == line and words in e.problem for e in errors)


def test_a_table_that_the_system_does_not_know_is_an_error(project: Project) -> None:
    vendor(project)
    project.tenant(text=OF_VENDOR.replace("freshness", "    tables:\n      agncy:\nfreshness"))

    (error,) = project.load().errors

    assert (error.line, error.guess, error.allowed) == (12, "agency", ("site", "agency", "extra"))


def test_a_decoded_column_that_the_contract_lacks_is_an_error(project: Project) -> None:
    vendor(project, SYSTEM.replace("AGENCY_ID: json", "NOTES: json"))
    project.tenant(text=OF_VENDOR)

    (error,) = project.load().errors

    assert "decodes the column 'NOTES', which the contract lacks" in error.problem


def test_a_project_cannot_take_the_name_of_a_shipped_system(project: Project) -> None:
    vendor(project)
    (project.root / "systems" / "vendor").rename(project.root / "systems" / "wellsky")

    assert systems.folder("wellsky", project.root) == systems.folder("wellsky")


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("owners: [team:alpha]", "owners: [team:beta]", True),
        ("fail: 36h", "fail: 48h", True),
        ("[IA, NE]", "[IA, NE, KS]", True),
        ("Alpha 211", "Alpha 2-1-1", False),
        ("publish:", "privacy: {publish_contacts: true}\npublish:", False),
        ("publish:", "adapt: {hide_services: ['7']}\npublish:", False),
        ("publish:", "locales: [en, es]\npublish:", False),
    ],
)
def test_the_checksum_changes_with_what_dbt_and_readers_see(
    project: Project, old: str, new: str, same: bool
) -> None:
    project.tenant()
    before = only(project).checksum

    project.tenant(text=TENANT.replace(old, new))

    assert (only(project).checksum == before) is same


@pytest.mark.parametrize("name", systems.names())
def test_every_shipped_system_and_contract_is_sound(name: str) -> None:
    system = systems.system(name)

    contracts = [systems.contract(name, table) for table in system.tables]

    assert [c.table for c in contracts] == list(system.tables)


def test_every_column_of_a_shipped_register_is_in_a_contract() -> None:
    for name in systems.names():
        system = systems.system(name)
        known = set()
        for table in system.tables:
            for column in systems.contract(name, table).columns:
                known |= {column.name, f"{table}.{column.name}"}
        assert [entry for entry in system.private if entry not in known] == []


def test_an_unknown_system_or_table_is_an_error_with_a_guess() -> None:
    with pytest.raises(SpecError, match="did you mean 'wellsky'"):
        systems.system("welsky")
    with pytest.raises(SpecError, match="did you mean 'services'"):
        systems.contract("wellsky", "service")
