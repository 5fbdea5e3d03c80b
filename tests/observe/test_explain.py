"""The whole explanation and the matrix, word by word, of values."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dagster_ingest.observe.explain import explain
from dagster_ingest.observe.explained import as_dict
from dagster_ingest.observe.matrix import rows, summary
from dagster_ingest.observe.story import LayerSeen
from dagster_ingest.observe.timeline import Moment
from tests.observe.telling import HOUR, LAYERS, NOW, SOURCE, blocked, shown, story

GOLDEN = (Path(__file__).parent / "golden" / "explain_blocked.txt").read_text()
MOMENTS = (
    Moment(NOW - 5 * HOUR, "arrived", "raw/wellsky_services", "delivered: services.csv"),
    Moment(NOW - 5 * HOUR, "refused", "raw/wellsky_services", "refused"),
    Moment(NOW, "now", "", "now"),
)


def test_a_blocked_state_is_explained_from_its_end_to_its_source():
    assert explain(replace(blocked("PHONE|pattern"), moments=MOMENTS), NOW) + "\n" == GOLDEN


def test_a_current_state_needs_two_lines_and_an_owner():
    assert explain(story(), NOW).splitlines() == [
        "gulf / AL (Gulf Coast Helpline) is current: what the source delivered last is published.",
        "Published by hsds_package: 50 services, of 2027-01-15 06:00:00 UTC, 2 h old; "
        "within the SLA of 36 h.",
        "",
        "Owner: team:gulf-data",
    ]


@pytest.mark.parametrize(
    ("error", "words"),
    [("Unavailable", "its source cannot be reached"), ("AccessDenied", "its source does not let us in")],
)
def test_a_source_that_is_down_refused_nothing(error, words):
    first = explain(blocked(error=error), NOW).splitlines()[0]

    assert f"is blocked: {words}." in first


def test_machines_get_the_same_with_more_keys():
    found = as_dict(replace(blocked("ID|unique"), moments=MOMENTS), NOW)

    assert found["root_causes"] == ["keys"]
    assert found["freshness"]["status"] == "fresh"
    assert found["delay"]["took"][0]["step"] == "contract"
    assert found["health"] == "blocked"
    assert {"tenant", "state", "blockers", "shown", "services", "published_at", "text"} <= found.keys()


def late(hours: float, **over):
    return story(shown=(shown(at=NOW - hours * HOUR),), **over)


def test_what_needs_somebody_is_on_top():
    fine, older = story(state="FL"), late(30, state="GA")
    overdue, stopped = late(40, state="TX"), replace(blocked("ID|unique"), state="AL")
    waits = replace(story(state="LA"), health="waiting")

    found = rows([fine, older, waits, stopped, overdue], NOW)

    assert [row.story.state for row in found] == ["AL", "TX", "LA", "GA", "FL"]
    assert [row.fine for row in found] == [False, False, False, False, True]
    assert [row.wrong for row in found] == [True, True, False, False, False]
    assert summary(found) == "5 states of 1 tenant: 1 blocked, 1 waiting, 3 current; 1 late, 1 old"


def test_cells_tell_the_age_or_what_is_amiss():
    [row] = rows([blocked("ID|unique")], NOW)
    [overdue] = rows([late(40)], NOW)
    empty = tuple(LayerSeen(layer.layer, layer.tables, 0) for layer in LAYERS)
    [never] = rows([story(health="empty", layers=empty, shown=(shown(at=None, current=None),))], NOW)

    assert [cell.text for cell in row.layers] == ["blocked", "1 behind", "3 h", "", "2 h"]
    assert (overdue.sla.text, overdue.layers[-1].tone) == ("late 4 h", "bad")
    assert [cell.text for cell in never.layers] == ["none", "none", "none", "", "never"]
    assert never.sla.text == "-"


def test_what_was_loaded_and_never_published_is_late_after_the_sla():
    told = story(
        health="empty",
        shown=(shown(at=None, current=None),),
        layers=tuple(replace(layer, at=NOW - 40 * HOUR) for layer in LAYERS),
        sources=(SOURCE,),
    )

    assert rows([told], NOW)[0].fresh.late_since == NOW - 4 * HOUR
