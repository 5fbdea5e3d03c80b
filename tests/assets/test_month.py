"""A simulated month: breaches are seen, runs are few, nobody suffers for another, and explanations are true.

What ought to be so is worked out here, apart from the code under test: breaches from the publications,
the least number of runs by a planner that knows the future, causes from the faults that were put in.
"""

from __future__ import annotations

import random
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from dagster_ingest.assets import loading, stories
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.observe.explain import explain
from dagster_ingest.observe.pacing import pause
from dagster_ingest.transform import project
from tests.assets.month import DAY, HOUR, MINUTE, RULE, Fault, Feed, Month, write_tenant

START = datetime(2026, 2, 20, tzinfo=UTC).timestamp()  # the clocks change on 8 March
DAYS, TENANTS = 30, 20
END = START + DAYS * DAY
CHICAGO = ZoneInfo("America/Chicago")
SLAS = (
    "{warn: 33h, fail: 36h}",
    "{fail: 30h}",
    '{by: {cron: "0 8 * * *", timezone: America/Chicago}, within: 12h, warn_before: 3h}',
    "{warn: 8d, fail: 9d}",
)
KINDS = {1: "outage", 2: "bad", 3: "missing", 4: "reader"}
DEADLINES = [
    (datetime(2026, 2, 19, 8, tzinfo=CHICAGO) + timedelta(days=day)).timestamp() for day in range(DAYS + 5)
]
SAID = {
    "outage": "did not answer",
    "bad": RULE,
    "missing": "nothing new",
    "reader": "its readers have yet to show it",
}


def name(number: int) -> str:
    return f"t{chr(97 + number)}"


def sla(number: int) -> int:
    return 3 if number % 10 == 9 else number % 3


def feed(number: int, faulty: bool = True) -> Feed:
    """Deliveries with their jitter, and for most tenants one fault at some time of the month."""
    chance = random.Random(number)
    every, jitter, at = (7, 8, 30 * HOUR) if sla(number) == 3 else (1, 1.5, 9 * HOUR)
    days = range(-2 * every, DAYS + every, every)
    arrivals = [START + at + day * DAY + chance.uniform(-jitter, jitter) * HOUR for day in days]
    begin, length = START + chance.uniform(5, 22) * DAY, chance.uniform(8, 30) * HOUR
    made, kind = Feed(arrivals, blind=number % 7 == 1), KINDS.get(number % 6)
    if not faulty or kind is None:
        return made
    if kind == "outage":
        length += 12 * HOUR
    if kind in ("bad", "missing"):
        first = bisect_left(arrivals, begin)
        begin = arrivals[first]
        length = length + (10 if kind == "bad" else 14) * HOUR
        drop = [t for t in arrivals if begin <= t < begin + length]
        made.arrivals = [t for t in arrivals if t not in drop]
        if kind == "bad":
            made.arrivals += [begin, begin + length]
        else:
            length = min(t for t in made.arrivals if t > begin) - begin
        made.arrivals.sort()
    made.faults.append(Fault(kind, begin, begin + length))
    return made


@contextmanager
def world(folder: Path, feeds: dict[str, Feed], patch: pytest.MonkeyPatch, **more) -> Iterator[Month]:
    for number, tenant in enumerate(feeds):
        write_tenant(folder, tenant, "IA, NE" if number % 10 == 5 else "FL", SLAS[sla(ord(tenant[1]) - 97)])
    with dg.DagsterInstance.ephemeral() as instance:
        made = Month(folder, START, instance, feeds, **more)
        patch.setattr(loading, "now", lambda: made.at)
        patch.setattr(
            loading, "look_of", lambda platform: lambda state: feeds[platform.spec.name].stamp(made.at)
        )
        # It looks into the database's own tables for this each time, which takes a fifth of the simulation.
        patch.setattr(type(instance.event_log_storage), "has_asset_key_col", lambda self, column: True)
        patch.setattr(project, "manifests", lambda settings: {})  # raw tables and readers will do
        patch.setattr(TenantPlatform, "versions", lambda self, state: {})
        yield made


