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


def test_data_versions_of_many_assets_are_those_of_each(monkeypatch):
    monkeypatch.setattr(history, "_AT_ONCE", 2)
    made = [dg.AssetKey(["gulf", "raw", name]) for name in ("twice", "elsewhere", "wiped", "anew", "plain")]
    twice, elsewhere, wiped, anew, plain = made
    with dg.DagsterInstance.local_temp() as instance:

        def materialized(key: dg.AssetKey, version: str | None, state: str = "AL") -> None:
            tags = {"dagster/data_version": version} if version else {}
            instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=state, tags=tags))

        materialized(twice, "one")
        materialized(twice, "two")
        materialized(twice, "of another state", "FL")
        materialized(elsewhere, "of another state", "FL")
        materialized(wiped, "gone")
        materialized(anew, "gone")
        instance.wipe_assets([wiped, anew])
        materialized(anew, "back")
        materialized(plain, None)

        found = history.data_versions(instance, [*made, CHECK.asset_key], "AL")

        each = {key: history.last_materialized(instance, key, "AL") for key in made}
        assert found == {key: event.data_version for key, event in each.items() if event is not None}
        assert found[twice] == "two"
        assert wiped not in found
        assert found[anew] == "back"
