"""When is looked again."""

from __future__ import annotations

import random

from dagster_ingest.arrivals.memory import Feed
from dagster_ingest.arrivals.patience import LONGEST, due, failed, looked

NOW, EVERY, DAY = 1_800_000_000.0, 300.0, 86_400.0


def fails(feed, now, chance=0.5, *, give_up=50, hopeless=False):
    return failed(feed, now, EVERY, chance, give_up, "out of order", hopeless=hopeless)


def test_an_outage_of_a_day_costs_few_looks_and_does_not_end_them():
    chance, feed, looks, at = random.Random(4), Feed(), 0, NOW
    while at < NOW + DAY:
        if due(feed, at, EVERY):
            looks += 1
            feed = fails(feed, at, chance.random())
        at += EVERY
    assert 20 <= looks <= 32
    assert not feed.over
    assert looked(feed, at, EVERY) == Feed(at=at, later=at + EVERY)


def test_waits_double_up_to_an_hour_and_are_jittered():
    feed, waits = Feed(), []
    for _ in range(8):
        feed = fails(feed, NOW)
        waits.append(feed.later - NOW)
    assert waits == [300, 600, 1200, 2400, LONGEST, LONGEST, LONGEST, LONGEST]
    assert fails(Feed(), NOW, 0.0).later - NOW == 240
    assert fails(Feed(), NOW, 1.0).later - NOW == 360


def test_after_so_many_failures_nobody_looks():
    feed = Feed()
    for _ in range(4):
        feed = fails(feed, NOW, give_up=5)
    assert not feed.over
    feed = fails(feed, NOW, give_up=5)
    assert feed.over
    assert not due(feed, NOW + 30 * DAY, EVERY)


def test_where_nothing_helps_it_takes_three():
    feed = fails(fails(Feed(), NOW, hopeless=True), NOW, hopeless=True)
    assert not feed.over
    assert fails(feed, NOW, hopeless=True).over
    assert fails(Feed(), NOW, hopeless=True, give_up=1).over


def test_a_clock_that_was_set_back_does_not_silence_a_feed():
    feed = looked(Feed(), NOW, EVERY)
    assert not due(feed, NOW + 100, EVERY)
    assert due(feed, NOW + EVERY - 4, EVERY)  # a tick may come a little early
    assert due(feed, NOW - DAY, EVERY)
