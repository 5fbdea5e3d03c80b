"""Which channels hear of an incident."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Protocol

from dagster_ingest.spec.alerts import Alerts, Kind, Route, Severity


class Addressed(Protocol):
    """What routing asks of an incident, fresh or remembered."""

    @property
    def kind(self) -> Kind: ...
    @property
    def severity(self) -> Severity: ...
    @property
    def owners(self) -> tuple[str, ...]: ...


def channels_for(rules: Alerts, tenant: str, found: Addressed) -> list[str]:
    """Names of channels, each once, in the order of the file."""
    wanted = {name for route in rules.routes if matches(route, tenant, found) for name in route.to}
    return [name for name in rules.channels if name in wanted]


def matches(route: Route, tenant: str, found: Addressed) -> bool:
    return (
        (route.kinds is None or found.kind in route.kinds)
        and (route.severities is None or found.severity in route.severities)
        and _any(route.tenants, [tenant])
        and _any(route.owners, found.owners)
    )


def _any(patterns: Sequence[str] | None, names: Sequence[str]) -> bool:
    return patterns is None or any(fnmatchcase(name, pattern) for pattern in patterns for name in names)
