"""HSDS as a source: files of the systems, packages through the files connector, the API through http."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dagster_ingest import systems
from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.connectors.files.connector import FilesConnector
from dagster_ingest.errors import AccessDenied, DataError, NothingDelivered, Unavailable
from dagster_ingest.hsds import entities
from dagster_ingest.hsds.generated import files
from dagster_ingest.hsds.older import CORE, tables
from dagster_ingest.testing.fake import hsds_package
from dagster_ingest.testing.fake.hsds_api import LISTS, HsdsApi
from dagster_ingest.testing.http import FakeServer, faults
from tests.systems.conftest import ApiReader, Brought

ROOT = Path(__file__).parents[2]


# The systems' files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(files()))
def test_generated_files_are_up_to_date(name):
    assert (ROOT / name).read_text() == files()[name], "run `python -m dagster_ingest.hsds.generated`"


def test_nothing_else_lies_among_generated_contracts():
    for system in ("hsds", "hsds_api"):
        folder = ROOT / "dagster_ingest" / "systems" / system
        made = {Path(name).name for name in files() if f"/systems/{system}/" in name}
        assert {path.name for path in (folder / "contracts").iterdir()} == made


def test_every_table_has_its_contract_and_the_core_four_are_loaded_by_default():
    system = systems.system("hsds")

    assert set(system.tables) == set(tables())
    assert {name for name, table in system.tables.items() if table.required} == set(CORE)
    assert set(systems.system("hsds_api").tables) == set(LISTS.values())


@pytest.mark.parametrize("name", ["hsds", "hsds_api"])
def test_the_register_and_the_contracts_name_the_same_columns(name):
    system = systems.system(name)
    private = {
        f"{table}.{column.name}"
        for table in system.tables
        for column in systems.contract(name, table).columns
        if column.private
    }

    assert private == set(system.private)


@pytest.mark.parametrize("name", sorted(tables()))
def test_columns_of_the_standard_are_those_of_the_contract(name):
    known = {column.name for column in systems.contract("hsds", name).columns}

    assert known == set(tables()[name].fields)
    if name in entities():
        assert {f.name for f in entities()[name].fields} <= known


# Packages -------------------------------------------------------------------------------------------------

ROWS: dict[str, list[dict[str, Any]]] = {
    name: [{"id": f"{name}-1", table.fields[-1]: "x"}] for name, table in tables().items()
}


def taken(folder: Path, table: str) -> list[str]:
    """Names of the files, or members, that are the table's delivery."""
    settings = systems.system("hsds").tables[table].settings
    request = ReadRequest("acme", "hsds", table, "IA", settings, str(folder))
    return [part.rpartition("/")[2] for part in FilesConnector().fingerprint(request).parts]


@pytest.mark.parametrize("pack", ["folder", "zip"])
@pytest.mark.parametrize("stamp", ["", "2026-11-02"])
def test_each_table_takes_its_own_file_of_a_package_that_has_them_all(tmp_path, pack, stamp):
    folder = tmp_path / "acme"
    hsds_package.write(ROWS, folder, stamp, pack)

    for name, table in tables().items():
        stem, _, ending = table.csv.partition(".")
        dated = f"{stem}_{stamp}.{ending}" if stamp else table.csv
        inside = f"hsds{'_' + stamp if stamp else ''}.zip!{table.csv}"
        assert taken(folder, name) == [inside if pack == "zip" else dated]


@pytest.mark.parametrize("name", sorted(tables()))
def test_names_may_be_singular_and_in_any_case(tmp_path, name):
    folder = tmp_path / "acme"
    folder.mkdir()
    singular = {"payment_accepted": "payments_accepted", "service_attribute": "services_attribute"}
    (folder / f"{singular.get(name, name).upper()}.CSV").write_text("id\n1\n")

    assert len(taken(folder, name)) == 1


def test_a_file_that_was_left_out_is_said_to_be_missing(tmp_path):
    folder = tmp_path / "acme"
    hsds_package.write({"service": ROWS["service"]}, folder)

    with pytest.raises(NothingDelivered, match=r"phone\*csv"):
        taken(folder, "phone")


# The API --------------------------------------------------------------------------------------------------


def records() -> dict[str, list[dict[str, Any]]]:
    """25 services of 5 organizations, each at one location, changed on the days 1 to 25 of March."""
    numbers = range(1, 26)
    return {
        "organization": [{"id": f"o{n}", "name": f"Organization {n}", "description": "d"} for n in range(5)],
        "service": [
            {
                "id": f"s{n:02d}",
                "organization_id": f"o{n % 5}",
                "name": f"Service {n}",
                "status": "active",
                "last_modified": f"2026-03-{n:02d}T10:00:00Z",
            }
            for n in numbers
        ],
        "location": [{"id": f"l{n:02d}", "location_type": "physical", "latitude": "41.5"} for n in numbers],
        "service_at_location": [
            {"id": f"sl{n:02d}", "service_id": f"s{n:02d}", "location_id": f"l{n:02d}"} for n in numbers
        ],
        "phone": [{"id": f"p{n:02d}", "location_id": f"l{n:02d}", "number": "515-555-0100"} for n in numbers],
        "contact": [{"id": "c1", "service_id": "s01", "name": "Somebody"}],
    }


