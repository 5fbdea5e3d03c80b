"""Refused rows of a blocked delivery come back when the tenant's policy lets them, as a run of the asset."""

from __future__ import annotations

import json

import pytest

from dagster_ingest.assets.history import last_check, last_materialized
from dagster_ingest.assets.instance import open_instance
from dagster_ingest.assets.keys import CONTRACT_CHECK, asset_key

pytestmark = pytest.mark.slow

SERVICES = asset_key("gulf", "raw", "wellsky_services")


@pytest.fixture
def blocked(world):
    """AL's services of day two are blocked; day one's stand."""
    for day in (1, 2):
        world.deliver(day, "gulf")
        written = world.write("gulf", "AL")
        assert written.success == (day == 1), world.story("gulf", "AL").blockers
        world.publish("gulf", "AL")
    assert world.story("gulf", "AL").health == "blocked"
    return world


def allow(world) -> None:
    path = world.settings.tenants_dir / "gulf" / "tenant.yaml"
    text = path.read_text()
    assert text.count("max_share: 0.05") == 1
    path.write_text(text.replace("max_share: 0.05", "max_share: 0.9"))


def test_a_replay_is_a_run_of_the_asset_and_of_what_hangs_on_it(blocked):
    with open_instance(blocked.settings) as instance:
        from dagster import AssetCheckKey

        check = last_check(instance, AssetCheckKey(SERVICES, CONTRACT_CHECK), "AL")
    assert check.metadata["quarantine"] == "quarantine.wellsky_services"
    assert check.metadata["quarantine_replay"] == (
        "dagster-ingest quarantine replay gulf wellsky_services --state AL"
    )
    for file in (blocked.settings.drops / "gulf" / "al").rglob("*services*"):
        file.rename(file.with_name(f"away-{file.name}.bak"))

    refused = blocked.command("quarantine", "replay", "gulf", "wellsky_services", "--state", "AL")
    assert refused.returncode == 1
    assert "nothing changed since that load" in refused.stdout

    allow(blocked)
    ran = blocked.command("quarantine", "replay", "gulf", "wellsky_services", "--state", "AL", "--json")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    [said] = json.loads(ran.stdout)
    assert said["outcome"] == "done"
    story = blocked.story("gulf", "AL")
    assert story.health == "current", (story.blockers, story.waiting)
    with open_instance(blocked.settings) as instance:
        event = last_materialized(instance, SERVICES, "AL")
    assert event.metadata["replayed_rows"] == 0, "the policy changed, no rule: what is bad stays bad"
    assert event.metadata["rows_accepted"] > 0
    assert event.metadata["load_id"] == said["load_id"]

    for file in (blocked.settings.drops / "gulf" / "al").rglob("away-*.bak"):
        file.rename(file.with_name(file.name.removeprefix("away-").removesuffix(".bak")))
    after = blocked.write("gulf", "AL")
    assert after.success, after.errors
    assert after.materialized == (), "the delivery is the one that was replayed"
