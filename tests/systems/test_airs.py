"""AIRS XML, alone and from RTM: what the systems say, and documents through the real way in."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
import yaml

from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.extract.source import SourceLoad
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.naming import new_load_id
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.system import SHIPPED, System
from dagster_ingest.testing.sample import airs, airs_traits
from dagster_ingest.testing.sample.airs_document import NAMESPACE, write_document
from dagster_ingest.testing.sample.plan import Family, day_edit, feeds_of

SYSTEMS = ("airs", "rtm")
TABLES = ("source", "agency", "site", "service_group", "site_service")
CONTRACTS = [(system, table) for system in SYSTEMS for table in TABLES]
TENANT = """
tenant: acme
display_name: Acme
owners: [team:acme-data]
states: [CO]
sources:
  feed:
    system: {system}
    state: {{by: whole}}
    mode: {mode}
    settings: {settings}
cost: {{cost_center: cc-1}}
freshness: {{warn: 2d, fail: 3d}}
publish: [{{reader: hsds_package}}]
"""


def system(name):
    return System(**yaml.safe_load((SHIPPED / name / "system.yaml").read_text()))


def document_of(name, table):
    return yaml.safe_load((SHIPPED / name / "contracts" / f"{table}.odcs.yaml").read_text())


def columns(name, table):
    return {p["name"]: p for p in document_of(name, table)["schema"][0]["properties"]}


# What the systems say -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "table"), CONTRACTS)
def test_contracts_are_odcs_and_say_what_each_column_is(name, table):
    schema = json.loads(resources.files("open_data_contract_standard").joinpath("schema.json").read_text())
    document = document_of(name, table)

    assert not [e.message for e in jsonschema.Draft201909Validator(schema).iter_errors(document)]
    assert document["version"] == "1.0.0"
    assert all(5 <= len(p["description"]) <= 120 for p in columns(name, table).values())


@pytest.mark.parametrize("table", TABLES)
def test_rtm_is_held_to_the_contracts_of_airs(table):
    mine, theirs = document_of("airs", table), document_of("rtm", table)

    assert theirs | {"id": mine["id"], "name": mine["name"]} == mine
    assert theirs["id"] == mine["id"].replace("airs-", "rtm-")


@pytest.mark.parametrize("name", SYSTEMS)
def test_what_is_nested_is_decoded_and_what_is_a_key_must_be_there(name):
    for table, entry in system(name).tables.items():
        record = FilesSettings(**entry.settings).record
        known = columns(name, table)
        must = {
            n
            for n, p in known.items()
            if {"property": "optional", "value": False} in p.get("customProperties", [])
        }

        assert set(entry.decode) == set(record.nested), table
        assert set(record.nested) | set(record.keys) <= set(known), table
        assert must <= set(record.keys), table


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_register_and_the_contracts_name_the_same_columns(name):
    private = {
        n for table in TABLES for n, p in columns(name, table).items() if p.get("classification") == "private"
    }

    assert private == set(system(name).private)


# Documents ------------------------------------------------------------------------------------------------


class World:
    """A tenant of one AIRS feed with a real landing and a real audit."""

    def __init__(self, folder: Path, name: str = "airs", mode: str = "full", settings: str = "{}") -> None:
        spec = folder / "tenants" / "acme" / "tenant.yaml"
        spec.parent.mkdir(parents=True)
        spec.write_text(TENANT.format(system=name, mode=mode, settings=settings))
        self.settings = Settings.load(home=folder / "home", tenants_dir=folder / "tenants")
        loaded = load_tenants(self.settings)
        assert not loaded.errors
        [self.tenant] = loaded.tenants
        self.drop = self.settings.drops / "acme"
        self.drop.mkdir(parents=True)
        self.landing = DuckDBLanding(self.settings.warehouse, "acme")

    def deliver(self, name: str, text: str) -> None:
        (self.drop / name).write_text(text, encoding="utf-8")

    def load(self) -> dict:
        source = self.tenant.sources[0]
        load = SourceLoad(self.tenant, source, "CO", self.landing, self.settings.drops)
        return {table.name: load.run(table, new_load_id()) for table in source.tables}

    def rows(self, table: str) -> list[dict]:
        landed = self.landing.read("raw", f"feed_{table}", "CO")
        kept = [
            {name: cell for name, cell in row.items() if cell is not None and not name.startswith("_")}
            for row in landed.to_pylist()
        ]
        return sorted(kept, key=lambda row: str(row.get("Key")))


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def source(inside: str, stamp: str = "2026-03-02T02:00:00") -> str:
    return f'<Source xmlns="{NAMESPACE}" SourceEntity="Acme" OriginTimestamp="{stamp}">{inside}</Source>'


def agency(key: int, inside: str = "", **attributes: str) -> str:
    marks = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<Agency{marks}><Key>{key}</Key><Name>A{key}</Name>{inside}</Agency>"


def site(key: int, inside: str = "") -> str:
    service = (
        f"<SiteService><Name>S</Name><Key>{key}</Key><Taxonomy><Code>XA-1000</Code></Taxonomy></SiteService>"
    )
    return f"<Site><Key>{key}</Key><Name>P{key}</Name>{inside}{service}</Site>"


def test_both_versions_of_a_document_are_the_same_records(tmp_path):
    """3.0 has no status and no stamps: what they hide is left out of it, or excluded."""
    [feed] = feeds_of("summit")
    landed = {}
    for version in ("3.1", "3.0"):
        world = World(tmp_path / version)
        trees = (
            airs.family_tree(Family(feed, n, airs_traits.role(n), 7, day_edit(1), None)) for n in range(32)
        )
        head = {"SourceEntity": "Acme", "OriginTimestamp": "2026-03-02T02:00:00"}
        write_document(world.drop / "a.xml", head, filter(None, trees), version=version)

        results = world.load()

        assert {r.outcome for r in results.values()} == {"committed"}
        assert not [rule.rule for r in results.values() for rule in r.verdict.failed_rules]
        landed[version] = {table: {row["Key"]: row for row in world.rows(table)} for table in TABLES[1:]}
    new, old = landed["3.1"], landed["3.0"]
    gone = {key for key, row in new["agency"].items() if row.get("DeleteStamp")}
    assert gone
    assert set(new["agency"]) - set(old["agency"]) >= gone
    for table in ("agency", "site_service"):
        for key, row in old[table].items():
            kept = {"Key", "Name", "ParentAgencyKey", "Phone", "Taxonomy", "ServiceGroupKey"}
            assert {n: row.get(n) for n in kept} == {n: new[table][key].get(n) for n in kept}
    assert {
        row["ExcludeFromWebsite"]
        for key, row in old["agency"].items()
        if new["agency"][key]["Status"] == "inactive"
    } == {"true"}
    assert not any("Status" in row for row in old["agency"].values())


def test_what_the_schema_demands_and_a_producer_leaves_out_is_a_warning(world):
    world.deliver(
        "a.xml",
        source(
            "<Agency Status='open'><Key>{2B-7}</Key><Rating stars='5'>good</Rating>"
            "<Phone><PhoneNumber>1</PhoneNumber></Phone><Site ExcludeFromWebsite='sometimes'><Key>7</Key>"
            "<SiteService><Key>9</Key></SiteService></Site></Agency>",
            stamp="yesterday",
        ),
    )

    results = world.load()

    assert {r.outcome for r in results.values()} == {"committed"}
    assert sum(r.verdict.rows_rejected for r in results.values()) == 0
    broken = {table: {rule.rule for rule in r.verdict.failed_rules} for table, r in results.items()}
    assert broken == {
        "source": {"OriginTimestamp|pattern"},
        "agency": {"Key|pattern", "Name|required", "Status|enum"},
        "site": {"Name|required", "ExcludeFromWebsite|pattern"},
        "service_group": set(),
        "site_service": {"Name|required", "Taxonomy|required"},
    }
    assert set(results["agency"].drift.added) == {"Rating", "Rating_stars"}
    assert world.rows("agency")[0]["Rating_stars"] == "5"


def test_a_record_without_its_key_blocks_agencies_and_is_set_aside_elsewhere(world):
    many = "".join(site(n) for n in range(100, 200))
    world.deliver("a.xml", source(agency(1, many + "<Site><Name>no key</Name></Site>")))
    results = world.load()
    assert results["site"].outcome == "committed"
    assert results["site"].verdict.rows_rejected == 1

    world.deliver("a.xml", source(agency(1, many) + "<Agency><Name>no key</Name></Agency>"))
    results = world.load()
    assert results["agency"].outcome == "blocked"
    assert len(world.rows("agency")) == 1


def test_a_document_cut_off_changes_nothing(world):
    whole = source(agency(1, site(7)) + agency(2))
    world.deliver("a.xml", whole)
    world.load()
    before = {table: world.rows(table) for table in TABLES}

    world.deliver("a.xml", whole[: whole.rindex("</Agency>")])
    results = world.load()

    assert {r.outcome for r in results.values()} == {"blocked"}
    assert {r.error.rule for r in results.values()} == {"file|truncated"}
    assert {table: world.rows(table) for table in TABLES} == before


def test_absence_in_a_full_document_is_a_delete(world):
    world.deliver("a.xml", source(agency(1, site(7) + site(8)) + agency(2)))
    world.load()

    world.deliver("a.xml", source(agency(1, site(8)) + agency(3)))
    world.load()

    assert [row["Key"] for row in world.rows("agency")] == ["1", "3"]
    assert (
        [row["Key"] for row in world.rows("site")]
        == [row["Key"] for row in world.rows("site_service")]
        == ["8"]
    )


def test_a_stamp_replaces_a_record_in_a_partial_document_and_leaves_the_others(tmp_path):
    """The stamped record stands in raw as its stamp alone; no model publishes it."""
    world = World(tmp_path, mode="partial")
    address = "<PhysicalAddress Confidential='true'><Line1>9 Secret Rd</Line1></PhysicalAddress>"
    world.deliver("a_2026-03-02.xml", source(agency(1, site(7, address) + site(8)) + agency(2)))
    world.load()

    gone = "<Site delete='true' deleteEffective='2026-03-03T00:00:00'><Key>7</Key></Site>"
    world.deliver("a_2026-03-03.xml", source(agency(1, gone, FEIN="12")))
    results = world.load()

    assert results["site"].outcome == "committed"
    assert [row["Key"] for row in world.rows("agency")] == ["1", "2"]
    stamped, left = world.rows("site")
    assert stamped == {
        "Element": "Site", "Key": "7", "ParentAgencyKey": "1", "DeleteStamp": "true",
        "deleteEffective": "2026-03-03T00:00:00",
    }  # fmt: skip
    assert left["Name"] == "P8"


def test_a_document_without_groups_lands_an_empty_table(world):
    world.deliver("a.xml", source(agency(1, site(7))))

    results = world.load()

    assert results["service_group"].outcome == "committed"
    assert world.rows("service_group") == []


def test_rtm_reads_the_same_tables_from_csv_files(tmp_path):
    world = World(tmp_path, "rtm", settings="{format: csv, pattern: 'rtm_{table}_2*.csv'}")
    phones = json.dumps([{"@Confidential": "false", "PhoneNumber": "303-555-0100"}]).replace('"', '""')
    world.deliver("rtm_source_2026-03-02.csv", "SourceEntity,OriginTimestamp\nAcme,2026-03-02\n")
    world.deliver("rtm_agency_2026-03-02.csv", f'Key,ParentAgencyKey,Name,Phone,Mine\n1,,A1,"{phones}",x\n')
    world.deliver("rtm_site_2026-03-02.csv", "Element,Key,ParentAgencyKey,Name\nSite,7,1,P7\n")
    world.deliver("rtm_service_group_2026-03-02.csv", "Key,ParentAgencyKey,Name\n3,1,G\n")
    world.deliver(
        "rtm_site_service_2026-03-02.csv",
        "ParentSite,ParentSiteKey,Key,ParentAgencyKey,ServiceGroupKey,Name,Taxonomy\n"
        'Site,7,9,1,3,S,"[{""Code"":""XA-1000""}]"\n',
    )

    results = world.load()

    assert {r.outcome for r in results.values()} == {"committed"}
    assert not [rule.rule for r in results.values() for rule in r.verdict.failed_rules]
    [row] = world.rows("agency")
    assert json.loads(row["Phone_json"])[0]["PhoneNumber"] == "303-555-0100"
    assert results["agency"].drift.added == ("Mine",)
