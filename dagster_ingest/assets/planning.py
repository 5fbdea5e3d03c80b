"""What automation would start at a time: the decisions of its sensors, without their effects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from dagster_ingest.assets import pulse
from dagster_ingest.assets.instance import open_instance
from dagster_ingest.assets.loading import look_of
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.observe.lateness import Lateness, lateness
from dagster_ingest.observe.pacing import SPREAD, Asked, Memory, Step, decide
from dagster_ingest.settings import Settings
from dagster_ingest.spec import moments
from dagster_ingest.spec.load import load_tenants

_MINUTE = 60.0


def planned(
    settings: Settings, pairs: Sequence[tuple[str, str]], at: float, *, ask_sources: bool
) -> list[dict[str, Any]]:
    """A row for each (tenant, state). Times are ISO texts in UTC, None where there is none.

    at           seconds of the epoch; what the event log holds by now is taken to be all until then
    ask_sources  whether those that can tell are asked for news; else a run is expected to find some
    """
    specs = {spec.name: spec for spec in load_tenants(settings).tenants}
    wanted = set(pairs)
    rows = []
    with open_instance(settings) as instance:
        for name in dict.fromkeys(tenant for tenant, _ in pairs):
            platform = TenantPlatform(settings, specs[name])
            rows += [row for row in _rows(instance, platform, at, ask_sources) if _place(row) in wanted]
    return rows


def _place(row: dict[str, Any]) -> tuple[str, str]:
    return row["tenant"], row["state"]


def _rows(
    instance: dg.DagsterInstance, platform: TenantPlatform, at: float, ask: bool
) -> list[dict[str, Any]]:
    asked, found = pulse.asked(platform), pulse.facts(instance, platform)
    memory = Memory(looked=at - _MINUTE, begun=at - 2 * SPREAD)  # as of a daemon that has long been running
    decision = decide(asked, found, memory, at, look_of(platform) if ask else lambda state: None)
    late = {f.state: lateness(asked.sla, f.published_at, f.since, at) for f in found}
    return [_row(asked, late[step.state], step, at) for step in decision.steps]


def _row(asked: Asked, late: Lateness, step: Step, at: float) -> dict[str, Any]:
    start = step.start
    if (
        asked.preset == "on_schedule" and asked.times is not None
    ):  # the schedule is Dagster's own; this tells what it does
        start = at - moments.latest(asked.times, asked.timezone, at) < _MINUTE
    return {
        "tenant": asked.tenant,
        "state": step.state,
        "automation": asked.preset,
        "freshness": late.status,
        "due_at": _iso(late.due_at),
        "starts": start,
        "next": _iso(step.at),
        "why": step.why,
    }


def _iso(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
