"""A load that fails is tried again within its run, or not, by the class of its error. The loads are real."""

from __future__ import annotations

import dagster as dg
import pytest

from dagster_ingest.assets import keys, patience
from dagster_ingest.assets.history import last_check
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.raw import source_assets
from dagster_ingest.clock import Timing
from dagster_ingest.errors import AccessDenied, DataError, Unavailable
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.testing import sample

KEY = keys.asset_key("gulf", "raw", "wellsky_organization")


class Loads:
    """Loads of gulf's organizations, of which the first fail at the source in the ways given."""

    def __init__(self, folder, monkeypatch) -> None:
        self.settings = Settings.load(home=folder, tenants=("gulf",))
        [self.spec] = load_tenants(self.settings).tenants
        self.slept: list[float] = []
        timing = Timing(sleep=self.slept.append, chance=lambda: 1.0)
        monkeypatch.setattr(patience, "Timing", lambda: timing)
        self.monkeypatch = monkeypatch
        sample.write(self.settings.drops, tenants=("gulf",), day=1)

    def run(self, instance, *errors: Exception):
        from dagster_ingest.connectors.files.connector import CONNECTOR

        left, read = list(errors), CONNECTOR.read

        def failing(connector, request):
            if left:
                raise left.pop(0)
            return read(connector, request)

        self.monkeypatch.setattr(CONNECTOR, "read", failing)
        states = dg.StaticPartitionsDefinition(["FL", "AL"])
        platform = TenantPlatform(self.settings, self.spec)
        ended = dg.materialize(
            [source_assets(platform, self.spec.sources[0], states)],
            partition_key="FL",
            instance=instance,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
            selection=[KEY],
        )
        return ended, last_check(instance, dg.AssetCheckKey(KEY, keys.CONTRACT_CHECK), "FL")


@pytest.fixture
def loads(tmp_path, monkeypatch):
    return Loads(tmp_path, monkeypatch)


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def test_a_source_that_is_away_for_a_moment_costs_time_and_not_the_run(loads, instance):
    ended, check = loads.run(instance, Unavailable("away"), Unavailable("away"))

    assert ended.success
    assert check.passed
    assert loads.slept == [5.0, 10.0]
    assert len(ended.asset_materializations_for_node("gulf__load_wellsky")) == 1


def test_a_source_that_stays_away_fails_the_table_and_says_that_it_may_come_back(loads, instance):
    ended, check = loads.run(instance, *[Unavailable("away") for _ in range(9)])

    assert not ended.success
    assert check.metadata["retriable"] is True
    assert len(loads.slept) == 2


@pytest.mark.parametrize("error", [AccessDenied("401"), DataError("no CSV")], ids=lambda e: type(e).__name__)
def test_a_login_that_is_refused_and_bad_data_are_asked_for_once(loads, instance, error):
    ended, check = loads.run(instance, error)

    assert not ended.success
    assert not check.passed
    assert loads.slept == []
