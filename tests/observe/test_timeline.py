"""How a delay is shared out among the steps that caused it."""

from __future__ import annotations

from dagster_ingest.observe.delay import delay, sentence
from dagster_ingest.observe.timeline import Moment, timeline

T = 1_800_000_000.0  # 2027-01-15 08:00:00 UTC
MIN, HOUR = 60.0, 3600.0
RAW = "raw/wellsky_services"


def run(name: str, at: float, end: float, *inside: Moment) -> list[Moment]:
    return [
        Moment(at - 5, "asked", "", "", name),
        Moment(at, "began", "", "the load began", name),
        *inside,
        Moment(end, "ended", "", "", name),
    ]


def publish(at: float, end: float) -> list[Moment]:
    return [
        Moment(at - 10, "publish_asked", "", "", "p"),
        Moment(at, "publish_began", "", "", "p"),
        Moment(end, "published", "published/hsds_package", "hsds_package shows it", "p"),
        Moment(end, "publish_ended", "", "", "p"),
    ]


def took(moments) -> dict[str, float]:
    found = timeline(moments)
    assert found is not None
    assert sum(each.seconds for each in found.took) == found.seconds
    return {each.step: each.seconds for each in found.took}


def straight() -> list[Moment]:
    """Arrived, loaded ten minutes later, published."""
    made = (
        Moment(T + 11 * MIN, "raw", RAW, "committed", "r"),
        Moment(T + 12 * MIN, "elt", "elt/service", "", "r"),
        Moment(T + 14 * MIN, "stage", "stage/service", "", "r"),
    )
    load = run("r", T + 10 * MIN, T + 14 * MIN, *made)
    return [Moment(T, "arrived", RAW, "delivered"), *load, *publish(T + 16 * MIN, T + 17 * MIN)]


def test_nothing_happened():
    assert timeline([]) is None
    assert timeline([Moment(T, "arrived")]) is None
    assert delay([], T) == []


def test_a_straight_way_is_shared_among_waiting_and_the_layers():
    assert took(straight()) == {
        "schedule": 10 * MIN - 5,
        "queue": 15,
        "raw": MIN,
        "elt": MIN,
        "stage": 2 * MIN,
        "sensor": 2 * MIN - 10,
        "published": MIN,
    }


def waited() -> list[Moment]:
    """Held at a review for most of the time; an hourly run looks at it meanwhile."""
    held, later = T + 2 * MIN, T + HOUR
    approved = T + 2 * MIN + 4.8 * HOUR
    return [
        Moment(T, "arrived", RAW, "delivered: services.csv"),
        *run("r1", T + MIN, T + 2.5 * MIN, Moment(held, "held", RAW, f"{RAW} waits for a review", "r1")),
        *run("r2", later, later + 20, Moment(later + 10, "held", RAW, f"{RAW} waits for a review", "r2")),
        Moment(approved, "approved", RAW, "approved by ann"),
        *run(
            "r3",
            approved + 30,
            approved + 5 * MIN,
            Moment(approved + MIN, "raw", RAW, f"{RAW} committed", "r3"),
            Moment(approved + 3 * MIN, "elt", "elt/service", "elt made", "r3"),
            Moment(approved + 5 * MIN, "stage", "stage/service", "stage made", "r3"),
        ),
        *publish(approved + 7 * MIN, approved + 8 * MIN),
    ]


def test_most_of_a_delay_is_the_reviews():
    shares = took(waited())

    assert max(shares, key=shares.__getitem__) == "review"
    assert 4.75 * HOUR < shares["review"] <= 4.8 * HOUR


def test_the_delay_in_words():
    assert delay(waited(), T) == [
        "",
        "Published 4 h 58 min after the delivery: 4 h 47 min waited for a review (raw/wellsky_services); "
        "10 min 50 s all else.",
        "  2027-01-15 08:00:00 UTC                delivered: services.csv",
        "  2027-01-15 08:00:55 UTC         +55 s  asked",
        "  2027-01-15 08:01:00 UTC          +5 s  the load began",
        "  2027-01-15 08:02:00 UTC        +1 min  raw/wellsky_services waits for a review",
        "  2027-01-15 12:50:00 UTC   +4 h 48 min  approved by ann",
        "  2027-01-15 12:50:25 UTC         +25 s  asked",
        "  2027-01-15 12:50:30 UTC          +5 s  the load began",
        "  2027-01-15 12:51:00 UTC         +30 s  raw/wellsky_services committed",
        "  2027-01-15 12:53:00 UTC        +2 min  elt made",
        "  2027-01-15 12:55:00 UTC        +2 min  stage made",
        "  2027-01-15 12:56:50 UTC   +1 min 50 s  publish_asked",
        "  2027-01-15 12:57:00 UTC         +10 s  publish_began",
        "  2027-01-15 12:58:00 UTC        +1 min  hsds_package shows it",
    ]


def test_a_refused_table_is_to_blame_though_its_siblings_went_on():
    fixed = T + 6 * HOUR
    moments = [
        *run(
            "r1",
            T,
            T + 5 * MIN,
            Moment(T + MIN, "refused", RAW, "refused", "r1"),
            Moment(T + 2 * MIN, "raw", "raw/wellsky_taxonomy", "committed", "r1"),
            Moment(T + 4 * MIN, "stage", "stage/taxonomy", "", "r1"),
        ),
        *run("r2", fixed, fixed + MIN, Moment(fixed + 30, "raw", RAW, "committed", "r2")),
        *publish(fixed + 2 * MIN, fixed + 3 * MIN),
    ]

    shares = took(moments)

    assert shares["contract"] == 6 * HOUR - 5 * MIN - 5 + 5
    [worst] = [each for each in timeline(moments).took if each.step == "contract"]
    assert worst.asset == RAW


def test_what_is_not_published_is_told_until_now():
    moments = [
        Moment(T, "arrived", RAW),
        *run("r1", T + MIN, T + 3 * MIN, Moment(T + 2 * MIN, "unavailable", RAW, "not loaded", "r1")),
        Moment(T + 3 * HOUR, "now", "", "now"),
    ]
    found = timeline(moments)

    assert not found.published
    assert sentence(found).startswith(
        "Not published yet, 3 h after the delivery: 2 h 57 min the source was not to be had (raw/wellsky"
    )


def test_a_store_that_was_down_is_the_readers():
    moments = [
        *run("r", T, T + MIN, Moment(T + MIN, "stage", "stage/service", "", "r")),
        Moment(T + 2 * MIN, "publish_began", "", "", "p1"),
        Moment(T + 3 * MIN, "publish_failed", "published/opensearch", "refused", "p1"),
        Moment(T + 3 * MIN, "publish_ended", "", "", "p1"),
        Moment(T + 2 * HOUR, "publish_began", "", "", "p2"),
        Moment(T + 2 * HOUR + MIN, "published", "published/opensearch", "", "p2"),
    ]

    assert took(moments)["reader"] == 2 * HOUR - 3 * MIN


def test_a_run_that_was_killed_counts_until_the_next_got_on():
    moments = [
        *run("r1", T, T + MIN, Moment(T + MIN, "broken", "", "killed", "r1")),
        *run("r2", T + HOUR, T + HOUR + MIN, Moment(T + HOUR + 30, "raw", RAW, "", "r2")),
        *publish(T + HOUR + 2 * MIN, T + HOUR + 3 * MIN),
    ]

    assert took(moments)["run"] == 59 * MIN
