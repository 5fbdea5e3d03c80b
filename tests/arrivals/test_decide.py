"""What follows from a look, with a clock of the test's own."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from dagster_ingest.arrivals.decide import LOST, Sight, ended, step
from dagster_ingest.arrivals.memory import Feed, Mark, Memory, Queue
from dagster_ingest.arrivals.patience import FIRST_RETRY, LONGEST
from dagster_ingest.connectors.base import Sign

NOW = 1_800_000_000.0


def look(mark, value, now, *, quiet=60.0, answer="ask"):
    return step(
        mark,
        Sight(value, value),
        now,
        state="FL",
        born=7,
        quiet=quiet,
        examine=lambda: (answer, "because"),
    )


def test_what_stays_as_it_is_is_asked_for_once():
    first = look(Mark(), "a", NOW)
    assert (first.ask, first.wait) == ("", 60.0)
    second = look(first.mark, "a", NOW + 60)
    assert second.ask == "FL-a-7-0"
    loaded = ended(second.mark, "done", NOW + 90)
    assert (loaded.told, loaded.asked) == ("a", "")
    assert look(loaded, "a", NOW + 120).why == "nothing is new"


def test_a_file_that_still_grows_waits_anew():
    mark = Mark()
    for number in range(10):
        found = look(mark, f"size {number}", NOW + 50 * number)
        assert found.ask == ""
        mark = found.mark
    assert look(mark, "size 9", NOW + 450 + 60).ask == "FL-size 9-7-0"


def test_the_same_tick_twice_asks_under_the_same_key():
    before = look(Mark(), "a", NOW).mark
    assert look(before, "a", NOW + 60).ask == look(before, "a", NOW + 75).ask


def test_what_comes_back_is_asked_for_under_another_key():
    mark, keys = Mark(), []
    for value in ("a", "b", "a", "b"):
        asked = look(mark, value, NOW, quiet=0)
        keys.append(asked.ask)
        mark = ended(asked.mark, "done", NOW)
    assert len(set(keys)) == 4
    assert all(keys)


def test_a_clock_that_was_set_back_neither_waits_for_ever_nor_asks_at_once():
    seen = look(Mark(), "a", NOW).mark
    back = look(seen, "a", NOW - 86_400)
    assert (back.ask, back.wait) == ("", 60.0)
    assert look(back.mark, "a", NOW - 86_400 + 60).ask


def test_a_retry_far_ahead_of_the_clock_is_none():
    failed = Mark(seen="a", since=NOW - 100, tries=3, later=NOW + LONGEST)
    assert not look(failed, "a", NOW + 1).ask
    assert look(failed, "a", NOW - 86_400, quiet=0).ask


@pytest.mark.parametrize(("answer", "told"), [("known", "a"), ("wait", "")])
def test_what_is_on_record_is_told_and_what_waits_is_not(answer, told):
    found = look(Mark(), "a", NOW, quiet=0, answer=answer)
    assert (found.ask, found.mark.told, found.why) == ("", told, "because")


def test_a_load_that_fails_is_asked_for_again_farther_and_farther_apart():
    mark, at, asks = Mark(), NOW, []
    while at < NOW + 86_400:
        found = look(mark, "a", at, quiet=0)
        mark = found.mark
        if found.ask:
            asks.append((at, found.ask))
            mark = ended(mark, "failed", at)
        at += 60
    times = [at for at, _ in asks]
    assert times[1] - times[0] == FIRST_RETRY
    assert max(b - a for a, b in pairwise(times)) == LONGEST
    assert len(asks) == 27
    assert len({key for _, key in asks}) == 27


def test_nothing_is_told_before_it_is_loaded():
    asked = look(Mark(told="before"), "a", NOW, quiet=0).mark
    assert asked.told == "before"
    assert ended(asked, "open", NOW).told == "before"
    assert ended(asked, "failed", NOW).told == "before"


def test_a_load_that_was_never_started_is_asked_for_again():
    asked = look(Mark(), "a", NOW, quiet=0).mark
    assert ended(asked, "none", NOW + 60) == asked
    lost = ended(asked, "none", NOW + LOST)
    assert look(lost, "a", NOW + LOST, quiet=0).ask == "FL-a-7-1"
    assert ended(asked, "none", NOW - 5).asked == ""


def test_something_new_starts_without_the_failures_of_the_old():
    failed = Mark(seen="a", since=NOW, tries=5, later=NOW + 3000)
    assert look(failed, "b", NOW + 1, quiet=0).ask


def test_a_base_moves_only_once_what_was_seen_from_it_is_loaded():
    sign = Sign("changed", "monday", "settled", "tuesday", fingerprint="")
    sight = Sight.of({"services": sign})
    asked = step(Mark(), sight, NOW, state="FL", born=7, quiet=0, examine=lambda: ("ask", "")).mark
    assert asked.bases == {"services": "monday"}
    failed = ended(asked, "failed", NOW)
    assert failed.bases == {"services": "monday"}
    done = ended(asked, "done", NOW)
    assert done.bases == {"services": "tuesday"}
    quiet = Sight.of({"services": Sign("settled", "tuesday", "settled", "tuesday")})
    again = step(done, quiet, NOW + 300, state="FL", born=7, quiet=0, examine=lambda: ("ask", ""))
    assert again.why == "nothing is new"


def test_memory_survives_its_cursor():
    marks = {"FL": look(Mark(), "a", NOW, quiet=0).mark, "AL": Mark(told="x", bases={"t": "monday"})}
    queue = Queue("2026", 4, (1, 2), ("$JS.ACK.a",))
    memory = Memory(7, False, 3, {"FL": Feed(2, NOW + 9, True, "no", NOW)}, marks, queue)
    assert Memory.of(memory.cursor(), NOW) == memory


@pytest.mark.parametrize("cursor", [None, "", "what", "[]", '{"v":2}', '{"v":1}', '{"v":1,"born":"x"}'])
def test_a_cursor_of_another_format_is_none(cursor):
    assert Memory.of(cursor, NOW) == Memory(born=int(NOW))


def test_a_mark_with_a_field_of_another_version_is_not_half_read():
    text = Memory(7, marks={"FL": Mark(told="a")}).cursor().replace("told", "tolled")
    assert Memory.of(text, NOW) == Memory(born=int(NOW))
    assert replace(Mark(), told="a") == Mark(told="a")
