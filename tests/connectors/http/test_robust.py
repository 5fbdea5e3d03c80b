"""Attempts, waits, rate limits and bounds. Nothing here sleeps: the clock moves when somebody waits."""

from __future__ import annotations

import gzip
import json
import threading

import pytest

from dagster_ingest.connectors.http.faults import Again
from dagster_ingest.connectors.http.options import Rate, Retry
from dagster_ingest.connectors.http.retry import pause, retry_after
from dagster_ingest.connectors.http.timing import Timing
from dagster_ingest.errors import AccessDenied, DataError, Unavailable
from dagster_ingest.pace import Limits
from dagster_ingest.testing.http import Answer, faults, wire
from tests.connectors.http.conftest import Clock, rows_of
from tests.connectors.http.shapes import serve, settings


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("Fri, 15 Jan 2027 08:00:09 GMT", 9),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0),
        ("soon", None),
        ("-3", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header, seconds):
    assert retry_after({"retry-after": header}, now=1_800_000_000.0) == seconds


def test_waits_double_and_are_random_below_their_bound():
    policy, clock = Retry(first_wait=1, longest_wait=5), Clock(chance=1.0)

    bounds = [pause(Again("", {}), tried, policy, clock.timing) for tried in (1, 2, 3, 4)]
    clock.chance = 0.25
    some = pause(Again("", {}), 3, policy, clock.timing)

    assert bounds == [1, 2, 4, 5]
    assert some == 1


def test_what_the_server_asks_for_is_a_floor_and_too_much_ends_it():
    policy, clock = Retry(first_wait=1, longest_wait=60), Clock()

    assert pause(Again("", {}, wait=20), 1, policy, clock.timing) == 20.5
    assert pause(Again("", {}, wait=61), 1, policy, clock.timing) is None


def test_a_429_is_waited_out_by_all_who_share_the_limits(api, tmp_path):
    serve(api.server, "page", rows_of(6))
    api.server.script("/items", faults.too_many("7"), on=1)

    api.read(settings("page"), limits=str(tmp_path / "limits"))

    assert sum(api.clock.waits) >= 7
    held = json.loads(next((tmp_path / "limits").iterdir()).read_text())
    assert held["host"] == api.server.host
    assert held["quiet"] == 1_800_000_007.0


def test_a_server_that_asks_for_an_hour_is_left_alone(api):
    serve(api.server, "page", rows_of(6))
    api.server.script("/items", faults.too_many("3600"), times=None)

    with pytest.raises(Unavailable, match="429"):
        api.read(settings("page"))

    assert api.server.count("/items") == 1
    assert api.clock.waits == []


@pytest.mark.parametrize(("status", "error"), [(400, DataError), (404, DataError), (403, AccessDenied)])
def test_other_refusals_are_final(api, status, error):
    api.server.route("/items", lambda asked: Answer.json({"error": "no"}, status))

    with pytest.raises(error, match=str(status)):
        api.read(settings("page"))

    assert api.server.count("/items") == 1


def test_attempts_are_bounded(api):
    serve(api.server, "page", rows_of(6))
    api.server.script("/items", faults.status(502), times=None)

    with pytest.raises(Unavailable, match="after 4 attempts"):
        api.read({**settings("page"), "retry": {"attempts": 4}})

    assert api.server.count("/items") == 4
    assert len(api.clock.waits) == 3


def test_an_answer_that_drips_is_ended_by_the_whole_time(api):
    serve(api.server, "page", rows_of(6))
    seconds = iter(range(0, 10_000, 20))
    api.connector._timing = Timing(lambda: 1.8e9, lambda: float(next(seconds)), api.clock.sleep, lambda: 0.0)
    api.server.script("/items", faults.drip(api.server.hold, 0.0), times=None)

    with pytest.raises(Unavailable, match="not here after 30 seconds"):
        api.read({**settings("page"), "timeouts": {"total": 30}, "retry": {"attempts": 1}})


def test_an_answer_that_is_too_large_is_refused(api):
    packed = gzip.compress(json.dumps({"items": [{"id": "x" * 1_000_000}], "total": 1}).encode())
    api.server.route("/items", lambda asked: Answer(200, packed, {"content-encoding": "gzip"}))

    with pytest.raises(DataError, match="larger than 65,536 bytes"):
        api.read({**settings("page"), "max_bytes": 65_536})

    assert api.server.count("/items") == 1


def test_a_body_without_a_length_is_read_to_its_end(api):
    body = json.dumps({"items": rows_of(2), "total": 2}).encode()
    api.server.route("/items", lambda asked: Answer(200, body, how=wire.until_closed))

    assert len(api.read(settings("page")).rows) == 2


def test_a_rate_is_kept_by_several_readers_of_one_folder(tmp_path):
    clock, rate = Clock(), Rate(per_second=2, burst=2)
    readers = [Limits(str(tmp_path), "api.example.org", rate, clock.timing) for _ in range(3)]
    began = clock.at

    for turn in range(9):
        readers[turn % 3].wait()

    assert clock.at - began == pytest.approx((9 - 2) * 0.5, abs=0.01)


def test_hosts_do_not_wait_for_each_other(tmp_path):
    clock, rate = Clock(), Rate(per_second=1)
    one, other = (Limits(str(tmp_path), host, rate, clock.timing) for host in ("a.org", "b.org"))

    one.wait()
    other.wait()

    assert clock.waits == []


@pytest.mark.parametrize("left", ["", "{", '{"due": "x"}', '{"due": 9e12, "quiet": 9e12}', "[1]"])
def test_a_damaged_limit_or_a_clock_set_back_stops_nobody(tmp_path, left):
    clock = Clock()
    limits = Limits(str(tmp_path), "a.org", Rate(per_second=1), clock.timing)
    limits.wait()
    next(tmp_path.iterdir()).write_text(left)

    limits.wait()

    assert clock.waits == []


def test_without_a_folder_a_rate_is_kept_within_the_process():
    clock, rate = Clock(), Rate(per_second=4)

    for _ in range(3):
        Limits(None, "only-here.example", rate, clock.timing).wait()

    assert clock.waits == [0.25, 0.25]


def test_no_turn_is_given_twice_to_readers_at_once(tmp_path):
    """The clock stands still: forty turns of eight readers are forty different moments."""
    waits, rate = [0.0], Rate(per_second=10)
    timing = Timing(lambda: 1_800_000_000.0, lambda: 0.0, waits.append, lambda: 0.0)

    def read() -> None:
        limits = Limits(str(tmp_path), "a.org", rate, timing)
        for _ in range(5):
            limits.wait()

    readers = [threading.Thread(target=read) for _ in range(8)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()

    assert [round(wait, 3) for wait in sorted(waits)] == [n / 10 for n in range(40)]
