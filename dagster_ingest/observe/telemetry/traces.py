"""Switches the tracing of this process on, where `deploy/telemetry.yaml` asks for it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from dagster_ingest import tracing
from dagster_ingest.secrets import secrets_of
from dagster_ingest.settings import Settings
from dagster_ingest.spec.telemetry import Traces, telemetry_of

if TYPE_CHECKING:
    from dagster_ingest.observe.telemetry.otel import Collected

OWNER = "platform"
"""Whose secrets the receivers' are: PLATFORM__NAME, else SHARED__NAME."""

_lock = threading.Lock()
_made: dict[str, Collected] = {}


def tracer_of(settings: Settings) -> Collected | None:
    """The tracer of this installation, installed; None where none is asked for.

    Raises SpecError where the file is wrong, the extra is missing or a secret is nowhere kept.
    """
    wanted = telemetry_of(settings).traces
    if wanted is None:
        tracing.install(None)
        return None
    with _lock:
        key = wanted.model_dump_json()
        if key not in _made:
            _made[key] = _make(settings, wanted)
        tracing.install(_made[key])
        return _made[key]


def _make(settings: Settings, wanted: Traces) -> Collected:
    from dagster_ingest.observe.telemetry.needs import needs

    needs("opentelemetry.exporter.otlp.proto.http", "telemetry", "tracing")
    from dagster_ingest.observe.telemetry.otel import Collected

    secrets = secrets_of(settings, OWNER)
    return Collected(wanted, {name: secrets(kept.secret) for name, kept in wanted.headers.items()})
