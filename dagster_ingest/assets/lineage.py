"""OpenLineage events out of the event log: by a sensor, or by hand. No run knows of it or waits for it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from dagster_ingest.assets.lineage_events import READ, Fold
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.errors import IngestError, SpecError
from dagster_ingest.observe.telemetry.steps import StepTold, Told
from dagster_ingest.observe.telemetry.traces import OWNER
from dagster_ingest.settings import Settings
from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.spec.telemetry import OpenLineage, telemetry_of

if TYPE_CHECKING:
    from dagster_ingest.observe.telemetry.datasets import Datasets
    from dagster_ingest.observe.telemetry.openlineage import Sender

WORKING = 20.0  # seconds that a tick may send, well below what Dagster gives it
_LATE = 60.0  # seconds by which the log may be behind the clock of another process
_RUNS = 1_000
_FIRST_PAUSE, _LONGEST_PAUSE = 30.0, 1800.0
_TOUCHED = [
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
]


@dataclass
class Sent:
    """How far the log was told. In the cursor of the sensor, so that a restart goes on from there.

    since   seconds of the epoch: runs that were touched before are told whole
    places  run id to how many of its events are told; of runs that were touched since
    tries   in vain, in a row; again: not before then
    """

    since: float
    places: dict[str, int] = field(default_factory=dict)
    tries: int = 0
    again: float = 0.0

    @classmethod
    def of(cls, cursor: str | None, now: float) -> Sent:
        """The first time it begins with what happens from now on."""
        if not cursor:
            return cls(since=now)
        told = json.loads(cursor)
        return cls(told["since"], told["places"], told["tries"], told["again"])

    def cursor(self) -> str:
        return json.dumps(vars(self), separators=(",", ":"))

    def in_vain(self, now: float) -> None:
        self.tries += 1
        self.again = now + min(_FIRST_PAUSE * 2 ** (self.tries - 1), _LONGEST_PAUSE)


Send = Callable[[Sequence[Told]], None]
"""Hands events to the receiver, all or some; raises IngestError where one was not taken."""


def tell(
    instance: dg.DagsterInstance,
    specs: Mapping[str, TenantSpec],
    sent: Sent,
    send: Send,
    now: float,
    *,
    passed: Callable[[], float] = time.monotonic,
) -> int:
    """Tell what is new, oldest runs first; the number of events. `sent` moves on with every one.

    A receiver that fails ends it, for a while that grows; what it refused is told the next time. An event
    that it took without saying so comes twice, with the same ids, and says the same.
    """
    if now < sent.again:
        return 0
    began, count = passed(), 0
    touched = sorted(_touched(instance, sent.since - _LATE), key=lambda r: r.update_timestamp)
    for record in touched:
        for number, event in _new(instance, record.dagster_run, specs, sent):
            if passed() - began > WORKING:
                return count
            try:
                send([event])
            except IngestError:
                sent.in_vain(now)
                raise
            sent.places[record.dagster_run.run_id] = number + 1
            count += 1
    sent.tries, sent.again = 0, 0.0
    _forget(sent, touched, now)
    return count


def _touched(instance: dg.DagsterInstance, since: float) -> Sequence[dg.RunRecord]:
    """Runs that work, and those that ended since then."""
    at_work = dg.RunsFilter(statuses=_TOUCHED[:2])
    ended = dg.RunsFilter(statuses=_TOUCHED[2:], updated_after=datetime.fromtimestamp(since, UTC))
    return [
        *instance.get_run_records(at_work, limit=_RUNS),
        *instance.get_run_records(ended, limit=_RUNS, order_by="update_timestamp", ascending=True),
    ]


def _new(
    instance: dg.DagsterInstance, run: dg.DagsterRun, specs: Mapping[str, TenantSpec], sent: Sent
) -> Iterator[tuple[int, Told]]:
    """Events that are not told yet. The whole run is read: what was before says what an entry means."""
    done = sent.places.get(run.run_id, 0)
    for number, event in enumerate(Fold(run, specs).told(_entries(instance, run.run_id))):
        if number >= done:
            yield number, event


def _entries(instance: dg.DagsterInstance, run_id: str) -> list[dg.EventLogEntry]:
    found, cursor = [], None
    while True:
        page = instance.get_records_for_run(run_id, cursor=cursor, of_type=READ, limit=1_000)
        found += [record.event_log_entry for record in page.records]
        if not page.has_more:
            return found
        cursor = page.cursor


def _forget(sent: Sent, touched: Sequence[dg.RunRecord], now: float) -> None:
    """All of `touched` is told: the next look begins at the last of them that ended."""
    if len(touched) < _RUNS:
        sent.since = max(sent.since, now - _LATE)
    else:
        ended = [r.update_timestamp.timestamp() for r in touched if r.dagster_run.is_finished]
        sent.since = max([sent.since, *ended])
    again = {r.dagster_run.run_id for r in touched if not r.dagster_run.is_finished}
    again |= {
        r.dagster_run.run_id for r in touched if r.update_timestamp.timestamp() >= sent.since - 2 * _LATE
    }
    sent.places = {run: place for run, place in sent.places.items() if run in again}


class Lineage:
    """What a tick needs, made once a process: the way out, and the datasets of each tenant."""

    def __init__(self, settings: Settings, wanted: OpenLineage, specs: Sequence[TenantSpec]) -> None:
        self.settings, self.wanted = settings, wanted
        self.specs = {spec.name: spec for spec in specs}
        self._datasets: dict[str, Datasets] = {}
        self._sender: Sender | None = None

    def send(self, told: Sequence[Told]) -> None:
        from dagster_ingest.observe.telemetry.openlineage import event

        if self._sender is None:
            self._sender = _sender(self.settings, self.wanted)
        self._sender.send([event(one, self.wanted.namespace, self._of(one)) for one in told])

    def _of(self, told: Told) -> Datasets | None:
        """None where the tenant is gone, or its spec is broken: the step is told without its tables."""
        if not isinstance(told, StepTold) or told.tenant not in self.specs:
            return None
        if told.tenant not in self._datasets:
            self._datasets[told.tenant] = datasets_of(self.settings, self.wanted, self.specs[told.tenant])
        return self._datasets[told.tenant]


def datasets_of(settings: Settings, wanted: OpenLineage, spec: TenantSpec) -> Datasets:
    from dagster_ingest.observe.telemetry.datasets import Datasets
    from dagster_ingest.transform.project import manifests

    platform = TenantPlatform(settings, spec)
    return Datasets(settings, spec, platform.graph, manifests(settings), platform.warehouse, wanted.columns)


def _sender(settings: Settings, wanted: OpenLineage) -> Sender:
    from dagster_ingest.observe.telemetry.needs import needs
    from dagster_ingest.secrets import secrets_of

    needs("openlineage.client", "openlineage", "OpenLineage")
    from dagster_ingest.observe.telemetry.openlineage import Sender

    token = getattr(wanted.transport, "token", None)
    value = secrets_of(settings, OWNER)(token.secret) if token is not None else None
    return Sender(wanted, value, settings.home)


def lineage_sensors(settings: Settings, specs: Sequence[TenantSpec]) -> list[dg.SensorDefinition]:
    """The sensor that tells a receiver of OpenLineage; none where none is asked for."""
    wanted = telemetry_of(settings).openlineage
    if wanted is None:
        return []
    lineage = Lineage(settings, wanted, specs)

    @dg.sensor(
        name="platform__openlineage",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells the receiver of deploy/telemetry.yaml what became of each table. Starts no run.",
    )
    def openlineage(context: dg.SensorEvaluationContext):
        now = time.time()
        sent = Sent.of(context.cursor, now)
        try:
            said = f"{tell(context.instance, lineage.specs, sent, lineage.send, now)} events sent"
            if now < sent.again:
                said = f"the receiver failed {sent.tries} times; asked again in {sent.again - now:.0f} s"
        except IngestError as error:
            said = f"nothing is lost, it is told later: {error}"
            context.log.warning(said)
        context.update_cursor(sent.cursor())
        return dg.SkipReason(said)

    return [openlineage]


def newest_runs(settings: Settings, count: int) -> list[str]:
    """Ids of the newest runs that have ended, the oldest of them first."""
    from dagster_ingest.assets.instance import open_instance

    with open_instance(settings) as instance:
        found = instance.get_runs(dg.RunsFilter(statuses=_TOUCHED[2:]), limit=count)
    return [run.run_id for run in reversed(found)]


def send_again(settings: Settings, specs: Sequence[TenantSpec], run_ids: Sequence[str]) -> dict[str, int]:
    """Tell of these runs, whatever was told of them. Run id to events. SpecError for what cannot be told."""
    from dagster_ingest.assets.instance import open_instance

    wanted = telemetry_of(settings).openlineage
    if wanted is None:
        raise SpecError(
            "no receiver of OpenLineage is named",
            where="deploy/telemetry.yaml",
            not_done="nothing was sent",
            fix="write `openlineage: {transport: {type: http, url: ...}}` there",
        )
    lineage, counts = Lineage(settings, wanted, specs), {}
    with open_instance(settings) as instance:
        for run_id in run_ids:
            run = instance.get_run_by_id(run_id)
            if run is None:
                raise SpecError(f"there is no run {run_id!r}", not_done="nothing was sent of it")
            told: list[Told] = [event for _, event in _new(instance, run, lineage.specs, Sent(0.0))]
            lineage.send(told)
            counts[run_id] = len(told)
    return counts
