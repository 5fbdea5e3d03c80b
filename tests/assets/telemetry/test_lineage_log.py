"""The event log told to a receiver: once each, in order, over restarts, failures and a receiver that is gone.

The runs are real ones of small assets; the receiver is a list, and the clock is ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import dagster as dg
import pytest

from dagster_ingest.assets.lineage import Sent, tell
from dagster_ingest.errors import Unavailable
from dagster_ingest.observe.telemetry.steps import StepTold, Told

STATES = dg.StaticPartitionsDefinition(["FL", "AL"])
FAILING: set[str] = set()


def table(name: str, *, unchanged: bool = False) -> dg.AssetsDefinition:
    key = dg.AssetKey(["gulf", "raw", name])

    @dg.multi_asset(
        name=f"load_{name}",
        specs=[dg.AssetSpec(key, skippable=True)],
        check_specs=[dg.AssetCheckSpec("contract", asset=key, blocking=True, partitions_def=STATES)],
        partitions_def=STATES,
    )
    def load(context):
        if f"{name} raises" in FAILING:
            raise ValueError("the cell 'Jane Doe' is no date")
        passed = name not in FAILING
        yield dg.AssetCheckResult(
            asset_key=key, passed=passed, check_name="contract", description="38 rows 'Jane'"
        )
        if passed and not unchanged:
            yield dg.MaterializeResult(asset_key=key, metadata={"rows_written": 7, "load_id": "L1"})

    return load


TABLES = [table("services"), table("places"), table("still", unchanged=True)]
JOB = dg.define_asset_job(
    "gulf__writers", selection=dg.AssetSelection.assets(*TABLES), tags={"tenant": "gulf"}
)
DEFS = dg.Definitions(assets=TABLES, jobs=[JOB])


@dataclass
class Ear:
    """What a receiver took. down: it takes nothing; after: it takes so many more, then nothing."""

    took: list[Told] = field(default_factory=list)
    down: bool = False
    after: int | None = None

    def __call__(self, events) -> None:
        for event in events:
            if self.down or self.after == 0:
                raise Unavailable("gone")
            self.after = None if self.after is None else self.after - 1
            self.took.append(event)

    def lines(self) -> list[str]:
        return [f"{e.kind} {e.table if isinstance(e, StepTold) else 'run'}" for e in self.took]


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    FAILING.clear()
    with dg.instance_for_test() as made:
        yield made
    FAILING.clear()


def run(instance: dg.DagsterInstance, state: str = "FL") -> str:
    job = DEFS.resolve_job_def("gulf__writers")
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    return job.execute_in_process(
        instance=instance, partition_key=state, raise_on_error=False, run_config=quiet
    ).run_id


def now(instance: dg.DagsterInstance) -> float:
    """A moment after everything that has happened."""
    records = instance.get_run_records()
    return max((r.update_timestamp.timestamp() for r in records), default=0.0) + 1


def test_each_table_starts_once_and_ends_once(instance):
    ear, sent = Ear(), Sent(0.0)
    run(instance)

    count = tell(instance, {}, sent, ear, now(instance))

    assert count == len(ear.took) == 8
    assert ear.lines()[0] == "START run"
    assert ear.lines()[-1] == "COMPLETE run"
    assert sorted(ear.lines()[1:-1]) == [
        "COMPLETE places",
        "COMPLETE services",
        "COMPLETE still",
        "START places",
        "START services",
        "START still",
    ]
    done = {e.table: e for e in ear.took if isinstance(e, StepTold) and e.kind == "COMPLETE"}
    assert done["services"].record["rows_written"] == 7
    assert done["still"].record == {}  # it ran, and wrote nothing
    assert {e.state for e in ear.took} == {"FL"}


def test_a_refused_table_and_one_that_raises_fail_and_say_why_without_values(instance):
    FAILING.update(["services", "places raises"])
    ear = Ear()
    run(instance)

    tell(instance, {}, Sent(0.0), ear, now(instance))

    failed = {e.table: e.error for e in ear.took if isinstance(e, StepTold) and e.kind == "FAIL"}
    assert failed["services"] == "38 rows '?'"
    assert "the cell '?' is no date" in str(failed["places"])
    assert set(failed) == {"services", "places"}
    assert ear.lines()[-1] == "FAIL run"
    assert "Jane" not in str(ear.took)


def test_nothing_is_told_twice_by_ticks_or_restarts(instance):
    ear, sent = Ear(), Sent(0.0)
    first = run(instance)
    at = now(instance)
    tell(instance, {}, sent, ear, at)

    sent = Sent.of(sent.cursor(), at)  # the daemon was restarted
    assert tell(instance, {}, sent, ear, at + 30) == 0
    second = run(instance, "AL")
    assert tell(instance, {}, sent, ear, at + 60) == 8
    for minutes in range(2, 600, 7):
        assert tell(instance, {}, Sent.of(sent.cursor(), at), ear, at + minutes * 60) == 0

    assert [e.run_id for e in ear.took] == [first] * 8 + [second] * 8


def test_ids_are_the_same_whenever_they_are_made(instance):
    ear, again = Ear(), Ear()
    run(instance)
    for listener in (ear, again):
        tell(instance, {}, Sent(0.0), listener, now(instance))

    assert again.took == ear.took
    steps = [e for e in ear.took if isinstance(e, StepTold)]
    assert len({e.id for e in steps}) == 3  # one for each table, its start and its end alike


def test_a_receiver_that_is_gone_loses_nothing_and_is_asked_ever_more_rarely(instance):
    ear, sent = Ear(down=True), Sent(0.0)
    run(instance)
    at, asked = now(instance), []
    for second in range(0, 4_000, 10):
        before = sent.tries
        try:
            tell(instance, {}, sent, ear, at + second)
        except Unavailable:
            asked.append(second)
        assert sent.tries in (before, before + 1)

    assert asked == [0, 30, 90, 210, 450, 930, 1890, 3690]
    assert ear.took == []
    ear.down = False
    assert tell(instance, {}, Sent.of(sent.cursor(), at), ear, at + 6_000) == 8
    assert (ear.lines()[0], ear.lines()[-1]) == ("START run", "COMPLETE run")


def test_a_receiver_that_goes_in_the_middle_is_told_the_rest_later(instance):
    whole = Ear()
    run(instance)
    at = now(instance)
    tell(instance, {}, Sent(0.0), whole, at)

    for taken in range(1, len(whole.took)):
        ear, sent = Ear(after=taken), Sent(0.0)
        with pytest.raises(Unavailable):
            tell(instance, {}, sent, ear, at)
        ear.after = None
        tell(instance, {}, Sent.of(sent.cursor(), at), ear, at + 40)

        assert ear.took == whole.took


def test_the_first_tick_begins_with_what_happens_from_then_on(instance):
    ear = Ear()
    run(instance)
    sent = Sent.of(None, now(instance) + 3600)

    assert tell(instance, {}, sent, ear, now(instance) + 3600) == 0
    assert ear.took == []


def test_a_tick_that_takes_too_long_leaves_the_rest_for_the_next(instance):
    ear, sent, clock = Ear(), Sent(0.0), iter(range(0, 10_000, 5))
    run(instance)
    at = now(instance)

    first = tell(instance, {}, sent, ear, at, passed=lambda: float(next(clock)))
    assert first < 8
    for _ in range(20):
        tell(instance, {}, sent, ear, at, passed=lambda: float(next(clock)))

    assert len(ear.took) == 8
    assert len(set(ear.lines())) == 8
