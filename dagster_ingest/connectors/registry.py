"""Connectors by name. A connector is a folder beside this file: `<name>/settings.py` holds its
pydantic model as `SETTINGS`, `<name>/connector.py` its class as `CONNECTOR`.

Looking up names and settings models imports neither polars nor pyarrow.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from dagster_ingest.errors import SpecError, guess

if TYPE_CHECKING:
    from dagster_ingest.connectors.base import Connector

_HERE = Path(__file__).parent


@cache
def names() -> tuple[str, ...]:
    """All connector names, sorted."""
    return tuple(sorted(p.parent.name for p in _HERE.glob("*/settings.py")))


@cache
def settings_model(name: str) -> type[BaseModel]:
    """The pydantic model of a connector's settings. Raises SpecError for a name that is none."""
    return importlib.import_module(f"{__package__}.{_known(name)}.settings").SETTINGS


def parse_settings(name: str, settings: Mapping[str, Any]) -> BaseModel:
    """Settings checked against the connector's model. Raises SpecError that lists every fault."""
    try:
        return settings_model(name).model_validate(dict(settings))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise SpecError(
            f"settings of connector {name!r} are wrong: {faults}",
            not_done="nothing was read",
            fix=f"allowed settings: {', '.join(settings_model(name).model_fields)}",
        ) from None


def connector(name: str) -> Connector:
    """A connector, ready to use."""
    return importlib.import_module(f"{__package__}.{_known(name)}.connector").CONNECTOR()


def _known(name: str) -> str:
    if name in names():
        return name
    near = guess(name, names())
    raise SpecError(
        f"there is no connector {name!r}",
        not_done="nothing was read",
        fix=f"use one of {', '.join(names())}" + (f"; did you mean {near!r}?" if near else ""),
    )
