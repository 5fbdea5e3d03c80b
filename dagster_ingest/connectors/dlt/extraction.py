"""A dlt resource as an iterator, with a state of our own and without dlt's configuration files.

dlt would otherwise fill missing arguments from environment variables and secrets.toml, where another
tenant's may stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagster_ingest.errors import NothingDelivered, among


def pick(source: Any, table: str, named: str | None) -> Any:
    """The resource of a source that is the table. Raises NothingDelivered if that is not to be told."""
    from dlt.extract import DltResource

    if isinstance(source, DltResource):
        return source
    names = list(source.resources)
    wanted = named or (table if table in names else names[0] if len(names) == 1 else table)
    if wanted in names:
        return source.resources[wanted]
    raise NothingDelivered(
        f"the dlt source {source.name!r} has no resource {wanted!r}",
        rule="file|delivered",
        where=f"dlt://{source.name}/{wanted}",
        not_done="nothing was read",
        fix=among(wanted, names, "its resources:"),
    )


def names_of(source: Any) -> tuple[str, ...]:
    from dlt.extract import DltResource

    return (source.name,) if isinstance(source, DltResource) else tuple(source.resources)


@contextmanager
def alone() -> Iterator[None]:
    """Without providers of configuration."""
    from dlt.common.configuration.container import Container
    from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

    providers = Container()[PluggableRunContext].providers
    held, providers.providers = providers.providers, []
    try:
        yield
    finally:
        providers.providers = held


def items(resource: Any, state: dict[str, Any]) -> Iterator[Any]:
    """What the resource yields: records, lists of them, Arrow tables. `state` is read and changed."""
    from dlt.common.configuration.container import Container
    from dlt.common.pipeline import StateInjectableContext

    with Container().injectable_context(StateInjectableContext(state=state)):  # type: ignore[arg-type]
        return iter(resource)


def state_text(state: dict[str, Any]) -> str:
    from dlt.common.json import json

    return json.typed_dumps(state)


def state_of(text: str) -> dict[str, Any]:
    from dlt.common.json import json

    return json.typed_loads(text)
