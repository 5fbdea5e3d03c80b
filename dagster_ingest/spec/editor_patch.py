"""The JSON schema of a patch, made of the contract's: nothing is required, null removes, lists have names."""

from __future__ import annotations

from typing import Any

from dagster_ingest.spec.merge import NAMED
from dagster_ingest.spec.patch import KEPT, PatchHeader


def patch_schema(contract: dict[str, Any]) -> dict[str, Any]:
    """`contract`: the schema of whole contracts; it is changed into that of patches."""
    for part in (contract, *contract["$defs"].values()):
        part.pop("required", None)
        for rule in part.get("allOf", ()):
            rule["then"] = _optional(rule["then"])
        part["properties"] = {key: _patched(key, value) for key, value in part.get("properties", {}).items()}
    for key in KEPT:
        del contract["properties"][key]
    header = PatchHeader.model_json_schema(ref_template="#/$defs/{model}")
    contract["$defs"]["PatchHeader"] = header
    contract["properties"] |= {
        "patch": {"$ref": "#/$defs/PatchHeader"},
        "status": {"const": "draft"},
    }
    contract["required"] = ["patch"]
    return contract


def _patched(key: str, value: dict[str, Any]) -> dict[str, Any]:
    """A property of a contract as a patch writes it."""
    items = _items(value) if key in NAMED else None
    if items is None:
        return {"anyOf": [value, {"type": "null"}]}
    entry = [items, {"type": "null"}]
    # A custom property may be given by its value alone.
    values: list[dict[str, Any]] = [{}] if NAMED[key].complete == ("value",) else []
    return {"type": ["object", "null"], "additionalProperties": {"anyOf": [*entry, *values]}}


def _items(value: dict[str, Any]) -> dict[str, Any] | None:
    """What a list's schema says of its entries."""
    options = [value, *value.get("anyOf", ())]
    return next((option["items"] for option in options if "items" in option), None)


def _optional(then: dict[str, Any]) -> dict[str, Any]:
    """A condition on a property's type, for a property that may be given in part."""
    properties = then.get("properties", {})
    return {**then, "properties": {key: {"anyOf": [v, {"type": "null"}]} for key, v in properties.items()}}
