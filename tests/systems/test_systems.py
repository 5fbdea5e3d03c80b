import json
from importlib import resources

import jsonschema
import pytest
import yaml

from dagster_ingest.spec.system import SHIPPED, System

CONTRACTS = sorted(
    path
    for name in ("icarol", "icarol_api", "visionlink", "wellsky")
    for path in (SHIPPED / name / "contracts").iterdir()
)
SYSTEMS = ("icarol", "icarol_api", "visionlink", "wellsky")


def system(name):
    return System(**yaml.safe_load((SHIPPED / name / "system.yaml").read_text()))


def table_of(path):
    return yaml.safe_load(path.read_text())["schema"][0]


def names(path):
    return {p["name"] for p in table_of(path)["properties"]}


@pytest.fixture(scope="module")
def odcs():
    text = resources.files("open_data_contract_standard").joinpath("schema.json").read_text()
    return jsonschema.Draft201909Validator(json.loads(text))


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda p: f"{p.parts[-3]}-{p.name.split('.')[0]}")
def test_contracts_are_odcs(path, odcs):
    assert not [error.message for error in odcs.iter_errors(yaml.safe_load(path.read_text()))]


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda p: f"{p.parts[-3]}-{p.name.split('.')[0]}")
def test_every_column_says_what_it_is(path):
    for prop in table_of(path)["properties"]:
        assert 5 <= len(prop["description"]) <= 120, prop["name"]


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda p: f"{p.parts[-3]}-{p.name.split('.')[0]}")
def test_an_empty_or_cut_off_delivery_is_refused(path):
    quality = table_of(path)["quality"]

    assert {"metric": "rowCount", "mustBeGreaterOrEqualTo": 1, "severity": "error"}.items() <= quality[
        0
    ].items()
    assert quality[1]["implementation"] == {"rule": "row_count_ratio", "min": 0.5}


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_contract_is_a_table_of_its_system(name):
    tables = {table: SHIPPED / name / entry.contract for table, entry in system(name).tables.items()}

    assert set(tables.values()) == set((SHIPPED / name / "contracts").iterdir())
    for table, path in tables.items():
        assert table_of(path)["name"] == table


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_register_and_the_contracts_name_the_same_columns(name):
    private = {
        p["name"]
        for path in (SHIPPED / name / "contracts").iterdir()
        for p in table_of(path)["properties"]
        if p.get("classification") == "private"
    }
    described_by_its_table = {"DESCRIPTION"}  # private for phones, public for the others

    assert private - described_by_its_table == set(system(name).private)


@pytest.mark.parametrize("name", SYSTEMS)
def test_decoded_columns_and_sentinels_are_columns(name):
    for table, entry in system(name).tables.items():
        assert set(entry.decode) <= names(SHIPPED / name / entry.contract), table
    known = {column for path in (SHIPPED / name / "contracts").iterdir() for column in names(path)}
    assert set(system(name).sentinels) <= known


def test_headings_that_must_be_there_are_in_every_width():
    from dagster_ingest.testing.sample.icarol_traits import read_header

    needed = {
        p["name"]
        for p in table_of(SHIPPED / "icarol" / "contracts" / "resource.odcs.yaml")["properties"]
        if p.get("required")
        or p.get("primaryKey")
        or {"property": "optional", "value": False} in p.get("customProperties", [])
    }

    assert len(needed) == 6
    for width in ("icarol_169", "icarol_166", "icarol_116"):
        assert needed <= set(read_header(width))


def test_the_icarol_contract_knows_every_heading():
    from dagster_ingest.testing.sample.icarol_traits import read_header

    known = {name.lower() for name in names(SHIPPED / "icarol" / "contracts" / "resource.odcs.yaml")}
    for width in ("icarol_169", "icarol_166", "icarol_116"):
        assert {name.lower() for name in read_header(width)} <= known


@pytest.mark.parametrize("name", ["brevlocation_20260302.csv", "brevlocation.csv", "abc-location-2026.csv"])
def test_location_files_are_not_taken_for_phones(name):
    from fnmatch import fnmatch

    tables = system("wellsky").tables

    assert fnmatch(name, tables["location"].settings["pattern"])
    assert not fnmatch(name, tables["locationphone"].settings["pattern"])
    assert not fnmatch("brevlocationphone_20260302.csv", tables["location"].settings["pattern"])
