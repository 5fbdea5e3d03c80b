"""What every system relies on: ids, states, orphans, sources, contracts, and the tests themselves."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import yaml

from dagster_ingest import naming
from dagster_ingest.hsds import entities
from dagster_ingest.transform.graph import tenant_graph
from tests.dbt_elt.rule_cases import needed

COLUMN_TYPES = {"number": "double", "date": "date", "datetime": "timestamp"}
ORIGIN = ("_tenant", "_state", "_system", "_source_table", "_source_id", "_load_id")
ENTITIES = [
    "organization",
    "service",
    "location",
    "service_at_location",
    "address",
    "phone",
    "contact",
    "schedule",
    "service_area",
    "language",
    "required_document",
    "accessibility",
    "cost_option",
    "taxonomy",
    "taxonomy_term",
    "attribute",
    "program",
    "organization_identifier",
    "metadata",
    "url",
]


def agency(number: str, **fields: str) -> dict[str, str]:
    return {
        "ResourceAgencyNum": number,
        "TaxonomyLevelName": "Agency",
        "PublicName": f"Agency {number}",
        **fields,
    }


def program(number: str, of: str, **fields: str) -> dict[str, str]:
    return {**agency(number, **fields), "TaxonomyLevelName": "Program", "ParentAgencyNum": of}


def test_ids_are_those_of_naming(warehouse):
    warehouse.land("icarol_resource", [agency("17"), agency("Zoë 'x'")])

    warehouse.build(systems=["icarol"], command="run", select=needed("icarol", ["organization"]))

    found = {row["_source_id"]: row["id"] for row in warehouse.rows("organization")}
    assert found == {n: naming.hsds_id("acme", "icarol", "agency", n) for n in ("17", "Zoë 'x'")}


def test_a_run_touches_its_own_state_only(warehouse):
    warehouse.land("icarol_resource", [agency("1"), program("11", of="1")], state="IA")
    warehouse.land("icarol_resource", [agency("2"), program("12", of="2")], state="NE")
    warehouse.build(systems=["icarol"], state="IA", command="run")
    warehouse.build(systems=["icarol"], state="NE")
    before = {name: [r for r in rows if r["_state"] == "NE"] for name, rows in warehouse.tables().items()}

    warehouse.land("icarol_resource", [], state="NE")
    warehouse.land("icarol_resource", [agency("3")], state="IA")
    warehouse.build(systems=["icarol"], state="IA")

    tables = warehouse.tables()
    assert {name: [r for r in rows if r["_state"] == "NE"] for name, rows in tables.items()} == before
    assert [r["_source_id"] for r in tables["service"]] == ["12"]
    assert [r["_source_id"] for r in warehouse.rows("organization", state="IA")] == ["3"]


def test_the_last_row_of_a_state_goes_too(warehouse):
    warehouse.land("icarol_resource", [agency("1"), program("11", of="1", Phone1Number="515-555-0100")])
    warehouse.build(systems=["icarol"], command="run")

    warehouse.land("icarol_resource", [])
    warehouse.build(systems=["icarol"])

    assert {name for name, rows in warehouse.tables().items() if rows} == set()


def test_a_repeated_run_changes_nothing(warehouse):
    warehouse.land("icarol_resource", [agency("1"), program("11", of="1", TaxonomyCodes="XA-1000; XB-2000")])
    warehouse.build(systems=["icarol"], command="run")
    first = warehouse.tables()

    warehouse.build(systems=["icarol"], command="run")

    assert warehouse.tables() == first


def test_sources_of_one_system_are_united_whatever_their_width(warehouse):
    warehouse.land("east_resource", [agency("1", AlternateName="One")])
    warehouse.land("west_resource", [agency("2", UnknownColumn="kept in raw")])

    warehouse.build(
        systems=["icarol"],
        sources={"icarol": ["east", "west", "never_landed"]},
        command="run",
        select=needed("icarol", ["organization"]),
    )

    assert [(r["_source_id"], r.get("alternate_name")) for r in warehouse.rows("organization")] == [
        ("1", "One"),
        ("2", None),
    ]


def test_nothing_landed_gives_empty_tables_of_the_right_types(warehouse):
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("create schema raw")

    warehouse.build(systems=["icarol"], command="run")

    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        found = connection.execute(
            "select table_name, column_name, lower(data_type) from information_schema.columns"
            " where table_schema = 'elt' order by table_name, ordinal_position"
        ).fetchall()
    for name in ENTITIES:
        expected = [(f.name, COLUMN_TYPES.get(f.type, "varchar")) for f in entities()[name].fields]
        expected += [(column, "varchar") for column in ORIGIN]
        assert [(column, kind) for table, column, kind in found if table == name] == expected, name


def test_the_contracts_state_what_hsds_requires(dbt_elt):
    models = yaml.safe_load((dbt_elt.folder / "models" / "hsds" / "hsds.yml").read_text())["models"]

    assert {model["name"] for model in models} == set(ENTITIES)
    for model in models:
        constrained = {c["name"] for c in model["columns"] if "constraints" in c}
        required = {f.name for f in entities()[model["name"]].fields if f.required or f.required_csv}
        assert required <= constrained, model["name"]
        assert model["config"]["contract"]["enforced"] is True


def test_the_tests_see_damage_in_the_run_s_state_and_in_no_other(warehouse):
    warehouse.land("icarol_resource", [agency("1"), program("11", of="1")], state="IA")
    warehouse.land(
        "icarol_resource", [agency("2"), program("12", of="2", PhoneFax="402-555-0100")], state="NE"
    )
    for state in ("IA", "NE"):
        warehouse.build(systems=["icarol"], state=state, command="run")

    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("insert into elt.phone select * from elt.phone where _state = 'NE'")
        connection.execute("delete from elt.location where _state = 'NE'")
        connection.execute("update elt.service set status = 'open' where _state = 'NE'")
    here = warehouse.build(systems=["icarol"], state="NE", command="test", check=False)
    elsewhere = warehouse.build(systems=["icarol"], state="IA", command="test", check=False)

    assert {name.split("__")[0] for name in here.failures} == {
        "unique_phone_id",
        "foreign_keys_service_at_location_service",
        "accepted_values_service_status",
    }
    assert elsewhere.failures == {}


def test_a_table_gets_the_columns_that_it_lacks(warehouse):
    """With a contract (organization) and without (icarol__record); the other states' rows stay."""
    only = ["icarol__record", "icarol__offer", "icarol__alert", "organization"]
    for state in ("IA", "NE"):
        warehouse.land("icarol_resource", [agency("1", YearIncorporated="1987")], state=state)
        warehouse.build(systems=["icarol"], state=state, command="run", select=only)
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("alter table elt.organization drop column year_incorporated")
        connection.execute("alter table elt.icarol__record drop column year_incorporated")

    warehouse.build(systems=["icarol"], state="IA", command="run", select=only)

    for table in ("organization", "icarol__record"):
        assert "year_incorporated" in warehouse.rows(table, state="IA")[0]
        assert len(warehouse.rows(table, state="NE")) == 1


