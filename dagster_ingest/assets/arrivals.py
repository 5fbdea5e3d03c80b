"""A sensor for each source that says how its arrivals are noticed: it starts loads of what is new.

Nothing is loaded here and no cursor of a load moves: the sensor's own cursor holds what was told already.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import dagster as dg

from dagster_ingest.arrivals import patience, queues
from dagster_ingest.arrivals.decide import Answer, Sight, Step, ended, step
from dagster_ingest.arrivals.feeds import ALL, Watcher, feeds
from dagster_ingest.arrivals.memory import Feed, Mark, Memory
from dagster_ingest.assets import arrival_log as log
from dagster_ingest.assets import keys
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.underway import underway
from dagster_ingest.connectors.base import Sign
from dagster_ingest.errors import AccessDenied, IngestError, SpecError, Unavailable
from dagster_ingest.redact import redact_error
from dagster_ingest.spec.arrival import TOLD, AnyArrival, NatsArrival
from dagster_ingest.spec.resolved import SourceSpec

TAG_ARRIVAL = "dagster_ingest/arrival"
SHORTEST = 30.0  # seconds between two ticks
SPARE = 40.0  # seconds that the looks of a tick may begin in; Dagster gives it 60


def now() -> float:
    """Seconds of the epoch, by the clock of the sensor."""
    return time.time()


def chance() -> float:
    return random.random()


def arrival_specs(platform: TenantPlatform) -> list[dg.AssetSpec]:
    """What stands for the sources as seen from outside: calls and the sensor's health hang on it."""
    tenant, model = platform.spec.name, platform.spec.model
    return [
        dg.AssetSpec(
            log.arrival_key(tenant, source.name),
            group_name=keys.group(tenant, "arrival"),
            owners=list(model.owners),
            kinds={arrival.kind},
            description=f"How arrivals of {source.name} are noticed: {arrival.kind}, "
            f"every {arrival.every}. Sensor {log.sensor_name(tenant, source.name)}.",
        )
        for source, arrival in _watched(platform)
    ]


def arrival_checks(platform: TenantPlatform) -> list[dg.AssetChecksDefinition]:
    """Declares what the sensors report, for the UI to show. Executed by hand it repeats the last report."""
    tenant = platform.spec.name
    return [_check(tenant, source.name) for source, _ in _watched(platform)]


def _check(tenant: str, source: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=log.arrival_key(tenant, source),
        name=log.ARRIVAL_CHECK,
        description=f"Whether arrivals of {source} are looked for. Its sensor reports it when that changes.",
    )
    def reported(context):
        wrong = log.reported(context.instance, tenant, source)
        return dg.AssetCheckResult(passed=not wrong, description=wrong or log.SOUND)

    return reported


def arrival_sensors(platform: TenantPlatform, job) -> list[dg.SensorDefinition]:
    return [_sensor(platform, source, arrival, job) for source, arrival in _watched(platform)]


def _watched(platform: TenantPlatform) -> list[tuple[SourceSpec, AnyArrival]]:
    return [(source, source.arrival) for source in platform.spec.sources if source.arrival is not None]


def _sensor(platform: TenantPlatform, source: SourceSpec, arrival: AnyArrival, job) -> dg.SensorDefinition:
    @dg.sensor(
        name=log.sensor_name(platform.spec.name, source.name),
        job=job,
        minimum_interval_seconds=int(max(SHORTEST, min(arrival.interval, arrival.quiet or arrival.interval))),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Starts loads of {source.name} when something new came.",
    )
    def look(context: dg.SensorEvaluationContext):
        tick = Tick(context.instance, platform, source, arrival, now())
        tick.memory = Memory.of(context.cursor, tick.now)
        if (wrong := tick.given_up()) and not tick.enabled():
            raise wrong
        tick.look(context.log.warning)
        assert context.repository_def is not None
        chosen = _selection(context.repository_def, platform, source) if tick.asked else []
        reports = tick.reports()
        return dg.SensorResult(
            run_requests=[
                dg.RunRequest(
                    run_key=key,
                    partition_key=state,
                    asset_selection=chosen,
                    tags={TAG_ARRIVAL: source.name},
                )
                for state, key in tick.asked.items()
            ],
            skip_reason=None if tick.asked else tick.told(),
            cursor=tick.memory.cursor(),
            asset_events=reports,
        )

    return look


