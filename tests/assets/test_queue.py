"""The queue that all tenants share, with Dagster's own daemon taking runs out of it."""

from __future__ import annotations

from collections import Counter

import dagster as dg
import pytest

from tests.assets.queueing import queue


def plain(_):
    """Dagster's own queue, for comparison."""
    return {"module": "dagster._core.run_coordinator", "class": "QueuedRunCoordinator", "config": {}}


def fill(of, tenants, count):
    for _ in range(count):
        for tenant in tenants:
            of.put(tenant)


def test_a_run_of_a_third_tenant_is_next_although_two_others_fill_every_place(tmp_path, monkeypatch):
    with queue(tmp_path, monkeypatch, page=4) as shared:
        fill(shared, ("gulf", "prairie"), 8)
        assert Counter(shared.turn()) == {"gulf": 2, "prairie": 2}

        shared.put("summit")
        shared.end("gulf")

        assert shared.turn() == ["summit"]


def test_dagsters_own_queue_lets_the_third_tenant_wait(tmp_path, monkeypatch):
    with queue(tmp_path, monkeypatch, page=4, changes={"run_coordinator": plain}) as shared:
        fill(shared, ("gulf", "prairie"), 8)
        shared.turn()

        shared.put("summit")
        shared.end("gulf")

        assert shared.turn() == ["gulf"]


def test_one_tenant_leaves_room_for_another_at_once(tmp_path, monkeypatch):
    with queue(tmp_path, monkeypatch, page=4) as shared:
        fill(shared, ("gulf",), 12)
        shared.put("summit")

        assert Counter(shared.turn()) == {"gulf": 2, "summit": 1}


def test_tenants_take_turns_whoever_queued_first(tmp_path, monkeypatch):
    one = {"concurrency": lambda told: {"runs": {"max_concurrent_runs": 1}}}
    with queue(tmp_path, monkeypatch, page=4, changes=one) as shared:
        for tenant in ("gulf",) * 4 + ("summit",) * 2 + ("prairie",):
            shared.put(tenant)
        started = []
        for _ in range(7):
            started += shared.turn()
            shared.end(started[-1])

    assert started == ["gulf", "summit", "prairie", "gulf", "summit", "gulf", "gulf"]


def test_a_backfill_stands_behind_and_a_priority_before(tmp_path, monkeypatch):
    (tmp_path / "tenants" / "prairie").mkdir(parents=True)
    (tmp_path / "tenants" / "prairie" / "tenant.yaml").write_text("limits: {priority: 2}\n")
    one = {"concurrency": lambda told: {"runs": {"max_concurrent_runs": 1}}}
    with queue(tmp_path, monkeypatch, changes=one) as shared:
        shared.put("gulf", **{"dagster/backfill": "abc"})
        shared.put("summit")
        shared.put("summit")
        shared.put("prairie")
        started = []
        for _ in range(4):
            started += shared.turn()
            shared.end(started[-1])

    assert started == ["prairie", "summit", "summit", "gulf"]


def test_nobody_may_ask_for_more_than_the_highest_band_and_a_retry_keeps_its_own(tmp_path, monkeypatch):
    with queue(tmp_path, monkeypatch) as shared:
        first = shared.put("gulf", **{"dagster/priority": "999"})
        again = shared.put("gulf", **{n: v for n, v in first.tags.items() if n != "tenant"})

    assert [run.tags["dagster_ingest/band"] for run in (first, again)] == ["3", "3"]
    assert [run.tags["dagster/priority"] for run in (first, again)] == ["3000000", "2999999"]


def test_a_run_that_the_ui_asks_for_has_the_tenants_limits(tmp_path, monkeypatch):
    (tmp_path / "tenants" / "gulf").mkdir(parents=True)
    (tmp_path / "tenants" / "gulf" / "tenant.yaml").write_text("limits: {run_timeout: 30m, retries: 1}\n")
    with queue(tmp_path, monkeypatch) as shared:
        run = shared.put("gulf", tagged=False)

    told = {name: run.tags[name] for name in ("tenant", "dagster/max_runtime", "dagster/max_retries")}
    assert told == {"tenant": "gulf", "dagster/max_runtime": "1800", "dagster/max_retries": "1"}


def test_runs_of_all_tenants_share_the_pool_of_a_host(tmp_path, monkeypatch):
    host = ("host:api.example.org",)
    with queue(tmp_path, monkeypatch) as shared:
        for tenant in ("gulf", "prairie", "summit", "bayside"):
            shared.put(tenant, pools=host)
        assert shared.turn() == ["gulf", "prairie"]  # two at once, as dagster.yaml says
        shared.put("keystone", pools=("warehouse:production",))
        assert shared.turn() == ["keystone"]

        shared.end("gulf")

        assert shared.turn() == ["summit"]


def test_a_pool_that_is_named_has_its_own_limit_and_one_of_nobody_the_default(tmp_path, monkeypatch):
    def named(told):
        told["config"]["pools"]["named"] = {"host:slow.example.org": 1}
        return told

    with queue(tmp_path, monkeypatch, changes={"run_coordinator": named}) as shared:
        for pool in ("host:slow.example.org", "host:fast.example.org", "warehouse:production"):
            shared.put("gulf", pools=(pool,))
        limits = {pool.name: pool.limit for pool in shared.instance.event_log_storage.get_pool_limits()}

    assert limits == {"host:slow.example.org": 1, "host:fast.example.org": 2, "warehouse:production": 4}


@pytest.mark.slow
def test_ten_thousand_queued_runs_of_one_tenant_do_not_delay_another(tmp_path, monkeypatch):
    with queue(tmp_path, monkeypatch) as shared:
        for turn in range(10_000):
            shared.fill("gulf", turn)
        shared.turn()
        shared.put("summit")

        assert shared.turn() == ["summit"]
        queued = dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED])
        assert shared.instance.get_runs_count(queued) == 9_998
