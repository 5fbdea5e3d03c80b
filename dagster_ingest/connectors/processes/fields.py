"""Settings that all connectors of processes share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from dagster_ingest.connectors.processes.programs import SOURCE, TAP

_SECRET_KEY = re.compile(
    r"(?:^|[_-])(?:password|passwd|passphrase|secret|token|api_?key|private_?key|access_?key|credentials?)$"
)


def no_literals(config: dict[str, Any]) -> dict[str, Any]:
    """Refuses a secret written out, by the name of its key. Never quotes it."""
    for key, place in _literals(config, ""):
        raise ValueError(
            f"{place}: name a secret, {key}: {{secret: NAME}}; a spec never holds the value itself"
        )
    return config


def _literals(value: Any, place: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if isinstance(value, Mapping):
        for key, part in value.items():
            here = f"{place}.{key}" if place else str(key)
            if isinstance(part, str) and part and _SECRET_KEY.search(str(key).lower()) and not _names(value):
                found.append((str(key), here))
            found += _literals(part, here)
    elif isinstance(value, (list, tuple)):
        for at, part in enumerate(value):
            found += _literals(part, f"{place}[{at}]")
    return found


def _names(value: Mapping[str, Any]) -> bool:
    return set(value) == {"secret"}


Tap = Annotated[str, Field(pattern=TAP)]
SourceProgram = Annotated[str, Field(pattern=SOURCE)]
Config = Annotated[dict[str, Any], AfterValidator(no_literals)]
Patterns = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(max_length=200)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
