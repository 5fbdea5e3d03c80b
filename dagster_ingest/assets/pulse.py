"""What the event log says of a tenant's states, as far as automation goes by it. Reads only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import timedelta

import dagster as dg
from dagster._core.storage.dagster_run import RunRecord

from dagster_ingest.assets import keys
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.specs import duration
from dagster_ingest.assets.underway import underway
from dagster_ingest.observe.pacing import A_DAY, Asked, Facts, Outcome, Try, Upstream

TAG_PRESET, TAG_STAMP, TAG_WHY = (f"dagster_ingest/{name}" for name in ("automation", "stamp", "why"))
_PARTITION = "dagster/partition"
_DAY = timedelta(days=1).total_seconds()
_UPDATE = dg.DagsterEventType.ASSET_MATERIALIZATION


def asked(platform: TenantPlatform) -> Asked:
    """The tenant's own words."""
    spec = platform.spec
    model, plan = spec.model, spec.model.schedule
    return Asked(
        tenant=spec.name,
        preset=model.preset,
        sla=model.freshness,
        times=plan.times(spec.name) if plan else None,
        timezone=plan.timezone if plan else "UTC",
        quiet=duration(model.trigger.coalesce).total_seconds(),
    )


def watched(platform: TenantPlatform) -> list[dg.AssetKey]:
    """Assets whose materialization may change what is to be done."""
    return [*_published(platform), *_upstream_keys(platform)]


def facts(
    instance: dg.DagsterInstance, platform: TenantPlatform, states: Sequence[str] | None = None
) -> list[Facts]:
    """One for each state, all of the tenant's where none are named."""
    spec = platform.spec
    chosen = list(states or spec.states)
    readers = [target.reader for target in spec.model.publish]
    busy = underway(instance, spec.name, spec.states, readers).writing
    shown = [_times(instance, key, chosen) for key in _published(platform)]
    raw = [keys.asset_key(spec.name, "raw", t.raw) for s in spec.sources for t in s.tables]
    committed = [_times(instance, key, chosen) for key in raw]
    changed = [_changes(instance, key, chosen) for key in _upstream_keys(platform)]
    found = []
    for state in chosen:
        published = [times.get(state) for times in shown]
        before = Facts(
            state,
            published_at=None if None in published else min(t for t in published if t is not None),
            loaded_at=max((t[state] for t in committed if state in t), default=None),
            busy=state in busy,
            upstream=_newest(changes[state] for changes in changed if state in changes),
        )
        found.append(_with_runs(instance, spec.name, before))
    return found


def _published(platform: TenantPlatform) -> list[dg.AssetKey]:
    tenant = platform.spec.name
    return [keys.asset_key(tenant, "published", target.reader) for target in platform.spec.model.publish]


def _upstream_keys(platform: TenantPlatform) -> list[dg.AssetKey]:
    return [dg.AssetKey(name.split("/")) for name in platform.spec.model.trigger.upstream]


def _times(instance: dg.DagsterInstance, key: dg.AssetKey, states: Iterable[str]) -> dict[str, float]:
    """State to when the asset was last materialized for it."""
    return {state: entry.timestamp for state, entry in _entries(instance, key, states).items()}


def _entries(instance: dg.DagsterInstance, key: dg.AssetKey, states: Iterable[str]):
    ids = instance.event_log_storage.get_latest_storage_id_by_partition(key, _UPDATE, set(states))
    return {
        partition: record.event_log_entry
        for record in _records(instance, key, [number for number in ids.values() if number])
        if (partition := record.partition_key) is not None
    }


def _records(instance: dg.DagsterInstance, key: dg.AssetKey, ids: list[int]):
    if not ids:
        return []
    wanted = dg.AssetRecordsFilter(asset_key=key, storage_ids=ids)
    return instance.fetch_materializations(wanted, limit=len(ids)).records