def due(number: int, published: float) -> float:
    kind = sla(number)
    if kind != 2:
        return published + (36 * HOUR, 30 * HOUR, 0, 9 * DAY)[kind]
    first = bisect_left(DEADLINES, published)
    return DEADLINES[first + 1] if DEADLINES[first] - published <= 12 * HOUR else DEADLINES[first]


def breaches(number: int, published: list[float]) -> list[float]:
    """When the SLA was broken, from what was published and when."""
    ends = [*published[1:], END]
    return [at for shown, until in zip(published, ends, strict=True) if (at := due(number, shown)) < until]


def least(number: int, feed: Feed) -> int:
    """Runs that a planner makes who knows all that comes, and runs as late as the SLA allows."""
    step = 5 * MINUTE

    def useful(at: float, taken: int) -> bool:
        down = feed.active("outage", at) or feed.active("reader", at)
        return not down and feed.good(at) and feed.version(at) > taken

    def first(at: float, taken: int, until: float, by: float) -> float | None:
        while at < until if by > 0 else at > until:
            if useful(at, taken):
                return at
            at += by
        return None

    at, count = first(START, 0, END, step), 0
    while at is not None:
        count, taken = count + 1, feed.version(at)
        limit = due(number, at)
        if limit >= END:
            break
        at = first(limit, taken, at, -step) or first(limit, taken, END, step)
    return count


def cause(month: Month, tenant: str, state: str, at: float) -> str:
    """Which of the faults keeps a state from being published, as one sees who put them in."""
    feed = month.feeds[tenant]
    shown = month.published.get((tenant, state), [0.0])[-1]
    if feed.active("reader", at) and month.committed_at[tenant, state] > shown:
        return "reader"
    begun = [fault for fault in feed.faults if fault.begin <= at]
    return begun[-1].kind if begun else "none"


@pytest.mark.slow
def test_a_month_of_twenty_tenants(tmp_path, monkeypatch, capsys):
    began = time.process_time()
    feeds = {name(number): feed(number) for number in range(TENANTS)}
    told: list[tuple[str, str, str, str]] = []
    with world(tmp_path, feeds, monkeypatch) as month:

        def listen(tenant: str, state: str) -> None:
            story = stories.story(month.instance, month.platforms[tenant], state, month.at)
            told.append((tenant, state, cause(month, tenant, state, month.at), explain(story, month.at)))

        month.on_late = listen
        month.go(END)
        broken = [
            (at, tenant, state)
            for (tenant, state), published in month.published.items()
            for at in breaches(ord(tenant[1]) - 97, published)
        ]
        late = [(at, tenant, state) for at, tenant, state, status in month.seen if status == "late"]
    delays = [
        seen[0] - at[0] for seen, at in zip(sorted_by_place(late), sorted_by_place(broken), strict=True)
    ]
    wanted = sum(least(ord(tenant[1]) - 97, feeds[tenant]) for tenant, _ in month.published)
    ratio = len(month.runs) / wanted
    with capsys.disabled():
        print(
            f"\nmonth: {TENANTS} tenants, {len(month.published)} states, {DAYS} days, {month.ticks} looks, "
            f"{time.process_time() - began:.0f} CPU s"
            f"\n  runs {len(month.runs)} {dict(Counter(run.came_to for run in month.runs))}, "
            f"the least {wanted}: {ratio:.3f}x"
            f"\n  breaches {len(broken)}, seen {len(late)}, at most {max(delays):.0f} s after they began"
            f"\n  causes {dict(Counter(kind for _, _, kind, _ in told))}"
        )
    assert broken
    assert sorted((t, s) for _, t, s in late) == sorted((t, s) for _, t, s in broken)
    assert all(0 <= delay <= 2 * MINUTE for delay in delays)
    assert {kind for _, _, kind, _ in told} == set(SAID), "every kind of fault made somebody late"
    for tenant, state, kind, text in told:
        assert SAID[kind] in text, (tenant, state, kind, text)
        assert not [other for other in set(SAID) - {kind} if other != "missing" and SAID[other] in text], text
    assert ratio <= 1.2


