"""What a document holds, as a short text: equal means that nothing has to be written."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import xxhash


def digest(document: Mapping[str, Any]) -> str:
    """128 bits in hex over the document's canonical JSON. Times are ISO text there."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_text)
    return xxhash.xxh3_128_hexdigest(text.encode())


def said(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A document as it was made, of one in a store, where the mark of whoever wrote it stands beside."""
    return {name: value for name, value in stored.items() if name != "ingest"}


def _text(value: Any) -> str:
    return value.isoformat()


def compact(document: Mapping[str, Any]) -> dict[str, Any]:
    """Without members that hold nothing, at any depth: absent beats null and empty."""
    found = {}
    for key, value in document.items():
        kept = _compacted(value)
        if kept is not None:
            found[key] = kept
    return found


def _compacted(value: Any) -> Any:
    # Texts and nothing first, which is most; whether something is a mapping costs the most to ask.
    if value is None or isinstance(value, str):
        return value if value and not value.isspace() else None
    if isinstance(value, dict):
        return compact(value) or None
    if isinstance(value, (list, tuple)):
        return [kept for item in value if (kept := _compacted(item)) is not None] or None
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() else value  # stores do not keep `18.0` and `18` apart
    return (compact(value) or None) if isinstance(value, Mapping) else value
