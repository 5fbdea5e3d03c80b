"""The story of one state, with its runs and its timeline: what `explain` tells."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.eventlog import opened
from dagster_ingest.assets.history import plain
from dagster_ingest.assets.look import Look
from dagster_ingest.assets.moments import moments
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.runs_seen import newest_runs, state_runs
from dagster_ingest.assets.stories import told
from dagster_ingest.observe.story import Shown, Story
from dagster_ingest.observe.timeline import Kind, Moment
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants


def explained(settings: Settings, tenant: str, state: str, reader: str | None = None) -> Story:
    """Of a tenant and state that there are."""
    [spec] = (spec for spec in load_tenants(settings).tenants if spec.name == tenant)
    with opened(settings) as instance:
        return whole_story(instance, TenantPlatform(settings, spec), state, reader)


def whole_story(
    instance: dg.DagsterInstance,
    platform: TenantPlatform,
    state: str,
    reader: str | None = None,
    now: float | None = None,
) -> Story:
    """now: epoch seconds; None: by the clock."""
    story = told(Look(instance, platform, [state]), state)
    tenant, readers = platform.spec.name, [target.reader for target in platform.spec.model.publish]
    found = state_runs(instance, tenant, state, readers)
    until = time.time() if now is None else now
    start, end = _window(instance, tenant, story, reader, until)
    happened = moments(
        instance, tenant, state, found, after=start, until=end, reader=reader,
        decided=list(_decided(instance, platform, state)),
    )  # fmt: skip
    if happened and end == until:
        happened = (*happened, Moment(until, "now", "", "now"))
    return replace(story, runs=newest_runs(instance, tenant, state, readers, found), moments=happened)


def _window(
    instance: dg.DagsterInstance, tenant: str, story: Story, reader: str | None, now: float
) -> tuple[float, float]:
    """What is told of: the way of the newest publication, or what happened since where something is not
    shown."""
    shown = [each for each in story.shown if reader in (None, each.reader)]
    if story.health == "current" and all(each.current for each in shown):
        newest = max(shown, key=lambda each: each.at or 0.0)
        return _before(instance, tenant, story.state, newest), newest.at or now
    return min((each.at or 0.0 for each in shown), default=0.0), now


def _before(instance: dg.DagsterInstance, tenant: str, state: str, shown: Shown) -> float:
    """When the reader published before that."""
    key = keys.asset_key(tenant, "published", shown.reader)
    wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[state])
    times = [record.timestamp for record in instance.fetch_materializations(wanted, limit=2).records]
    return times[1] if len(times) > 1 else 0.0


def _decided(instance: dg.DagsterInstance, platform: TenantPlatform, state: str) -> Iterator[Moment]:
    """Decisions on reviews that were written down outside of a run."""
    for source in platform.spec.sources:
        for table in source.tables:
            if table.contract.review is None:
                continue
            key = keys.asset_key(platform.spec.name, "raw", table.raw)
            wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[state])
            for record in instance.fetch_observations(wanted, limit=20).records:
                event = record.asset_observation
                if event is not None and plain(event.metadata).get("status") in ("approved", "rejected"):
                    kind: Kind = "approved" if plain(event.metadata)["status"] == "approved" else "rejected"
                    words = f"raw/{table.raw} {event.description or kind}"
                    yield Moment(record.timestamp, kind, f"raw/{table.raw}", words)
