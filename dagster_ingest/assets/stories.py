"""Stories of a tenant's states, read from the event log and the store's versions."""

from __future__ import annotations

import time
from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.eventlog import opened
from dagster_ingest.assets.gate import Gate
from dagster_ingest.assets.history import Checked, count_of
from dagster_ingest.assets.look import Look
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.pulse import first_began, said
from dagster_ingest.assets.readers import published_version
from dagster_ingest.errors import IngestError
from dagster_ingest.observe.lateness import lateness, terms
from dagster_ingest.observe.story import (
    Blocker,
    BrokenRule,
    Health,
    Notice,
    Shown,
    SourceSeen,
    Story,
)
from dagster_ingest.redact import MASK
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.models import Schedule, Target
from dagster_ingest.spec.patch import rule_positions
from dagster_ingest.spec.resolved import SourceSpec, TableSpec


def story(
    instance: dg.DagsterInstance, platform: TenantPlatform, state: str, now: float | None = None
) -> Story:
    """All that `status` needs of one state. now: seconds of the epoch; left out: now."""
    return told(Look(instance, platform, [state]), state, now)


def told(look: Look, state: str, now: float | None = None) -> Story:
    """The story of one of the states that are looked at."""
    platform, spec = look.platform, look.platform.spec
    now = time.time() if now is None else now
    passage, asked = look.gate(state), look.reviews(state)
    loads = look.loads(state)
    shown = tuple(_shown(look, passage, target, state) for target in spec.model.publish)
    read = [load for load in loads.values() if load["_at"] is not None]
    published = None if None in [s.at for s in shown] else min(s.at for s in shown if s.at is not None)
    since = first_began(look.instance, spec.name, state) if published is None else None
    start = now if published is None else published
    until = terms(spec.model.freshness, start)
    return Story(
        tenant=spec.name,
        display_name=spec.model.display_name,
        state=state,
        owners=tuple(spec.model.owners),
        health=_health(passage, asked, shown),
        rows_read=sum(count_of(m, "rows_read") for m in read),
        rows_accepted=sum(count_of(m, "rows_accepted") for m in read),
        rows_quarantined=sum(count_of(m, "rows_rejected") for m in read),
        loaded_at=max((m["_at"] for m in read), default=None),
        shown=shown,
        blockers=tuple(_blocker(platform, check) for check in (*passage.blockers, *asked)),
        waiting=passage.waiting,
        fail_after=until.due_at - start,
        warn_after=until.warn_at - start if until.warn_at is not None else None,
        drops=_shown_path(platform.settings.drops / spec.name),
        layers=look.layers(state, (*passage.blockers, *asked)),
        notices=(*_set_aside(platform, loads, passage), *map(_notice, look.warnings(state))),
        sources=tuple(_source(source, loads) for source in spec.sources),
        schedule=_plan(spec.model.schedule),
        lateness=lateness(spec.model.freshness, published, since, now),
        automation=said(look.instance, platform, state),
    )


def _source(source: SourceSpec, loads: dict[str, dict[str, Any]]) -> SourceSeen:
    mine = [loads[table.raw] for table in source.tables if table.raw in loads]
    return SourceSeen(
        source=source.name,
        system=source.system,
        connector=source.connector,
        looked_at=max((load["_looked"] for load in mine), default=None),
        delivered_at=max((load["_at"] for load in mine if load["_at"] is not None), default=None),
        retriable=any(load["_retriable"] for load in mine),
    )


def _set_aside(platform: TenantPlatform, loads: dict[str, dict[str, Any]], passage: Gate) -> Iterator[Notice]:
    """Rows that were refused while the others were committed."""
    blocked = {check.asset[2] for check in passage.blockers}
    for table, load in loads.items():
        rows = count_of(load, "rows_rejected")
        if rows and table not in blocked:
            words = f"{rows:,} of {count_of(load, 'rows_read'):,} rows were set aside, the others are there"
            yield Notice(f"raw/{table}", keys.CONTRACT_CHECK, words, load["_at"])


def _notice(check: Checked) -> Notice:
    return Notice("/".join(check.asset[1:]), check.name, check.description or "warns", check.since)


