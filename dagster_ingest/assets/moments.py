"""What happened to a state between one publication and the next, as moments of a timeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.history import plain
from dagster_ingest.assets.runs_seen import StateRun, why_failed
from dagster_ingest.observe.timeline import Kind, Moment

_TOGETHER = 60.0  # seconds
_SLACK = 6 * 3600.0  # seconds that a run may be older than what it is looked at for
_TELLING = {
    dg.DagsterEventType.ASSET_MATERIALIZATION,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
}


def moments(
    instance: dg.DagsterInstance,
    tenant: str,
    state: str,
    runs: Sequence[StateRun],
    *,
    after: float,
    until: float,
    reader: str | None,
    decided: Sequence[Moment] = (),
) -> tuple[Moment, ...]:
    """From the first delivery after `after` to `until`; empty where nothing was delivered.

    reader   whose publications count; None: everybody's
    decided  what people decided outside of runs
    """
    near = [run for run in runs if (run.record.end_time or until) > after - _SLACK]
    found: list[Moment] = []
    before = after
    for run in reversed(near):
        own = list(_of_run(instance, tenant, state, run, reader))
        looked = run.side == "writers" and run.record.start_time is not None
        found += [m for m in own if after < m.at <= until and (m.kind != "arrived" or m.at > before)]
        found += [_late_arrival(m, before) for m in own if m.kind == "arrived" and m.at <= before < until]
        before = max(before, run.record.start_time or 0.0) if looked else before
    found += [moment for moment in decided if after < moment.at <= until]
    return _since_first_news(found)


def _late_arrival(moment: Moment, before: float) -> Moment:
    """A file whose time is older than the look before it, which did not see it, came after that look."""
    return Moment(before, "arrived", moment.asset, moment.words, moment.run_id)


def _since_first_news(found: Sequence[Moment]) -> tuple[Moment, ...]:
    """Runs that found nothing new before the first that did are no part of it."""
    news = [m for m in found if m.kind not in ("asked", "began", "ended", "publish_ended")]
    if not news:
        return ()
    first = min(news, key=lambda m: m.at)
    keep = {first.run_id} | {m.run_id for m in news}
    start = min([m.at for m in found if m.kind == "arrived"] or [_began(found, first)])
    return tuple(m for m in found if m.at >= start and (m.run_id in keep or m.kind not in ("asked", "began")))


def _began(found: Sequence[Moment], first: Moment) -> float:
    return min((m.at for m in found if m.run_id == first.run_id), default=first.at)


def _of_run(
    instance: dg.DagsterInstance, tenant: str, state: str, run: StateRun, reader: str | None
) -> Iterator[Moment]:
    if run.side == "readers" and reader is not None and reader not in run.readers:
        return
    publishing = run.side == "readers"
    asked: Kind = "publish_asked" if publishing else "asked"
    began: Kind = "publish_began" if publishing else "began"
    ended: Kind = "publish_ended" if publishing else "ended"
    names = ", ".join(sorted(run.readers)) if publishing else ""
    start, end = run.record.start_time, run.record.end_time
    yield Moment(
        run.asked, asked, "", f"{names or 'a load'} was asked for (run {run.run_id[:8]})", run.run_id
    )
    if start is not None:
        yield Moment(start, began, "", "publishing began" if publishing else "the load began", run.run_id)
    told = list(_of_events(instance, tenant, state, run, reader))
    yield from _arrivals([moment for moment in told if moment.kind == "arrived"])
    yield from (moment for moment in told if moment.kind != "arrived")
    if run.status == "failure" and end is not None:
        yield from _failure(instance, run, told, end, names)
    if end is not None:
        yield Moment(end, ended, "", "", run.run_id)


def _arrivals(found: Sequence[Moment]) -> Iterator[Moment]:
    """The first and the last of what a run read, which often came together."""
    if not found:
        return
    first, last = min(found, key=lambda m: m.at), max(found, key=lambda m: m.at)
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    yield replace(first, words=f"delivered: {first.words}{more}")
    if last.at - first.at >= _TOGETHER:
        yield replace(last, words=f"the last of it was delivered: {last.words}")


def _failure(instance, run: StateRun, told: Sequence[Moment], end: float, names: str) -> Iterator[Moment]:
    """A failed run of which no check says why."""
    reason = why_failed(instance, run) or "it was killed"
    if run.side == "readers":
        asset = f"published/{names}" if names else ""
        yield Moment(end, "publish_failed", asset, f"publishing failed: {reason}", run.run_id)
    elif not any(m.kind in ("refused", "unavailable", "held", "rejected", "stopped") for m in told):
        yield Moment(end, "broken", "", f"the run failed: {reason}", run.run_id)


def _of_events(
    instance: dg.DagsterInstance, tenant: str, state: str, run: StateRun, reader: str | None
) -> Iterator[Moment]:
    for entry in instance.all_logs(run.run_id, of_type=_TELLING):
        event = entry.dagster_event
        if event is None:
            continue
        if event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION:
            made = event.step_materialization_data.materialization
            if made.partition != state or made.asset_key.path[0] != tenant:
                continue
            layer, table = keys.table_of(made.asset_key)
            if layer != "published" or reader in (None, table):
                yield from _made(entry.timestamp, layer, table, plain(made.metadata), run.run_id)
        else:
            check = event.asset_check_evaluation_data
            if check.partition == state and check.asset_key.path[0] == tenant:
                yield from _checked(entry.timestamp, *keys.table_of(check.asset_key), check, run.run_id)


def _made(at: float, layer: str, table: str, metadata: dict[str, Any], run_id: str) -> Iterator[Moment]:
    if metadata.get("unchanged"):
        return
    asset = f"{layer}/{table}"
    if layer == "published":
        services = f", {metadata.get('services_published', 0):,} services"
        yield Moment(at, "published", asset, f"{table} shows it{services}", run_id)
        return
    kinds: dict[str, Kind] = {"raw": "raw", "elt": "elt", "stage": "stage", "enhanced": "enhanced"}
    words = {"raw": f"{asset} committed", "enhanced": f"{asset} made"}.get(layer, f"{layer} made")
    if reviewed := metadata.get("reviewed_at"):
        by = f"approved by {metadata.get('reviewed_by')}"
        yield Moment(datetime.fromisoformat(reviewed).timestamp(), "approved", asset, by, run_id)
    if layer in kinds:
        yield Moment(at, kinds[layer], asset, words, run_id)


def _checked(at: float, layer: str, table: str, check, run_id: str) -> Iterator[Moment]:
    asset, told = f"{layer}/{table}", plain(check.metadata)
    if layer == "raw" and check.check_name == keys.CONTRACT_CHECK:
        came = told.get("arrived_at")
        if came and not told.get("unchanged"):
            yield Moment(float(came), "arrived", asset, _files(told), run_id)
        if not check.passed:
            away = told.get("error") in ("Unavailable", "AccessDenied")
            words = f"{asset} {'not loaded' if away else 'refused'}: {_short(check.description)}"
            yield Moment(at, "unavailable" if away else "refused", asset, words, run_id)
    elif check.check_name == keys.REVIEW_CHECK and not check.passed:
        if told.get("status") == "waiting":
            until = str(told.get("expires_at") or "")[:16].replace("T", " ")
            words = f"{asset} waits for a review" + (f", until {until} UTC" if until else "")
            yield Moment(at, "held", asset, words, run_id)
        else:
            yield Moment(at, "rejected", asset, f"{asset} {_short(check.description)}", run_id)
    elif not check.passed and check.severity == dg.AssetCheckSeverity.ERROR:
        yield Moment(
            at, "stopped", asset, f"{asset}, {check.check_name}: {_short(check.description)}", run_id
        )


def _files(told: dict[str, Any]) -> str:
    files = told.get("files") or ()
    return ", ".join(files[:2]) + (f" and {len(files) - 2} more" if len(files) > 2 else "")


def _short(text: str | None, width: int = 100) -> str:
    words = " ".join((text or "failed").split())
    return words if len(words) <= width else words[: width - 3] + "..."
