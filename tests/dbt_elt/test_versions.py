"""Two tenants on different majors of one table: renamed, split and nested columns give the same rows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from dagster_ingest.spec.catalog import Catalog
from dagster_ingest.spec.resolve import resolve_tenant
from dagster_ingest.spec.system import SHIPPED
from dagster_ingest.transform.graph import tenant_graph
from dagster_ingest.transform.variables import majors, raw_tables, variables
from tests.dbt_elt.harness import REPOSITORY, Project, Warehouse
from tests.dbt_elt.test_wellsky import SHAPE

# What v2 of services would be: two columns renamed, one of them nested, and ELIGIBILITY in two columns.
RENAMED = {"FEES": "COST", "SERVICE_AREAS": "COVERAGE"}
MACRO = """\
{% macro wellsky__services__v2(relation) %}
  {{ return("select *, nullif(concat_ws(' ', WHO_MAY_COME, FROM_AGE), '') as ELIGIBILITY from " ~ relation) }}
{% endmacro %}
"""
TENANT = """\
tenant: {name}
display_name: Tenant
owners: [team:x]
cost: {{cost_center: cc-1}}
states: [FL]
sources:
  wellsky:
    system: wellsky
    settings: {{path: "{{state}}"}}
    tables:
      organization:
      location:
      locationphone:
      physicaladdress:
      services: {services}
freshness: {{fail: 36h}}
publish: [{{reader: hsds_package}}]
"""
SERVICES = [
    {
        "PROVIDER_SERVICE_CODE_ID": "8",
        "ORGANIZATION_ID": "1",
        "LOCATION_ID": "2",
        "FEES": "Sliding scale",
        "ELIGIBILITY": "Adults 18",
        "SERVICE_AREAS_json": json.dumps([{"county": "Lee", "state": "FL"}]),
    },
    {"PROVIDER_SERVICE_CODE_ID": "9", "ORGANIZATION_ID": "1", "LOCATION_ID": "2", "ALTERNATE_NAME": "Other"},
]


def in_v2(row: dict) -> dict:
    """The same record as v2 of the export would hold it."""
    who, _, age = row.get("ELIGIBILITY", "").partition(" ")
    found = {k: v for k, v in row.items() if k not in (*RENAMED, "SERVICE_AREAS_json", "ELIGIBILITY")}
    found |= {"COST": row.get("FEES"), "COVERAGE_json": row.get("SERVICE_AREAS_json")}
    return found | {"WHO_MAY_COME": who or None, "FROM_AGE": age or None}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory) -> Catalog:
    """The shipped systems, with a second major of WellSky's services."""
    root = tmp_path_factory.mktemp("installation")
    home = root / "wellsky"
    shutil.copytree(SHIPPED / "wellsky", home)
    first = (home / "contracts" / "services.odcs.yaml").read_text()
    second = first.replace("version: 1.0.0", "version: 2.1.0", 1)
    for was, name in RENAMED.items():
        declared = f"name: {name}, customProperties: [{{property: was, value: {was}}}], logicalType"
        second = second.replace(f"name: {was}, logicalType", declared)
    second = second.replace("name: ELIGIBILITY,", "name: WHO_MAY_COME,")
    second = second.replace(
        "      - {name: LANGUAGES,",
        "      - {name: FROM_AGE, logicalType: string}\n      - {name: LANGUAGES,",
    )
    (home / "contracts" / "services.v2.odcs.yaml").write_text(second)
    file = home / "system.yaml"
    path = "    contract: contracts/services.odcs.yaml\n"
    listed = f"{path}    versions: {{2: contracts/services.v2.odcs.yaml}}\n"
    file.write_text(file.read_text().replace(path, listed))
    found = Catalog.of(root)
    found.folders["wellsky"] = home
    return found


@pytest.fixture(scope="module")
def spec(catalog):
    def resolve(name: str, services: str):
        folder = catalog.root / "tenants" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tenant.yaml").write_text(TENANT.format(name=name, services=services))
        found, problems = resolve_tenant(folder, catalog)
        assert found, "\n".join(map(str, problems))
        return found

    return resolve


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    """dbt_elt with the macro that v2 needs."""
    home = tmp_path_factory.mktemp("project")
    shutil.copytree(REPOSITORY / "dbt_elt", home / "dbt_elt", ignore=shutil.ignore_patterns("target"))
    (home / "dbt_elt" / "macros" / "wellsky" / "versions.sql").write_text(MACRO)
    return Project(home / "dbt_elt", home)


