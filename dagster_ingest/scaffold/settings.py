"""Settings of a connector as a person types them: `KEY=VALUE`, `KEY.KEY=VALUE`, the value as YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import yaml

from dagster_ingest.errors import SpecError
from dagster_ingest.scaffold.names import NOTHING

_PLACEHOLDER = re.compile(r"\{\w+\}")


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
    """YAML where it is `{..}`, `[..]`, a number or one of YAML's words; else the text as it stands.

    A placeholder, `{state}`, is text.
    """
    plain = text.strip()
    if _PLACEHOLDER.fullmatch(plain):
        return text
    try:
        value = yaml.safe_load(plain)
    except (yaml.YAMLError, ValueError):
        return text
    if isinstance(value, (dict, list)):
        return value if plain[0] in "{[" else text
    return value if value is None or isinstance(value, (bool, int, float)) else text
