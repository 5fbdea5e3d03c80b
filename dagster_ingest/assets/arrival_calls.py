"""Calls of the webhook receiver, written to the event log of this installation."""

from __future__ import annotations

import threading
from functools import partial

from dagster_ingest.arrivals.webhook import Place, Receiver
from dagster_ingest.assets import arrival_log as log
from dagster_ingest.assets.instance import open_instance
from dagster_ingest.secrets import secrets_of
from dagster_ingest.settings import Settings
from dagster_ingest.spec.arrival import WebhookArrival
from dagster_ingest.spec.resolved import TenantSpec


def places(settings: Settings, tenants: tuple[TenantSpec, ...]) -> dict[str, Place]:
    """Every source that takes calls, by `tenant/source`."""
    found = [
        Place(
            tenant.name,
            source.name,
            tenant.states,
            source.arrival,
            partial(_secret, settings, tenant.name, source.arrival.secret.secret),
        )
        for tenant in tenants
        for source in tenant.sources
        if isinstance(source.arrival, WebhookArrival)
    ]
    return {place.name: place for place in found}


def receiver(settings: Settings, tenants: tuple[TenantSpec, ...]) -> Receiver:
    """One that writes to the event log, one call at a time."""
    instance, one = open_instance(settings), threading.Lock()

    def record(tenant: str, source: str, call: str, states: tuple[str, ...]) -> None:
        with one:
            log.record_call(instance, tenant, source, call, states)

    def taken(tenant: str, source: str, seconds: float) -> dict[str, float]:
        with one:
            return log.calls_since(instance, tenant, source, seconds)

    return Receiver(places(settings, tenants), record, taken)


def _secret(settings: Settings, tenant: str, name: str) -> str:
    return secrets_of(settings, tenant)(name)
