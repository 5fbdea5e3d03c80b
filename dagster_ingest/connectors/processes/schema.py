"""What JSON schema says of a property."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def json_type(schema: Mapping[str, Any]) -> tuple[str | None, bool | None]:
    """(its type with the format, in the schema's words; whether null is allowed). None: it does not say."""
    said = schema.get("type")
    if said is None:
        parts = [json_type(part)[0] for part in schema.get("anyOf", ()) if isinstance(part, Mapping)]
        said = [part or "null" for part in parts]
    kinds = [said] if isinstance(said, str) else list(said)
    words = " or ".join(kind for kind in kinds if kind != "null")
    form = schema.get("airbyte_type") or schema.get("format")
    return (f"{words} ({form})" if form and words else words) or None, ("null" in kinds) if kinds else None
