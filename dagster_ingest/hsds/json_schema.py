"""A JSON schema (Draft 2020-12) for nested HSDS objects, made from the HSDS model.

`format` is an assertion only for validators that are given a format checker.
"""

from __future__ import annotations

from typing import Any

from dagster_ingest.hsds import Entity, Field, entities

# A child that the standard requires beside the fields.
_REQUIRED_CHILDREN = {"service_capacity": ("unit",)}

_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"
_FORMAT = {"date": "date", "datetime": "date-time"}


def json_schema(entity: str = "service", *, strict: bool = False) -> dict[str, Any]:
    """The schema of one `entity` object with its children embedded.

    strict  refuse properties that the model does not name (the standard allows them)
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"HSDS {entity}",
        "$ref": f"#/$defs/{entity}",
        "$defs": {name: _object(body, strict) for name, body in entities().items()},
    }


def _object(entity: Entity, strict: bool) -> dict[str, Any]:
    properties = {field.name: _property(field) for field in entity.fields}
    for child in entity.nested:
        one = {"$ref": f"#/$defs/{child.entity}"}
        properties[child.name] = {"type": "array", "items": one} if child.kind == "array" else one
    required = [f.name for f in entity.fields if f.required]
    described: dict[str, Any] = {
        "type": "object",
        "properties": properties,
        "required": [*required, *_REQUIRED_CHILDREN.get(entity.name, ())],
    }
    if strict:
        described["additionalProperties"] = False
    return described


def _property(field: Field) -> dict[str, Any]:
    described: dict[str, Any] = {"type": field.json or field.type}
    text_format = _FORMAT.get(field.type, field.format)
    if text_format:
        described["format"] = text_format
    if field.type == "time":
        described["pattern"] = _TIME
    if field.enum:
        described["enum"] = list(field.enum)
    if field.deprecated:
        described["deprecated"] = True
    return described