def test_a_build_that_fails_leaves_the_rows_that_were_there(warehouse):
    only = ["icarol__record", "icarol__offer", "icarol__alert", "organization"]
    warehouse.land("icarol_resource", [agency("1", PublicName="211")])
    warehouse.build(systems=["icarol"], command="run", select=only)
    before = warehouse.rows("organization")
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("alter table elt.organization alter column name type integer")

    warehouse.land("icarol_resource", [agency("2", PublicName="no number")])
    run = warehouse.build(systems=["icarol"], command="run", select=only, check=False)

    assert set(run.failures) == {"organization"}
    assert warehouse.rows("organization") == [{**before[0], "name": 211}]


def test_a_tenant_without_a_system_never_compiles_that_systems_sql(warehouse):
    warehouse.land("icarol_resource", [agency("1")])

    run = warehouse.build(systems=["icarol"], select=["tag:hsds"], command="compile")

    assert run.compiled
    foreign = [name for name, sql in run.compiled.items() if "wellsky" in sql or "visionlink" in sql]
    assert foreign == []


def test_a_tenants_graph_has_every_input_of_the_shared_models(dbt_elt):
    wellsky = [("wellsky", table) for table in ("organization", "location", "services")]
    raw = {key: ["_".join(key)] for key in [*wellsky, ("icarol", "resource")]}

    graph = tenant_graph({"dbt_elt": dbt_elt.manifest()}, raw)

    assert set(graph.nodes["elt", "service"].parents) == {
        *[("raw", relation) for [relation] in raw.values() if relation != "icarol_resource"],
        *[("elt", name) for name in ("organization", "program")],
        *[("elt", f"icarol__{name}") for name in ("record", "offer", "alert")],
    }


def test_one_small_table_alone_depends_on_the_day(dbt_elt):
    graph = tenant_graph({"dbt_elt": dbt_elt.manifest()}, {("icarol", "resource"): ["r"]})
    assert [node.table for node in graph.nodes.values() if node.daily] == ["icarol__alert"]


def test_sql_asks_for_the_day_through_today_alone():
    asks = re.compile(r"current_date|current_timestamp|now\(\)|getdate|sysdate|'as_of'|modules\.dat", re.I)
    root = Path(__file__).parents[2]
    found = {
        path.name: asks.findall(path.read_text())
        for project in ("dbt_elt", "dbt_stage")
        for path in (root / project).rglob("*.sql")
        if asks.search(path.read_text())
    }
    assert found == {"run.sql": ["'as_of'", "current_date"]}