def sorted_by_place(found: list[tuple[float, str, str]]) -> list[tuple[float, str, str]]:
    return sorted(found, key=lambda entry: (entry[1], entry[2], entry[0]))


def few(days: float, tmp_path: Path, feeds: dict[str, Feed], **more) -> Callable[[], Month]:
    def run() -> Month:
        tmp_path.mkdir()
        with pytest.MonkeyPatch.context() as patch, world(tmp_path, feeds, patch, **more) as month:
            month.go(START + days * DAY)
            return month

    return run


def test_nobody_is_affected_by_the_failures_of_another(tmp_path):
    def faulty(number: int) -> Feed:
        made = feed(number, faulty=False)
        made.faults.append(Fault("outage", START + 1.2 * DAY, START + 3 * DAY))
        return made

    sound = {name(number): feed(number, faulty=False) for number in range(4)}
    mixed = {name(number): faulty(number) if number < 2 else sound[name(number)] for number in range(4)}

    alone, beside = few(4, tmp_path / "a", sound)(), few(4, tmp_path / "b", mixed)()

    def of_others(month: Month):
        return [(run.tenant, run.began, run.came_to) for run in month.runs if run.tenant > name(1)]

    assert any(run.came_to == "outage" for run in beside.runs)
    assert of_others(alone) == of_others(beside)


def test_a_look_that_is_left_out_would_have_changed_nothing(tmp_path):
    feeds = {name(2): feed(2, faulty=False)}
    feeds[name(2)].faults.append(Fault("outage", START + 10 * HOUR, START + 11.7 * HOUR))

    now_and_then = few(0.52, tmp_path / "a", feeds)()
    each_minute = few(0.52, tmp_path / "b", feeds, every_minute=True)()

    assert [run.came_to for run in each_minute.runs].count("outage") > 1
    assert each_minute.ticks > 10 * now_and_then.ticks
    assert [vars(run) for run in each_minute.runs] == [vars(run) for run in now_and_then.runs]
    assert each_minute.seen == now_and_then.seen


def test_a_source_that_fails_for_a_day_starts_no_more_than_the_paced_retries(tmp_path, capsys):
    number, down = 0, (START + 32 * HOUR, START + 56 * HOUR)
    feeds = {name(number): feed(number, faulty=False), name(6): feed(6, faulty=False)}
    feeds[name(number)].faults.append(Fault("outage", *down))

    month = few(4, tmp_path / "a", feeds)()

    tries = [run for run in month.runs if run.tenant == name(number) and run.came_to == "outage"]
    paced, at = 1, tries[0].began  # one more, shortly before the SLA is broken
    while at < down[1]:
        paced, at = paced + 1, at + pause(paced, 36 * HOUR)
    with capsys.disabled():
        print(f"\nstorm: a day's outage, {len(tries)} runs in it, paced retries at most {paced}")
    assert 2 <= len(tries) <= paced
    assert all(run.came_to == "new" for run in month.runs if run.tenant == name(6))
    after = [run for run in month.runs if run.tenant == name(number) and run.began > down[1]]
    assert after[0].came_to == "new"
    assert after[0].began - down[1] <= pause(len(tries), 36 * HOUR) + 15 * MINUTE


def test_a_daemon_that_was_off_for_three_days_starts_tenants_one_after_another(tmp_path):
    feeds = {name(number): feed(number, faulty=False) for number in (0, 3, 6)}
    on_again = START + 6 * DAY

    month = few(6.2, tmp_path / "a", feeds, pause=(START + 3 * DAY, on_again))()

    begun = [run.began - on_again for run in month.runs if run.began > on_again]
    assert len(begun) == 3
    assert max(begun) - min(begun) > 2 * MINUTE
    assert max(begun) <= 20 * MINUTE
