"""Stories of a tenant's states, read from the event log and the store's versions."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.gate import Gate, gate, reviews
from dagster_ingest.assets.history import Checked, last_check_where, last_materialized
from dagster_ingest.assets.instance import open_instance
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.pulse import first_began, said
from dagster_ingest.assets.readers import published_version
from dagster_ingest.observe.lateness import lateness, terms
from dagster_ingest.observe.story import Blocker, BrokenRule, Health, Shown, Story
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.patch import rule_positions


def story(
    instance: dg.DagsterInstance, platform: TenantPlatform, state: str, now: float | None = None
) -> Story:
    """All that `status` and `explain` need of one state. now: seconds of the epoch; left out: now."""
    spec, now = platform.spec, time.time() if now is None else now
    passage, asked = gate(instance, platform, state), reviews(instance, platform, state)
    loads = _latest_loads(instance, platform, state)
    shown = tuple(_shown(instance, platform, target.reader, state) for target in spec.model.publish)
    published = None if None in [s.at for s in shown] else min(s.at for s in shown if s.at is not None)
    since = first_began(instance, spec.name, state) if published is None else None
    start = now if published is None else published
    until = terms(spec.model.freshness, start)
    return Story(
        tenant=spec.name,
        display_name=spec.model.display_name,
        state=state,
        owners=tuple(spec.model.owners),
        health=_health(platform, passage, asked, shown),
        rows_read=sum(_count(m, "rows_read") for m in loads),
        rows_accepted=sum(_count(m, "rows_accepted") for m in loads),
        rows_quarantined=sum(_count(m, "rows_rejected") for m in loads),
        loaded_at=max((m["_at"] for m in loads), default=None),
        shown=shown,
        blockers=tuple(_blocker(platform, check) for check in (*passage.blockers, *asked)),
        waiting=passage.waiting,
        fail_after=until.due_at - start,
        warn_after=until.warn_at - start if until.warn_at is not None else None,
        drops=_shown_path(platform.settings.drops / spec.name),
        lateness=lateness(spec.model.freshness, published, since, now),
        automation=said(instance, platform, state),
    )


def _latest_loads(instance, platform: TenantPlatform, state: str) -> list[dict[str, Any]]:
    """The verdict of the latest delivery of each raw table; one seen again unchanged does not count."""
    found = []
    for node in platform.graph.layer("raw"):
        check = dg.AssetCheckKey(keys.asset_key(platform.spec.name, *node.name), keys.CONTRACT_CHECK)
        verdict = last_check_where(instance, check, state, lambda found: not found.get("unchanged"))
        if verdict is not None:
            found.append({**verdict.metadata, "_at": verdict.timestamp})
    return found


def _count(metadata: dict[str, Any], name: str) -> int:
    return int(metadata.get(name) or 0)


def _shown(instance, platform: TenantPlatform, reader: str, state: str) -> Shown:
    event = last_materialized(instance, keys.asset_key(platform.spec.name, "published", reader), state)
    if event is None:
        return Shown(reader, None, None, 0)
    return Shown(reader, event.data_version, event.timestamp, _count(event.metadata, "services_published"))


def _health(
    platform: TenantPlatform, passage: Gate, asked: tuple[Checked, ...], shown: tuple[Shown, ...]
) -> Health:
    if passage.blockers or any(check.metadata.get("status") != "waiting" for check in asked):
        return "blocked"
    if asked:
        return "waiting"
    if all(s.version is None for s in shown):
        return "empty"
    if not passage.open:
        return "behind"
    wanted: dict[str, str] = {
        t.reader: published_version(platform, passage, t) for t in platform.spec.model.publish
    }
    return "current" if all(s.version == wanted[s.reader] for s in shown) else "behind"


def _blocker(platform: TenantPlatform, check: Checked) -> Blocker:
    layer, table = check.asset[1], check.asset[2]
    spec = next(
        ((s, t) for s in platform.spec.sources for t in s.tables if layer == "raw" and t.raw == table), None
    )
    verdict = check.metadata.get("verdict") or {}
    places = rule_positions(spec[1].contract) if spec else {}
    stops = sorted("/".join(name) for name in platform.graph.descendants([(layer, table)]))
    published = [f"published/{t.reader}" for t in platform.spec.model.publish]
    return Blocker(
        asset=f"{layer}/{table}",
        check=check.name,
        reason=check.description or "failed",
        since=check.since,
        seen=check.timestamp,
        run_id=check.run_id,
        load_id=check.metadata.get("load_id"),
        files=tuple(check.metadata.get("files") or ()),
        rows_read=_count(check.metadata, "rows_read"),
        rows_rejected=_count(check.metadata, "rows_rejected"),
        rules=tuple(
            _broken(platform, result, places.get(result["rule"]))
            for result in verdict.get("results", ())
            if result["failed"]
        ),
        contract=check.metadata.get("contract"),
        contract_file=_relative(platform, spec[1].contract.patch or spec[1].contract.file) if spec else None,
        table=spec[1].name if spec else None,
        source=spec[0].name if spec else None,
        # A reader goes on with what stands, unless something upstream of it has moved already.
        stops=tuple(stops) if check.name == keys.REVIEW_CHECK else (*stops, *published),
        hash=check.metadata.get("hash") if check.metadata.get("status") == "waiting" else None,
        expires_at=check.metadata.get("expires_at"),
        raw_table=table if layer == "raw" else None,
    )


def _broken(platform: TenantPlatform, result: dict[str, Any], place: tuple[str, int] | None) -> BrokenRule:
    """`place`: file and line of the rule, which a tenant's patch may have brought."""
    return BrokenRule(
        rule=result["rule"],
        failed=result["failed"],
        samples=tuple((s["uri"], s["row_number"], s["value"]) for s in result["samples"]),
        observed=result.get("observed"),
        allowed=result.get("allowed"),
        file=_relative(platform, place[0]) if place else None,
        line=place[1] if place else None,
    )


def _shown_path(path: Path) -> str:
    """A folder as a person at the project's root would name it."""
    with suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


def _relative(platform: TenantPlatform, file: str) -> str:
    root = str(platform.settings.root) + "/"
    return file.removeprefix(root)


def stories(settings: Settings, pairs: list[tuple[str, str]]) -> list[Story]:
    """The stories of (tenant, state) pairs, in their order."""
    specs = {spec.name: spec for spec in load_tenants(settings).tenants}
    platforms = {name: TenantPlatform(settings, specs[name]) for name, _ in pairs}
    with open_instance(settings) as instance:
        return [story(instance, platforms[name], state) for name, state in pairs]
