"""The committed editor schemas are current, and agree with what the loader takes."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml_rs

from dagster_ingest import systems
from dagster_ingest.spec.editor import schemas, write_schemas

ROOT = Path(__file__).parents[2]
SCHEMAS = schemas(ROOT)


def check(name: str, document: object) -> list[str]:
    return [error.message for error in jsonschema.Draft7Validator(SCHEMAS[name]).iter_errors(document)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_committed_schemas_are_current(name: str) -> None:
    committed = json.loads((ROOT / "schemas" / name).read_text(encoding="utf-8"))

    assert committed == SCHEMAS[name], "run `dagster-ingest schema` and commit schemas/"


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_schemas(name: str) -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("path", sorted(ROOT.glob("tenants/*/tenant.yaml")), ids=lambda p: p.parent.name)
def test_sample_tenants_pass_their_schema(path: Path) -> None:
    assert check("tenant.schema.json", yaml_rs.loads(path.read_text(), parse_datetime=False)) == []


@pytest.mark.parametrize("name", systems.names())
def test_shipped_systems_pass_their_schema(name: str) -> None:
    document = yaml_rs.loads((systems.folder(name) / "system.yaml").read_text(), parse_datetime=False)

    assert check("system.schema.json", document) == []


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("dagster_ingest/systems/*/contracts/*.yaml")), ids=lambda p: p.name
)
def test_shipped_contracts_pass_their_schema(path: Path) -> None:
    assert check("contract.schema.json", yaml_rs.loads(path.read_text(), parse_datetime=False)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"states": ["XX"]},
        {"ownres": []},
        {"sources": {"a": {"system": "csv", "connector": "flies"}}},
        {"sources": {"a": {"system": "csv", "settings": {"pth": "x"}}}},
        {"sources": {"a": {"system": "csv", "tables": {"t": {"settings": {"pick": "oldest"}}}}}},
        {"publish": [{"reader": "postgress"}]},
    ],
)
def test_editors_mark_what_the_loader_refuses(change: dict) -> None:
    path = next(iter(sorted(ROOT.glob("tenants/*/tenant.yaml"))))
    document = yaml_rs.loads(path.read_text(), parse_datetime=False) | change

    assert check("tenant.schema.json", document)


@pytest.mark.parametrize(
    "column",
    [
        {"name": "A", "logicalType": "array"},
        {"name": "A", "logicalType": "string", "logicalTypeOptions": {"minimum": 1}},
        {"name": "A", "requird": True},
        {"name": "A", "quality": [{"metric": "nulValues"}]},
    ],
)
def test_editors_mark_what_cannot_be_executed(column: dict) -> None:
    document = {
        "kind": "DataContract", "apiVersion": "v3.1.0", "id": "a", "version": "1.0.0",
        "schema": [{"name": "t", "properties": [column]}],
    }  # fmt: skip

    assert check("contract.schema.json", document)


def test_fields_carry_help_for_editors() -> None:
    tenant = SCHEMAS["tenant.schema.json"]["properties"]

    assert tenant["owners"]["description"].startswith("Who answers for the data")
    assert tenant["states"]["items"]["enum"][:2] == ["AK", "AL"]


def test_schemas_are_written_where_asked(tmp_path: Path) -> None:
    written = write_schemas(tmp_path / "new" / "folder", ROOT)

    assert sorted(path.name for path in written) == sorted(SCHEMAS)
    assert all(json.loads(path.read_text()) for path in written)
