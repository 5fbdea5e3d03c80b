"""Settings of a connector as a person types them: `KEY=VALUE`, `KEY.KEY=VALUE`, the value as YAML."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from dagster_ingest.errors import SpecError
from dagster_ingest.scaffold.names import NOTHING


def parsed(texts: Iterable[str]) -> dict[str, Any]:
    """The settings as the tenant file holds them."""
    found: dict[str, Any] = {}
    for text in texts:
        path, sign, value = text.partition("=")
        keys = [key.strip() for key in path.split(".")]
        if not sign or not all(keys):
            fix = "write KEY=VALUE, such as --setting url=https://api.example.org/v1"
            raise SpecError(f"{path!r} is no setting with a value", not_done=NOTHING, fix=fix)
        inner = found
        for key in keys[:-1]:
            held = inner.setdefault(key, {})
            if not isinstance(held, dict):
                raise SpecError(f"the setting {key!r} is given twice", not_done=NOTHING, fix="give it once")
            inner = held
        if keys[-1] in inner:
            raise SpecError(f"the setting {path!r} is given twice", not_done=NOTHING, fix="give it once")
        inner[keys[-1]] = _value(value)
    return found


def _value(text: str) -> Any:
    """YAML where it is a mapping, a list, a number or a word of YAML's; else the text as it stands."""
    if text.strip()[:1] in ("{", "[") and text.strip()[-1:] not in ("}", "]"):
        return text
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    return value if value is None or isinstance(value, (bool, int, float, dict, list)) else text
