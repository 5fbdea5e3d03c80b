"""Readers start by themselves when a writer's partition is complete, and only then."""

from __future__ import annotations

import time

import dagster as dg
import pytest

from dagster_ingest.assets import automation
from dagster_ingest.assets.instance import open_instance

from .conftest import forget_definitions

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def settled(monkeypatch):
    """Two minutes have passed since anything was loaded."""
    monkeypatch.setattr(automation, "now", lambda: time.time() + 120)


def tick(world, tenant: str, cursor: str | None = None):
    """One evaluation of the tenant's publish sensor: states it asks a run for, and the new cursor."""
    from dagster_ingest import definitions_readers

    forget_definitions()
    repository = getattr(definitions_readers, tenant)
    sensor = repository.get_sensor_def(f"{tenant}__publish")
    with open_instance(world.settings) as instance:
        context = dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=repository)
        found = sensor.evaluate_tick(context)
    return {request.partition_key for request in found.run_requests}, found.cursor or cursor


def test_a_complete_partition_asks_for_its_reader_once_and_a_blocked_one_never(world):
    world.deliver(1, "gulf")
    assert tick(world, "gulf")[0] == set()

    assert world.write("gulf", "FL").success
    asked, cursor = tick(world, "gulf")
    assert asked == {"FL"}
    assert tick(world, "gulf", cursor)[0] == set()

    assert world.publish("gulf", "FL").success
    assert tick(world, "gulf")[0] == set()

    world.deliver(2, "gulf")
    assert not world.write("gulf", "AL").success
    assert tick(world, "gulf", cursor)[0] == set()
    assert world.write("gulf", "FL").success
    assert tick(world, "gulf", cursor)[0] == {"FL"}