def _plan(schedule: Schedule | None) -> str | None:
    return f"{schedule.cron} {schedule.timezone}" if schedule is not None else None


def _shown(look: Look, passage: Gate, target: Target, state: str) -> Shown:
    event = look.published(target.reader, state)
    if event is None:
        return Shown(target.reader, None, None, 0, current=False if passage.open else None)
    wanted = published_version(look.platform, passage, target) if passage.open else None
    current = event.data_version == wanted if wanted is not None else None
    services = count_of(event.metadata, "services_published")
    return Shown(target.reader, event.data_version, event.timestamp, services, current)


def _health(passage: Gate, asked: tuple[Checked, ...], shown: tuple[Shown, ...]) -> Health:
    if passage.blockers or any(check.metadata.get("status") != "waiting" for check in asked):
        return "blocked"
    if asked:
        return "waiting"
    if all(s.version is None for s in shown):
        return "empty"
    return "current" if passage.open and all(s.current for s in shown) else "behind"


def _blocker(platform: TenantPlatform, check: Checked) -> Blocker:
    layer, table = check.asset[1], check.asset[2]
    spec = next(
        ((s, t) for s in platform.spec.sources for t in s.tables if layer == "raw" and t.raw == table), None
    )
    verdict = check.metadata.get("verdict") or {}
    places = rule_positions(spec[1].contract) if spec else {}
    private = {c.field for c in spec[1].contract.columns if c.private} if spec else set()
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
        rows_read=count_of(check.metadata, "rows_read"),
        rows_rejected=count_of(check.metadata, "rows_rejected"),
        rules=tuple(
            _broken(platform, result, places.get(result["rule"]), private)
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
        error=check.metadata.get("error"),
        status=check.metadata.get("status") if check.name == keys.REVIEW_CHECK else None,
        by=check.metadata.get("reviewed_by"),
        failing_rows=count_of(check.metadata, "failing_rows"),
        owners=_owners(platform, spec[1] if spec else None),
    )


def _owners(platform: TenantPlatform, table: TableSpec | None) -> tuple[str, ...]:
    own = (table.contract.owner, *table.contract.owners) if table else ()
    return tuple(dict.fromkeys(name for name in (*own, *platform.spec.model.owners) if name))


def _broken(
    platform: TenantPlatform, result: dict[str, Any], place: tuple[str, int] | None, private: Container[str]
) -> BrokenRule:
    """`place`: file and line of the rule, which a tenant's patch may have brought.

    private: columns that were not when the rows were audited, perhaps; what was masked then stays so.
    """
    hidden = any(column in private for column in result["rule"].partition("|")[0].split("+"))
    return BrokenRule(
        rule=result["rule"],
        failed=result["failed"],
        samples=tuple(
            (s["uri"], s["row_number"], MASK if hidden and s["value"] else s["value"])
            for s in result["samples"]
        ),
        observed=result.get("observed"),
        allowed=result.get("allowed"),
        file=_relative(platform, place[0]) if place else None,
        line=place[1] if place else None,
        severity=result.get("severity", "error"),
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
    found, errors = readable(settings, pairs)
    if errors:
        raise next(iter(errors.values()))
    return found


def readable(
    settings: Settings, pairs: Sequence[tuple[str, str]]
) -> tuple[list[Story], dict[str, IngestError]]:
    """The stories, in the order of the pairs; by tenant, why those of one cannot be told."""
    specs = {spec.name: spec for spec in load_tenants(settings).tenants}
    states: dict[str, list[str]] = {}
    for name, state in pairs:
        states.setdefault(name, []).append(state)
    found: dict[tuple[str, str], Story] = {}
    errors: dict[str, IngestError] = {}
    with opened(settings) as instance:
        for name, asked in states.items():
            look = Look(instance, TenantPlatform(settings, specs[name]), asked)
            try:
                found |= {(name, state): told(look, state) for state in asked}
            except IngestError as error:  # such as a store that is locked: the other tenants are told
                errors[name] = error
    return [found[pair] for pair in pairs if pair in found], errors