def built(project: Project, folder: Path, spec, services: list[dict], elsewhere=()) -> dict[str, list[dict]]:
    """All elt tables of a tenant in FL; `elsewhere`: services of AL. Ids are replaced by their records."""
    warehouse = Warehouse(folder / f"{spec.name}.duckdb", project, spec.name)
    first = {"ID": "1"}, {"ID": "2", "ORGANIZATION_ID": "1"}
    for table, rows in {"organization": [first[0]], "location": [first[1]], "services": services}.items():
        defaults = SHAPE.defaults[table]
        warehouse.land(f"wellsky_{table}", [defaults | row for row in rows], state="FL")
    if elsewhere:
        warehouse.land(
            "wellsky_services", [SHAPE.defaults["services"] | row for row in elsewhere], state="AL"
        )
    given = variables(spec)
    choices = {key: given[key] for key in ("versions", "sources") if key in given}
    warehouse.build(systems=["wellsky"], state="FL", **choices)
    return without_ids(warehouse.tables(), spec.name)


def without_ids(tables: dict[str, list[dict]], tenant: str) -> dict[str, list[dict]]:
    """UUIDs hold the tenant: each is replaced by the record that it is of."""
    names: dict[str, str] = {}
    for table, rows in tables.items():
        for row in rows:
            names[row["id"]] = f"{table}:{row['_source_table']}:{row['_source_id']}"
    return {
        table: sorted(
            ({k: names.get(v, v) for k, v in row.items() if k != "_tenant"} for row in rows), key=repr
        )
        for table, rows in tables.items()
    }


@pytest.mark.slow
def test_two_majors_give_the_same_rows(project, spec, tmp_path):
    one, two = spec("acme", ""), spec("bravo", "{version: 2}")

    first = built(project, tmp_path, one, SERVICES)
    second = built(project, tmp_path, two, [in_v2(row) for row in SERVICES])

    assert [s["fees_description"] for s in first["service"] if "fees_description" in s] == ["Sliding scale"]
    assert [s["eligibility_description"] for s in first["service"] if "eligibility_description" in s] == [
        "Adults 18"
    ]
    assert first["service_area"]
    assert second == first


@pytest.mark.slow
def test_a_state_that_was_not_loaded_since_the_pin_moved_keeps_its_values(project, spec, tmp_path):
    one, two = spec("acme", ""), spec("bravo", "{version: 2}")
    expected = built(project, tmp_path, one, SERVICES)

    found = built(project, tmp_path, two, SERVICES, elsewhere=[in_v2(row) for row in SERVICES])

    assert found == expected


def test_the_variables_of_a_tenant_on_the_modelled_major_say_nothing_of_versions(spec):
    given = variables(spec("acme", ""))

    assert "versions" not in given


def test_the_variables_name_the_major_and_the_renamed_columns(spec):
    given = variables(spec("bravo", "{version: 2}"))

    renames = {"FEES": "COST", "SERVICE_AREAS": "COVERAGE", "SERVICE_AREAS_json": "COVERAGE_json"}
    entry = {"major": 2, "renames": renames, "gone": ["ELIGIBILITY"]}
    assert given["versions"] == {"wellsky": {"wellsky": {"services": entry}}}


def test_a_pin_and_its_macro_are_part_of_what_models_are_made_from(project, spec, dbt_elt):
    one, two = spec("acme", ""), spec("bravo", "{version: 2}")
    with_macro, without = ({"dbt_elt": p.manifest()} for p in (project, dbt_elt))

    def code(manifests, of, table="service"):
        return tenant_graph(manifests, raw_tables(of), majors(of)).nodes["elt", table].code

    assert code(with_macro, two) != code(without, two)
    assert code(with_macro, one) == code(without, one)
    assert code(with_macro, two, "phone") == code(without, two, "phone")
