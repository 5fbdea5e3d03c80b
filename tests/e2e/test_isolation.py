"""A bad table stops its descendants in its state, and nothing else."""

from __future__ import annotations

import pytest

from dagster_ingest.assets.platform import TenantPlatform

pytestmark = pytest.mark.slow


def _names(nodes) -> set[str]:
    return {"/".join(name) for name in nodes}


def test_a_bad_table_stops_exactly_its_descendants_and_a_retry_touches_only_them(world):
    world.deliver(1, "gulf")
    for state in ("AL", "FL"):
        assert world.write("gulf", state).success
        assert world.publish("gulf", state).success
    before = [(s.reader, s.version, s.at) for s in world.story("gulf", "AL").shown]

    world.deliver(2, "gulf")
    bad, good = world.write("gulf", "AL"), world.write("gulf", "FL")

    graph = TenantPlatform(world.settings, world.spec("gulf")).graph
    stopped = _names(graph.descendants([("raw", "wellsky_services")])) | {"raw/wellsky_services"}
    assert not bad.success
    assert bad.failed_checks == ("raw/wellsky_services/contract",)
    assert set(bad.materialized).isdisjoint(stopped)
    assert {n for n in _names(graph.nodes) if n.startswith("raw/")} - stopped <= set(bad.materialized)
    assert good.success
    assert world.publish("gulf", "FL").success

    held = world.publish("gulf", "AL")
    assert held.run_id is None
    assert "raw/wellsky_services" in held.held
    assert [(s.reader, s.version, s.at) for s in world.story("gulf", "AL").shown] == before

    world.deliver(3, "gulf")
    fixed = world.write("gulf", "AL", retry=True)
    assert fixed.success
    assert set(fixed.materialized) <= stopped
    assert "raw/wellsky_services" in fixed.materialized
    published = world.publish("gulf", "AL")
    assert published.success
    assert published.materialized == ("published/hsds_package",)
    assert world.story("gulf", "AL").health == "current"


def test_a_failing_tenant_and_state_leave_the_others_alone(world):
    world.deliver(1, "gulf", "capital")
    for file in (world.settings.drops / "gulf" / "al").iterdir():
        file.write_bytes(b"")
    assert not world.write("gulf", "AL").success
    assert world.write("gulf", "FL").success
    assert world.write("capital", "DC").success
    story = world.story("gulf", "AL")
    assert story.health == "blocked"
    assert {rule.rule for blocker in story.blockers for rule in blocker.rules} == {"file|empty"}
