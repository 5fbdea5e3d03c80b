"""What automation reads of assets upstream, which other code locations materialize."""

from __future__ import annotations

import dagster as dg
import pytest

from dagster_ingest.assets import loading, pulse
from dagster_ingest.assets.build import writers
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants

EXTRACT, LOOKUP = dg.AssetKey(["airbyte", "gulf"]), dg.AssetKey(["airbyte", "codes"])
WORDS = "automation: on_upstream\ntrigger: {coalesce: 2m, upstream: [airbyte/gulf, airbyte/codes]}\n"


@pytest.fixture
def platform(home) -> TenantPlatform:
    path = home / "tenants" / "gulf" / "tenant.yaml"
    text = path.read_text()
    assert text.count("\nschedule: ") == 1
    path.write_text(text.replace("\nschedule: ", f"\n{WORDS}# schedule: "))
    settings = Settings.load(tenants=("gulf",))
    [spec] = load_tenants(settings).tenants
    return TenantPlatform(settings, spec)


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def materialized(instance, key: dg.AssetKey, version: str | None = None, state: str | None = None) -> None:
    tags = {"dagster/data_version": version} if version else {}
    instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=state, tags=tags))


def upstream(instance, platform) -> dict[str, pulse.Upstream | None]:
    return {found.state: found.upstream for found in pulse.facts(instance, platform)}


def tokens(instance, platform) -> dict[str, str | None]:
    return {state: change and change.token for state, change in upstream(instance, platform).items()}


def test_an_asset_that_was_never_materialized_is_no_change(instance, platform):
    assert upstream(instance, platform) == {"FL": None, "AL": None}


def test_an_asset_without_states_counts_for_all_of_them(instance, platform):
    materialized(instance, EXTRACT, "one")
    found = upstream(instance, platform)

    assert found["FL"] is not None
    assert found["FL"] == found["AL"]


def test_one_with_states_counts_for_the_state_alone(instance, platform):
    materialized(instance, EXTRACT, "one", "AL")
    before = tokens(instance, platform)
    assert before["FL"] is None

    materialized(instance, EXTRACT, "two", "FL")

    after = tokens(instance, platform)
    assert after["FL"] is not None
    assert after["AL"] == before["AL"]


def test_the_same_data_anew_is_the_same_and_without_a_version_all_is_new(instance, platform):
    materialized(instance, EXTRACT, "one")
    first = tokens(instance, platform)
    materialized(instance, EXTRACT, "one")
    assert tokens(instance, platform) == first

    materialized(instance, LOOKUP)
    second = tokens(instance, platform)
    materialized(instance, LOOKUP)

    assert len({first["AL"], second["AL"], tokens(instance, platform)["AL"]}) == 3


def test_the_sensor_starts_the_state_whose_data_changed_once_it_was_quiet(instance, platform, monkeypatch):
    made = writers(platform)
    repository = dg.create_repository_using_definitions_args(
        "gulf", assets=made.assets, jobs=made.jobs, sensors=made.sensors
    )
    sensor = repository.get_sensor_def("gulf__automation")
    materialized(instance, EXTRACT, "one", "AL")
    at = max(change.at for change in upstream(instance, platform).values() if change)

    def tick(after: float, cursor: str | None):
        monkeypatch.setattr(loading, "now", lambda: at + after)
        context = dg.build_sensor_context(instance, cursor=cursor, repository_def=repository)
        found = sensor.evaluate_tick(context)
        return [request.partition_key for request in found.run_requests], found.cursor

    asked, cursor = tick(60, None)
    assert asked == []
    found = []
    for minutes in range(2, 20):  # a daemon that has just started takes tenants in turn
        asked, cursor = tick(60.0 * minutes, cursor)
        found += asked

    assert set(found) == {"AL"}
