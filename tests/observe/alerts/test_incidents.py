"""From a story, from runs, from a budget to what is open."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dagster_ingest.observe.alerts import failures
from dagster_ingest.observe.alerts.failures import MOST, Ended, Failing, fold
from dagster_ingest.observe.alerts.incidents import budget, changes_at, incidents, shareable
from dagster_ingest.observe.lateness import Lateness
from dagster_ingest.observe.story import Blocker, BrokenRule, Notice, RunSeen, Shown, Story
from dagster_ingest.observe.timeline import Moment
from tests.observe.alerts.making import DAY, HOUR, START

PRIVATE = "Jane Roe 555-867-5309"
RULE = BrokenRule("PHONE|pattern", 38, (("al/services.csv", 7, PRIVATE),), file="phones.yaml", line=3)
BLOCKER = Blocker(
    asset="raw/wellsky_services",
    check="contract",
    reason="blocked: 38 of 267 rows break PHONE|pattern",
    since=START - HOUR,
    seen=START,
    run_id="r1",
    load_id="l1",
    files=("al/services.csv",),
    rows_read=267,
    rows_rejected=38,
    rules=(RULE,),
    contract="1.0.0",
    contract_file="services.odcs.yaml",
    table="services",
    source="wellsky",
    stops=("elt/service",),
    raw_table="wellsky_services",
)
WAITS = replace(
    BLOCKER, check="review", rules=(), hash="abcdef0123456789", expires_at="2027-01-17T08:00:00+00:00"
)
STORY = Story(
    tenant="gulf",
    display_name="Gulf Coast Helpline",
    state="AL",
    owners=("team:gulf-data",),
    health="blocked",
    rows_read=267,
    rows_accepted=229,
    rows_quarantined=38,
    loaded_at=START,
    shown=(Shown("hsds_package", "v1", START, 50),),
    blockers=(),
    waiting=(),
    fail_after=48 * HOUR,
    warn_after=30 * HOUR,
    drops="var/drops/gulf",
)
ENDS = 1_800_172_800.0


def of(story: Story, now: float = START, expiring: float = DAY):
    return {found.key: found for found in incidents(story, now, expiring=expiring)}


def test_a_sound_state_has_none():
    assert of(STORY) == {}


def test_a_blocked_state_is_one_incident_told_as_explain_tells_it():
    [found] = of(replace(STORY, blockers=(BLOCKER, replace(BLOCKER, asset="raw/wellsky_sites")))).values()

    assert (found.key, found.kind, found.severity) == ("blocked/AL", "blocked", "error")
    assert (
        found.title == "gulf/AL is blocked by raw/wellsky_services (contract), raw/wellsky_sites (contract)"
    )
    for part in ("PHONE|pattern: 38 rows", "phones.yaml:3", "team:gulf-data", "--state AL --retry"):
        assert part in found.text


def test_no_value_of_a_row_is_told():
    foreign = f"not loaded: {ValueError(f'no number: {PRIVATE!r}')!r}"
    reasons = ("blocked: 38 of 267 rows", foreign, f"not loaded: SomeError('no number: '{PRIVATE}'')")
    for reason in reasons:
        [found] = of(replace(STORY, blockers=(replace(BLOCKER, reason=reason),))).values()

        assert "Jane" not in found.text
        assert "867" not in found.text


def test_no_sentence_of_a_story_quotes_a_row():
    said = f"no number: {PRIVATE!r}"
    story = replace(
        STORY,
        blockers=(replace(BLOCKER, reason=f"not loaded: ValueError({PRIVATE!r})"),),
        notices=(Notice("raw/wellsky_services", "contract", said, START),),
        runs=(RunSeen("writers", "a", "failure", START, reason=said),),
        moments=(Moment(START, "broken", "raw/wellsky_services", said),),
    )

    told = shareable(story)

    assert "Jane" not in repr(told)
    assert told.notices[0].words == told.runs[0].reason == told.moments[0].words == "no number: '…'"


def test_the_cause_is_what_fails_and_not_how_often():
    def cause(**parts) -> str:
        return of(replace(STORY, blockers=(replace(BLOCKER, **parts),)))["blocked/AL"].cause

    assert cause() == cause(since=START, load_id="l2", reason="blocked: 40 of 267 rows")
    assert cause() == cause(rules=(replace(RULE, failed=40),))
    assert cause() != cause(rules=(replace(RULE, rule="NAME|required"),))
    assert cause() != cause(asset="raw/wellsky_sites")


@pytest.mark.parametrize(
    ("age", "severity"), [(29, None), (31, "warning"), (47, "warning"), (49, "critical"), (400, "critical")]
)
def test_an_sla_warns_and_breaks(age, severity):
    found = of(STORY, START + age * HOUR).get("sla/AL")

    assert (found.severity if found else None) == severity


def test_an_sla_counts_the_oldest_store_and_none_before_the_first_publication():
    late = replace(STORY, shown=(*STORY.shown, Shown("opensearch", "v0", START - 40 * HOUR, 50)))
    never = replace(STORY, shown=(*STORY.shown, Shown("opensearch", None, None, 0)))

    assert of(late, START)["sla/AL"].since == START - 10 * HOUR
    assert of(never, START + 400 * HOUR) == {}


def test_a_deadline_says_itself_when_it_is_due():
    runs = (
        RunSeen("writers", "a", "failure", START, reason=f"no number: {PRIVATE!r}"),
        RunSeen("readers", "b", "success", START),
    )
    late = Lateness("unknown", "nothing is published", START + HOUR, START + 2 * HOUR)
    story = replace(STORY, shown=(), runs=runs, lateness=late)

    assert changes_at(story, START, expiring=DAY) == START + HOUR
    assert of(story, START) == {}
    assert of(story, START + 1.5 * HOUR)["sla/AL"].severity == "warning"
    assert of(story, START + 3 * HOUR)["sla/AL"].severity == "critical"
    assert [run.reason for run in shareable(story).runs] == ["no number: '…'", None]


def test_what_waits_for_review_becomes_urgent_before_it_expires():
    story = replace(STORY, blockers=(WAITS,))
    early, late = of(story, ENDS - 2 * DAY), of(story, ENDS - DAY)

    assert list(early) == list(late) == ["review/wellsky_services/AL"]
    [first], [last] = early.values(), late.values()
    assert (first.severity, last.severity) == ("warning", "error")
    assert first.cause != last.cause
    assert "expires at 2027-01-17 08:00:00 UTC" in first.title
    assert "review approve gulf wellsky_services AL --hash abcdef012345" in first.text


def test_the_next_moment_at_which_time_changes_something():
    story = replace(STORY, blockers=(WAITS,))

    assert changes_at(STORY, START, expiring=DAY) == START + 30 * HOUR
    assert changes_at(STORY, START + 31 * HOUR, expiring=DAY) == START + 48 * HOUR
    assert changes_at(STORY, START + 60 * HOUR, expiring=DAY) is None
    assert changes_at(story, START + 23 * HOUR, expiring=DAY) == ENDS - DAY


def test_a_budget_changes_its_cause_with_what_is_over():
    def cause(words: str) -> str:
        return budget("gulf", ("team:gulf-data",), words, START).cause

    first = cause("7,300 of 7,200 cpu seconds in 2026-11: 101% of the budget")

    assert first == cause("8,300 of 7,200 cpu seconds in 2026-11: 115% of the budget")
    assert first != cause("41 of 40 credits in 2026-11: 103% of the budget")


def failing(step: str = "gulf__publish_hsds", state: str = "AL", **parts) -> Failing:
    given = {"run_id": "r1", "job": "gulf__readers", "error": "PublishError", "words": "no", "at": START}
    return Failing(**{**given, "state": state, "step": step, **parts})


def ended(*failed: Failing, ok: bool = False, done: tuple[str, ...] = (), state: str = "AL") -> Ended:
    return Ended("gulf__readers", state, ok, frozenset(done), failed)


def test_a_step_fails_until_it_succeeds_in_that_state():
    open = fold({}, ended(failing()))
    assert list(open) == ["run/AL/gulf__publish_hsds"]
    open = fold(open, ended(ok=True, done=("gulf__publish_hsds",), state="FL"))
    open = fold(open, ended(ok=True, done=("gulf__load_wellsky",)))
    open = fold(open, ended(failing("gulf__publish_mongodb")))
    assert len(open) == 2

    open = fold(open, ended(failing("gulf__publish_mongodb"), done=("gulf__publish_hsds",)))

    assert list(open) == ["run/AL/gulf__publish_mongodb"]


def test_a_step_that_fails_again_fails_since_the_first_time():
    open = fold(fold({}, ended(failing())), ended(failing(run_id="r2", at=START + HOUR, words="still no")))

    [found] = open.values()
    assert (found.run_id, found.at, found.words) == ("r2", START, "still no")


def test_a_run_that_failed_outside_of_its_steps_is_mended_by_one_that_does_not():
    open = fold({}, ended(failing("", error="run failed")))
    assert fold(open, ended(failing())).keys() == {"run/AL/gulf__readers", "run/AL/gulf__publish_hsds"}

    assert fold(open, ended(ok=True)) == {}


def test_failures_are_bounded():
    open: dict[str, Failing] = {}
    for number in range(MOST + 5):
        open = fold(open, ended(failing(f"step_{number}")))

    assert len(open) == MOST


def test_a_reader_before_a_closed_gate_is_not_told_beside_what_closed_it():
    open = {"a": failing(error="Failure"), "b": failing("other"), "c": failing(state="FL", error="Failure")}

    found = failures.incidents("gulf", ("team:gulf-data",), open, ["AL"], "https://dagster.example/")

    assert [(one.state, one.link) for one in found] == [
        ("AL", "https://dagster.example/runs/r1"),
        ("FL", "https://dagster.example/runs/r1"),
    ]
    assert "dagster-ingest run --tenant gulf --state AL --retry" in found[0].text


def test_words_of_an_error_without_what_it_quotes():
    ours = "dagster_ingest.errors.Unavailable: host 'x' is down\n  source: answer 'Jane Roe'\n  fix: wait"

    assert failures.words("Unavailable", ours, ours=True) == "host 'x' is down\n  fix: wait"
    assert failures.words("ValueError", "ValueError: no 'Jane Roe'", ours=False) == "no '…'"
