"""iCarol's API to HSDS: the rules as data; the same records by CSV and by API; canaries."""

from __future__ import annotations

import random

import pytest

from dagster_ingest.connectors.text import cell
from dagster_ingest.testing.sample.icarol_api import served
from tests.dbt_elt import rule_cases
from tests.dbt_elt.harness import Warehouse

# The choices of the sample tenant whose CSV export has the same records.
CHOICES = {"privacy": {"unflagged_addresses": "private"}, "locales": ["en", "es"], "as_of": "2026-03-02"}

SHAPE = rule_cases.Shape(
    system="icarol_api",
    ids=frozenset({"id"}),
    defaults={"resource": {"status": "Active"}},
    companions=False,
    namespace="icarol",
)
FILES = rule_cases.load_all(SHAPE)


@pytest.fixture(scope="module")
def builds(dbt_elt, tmp_path_factory):
    return rule_cases.Builds(FILES, dbt_elt, tmp_path_factory.mktemp("rules"), state="IA")


@pytest.mark.parametrize(("name", "rule"), rule_cases.cases(FILES))
def test_rule(builds, name, rule):
    builds.check(name, rule)


@pytest.fixture(scope="module")
def moved(dbt_elt, tmp_path_factory) -> dict[str, dict[str, list[dict]]]:
    """The same records by CSV and by API, built with the same choices."""
    sample, found = served(), {}
    rows = {
        "icarol": [{name.replace(" ", "_"): v for name, v in row.items()} for row in sample.rows],
        "icarol_api": landed(sample.records),
    }
    for system, raw in rows.items():
        warehouse = Warehouse(tmp_path_factory.mktemp(system) / "acme.duckdb", dbt_elt)
        warehouse.land(f"{system}_resource", raw)
        warehouse.build(systems=[system], command="run", **CHOICES)
        found[system] = warehouse.tables()
    return found


def landed(records) -> list[dict[str, str | None]]:
    """Records as the http connector lands them."""
    return [{name: cell(value) for name, value in record.items()} for record in records]


@pytest.mark.parametrize(
    "table", ["organization", "service", "location", "service_at_location", "address", "phone", "metadata"]
)
def test_a_tenant_that_moves_from_csv_keeps_every_id(moved, table):
    ids = {system: [row["id"] for row in tables[table]] for system, tables in moved.items()}

    assert len(ids["icarol"]) > 25
    assert sorted(ids["icarol_api"]) == sorted(ids["icarol"])


# What the API does not have, or has as text of its own: docs/systems/icarol_api.md lists it.
LOST = {
    "organization": {"year_incorporated"},
    "service": {"accreditations", "wait_time", "alert"},
    "location": {"transportation"},
    "service_at_location": set(),
    "address": {"attention"},
    "phone": {"description"},
    "service_area": set(),
    "language": set(),
    "required_document": set(),
    "accessibility": set(),
    "metadata": {"updated_by"},
}


@pytest.mark.parametrize("table", LOST)
def test_what_moves_says_the_same(moved, table):
    lost = LOST[table] | {"_system", "_load_id"}
    said = {
        system: {r["id"]: {c: v for c, v in r.items() if c not in lost} for r in tables[table]}
        for system, tables in moved.items()
    }

    assert said["icarol"]
    assert said["icarol_api"] == said["icarol"]


def test_codes_and_hours_by_the_day_are_the_same(moved):
    def codes(tables):
        return {
            (r["link_id"], r["taxonomy_term_id"]) for r in tables["attribute"] if r["link_type"] != "field"
        }

    def hours(tables):
        timed = [r for r in tables["schedule"] if "opens_at" in r]
        owner = ("service_id", "location_id", "service_at_location_id", "byday", "opens_at", "closes_at")
        return {tuple(r.get(c) for c in owner) for r in timed}

    assert codes(moved["icarol_api"]) == codes(moved["icarol"])
    withheld = hours(moved["icarol"]) - hours(moved["icarol_api"])
    assert hours(moved["icarol_api"]) < hours(moved["icarol"])
    assert len(withheld) < len(hours(moved["icarol"])) / 4  # some sites' hours are confidential in the API


@pytest.mark.parametrize("day", [1, 2])
def test_canaries_in_every_confidential_place_stay_out_of_every_table(warehouse, day):
    """On day two over the tables of day one: what has turned private is gone."""
    places = {"names", "contactDetails", "hours", "customFields", "notes", "searchHints", "translations"}
    for number in range(1, day + 1):
        sample = served(day=number)
        warehouse.land("icarol_api_resource", landed(sample.records))
        warehouse.build(systems=["icarol_api"], command="run", **CHOICES)
    private = [c for c in sample.canaries if c.from_day <= day]
    assert places | {"taxonomy", "coverage"} <= {c.column for c in private}

    text = rule_cases.elt_text(warehouse.path).lower()

    leaks = {(c.column, c.cls, n) for c in private for n in c.needles if n.lower() in text}
    assert "info100" in text
    assert leaks == set()


