"""The catalog's two shapes: JSON for programs, and what a page can search."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

from dagster_ingest.observe import catalog as package
from dagster_ingest.observe.catalog.export import as_json
from dagster_ingest.observe.catalog.pooled import pooled
from dagster_ingest.observe.catalog.values import VERSION
from tests.observe.report import made

SCHEMA = json.loads((Path(package.__file__).parent / "catalog.schema.json").read_text())


def test_the_export_has_the_documented_shape_and_its_version():
    found = json.loads(json.dumps(as_json(made.catalog())))

    jsonschema.validate(found, SCHEMA, format_checker=jsonschema.FormatChecker())
    assert found["version"] == VERSION == SCHEMA["properties"]["version"]["const"]
    assert len(found["assets"]) == 8 * 12


def test_lineage_names_assets_of_the_same_tenant_by_their_whole_key():
    [stage, *_] = [a for a in as_json(made.catalog())["assets"] if a["layer"] == "stage"]

    [column, *_] = stage["columns"]
    assert column["made_of"] == [{"asset": ["bayside", "elt", stage["table"]], "column": "field_0"}]
    assert column["sources"] == [{"asset": ["bayside", "raw", stage["table"]], "column": "field_0"}]
    assert all(key[0] == "bayside" for key in stage["upstream"])


def test_what_tenants_share_is_said_once():
    few, many = (json.loads(pooled(made.catalog(tenants=n, shapes=2))) for n in (2, 20))

    assert len(many["assets"]) == 10 * len(few["assets"])
    assert many["pools"]["schemas"] == few["pools"]["schemas"]


def test_a_pooled_asset_points_at_its_columns_and_its_inputs():
    found = json.loads(pooled(made.catalog(tenants=1)))

    stage = next(a for a in found["assets"] if a["layer"] == "stage")
    columns = found["pools"]["schemas"][stage["schema"]]
    assert columns[3] == [
        "field_0_8_3", "varchar", "What column 3 of table_008 means to the people who keep it", ["private"],
        ["elt/table_008.field_3"], ["raw/table_008.field_3"],
    ]  # fmt: skip
    assert [found["assets"][n]["key"] for n in stage["upstream"]] == ["bayside/elt/table_004"]
