"""Every kind of cause, from values: which link of the chain is the root, whose it is, what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dagster_ingest.observe.causes import causes, root_causes
from dagster_ingest.observe.story import LayerSeen, Notice, RunSeen
from tests.observe.telling import HOUR, LAYERS, NOW, SOURCE, blocked, shown, story

RETRY = "dagster-ingest run --tenant gulf --state AL --retry   # runs what was stopped and nothing else"
PUBLISH = "dagster-ingest run --tenant gulf --state AL --layer published"


def root(told, reader=None):
    [found] = root_causes(causes(told, NOW, reader))
    return found


def test_a_current_and_fresh_state_has_no_causes():
    assert causes(story(), NOW) == ()


@pytest.mark.parametrize(
    ("rules", "kind"),
    [
        (("PHONE|pattern",), "contract"),
        (("PHONE|pattern", "ID|unique"), "contract"),
        (("ID|unique",), "keys"),
        (("ORGANIZATION_ID|foreign_key", "ID|primary_key"), "keys"),
        (("*|row_count_ratio",), "short"),
        (("file|truncated",), "delivery"),
        (("http|paging",), "delivery"),
        (("file|delivered",), "missing"),
        (("set|incomplete",), "missing"),
    ],
)
def test_the_rules_of_a_refused_delivery_tell_its_kind(rules, kind):
    found = root(blocked(*rules))

    assert (found.kind, found.asset, found.since) == (kind, "raw/wellsky_services", NOW - 5 * HOUR)
    assert found.owners == ("team:gulf-data",)
    assert found.todo[-1] == RETRY


def test_a_rule_that_only_warns_does_not_make_the_kind():
    told = blocked("file|truncated", "ID|unique")
    [blocker] = told.blockers
    rules = (replace(blocker.rules[0], severity="warn"), blocker.rules[1])

    assert root(replace(told, blockers=(replace(blocker, rules=rules),))).kind == "keys"


def test_the_chain_leads_from_the_published_end_to_the_refused_table():
    found = causes(blocked("PHONE|pattern"), NOW)

    assert [(c.kind, c.asset) for c in found] == [
        ("waits", "published/hsds_package"),
        ("waits", "elt/service"),
        ("contract", "raw/wellsky_services"),
    ]
    assert found[1].what == "1 of 6 tables wait for raw/wellsky_services"
    assert found[2].what == "38 of 267 rows break its contract"
    assert "3 assets after it wait" in found[2].not_done
    assert found[2].todo == (
        "dagster-ingest quarantine list --tenant gulf --table wellsky_services --state AL"
        "   # the refused rows",
        "ask the provider for a corrected delivery and put it in var/drops/gulf",
        "or, if the rows are right and the rule is wrong, change contracts/services.odcs.yaml",
        RETRY,
    )


@pytest.mark.parametrize(
    ("error", "kind", "todo"),
    [
        ("Unavailable", "unavailable", "dagster-ingest source check gulf wellsky   # until it answers"),
        ("AccessDenied", "denied", "dagster-ingest validate --secrets   # which secrets are kept"),
        ("NothingDelivered", "missing", "dagster-ingest source check gulf wellsky"),
        ("SpecError", "spec", "dagster-ingest validate --tenant gulf"),
        ("LandError", "store", RETRY),
        ("ZeroDivisionError", "software", RETRY),
    ],
)
def test_a_load_that_came_to_no_verdict_is_told_by_its_error(error, kind, todo):
    found = root(blocked(error=error, reason="not loaded: gone", rows_rejected=0))

    assert (found.kind, found.what) == (kind, "not loaded: gone")
    assert todo in found.todo


def test_a_review_names_the_decision_and_until_when():
    told = blocked(
        check="review", status="waiting", hash="abcdef0123456789", expires_at="2027-01-16T08:00:00+00:00"
    )

    found = root(told)

    assert found.kind == "review"
    assert found.todo[1] == (
        "dagster-ingest review approve gulf wellsky_services AL --hash abcdef012345 --by NAME --note ..."
        "   # until 2027-01-16 08:00 UTC"
    )


@pytest.mark.parametrize(("by", "kind"), [("expiry", "expired"), ("ann", "rejected")])
def test_a_review_that_was_turned_down_says_by_whom(by, kind):
    found = root(blocked(check="review", status="rejected", by=by, reason="rejected: half is missing"))

    assert (found.kind, found.what) == (kind, "turned down: rejected: half is missing")
    assert "dagster-ingest review list --tenant gulf --history" in found.todo[0]


def test_a_failed_dbt_test_names_the_test_and_its_model():
    told = blocked(asset="stage/service", check="unique_service_id", reason="Got 3 results", failing_rows=3)

    found = root(replace(told, layers=(*LAYERS[:2], replace(LAYERS[2], failing=("service",)))))

    assert (found.kind, found.asset) == ("dbt", "stage/service")
    assert found.what == "dbt test unique_service_id failed, 3 rows: Got 3 results"


def test_an_enhancement_that_failed_is_the_root():
    told = blocked(asset="enhanced/location", check="enhanced", reason="LandError: the file is locked")

    assert (root(told).kind, root(told).asset) == ("enhancement", "enhanced/location")


def test_a_provider_that_is_down_warns_and_stops_nothing():
    words = "osm (down): connection refused. 12 earlier points stay, 3 addresses wait"
    [found] = causes(story(notices=(Notice("enhanced/location", "provider", words, NOW - HOUR),)), NOW)

    assert (found.kind, found.stops, found.root) == ("provider", False, False)
    assert found.what == words


def test_rows_that_were_set_aside_are_noticed():
    notice = Notice("raw/wellsky_services", "contract", "2 of 100 rows were set aside", NOW - HOUR)
    [found] = causes(story(notices=(notice,)), NOW)

    assert (found.kind, found.stops) == ("quarantine", False)
    assert found.todo[0].startswith("dagster-ingest quarantine list --tenant gulf --table wellsky_services")


def reader_run(status: str, **over) -> RunSeen:
    return RunSeen("readers", "fedcba987654", status, NOW - HOUR, NOW - HOUR, **over)


def test_a_reader_whose_store_is_down_is_the_root_with_its_tries():
    run = reader_run(
        "failure", ended=NOW - 1800, reader="opensearch", reason="refused", tries=3, again=NOW + 240
    )
    told = story(health="behind", shown=(shown(reader="opensearch", current=False),), runs=(run,))

    found = root(told)

    assert (found.kind, found.asset, found.since) == ("reader", "published/opensearch", NOW - 1800)
    assert found.what == (
        "publishing failed, 3 times in a row: refused; asked again at 2027-01-15 08:04:00 UTC"
    )
    assert "it shows 50 services of 2027-01-15 06:00:00 UTC" in found.not_done
    assert PUBLISH in found.todo


def test_one_reader_can_be_asked_about_alone():
    run = reader_run("failure", reader="opensearch", reason="refused")
    good, bad = shown(), shown(reader="opensearch", current=False)
    told = story(health="behind", shown=(good, bad), runs=(run,))

    assert [cause.asset for cause in causes(told, NOW)] == ["published/opensearch"]
    assert causes(told, NOW, "hsds_package") == ()
    assert root(told, "opensearch").kind == "reader"


def test_a_reader_that_was_not_asked_waits_for_its_sensor():
    found = root(story(health="behind", shown=(shown(current=False),), runs=()))

    assert (found.kind, found.since) == ("asking", NOW - 3 * HOUR)
    assert PUBLISH in found.todo


def test_a_failure_from_before_the_publication_explains_nothing():
    run = replace(reader_run("failure", reader="hsds_package"), asked=NOW - 9 * HOUR)

    assert root(story(health="behind", shown=(shown(current=False),), runs=(run,))).kind == "asking"


@pytest.mark.parametrize(("status", "words"), [("running", "is being published"), ("queued", "its turn")])
def test_a_reader_at_work_is_no_failure(status, words):
    told = story(
        health="behind", shown=(shown(current=False),), runs=(reader_run(status, reader="hsds_package"),)
    )

    assert root(told).kind == "running"
    assert words in root(told).what


BEHIND = (LAYERS[0], replace(LAYERS[1], behind=("phone", "service")), LAYERS[2])


@pytest.mark.parametrize(("status", "how"), [("failure", "failed"), ("canceled", "was cancelled")])
def test_a_run_that_was_killed_leaves_tables_behind(status, how):
    run = RunSeen("writers", "0123456789ab", status, NOW - HOUR, NOW - HOUR, NOW - 1800, reason="was killed")
    told = story(health="behind", layers=BEHIND, runs=(run,), shown=(shown(current=None),))

    found = root(told)

    assert (found.kind, found.asset, found.since) == ("run", "elt/phone and 1 more", NOW - 1800)
    assert found.what == f"run 01234567 {how}: was killed"
    assert found.todo == (RETRY,)


def test_tables_that_are_behind_and_nothing_says_why():
    found = root(story(health="behind", layers=BEHIND, shown=(shown(current=None),)))

    assert (found.kind, found.what) == ("waits", "2 tables are made from older inputs")


def test_a_run_that_is_at_work():
    run = RunSeen("writers", "0123456789ab", "running", NOW - 60, NOW - 50)

    assert root(story(health="behind", layers=BEHIND, runs=(run,))).kind == "running"


def test_nothing_was_ever_loaded():
    layers = tuple(LayerSeen(layer.layer, layer.tables, 0, behind=("x",)) for layer in LAYERS)
    source = replace(SOURCE, looked_at=None, delivered_at=None)
    told = story(
        health="empty", layers=layers, runs=(), sources=(source,), shown=(shown(at=None, current=None),)
    )

    found = root(told)

    assert (found.kind, found.asset) == ("never", "source/wellsky")
    assert found.todo[-1] == "dagster-ingest run --tenant gulf --state AL"


def old(hours: float):
    return story(shown=(shown(at=NOW - hours * HOUR),), sources=(SOURCE,))


def test_a_source_that_delivers_nothing_new_is_told_with_since_when():
    source = replace(SOURCE, delivered_at=NOW - 40 * HOUR)
    told = replace(old(39), sources=(source,))

    chain = causes(told, NOW)

    assert [(c.kind, c.asset) for c in chain] == [
        ("waits", "published/hsds_package"),
        ("stale", "source/wellsky"),
    ]
    assert chain[0].what == "1 d 15 h old, which breaks the SLA of 36 h since 3 h"
    assert chain[0].since == NOW - 3 * HOUR
    assert chain[1].what == "delivers nothing new since 2027-01-13 16:00:00 UTC (looked at 1 h ago)"
    assert "ask the provider why nothing came" in chain[1].todo[1]


def test_a_source_that_nobody_looks_at_is_idle_and_not_stale():
    source = replace(SOURCE, looked_at=NOW - 50 * HOUR, delivered_at=NOW - 50 * HOUR)

    found = root(replace(old(49), sources=(source,)))

    assert (found.kind, found.since) == ("idle", NOW - 50 * HOUR)
    assert "30 2 * * * America/Chicago" in found.what
    assert found.todo[0] == "see that the daemon runs and the schedule is on"


def test_an_age_that_only_warns_is_told_as_such():
    source = replace(SOURCE, delivered_at=NOW - 28 * HOUR)

    chain = causes(replace(old(27), sources=(source,)), NOW)

    assert chain[0].what == "1 d 3 h old, more than the warning at 26 h"
    assert chain[1].kind == "stale"
