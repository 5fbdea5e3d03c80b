"""Connectors by name. A connector is a package: `settings.py` holds its pydantic model as `SETTINGS`,
`connector.py` its class as `CONNECTOR`.

Those that come with the platform are folders beside this file. Another distribution adds one through the
entry point group `dagster_ingest.connectors`: the connector's name to the package. A broken one breaks the
tenants that use it and nobody else.

Looking up names and settings models imports neither polars nor pyarrow.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from dagster_ingest import naming
from dagster_ingest.errors import SpecError, among

if TYPE_CHECKING:
    from dagster_ingest.connectors.base import Connector

GROUP = "dagster_ingest.connectors"
_PROTOCOL = ("capabilities", "check", "discover", "fingerprint", "read")
_HERE = Path(__file__).parent


@cache
def names() -> tuple[str, ...]:
    """All connector names, sorted. Those of others are listed whether they work or not."""
    return tuple(sorted({*_shipped(), *_added()}))


@cache
def settings_model(name: str) -> type[BaseModel]:
    """The pydantic model of a connector's settings.

    Raises SpecError for a name that is none, and for a third party's connector that cannot be used.
    """
    model = _member(name, "settings", "SETTINGS")
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise _broken(name, "its SETTINGS is no pydantic model")
    return model


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
    made = _member(name, "connector", "CONNECTOR")()
    lacking = [member for member in _PROTOCOL if not hasattr(made, member)]
    if lacking:
        raise _broken(name, f"it has no {', '.join(lacking)}")
    return made


def problems() -> tuple[str, ...]:
    """What is wrong with connectors of other distributions, each named. Imports their settings."""
    found = []
    for entry in _entries():
        if (refused := _refused(entry)) is not None:
            found.append(refused)
            continue
        try:
            settings_model(entry.name)
        except SpecError as error:
            found.append(error.problem)
    return tuple(dict.fromkeys(found))


def reset() -> None:
    """Look anew, after a distribution was installed into this process."""
    names.cache_clear()
    settings_model.cache_clear()


def _shipped() -> tuple[str, ...]:
    return tuple(sorted(p.parent.name for p in _HERE.glob("*/settings.py")))


def _entries() -> tuple[EntryPoint, ...]:
    return tuple(sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)))


def _added() -> dict[str, EntryPoint]:
    """Connectors of other distributions that may go by their name."""
    return {entry.name: entry for entry in _entries() if _refused(entry) is None}


def _refused(entry: EntryPoint) -> str | None:
    """Why an entry point does not count, or None."""
    said = f"the connector {entry.name!r} of {_origin(entry)} is left out"
    if entry.name in _shipped():
        return f"{said}: the platform has one of that name"
    if not naming.is_name(entry.name):
        return f"{said}: its name may hold lower case letters, digits and single underscores"
    others = {_origin(e) for e in _entries() if e.name == entry.name and e.value != entry.value}
    if others:
        return f"{said}: {', '.join(sorted(others))} has one of that name, too"
    return None


def _member(name: str, module: str, member: str) -> Any:
    shipped = _known(name) in _shipped()
    package = f"{__package__}.{name}" if shipped else _added()[name].value.partition(":")[0]
    try:
        return getattr(importlib.import_module(f"{package}.{module}"), member)
    except Exception as error:  # whatever a third party's import may raise
        if shipped:
            raise
        raise _broken(name, f"{type(error).__name__}: {error}") from error


def _broken(name: str, why: str) -> SpecError:
    origin = _origin(_added()[name]) if name in _added() else "the platform"
    return SpecError(
        f"the connector {name!r} of {origin} cannot be used: {why}",
        not_done="nothing was read",
        fix=f"mend or remove {origin}; use one of {', '.join(_shipped())} meanwhile",
    )


def _origin(entry: EntryPoint) -> str:
    made = entry.dist
    return f"{made.name} {made.version}" if made is not None else entry.value


def _known(name: str) -> str:
    if name in names():
        return name
    raise SpecError(f"there is no connector {name!r}", not_done="nothing was read", fix=among(name, names()))