class Reader(ApiReader):
    """Reads the server with the settings that the system ships, ten records a page."""

    def __init__(self, server: FakeServer, folder: Path) -> None:
        super().__init__(server, folder)
        self.api = HsdsApi(records()).mount(server)

    def read(self, table: str = "service", cursor: str | None = None, **more: Any) -> Brought:
        system = systems.system("hsds_api")
        shipped = system.settings_for(system.tables[table], "http")
        paging = {**shipped["paging"], "size": 10}
        settings = {**shipped, "paging": paging, "url": self.server.url + self.api.base, **more}
        request = ReadRequest("acme", "api", table, "IA", settings, str(self.folder), cursor=cursor)
        return self.whole(request)


@pytest.fixture
def reader(running: FakeServer, tmp_path: Path) -> Reader:
    running.clear()
    return Reader(running, tmp_path)


SERVICES = "/api/v3/services"


def test_all_pages_come_with_what_is_nested_as_json(reader):
    brought = reader.read()

    assert brought.ids == [f"s{n:02d}" for n in range(1, 26)]
    assert {asked.param("page") for asked in reader.server.asked} == {"1", "2", "3"}
    row = brought.rows[0]
    assert (row["name"], row["status"]) == ("Service 1", "active")
    assert row["organization"] == '{"id":"o1","name":"Organization 1","description":"d"}'
    assert row["service_at_locations"].startswith('[{"id":"sl01","location":{"id":"l01"')
    assert '"latitude":41.5' in row["service_at_locations"]


@pytest.mark.parametrize("table", ["organization", "location", "service_at_location"])
def test_the_other_lists(reader, table):
    assert reader.read(table).ids == sorted(row["id"] for row in records()[table])


def test_what_comes_is_known_to_the_contract(reader):
    columns = {name for row in reader.read().rows for name in row}

    assert columns <= {column.name for column in systems.contract("hsds_api", "service").columns}


@pytest.mark.parametrize("heeded", [True, False])
def test_the_next_read_brings_changes_and_the_ids_that_are_left(reader, heeded):
    """A server that does not know modified_after sends everything again: no harm, and the same deletions."""
    reader.api.modified_after = heeded
    first = reader.read()
    after = records()
    after["service"] = [row for row in after["service"] if row["id"] not in ("s03", "s24")]
    after["service"][0] |= {"name": "Changed", "last_modified": "2026-04-01T00:00:00Z"}
    reader.api.tables = after

    second = reader.read(cursor=first.cursor)

    assert not second.snapshot
    assert second.ids == (["s01", "s25"] if heeded else sorted(row["id"] for row in after["service"]))
    assert second.deletions is not None
    assert second.deletions.kind == "present"
    assert set(second.deletions.keys["id"]) == {row["id"] for row in after["service"]}
    listed = [a for a in reader.server.asked if a.param("minimal") == "true"]
    assert listed, "ids are asked for without what is nested"
    assert not any(a.param("modified_after") for a in listed)


def test_lists_without_a_stamp_are_read_whole_each_time(reader):
    first = reader.read("location")
    gone = records()
    gone["location"].pop()
    reader.api.tables = gone

    second = reader.read("location", cursor=first.cursor)

    assert first.cursor is None
    assert second.snapshot
    assert len(second.rows) == 24


@pytest.mark.parametrize(
    "fault",
    [faults.too_many("3"), faults.status(500), faults.cut, faults.reset, faults.truncated],
    ids=["429", "500", "cut", "reset", "truncated"],
)
@pytest.mark.parametrize("page", [1, 2, 3])
def test_what_passes_leaves_the_same_rows(reader, fault, page):
    whole = reader.read().rows
    reader.server.script(SERVICES, fault, on=reader.server.count(SERVICES) + page)

    assert reader.read().rows == whole
    assert reader.waits


def test_a_total_that_disagrees_fails(reader):
    short = faults.altered(lambda page: {**page, "contents": page["contents"][:-1]})
    reader.server.script(SERVICES, short, times=None)

    with pytest.raises(DataError, match="contradict"):
        reader.read()


def test_a_page_in_place_of_another_fails(reader):
    again = faults.Repeated()
    reader.server.script(SERVICES, again.keep, times=None, when=lambda a: a.param("page") == "1")
    reader.server.script(SERVICES, again.again, times=None, when=lambda a: a.param("page") == "2")

    with pytest.raises(DataError):
        reader.read()


def test_a_list_of_ids_that_is_cut_short_deletes_nothing(reader):
    first = reader.read()
    short = faults.altered(lambda page: {**page, "contents": page["contents"][:-1]})
    reader.server.script(SERVICES, short, times=None, when=lambda a: a.param("minimal") == "true")

    with pytest.raises(DataError):
        reader.read(cursor=first.cursor)


def test_rows_that_move_between_pages_are_read_again(reader):
    def shift() -> None:
        reader.api.tables["service"].pop(0)

    reader.server.script(SERVICES, faults.first(shift), on=2)

    assert reader.read().ids == [f"s{n:02d}" for n in range(2, 26)]


@pytest.mark.parametrize(("status", "error"), [(401, AccessDenied), (503, Unavailable)])
def test_what_does_not_pass_is_classed(reader, status, error):
    reader.server.script(SERVICES, faults.status(status), times=None, when=lambda a: a.param("page") == "2")

    with pytest.raises(error):
        reader.read()


def test_details_one_by_one_where_lists_are_bare(reader):
    """Servers that nest nothing in lists: `details` in the tenant's settings fetch each record."""
    brought = reader.read(params={"minimal": True}, details={"path": "/services/{id}"})

    assert brought.ids == [f"s{n:02d}" for n in range(1, 26)]
    assert all(row["service_at_locations"] for row in brought.rows)
