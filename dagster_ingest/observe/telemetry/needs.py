"""Libraries that are extras."""

from __future__ import annotations

from dagster_ingest import extras


def needs(module: str, extra: str, what: str) -> None:
    """SpecError where `module` is not installed. what: is asked for, in words."""
    extras.needs(module, extra, what, where="deploy/telemetry.yaml", not_done="nothing was sent to anybody")