def _changes(instance: dg.DagsterInstance, key: dg.AssetKey, states: Sequence[str]) -> dict[str, Upstream]:
    """State to the newest change of an asset upstream; one that knows no states counts for all of them."""
    by_state = _entries(instance, key, states)
    if by_state:
        return {state: _change(key, entry) for state, entry in by_state.items()}
    newest = instance.event_log_storage.get_latest_materialization_storage_ids([key]).get(key)
    records = _records(instance, key, [newest] if newest else [])
    return {state: _change(key, records[0].event_log_entry) for state in states} if records else {}


def _change(key: dg.AssetKey, entry) -> Upstream:
    """By its data version where it has one, so that the same data anew is no change."""
    tags = entry.asset_materialization.tags or {}
    version = tags.get("dagster/data_version") or f"{entry.run_id}-{entry.timestamp}"
    return Upstream(f"{key.to_user_string()} {version}", entry.timestamp)


def _newest(changes: Iterable[Upstream]) -> Upstream | None:
    """All assets upstream as one."""
    found = sorted(changes, key=lambda change: change.token)
    if not found:
        return None
    digest = hashlib.sha256("\n".join(change.token for change in found).encode()).hexdigest()[:32]
    return Upstream(digest, max(change.at for change in found))


def _with_runs(instance: dg.DagsterInstance, tenant: str, found: Facts) -> Facts:
    """With the runs of the state's writers: the newest that ended, and how those before it fared."""
    from dataclasses import replace

    wanted = dg.RunsFilter(job_name=keys.writers_job(tenant), tags={_PARTITION: found.state})
    records = instance.get_run_records(wanted, limit=A_DAY + 1)
    ended = [record for record in records if record.dagster_run.is_finished]
    if not ended:
        return found
    newest = ended[0]
    stamps = (record.dagster_run.tags.get(TAG_STAMP) for record in ended)
    last = Try(
        run_id=newest.dagster_run.run_id,
        began=_began(newest),
        ended=newest.end_time or newest.update_timestamp.timestamp(),
        outcome=_outcome(instance, newest.dagster_run),
        stamp=next((stamp for stamp in stamps if stamp is not None), None),
        today=sum(_began(newest) - _began(record) < _DAY for record in ended),
    )
    found = replace(found, last=last)
    covered = found.covered_at
    in_vain = [covered is None or _began(record) > covered for record in ended]
    vain = in_vain.index(False) if False in in_vain else len(in_vain)
    since = None if found.published_at is not None else first_began(instance, tenant, found.state)
    return replace(found, last=replace(last, vain=vain), since=since)


def _began(record: RunRecord) -> float:
    return record.start_time or record.create_timestamp.timestamp()


def first_began(instance: dg.DagsterInstance, tenant: str, state: str) -> float | None:
    """When the first run of a state's writers began, of those that the instance still knows."""
    wanted = dg.RunsFilter(job_name=keys.writers_job(tenant), tags={_PARTITION: state})
    found = instance.get_run_records(wanted, limit=1, ascending=True)
    return _began(found[0]) if found else None


def said(instance: dg.DagsterInstance, platform: TenantPlatform, state: str) -> str | None:
    """What automation said when the state's lateness turned last; None where it is fresh since."""
    wanted = dg.AssetRecordsFilter(asset_key=_published(platform)[0], asset_partitions=[state])
    found = instance.fetch_observations(wanted, limit=1).records
    if not found or (observed := found[0].asset_observation) is None:
        return None
    told = {name: value.value for name, value in observed.metadata.items()}
    return None if told.get("freshness") in (None, "fresh") else str(told.get("automation"))


def _outcome(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Outcome:
    """A run that failed was refused if checks said no, and none of them because nothing could be read."""
    if run.status == dg.DagsterRunStatus.SUCCESS:
        return "loaded"
    of_type = dg.DagsterEventType.ASSET_CHECK_EVALUATION
    records = instance.get_records_for_run(run.run_id, of_type=of_type).records
    events = (record.event_log_entry.dagster_event for record in records)
    verdicts = [event.asset_check_evaluation_data for event in events if event is not None]
    noes = [v for v in verdicts if not v.passed and v.severity == dg.AssetCheckSeverity.ERROR]
    return "refused" if noes and not any("error" in v.metadata for v in noes) else "failed"
