"""Verdicts of a check in the event log, page by page."""

from __future__ import annotations

import dagster as dg
import pytest

from dagster_ingest.assets import history
from dagster_ingest.assets.history import FAILED, verdicts_since

CHECK = dg.AssetCheckKey(dg.AssetKey(["gulf", "raw", "wellsky_services"]), "contract")
STATES = ["AL", "FL", "MS", "GA", "TN"]
DAY = 86_400.0


@pytest.fixture
def instance(monkeypatch):
    """A verdict of each of the states, every other one a failure; a page holds two."""
    monkeypatch.setattr(history, "_PAGE", 2)
    with dg.DagsterInstance.ephemeral() as made:
        for number, state in enumerate(STATES):
            made.report_runless_asset_event(
                dg.AssetCheckEvaluation(
                    asset_key=CHECK.asset_key,
                    check_name=CHECK.name,
                    passed=number % 2 == 0,
                    partition=state,
                )
            )
        yield made


def states(found) -> list[str]:
    return [verdict.partition for _, verdict in found]


def test_the_pages_are_one_after_another_the_newest_first(instance):
    found = list(verdicts_since(instance, CHECK, 0.0))

    assert states(found) == list(reversed(STATES))
    assert [at for at, _ in found] == sorted((at for at, _ in found), reverse=True)


def test_only_failures_where_they_are_asked_for(instance):
    assert states(verdicts_since(instance, CHECK, 0.0, FAILED)) == ["GA", "FL"]


@pytest.mark.parametrize("later", [1.0, 2 * DAY], ids=["looked through", "not looked through"])
def test_what_was_decided_before_is_left_out(instance, later):
    newest, _ = next(verdicts_since(instance, CHECK, 0.0))

    assert not list(verdicts_since(instance, CHECK, newest + later))
