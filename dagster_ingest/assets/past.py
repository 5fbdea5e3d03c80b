"""The history of a table out of the event log; and what is done by hand, put into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.eventlog import UNUSABLE, first_line, opened
from dagster_ingest.assets.gate import blocking_checks
from dagster_ingest.assets.history import DECIDED, partition_filter, plain
from dagster_ingest.assets.instance import open_instance
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.errors import SpecError, Unavailable, guess
from dagster_ingest.observe.past import Event, checked, materialized, merged, observed
from dagster_ingest.settings import Settings
from dagster_ingest.spec.resolved import TenantSpec

_SHOWN = 12


def history(
    settings: Settings, spec: TenantSpec, name: str, states: Sequence[str], limit: int
) -> tuple[tuple[str, str], list[Event]]:
    """(layer, table) that the name means, and its newest events. SpecError for a name that is none."""
    platform = TenantPlatform(settings, spec)
    layer, table = table_named(platform, name)
    key = keys.asset_key(spec.name, layer, table)
    checks = [check for check in _checks(platform) if check.asset_key == key]
    with opened(settings) as instance:
        events = [
            event
            for state in states
            for event in _events(instance, key, checks, (layer, table), state, limit)
        ]
    return (layer, table), merged(events, limit)


def table_named(platform: TenantPlatform, name: str) -> tuple[str, str]:
    """`services`, `stage/services` or `stage.services`; of a table in several layers the first that is made,
    unless the layer is named."""
    known = [*platform.graph.nodes, *(("published", t.reader) for t in platform.spec.model.publish)]
    layer, _, table = name.replace(".", "/").rpartition("/")
    found = [each for each in known if each[1] == table and layer in ("", each[0])]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join("/".join(each) for each in found)
        raise SpecError(
            f"{name!r} is in several layers of the tenant {platform.spec.name}",
            not_done="nothing was told",
            fix=f"name one: {names}",
        )
    listed = sorted("/".join(each) for each in known)
    near = guess(name, [*listed, *(table for _, table in known)])
    raise SpecError(
        f"the tenant {platform.spec.name} has no table or reader {name!r}",
        not_done="nothing was told",
        fix=(f"did you mean {near!r}? " if near else "")
        + f"tables here: {', '.join(listed[:_SHOWN])}"
        + (f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""),
    )


def _checks(platform: TenantPlatform) -> list[dg.AssetCheckKey]:
    asked = [t.raw for s in platform.spec.sources for t in s.tables if t.contract.review is not None]
    reviews = [
        dg.AssetCheckKey(keys.asset_key(platform.spec.name, "raw", raw), keys.REVIEW_CHECK) for raw in asked
    ]
    return [*blocking_checks(platform), *reviews]


def _events(
    instance: dg.DagsterInstance,
    key: dg.AssetKey,
    checks: Sequence[dg.AssetCheckKey],
    name: tuple[str, str],
    state: str,
    limit: int,
) -> Iterator[Event]:
    wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[state])
    for record in instance.fetch_materializations(wanted, limit=limit).records:
        made = record.asset_materialization
        if made is not None:
            version = (made.tags or {}).get("dagster/data_version")
            told = plain(made.metadata)
            yield materialized(record.timestamp, state, *name, record.run_id, version, told)
    for record in instance.fetch_observations(wanted, limit=limit).records:
        seen = record.asset_observation
        if seen is not None:
            event = observed(
                record.timestamp, state, *name, record.run_id, seen.description, plain(seen.metadata)
            )
            if event is not None:
                yield event
    for check in checks:
        yield from _verdicts(instance, check, name, state, limit)


def _verdicts(
    instance: dg.DagsterInstance, check: dg.AssetCheckKey, name: tuple[str, str], state: str, limit: int
) -> Iterator[Event]:
    for record in instance.event_log_storage.get_asset_check_execution_history(
        check, limit=limit, status=DECIDED, partition_filter=partition_filter(state)
    ):
        verdict, event = record.evaluation, record.event
        if verdict is None or event is None:
            continue
        words, told = (verdict.passed, verdict.description), plain(verdict.metadata)
        found = checked(event.timestamp, state, *name, record.run_id, check.name, *words, told)
        if found is not None:
            yield found


def report_by_hand(
    settings: Settings, tenant: str, layer: str, table: str, state: str, words: str, told: Mapping[str, Any]
) -> None:
    """Put what a person did outside of runs into the asset's history. told: with a `status`.

    Unavailable where the event log takes nothing: what was done is done all the same.
    """
    key = keys.asset_key(tenant, layer, table)
    try:
        with open_instance(settings) as instance:
            event = dg.AssetObservation(key, description=words, partition=state, metadata=dict(told))
            instance.report_runless_asset_event(event)
    except UNUSABLE as error:
        raise Unavailable(
            f"the event log cannot be written: {first_line(error)}",
            where=f"{key.to_user_string()} {state}",
            not_done=f"the history does not tell that it was {words}, which it was",
        ) from error