def _selection(
    repository: dg.RepositoryDefinition, platform: TenantPlatform, source: SourceSpec
) -> list[dg.AssetKey]:
    """The source's tables and what hangs on them, of the tenant's writers."""
    tenant = platform.spec.name
    graph = repository.get_job(keys.writers_job(tenant)).asset_layer.asset_graph
    raw = {keys.asset_key(tenant, "raw", table.raw) for table in source.tables}
    every = graph.materializable_asset_keys
    return sorted(key for key in every if key in raw or graph.get_ancestor_asset_keys(key) & raw)


@dataclass
class Tick:
    """One look at a source. asked: state to the run key of the load that it asks for."""

    instance: dg.DagsterInstance
    platform: TenantPlatform
    source: SourceSpec
    arrival: AnyArrival
    now: float
    memory: Memory = field(default_factory=Memory)
    asked: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._why: dict[str, str] = {}
        self._began = time.monotonic()
        self._busy: frozenset[str] | None = None

    @property
    def _names(self) -> dict[str, tuple[str, ...]]:
        """Feed to states, as they are looked at: what is told comes for all at once."""
        spec = self.platform.spec
        return {ALL: spec.states} if self.arrival.kind in TOLD else feeds(spec, self.source)

    def given_up(self) -> IngestError | None:
        """The error that says so, where nobody looks at any feed any more."""
        found = [self._feed(name) for name in self._names]
        if not found or not all(feed.over for feed in found):
            return None
        return self._over({name: self._feed(name).why for name in self._names})

    def enabled(self) -> bool:
        """Whether a person asked to look again since; then it is looked again."""
        if not any(feed.over for feed in self.memory.feeds.values()):
            return False
        number = log.enabled(self.instance, self.platform.spec.name, self.source.name)
        if number <= self.memory.enabled:
            return False
        self.memory.enabled = number
        self.memory.feeds = {name: f for name, f in self.memory.feeds.items() if not f.over}
        return True

    def look(self, warn: Callable[[str], None]) -> None:
        """Close what has ended, look at every feed that is due, and note what follows."""
        self.enabled()
        spec = self.platform.spec
        known = self.memory.feeds
        self.memory.feeds = {name: known[name] for name in self._names if name in known}
        marks = {state: self.memory.marks.get(state, Mark()) for state in spec.states}
        self.memory.marks = {state: self._closed(state, mark) for state, mark in marks.items()}
        for name, states in self._names.items():
            feed = self._feed(name)
            if not patience.due(feed, self.now, self.arrival.interval):
                self._why[name] = f"given up: {feed.why}" if feed.over else "not looked at again yet"
                continue
            if time.monotonic() - self._began > SPARE:
                break  # the rest has its turn in the next tick
            try:
                wait = self._news(warn) if self.arrival.kind in TOLD else self._seen(states)
                self.memory.feeds[name] = patience.looked(feed, self.now, wait)
            except Exception as error:
                redact_error(error)
                self.memory.feeds[name] = failed = self._failed(feed, error)
                self._why[name] = f"{failed.failures} looks in a row failed: {failed.why}"
                warn(f"{spec.name}, arrivals of {self.source.name}, {name}: {error}")

    def told(self) -> str:
        """Why no load is asked for."""
        return "; ".join(f"{name}: {why}" for name, why in self._why.items()) or "nothing is new"

    def reports(self) -> list[dg.AssetCheckEvaluation]:
        """What changed of the sensor's health since it was last reported."""
        over = {name: feed.why for name, feed in self.memory.feeds.items() if feed.over}
        looked = any(not feed.failures for feed in self.memory.feeds.values())
        if (sound := not over) == self.memory.sound or (sound and not looked):
            return []
        self.memory.sound = sound
        wrong = str(self._over(over)) if over else ""
        return [log.report(self.platform.spec.name, self.source.name, wrong)]

    def _over(self, whys: dict[str, str]) -> IngestError:
        tenant, source = self.platform.spec.name, self.source.name
        alike = set(whys.values())
        told = alike.pop() if len(alike) == 1 else "; ".join(f"{name}: {why}" for name, why in whys.items())
        where = "" if ALL in whys else f" ({', '.join(whys)})"
        return Unavailable(
            f"arrivals of {source}{where} are not looked for any more: {told}",
            where=f"{tenant}, sensor {log.sensor_name(tenant, source)}",
            not_done="what comes is loaded by schedule or by hand only",
            fix=f"mend it, then run `dagster-ingest sensors enable {tenant} {source}`",
        )

    def _failed(self, feed: Feed, error: Exception) -> Feed:
        why = error.problem if isinstance(error, IngestError) else f"{type(error).__name__}: {error}"
        limit = self.arrival.give_up
        hopeless = isinstance(error, (AccessDenied, SpecError))
        every = self.arrival.interval
        found = patience.failed(feed, self.now, every, chance(), limit, why[:500], hopeless=hopeless)
        if found.over:  # what was asked before does not count
            self.memory.enabled = log.enabled(self.instance, self.platform.spec.name, self.source.name)
        return found

    def _closed(self, state: str, mark: Mark) -> Mark:
        if not mark.asked:
            return mark
        how = log.ended(self.instance, self.platform, self.source, state, mark.asked)
        return ended(mark, how, self.now)

    def _seen(self, states: tuple[str, ...]) -> float:
        """Look at a feed. Seconds until the next look."""
        free = [state for state in states if not self.memory.marks[state].asked]
        self._why.update({s: "a load is under way" for s in states if s not in free})
        if not free:
            return self.arrival.interval
        watcher = Watcher(self.platform.settings, self.platform.spec, self.source)
        waits = []
        for group in _asked_alike(free, self.memory.marks):
            signs = watcher.signs(group[0], self.memory.marks[group[0]].bases)
            waits += [self._step(state, Sight.of(signs), watcher, signs) for state in group]
        return min(waits)

    def _news(self, warn: Callable[[str], None]) -> float:
        """Take what was told. Seconds until the next look."""
        spec, queue = self.platform.spec, self.memory.queue
        if isinstance(self.arrival, NatsArrival):
            news = queues.of_messages(self.arrival, self.platform.settings, spec, self.source, queue)
        else:
            calls = log.calls_after(self.instance, spec.name, self.source.name, queue.after)
            news = queues.of_calls(spec.states, queue, calls)
        for odd in news.odd:
            warn(odd)
        self.memory.queue = news.queue
        for state, value in news.states.items():
            mark = self.memory.marks[state]
            self.memory.marks[state] = replace(mark, seen=value, since=self.now, tries=0, later=0.0)
        waits = [self.arrival.interval]
        for state, mark in self.memory.marks.items():
            if mark.asked:
                self._why[state] = "a load is under way"
                continue
            value = mark.seen or mark.told
            waits.append(self._step(state, Sight(value, value)))
        return min(waits)

    def _step(
        self, state: str, sight: Sight, watcher: Watcher | None = None, signs: dict[str, Sign] | None = None
    ) -> float:
        def examine() -> tuple[Answer, str]:
            if state in self._at_work():
                return "wait", "a load of the state is under way"
            if watcher is None or signs is None:
                return "ask", "it was told that something came"
            return watcher.examine(state, signs, recorded)

        def recorded(raw: str) -> str:
            return log.recorded(self.instance, self.platform, raw, state)

        mark, quiet = self.memory.marks[state], self.arrival.quiet
        found: Step = step(
            mark, sight, self.now, state=state, born=self.memory.born, quiet=quiet, examine=examine
        )
        self.memory.marks[state] = found.mark
        self._why[state] = found.why
        if found.ask:
            self.asked[state] = found.ask
        return self.arrival.interval if found.wait is None else min(found.wait, self.arrival.interval)

    def _at_work(self) -> frozenset[str]:
        """States that a writer works on, or waits to."""
        if self._busy is None:
            self._busy = underway(
                self.instance, self.platform.spec.name, self.platform.spec.states, ()
            ).writing
        return self._busy

    def _feed(self, name: str) -> Feed:
        return self.memory.feeds.get(name, Feed())


def _asked_alike(states: Iterable[str], marks: Mapping[str, Mark]) -> list[list[str]]:
    """States of one feed that are to be looked at from the same bases: one look serves them."""
    groups: dict[str, list[str]] = {}
    for state in states:
        groups.setdefault(repr(sorted(marks[state].bases.items())), []).append(state)
    return list(groups.values())