def test_registered_columns_that_no_flag_opens_are_never_read(dbt_elt):
    """raw_rows reads the columns that sources.yml names and no other."""
    never = {"notes", "searchHints", "translations"}
    assert never <= rule_cases.register("icarol_api")

    named = set(dbt_elt.manifest()["sources"]["source.dbt_elt.icarol_api.resource"]["columns"])

    assert "contactDetails" in named
    assert not never & named


def test_a_source_for_each_language_is_one_record(warehouse):
    """The tenant's first locale stands for it; what only the other source has is there, too."""
    agency = {"type": "Agency", "status": "Active"}
    english = {"id": 1, "cultureCode": "en-US", "names": [{"value": "Hands", "purpose": "Primary"}]}
    french = {"id": 1, "cultureCode": "fr-CA", "names": [{"value": "Mains", "purpose": "Primary"}]}
    phone = [{"contact": {"type": "PhoneNumber", "number": "515-555-0100"}}]
    warehouse.land("en_resource", landed([agency | english]))
    other = {**french, "id": 2, "contactDetails": phone}
    warehouse.land("fr_resource", landed([agency | french, agency | other]), load_id="20260102T000000-000000")

    warehouse.build(
        systems=["icarol_api"],
        sources={"icarol_api": ["en", "fr"]},
        command="run",
        select=rule_cases.needed("icarol_api", ["organization", "phone"]),
        locales=["en", "fr"],
    )

    assert [row["name"] for row in warehouse.rows("organization")] == ["Hands", "Mains"]
    assert [row["_source_id"] for row in warehouse.rows("phone")] == ["agency:2:phone1"]


def test_a_record_that_left_is_gone_with_all_that_hung_on_it(warehouse):
    records = [r for r in served().records if r["cultureCode"] == "en-US"]
    agency = next(r["id"] for r in records if r["type"] == "Agency")
    family = {r["id"] for r in records if r["id"] // 100 == agency // 100}
    warehouse.land("icarol_api_resource", landed(records))
    warehouse.build(systems=["icarol_api"], command="run", **CHOICES)
    assert str(agency) in rule_cases.elt_text(warehouse.path)

    warehouse.land("icarol_api_resource", landed(r for r in records if r["id"] not in family))
    warehouse.build(systems=["icarol_api"], command="run", **CHOICES)

    kept = [
        (table, row["_source_id"])
        for table, rows in warehouse.tables().items()
        for row in rows
        if any(str(number) in row["_source_id"] for number in family)
    ]
    assert kept == []


WORDS = ("contact", "type", "isConfidential", "value", "days", "note", "code", "id", "label", "number")
CELLS = ("[", '{"a":', "NaN", '"x"', "[[[[", "\x0b", "0", "null", "[null]", '["a",1,{}]', "[[]]", "{}", "")


def junk(chance: random.Random, depth: int = 0):
    """Any JSON value, shallow."""
    kind = chance.randrange(8 if depth < 3 else 6)
    if kind == 6:
        return [junk(chance, depth + 1) for _ in range(chance.randrange(3))]
    if kind == 7:
        return {chance.choice(WORDS): junk(chance, depth + 1)}
    texts = ("", 'text; with * "quotes" \' \x0b', "5", "24:61", "[", "-1")
    return (None, True, chance.randrange(-5, 99_999), chance.random() * 1e9, chance.choice(texts), "no")[kind]


def spoiled(chance: random.Random, value, share: float = 0.1):
    """The value with some of its parts replaced."""
    if chance.random() < share:
        return junk(chance)
    if isinstance(value, dict):
        return {name: spoiled(chance, part, share) for name, part in value.items()}
    return [spoiled(chance, part, share) for part in value] if isinstance(value, list) else value


def test_values_of_any_shape_break_nothing_and_show_nothing(warehouse):
    """Parts of all records replaced at random, yet not the flags: what they hide stays hidden."""
    chance, sample = random.Random(20261121), served()
    rows = []
    for number, record in enumerate(sample.records):
        kept = {"id", "type", "isConfidential", "contactDetails", "cultureCode", "isLinkOnly", "related"}
        kept |= {"status", "hours", "names"} if number % 2 else set()
        made = {n: v if n in kept else spoiled(chance, v) for n, v in record.items()}
        made["customFields"] = record["customFields"]
        rows += landed([made])
        if number % 7 == 3:
            column = chance.choice(("contactDetails", "names", "hours", "coverage", "taxonomy", "related"))
            rows[-1][column] = chance.choice(CELLS)
    warehouse.land("icarol_api_resource", rows)

    opened = {"custom_attributes": {"rqa": "Reviewed"}}
    warehouse.build(systems=["icarol_api"], adapt=opened, **CHOICES)

    text = rule_cases.elt_text(warehouse.path).lower()
    places = {"contactDetails", "customFields", "notes", "searchHints", "translations"}
    hidden = [c for c in sample.canaries if c.column in places and c.from_day == 1]
    assert len(warehouse.rows("service")) > 10
    assert len(hidden) > 500
    assert {n for c in hidden for n in c.needles if n.lower() in text} == set()
