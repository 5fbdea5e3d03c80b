"""Cost out of what steps wrote to the event log. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dagster_ingest.observe.cost.rows import CostRow

_OWN = ("cpu_seconds", "seconds", "bytes_read", "calls", "characters", "money")
# These are left to the warehouse's own views, where there are any.
_OUTSIDE = ("bytes_scanned", "bytes_written", "execution_seconds", "credits")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event: when (epoch seconds), of which partition of which asset, the record's fields.

    A load that is told of by several events, its check and its materialization, counts once.
    """

    timestamp: float
    asset: tuple[str, ...]
    state: str
    record: Mapping[str, Any] = field(hash=False)


def rows_of(events: Iterable[Recorded], outside: bool = False) -> list[CostRow]:
    """A row for each step. outside: take what warehouses told the steps as well."""
    measures = (*_OWN, *_OUTSIDE) if outside else _OWN
    steps: dict[tuple[object, ...], dict[str, Any]] = {}
    for event in events:
        if len(event.asset) != 3:
            continue
        load = event.record.get("load_id") or event.timestamp
        step = steps.setdefault((event.asset, event.state, load), {"timestamp": event.timestamp})
        step["timestamp"] = min(step["timestamp"], event.timestamp)
        for name in measures:
            step[name] = max(step.get(name, 0), event.record.get(name) or 0)
        step["statements"] = max(step.get("statements", 0), len(event.record.get("queries") or ()))
    return [
        _row(asset, str(state), step, outside)
        for (asset, state, _), step in steps.items()
        if isinstance(asset, tuple)
    ]


def day_of(timestamp: float) -> str:
    """ISO date in UTC."""
    return datetime.fromtimestamp(timestamp, UTC).date().isoformat()


def _row(asset: tuple[str, ...], state: str, step: Mapping[str, Any], outside: bool) -> CostRow:
    tenant, layer, table = asset
    measured = {name: value for name, value in step.items() if name not in ("timestamp", "statements")}
    return CostRow(
        day=day_of(step["timestamp"]),
        tenant=tenant,
        state=state,
        layer=layer,
        table=table,
        steps=1,
        statements=step["statements"] if outside else 0,
        **measured,
    )
