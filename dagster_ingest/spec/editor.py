"""JSON schemas for editors: what a YAML language server needs to complete and check spec files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dagster_ingest.errors import SpecError
from dagster_ingest.spec.alerts import Alerts
from dagster_ingest.spec.catalog import Connectors, connector_registry
from dagster_ingest.spec.contract import INTEGER_FORMATS, NUMBER_FORMATS, STRING_FORMATS, TYPES
from dagster_ingest.spec.draft import DIMENSIONS
from dagster_ingest.spec.editor_patch import patch_schema
from dagster_ingest.spec.models import Tenant
from dagster_ingest.spec.odcs import API_VERSIONS
from dagster_ingest.spec.odcs_head import STATUSES
from dagster_ingest.spec.odcs_property import CLASSIFICATIONS, OPTIONS
from dagster_ingest.spec.odcs_threshold import UNITS
from dagster_ingest.spec.system import System, system_folders
from dagster_ingest.spec.warehouse import Warehouses

_DRAFT = "http://json-schema.org/draft-07/schema#"


def schemas(root: Path, connectors: Connectors | None = None) -> dict[str, dict[str, Any]]:
    """File name to schema."""
    return {
        "tenant.schema.json": tenant_schema(root, connectors or connector_registry()),
        "contract.schema.json": contract_schema(),
        "patch.schema.json": _finished(patch_schema(contract_schema()), "A tenant's patch of a contract"),
        "system.schema.json": system_schema(connectors or connector_registry()),
        "warehouses.schema.json": _finished(
            Warehouses.model_json_schema(), "Warehouses of an installation of dagster-ingest"
        ),
        "alerts.schema.json": _finished(Alerts.model_json_schema(), "Alerts of an installation"),
    }


def write_schemas(out: Path, root: Path) -> list[Path]:
    """Write all schemas into the folder `out`; returns their paths."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in schemas(root).items():
        path = out / name
        path.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        written.append(path)
    return written


def tenant_schema(root: Path, connectors: Connectors) -> dict[str, Any]:
    """Tenant files: states, systems and connectors are offered, a connector's settings are checked."""
    schema = _finished(Tenant.model_json_schema(), "Tenant file of dagster-ingest")
    definitions = schema["$defs"]
    definitions["Source"]["properties"]["system"]["anyOf"] = [
        {"enum": sorted(system_folders(root))},
        {"type": "string"},
    ]
    definitions["Source"]["properties"]["connector"]["enum"] = list(connectors.names())
    definitions["Source"]["allOf"] = [
        _when_connector(name, _settings(connectors, name, definitions))
        for name in connectors.names()
        if _sound(connectors, name)
    ]
    return schema


def system_schema(connectors: Connectors) -> dict[str, Any]:
    return _finished(System.model_json_schema(), "System file of dagster-ingest")


def contract_schema() -> dict[str, Any]:
    """The Open Data Contract Standard, narrowed to what can be executed."""
    from open_data_contract_standard.model import OpenDataContractStandard

    schema = _finished(OpenDataContractStandard.model_json_schema(), "Data contract (ODCS) of one table")
    schema["required"] = ["kind", "apiVersion", "id", "version", "schema"]
    schema["properties"]["kind"] = {"const": "DataContract"}
    schema["properties"]["apiVersion"] = {"enum": list(API_VERSIONS)}
    schema["properties"]["schema"] |= {"minItems": 1}
    schema["properties"]["status"] = {"enum": list(STATUSES)}
    definitions = schema["$defs"]
    for name, definition in definitions.items():
        definition.setdefault("additionalProperties", False)
        if name in ("SchemaProperty", "SchemaObject"):
            definition["required"] = ["name"]
    column = definitions["SchemaProperty"]["properties"]
    column["logicalType"] = {"enum": list(TYPES)}
    column["classification"] = {"enum": list(CLASSIFICATIONS)}
    definitions["SchemaProperty"]["allOf"] = [_when_type(kind) for kind in TYPES]
    definitions["DataQuality"]["properties"] |= {
        "type": {"enum": ["library", "sql", "custom"]},
        "metric": {"enum": ["nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount"]},
        "dimension": {"enum": sorted(set(DIMENSIONS.values()))},
        "severity": {"enum": ["error", "warn"]},
        "unit": {"enum": list(UNITS)},
        "engine": {"const": "dagster-ingest"},
    }
    return schema


def _when_type(kind: str) -> dict[str, Any]:
    options: dict[str, Any] = {name: {} for name in OPTIONS[kind]}
    formats = {"string": STRING_FORMATS, "integer": INTEGER_FORMATS, "number": NUMBER_FORMATS}
    if kind in formats:
        options["format"] = {"enum": list(formats[kind])}
    return {
        "if": {"properties": {"logicalType": {"const": kind}}, "required": ["logicalType"]},
        "then": {
            "properties": {"logicalTypeOptions": {"properties": options, "additionalProperties": False}}
        },
    }


def _when_connector(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    """`connector` left out means files."""
    chosen: dict[str, Any] = {"properties": {"connector": {"const": name}}}
    if name != "files":
        chosen["required"] = ["connector"]
    tables = {"additionalProperties": {"properties": {"settings": settings}}}
    return {"if": chosen, "then": {"properties": {"settings": settings, "tables": tables}}}


def _sound(connectors: Connectors, name: str) -> bool:
    """A third party's connector that cannot be imported has no settings to offer."""
    try:
        connectors.settings_model(name)
    except SpecError:
        return False
    return True


def _settings(connectors: Connectors, name: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """A reference to the connector's settings; nothing is required, since defaults lie under them."""
    key = f"settings_{name}"
    model = connectors.settings_model(name).model_json_schema(ref_template="#/$defs/{model}")
    definitions.update(model.pop("$defs", {}))
    definitions[key] = {k: v for k, v in model.items() if k != "required"}
    return {"$ref": f"#/$defs/{key}"}


def _finished(schema: dict[str, Any], title: str) -> dict[str, Any]:
    for part in _parts(schema):
        if isinstance(part.get("title"), str):
            del part["title"]  # made of the field's name; editors show it in the place of the description
    return {"$schema": _DRAFT, "title": title, **schema}


def _parts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _parts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _parts(part)
