"""Durations in seconds, and time as the connector sees it."""

from __future__ import annotations

from dagster_ingest.clock import Timing as Timing


def seconds(duration: str) -> int:
    """`90s`, `15m`, `6h` or `1d` in seconds."""
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[duration[-1]]
