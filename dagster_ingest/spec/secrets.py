"""Which secrets a tenant's spec names, and the warehouse in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dagster_ingest.spec.models import OpenSearchTarget, PostgresTarget, SearchTarget, Target
from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.spec.telemetry import Telemetry
from dagster_ingest.spec.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class NamedSecret:
    """name: as the spec has it. user: what asks for it. plain: whether the bare variable serves as well."""

    name: str
    user: str
    plain: bool = False


def named_secrets(tenant: TenantSpec) -> tuple[NamedSecret, ...]:
    """Each secret once, with who asks for it first."""
    found: dict[str, NamedSecret] = {}
    for source in tenant.sources:
        for table in source.tables:
            for name in _names(table.settings):
                found.setdefault(name, NamedSecret(name, f"source {source.name}"))
        if source.arrival is not None:
            for name in _names(source.arrival.model_dump(mode="json")):
                found.setdefault(name, NamedSecret(name, f"arrival of {source.name}"))
    for name in _names(tenant.model.enhance.model_dump(mode="json")):
        found.setdefault(name, NamedSecret(name, "enhance"))
    for target in tenant.model.publish:
        for name in _of_reader(target):
            found.setdefault(name, NamedSecret(name, f"reader {target.reader}", plain=True))
    return tuple(found.values())


def warehouse_secrets(target: Warehouse, name: str) -> tuple[NamedSecret, ...]:
    """Those of the target in force; every tenant's run asks for them."""
    return tuple(
        NamedSecret(secret, f"warehouse {name}")
        for secret in dict.fromkeys(_names(target.model_dump(mode="json")))
    )


def telemetry_secrets(telemetry: Telemetry) -> tuple[NamedSecret, ...]:
    """Those of the receivers; they are the platform's, and no tenant's."""
    names = dict.fromkeys(_names(telemetry.model_dump(mode="json")))
    return tuple(NamedSecret(name, "telemetry") for name in names)


def _of_reader(target: Target) -> Iterator[str]:
    if isinstance(target, PostgresTarget):
        yield target.dsn
    if isinstance(target, SearchTarget):
        yield target.url
    if isinstance(target, OpenSearchTarget) and target.api_key:
        yield target.api_key


def _names(value: Any) -> Iterator[str]:
    """NAME of each `{secret: NAME}`, at any depth."""
    if isinstance(value, Mapping):
        if len(value) == 1 and isinstance(value.get("secret"), str):
            yield value["secret"]
        for part in value.values():
            yield from _names(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _names(part)
