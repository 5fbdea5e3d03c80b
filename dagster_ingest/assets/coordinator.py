"""The run queue: every run passes here on its way into it, whoever asked for it.

What a tenant's file says of limits becomes tags of the run, whatever it was started by: a schedule, a sensor,
a backfill, a person in the UI. Named in dagster.yaml as `run_coordinator`; the daemon takes runs out as ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import dagster as dg
from dagster._core.run_coordinator.base import SubmitRunContext
from dagster._core.run_coordinator.queued_run_coordinator import QueuedRunCoordinator

from dagster_ingest.assets import keys
from dagster_ingest.assets.pools import HOST, WAREHOUSE
from dagster_ingest.assets.turns import TAG_TENANT, place
from dagster_ingest.settings import Settings
from dagster_ingest.spec.limits import Limits
from dagster_ingest.spec.standalone import limits_of

_POOLS = {
    "host": dg.Field(int, default_value=2, description="Runs at once that ask the same host."),
    "warehouse": dg.Field(int, default_value=4, description="Runs at once in a warehouse that is shared."),
    "named": dg.Field(
        dg.Map(str, int),
        is_required=False,
        default_value={},
        description="Pool to limit, where it is another: {'host:api.example.org': 1}.",
    ),
}


class FairRunCoordinator(QueuedRunCoordinator):
    """Dagster's queue in which tenants take turns, with the limits of their pools."""

    def __init__(self, pools: Mapping[str, Any] | None = None, **queue: Any) -> None:
        super().__init__(**queue)
        self._limits: Mapping[str, Any] = pools or {}
        self._known: set[str] = set()

    @classmethod
    def config_type(cls):
        return {
            **cast("dict[str, Any]", super().config_type()),
            "pools": dg.Field(_POOLS, is_required=False),
        }

    @classmethod
    def from_config_value(cls, inst_data, config_value):
        return cls(inst_data=inst_data, **config_value)

    def submit_run(self, context: SubmitRunContext) -> dg.DagsterRun:
        run = context.dagster_run
        if run.status == dg.DagsterRunStatus.NOT_STARTED:
            self._open_pools(run)
            self._instance.add_run_tags(run.run_id, run_tags(self._instance, run))
        return super().submit_run(context)

    def _open_pools(self, run: dg.DagsterRun) -> None:
        """Give the pools of a run their limits before it can be taken out of the queue."""
        asked = run.run_op_concurrency.all_pools or set() if run.run_op_concurrency else set()
        new = {name: limit for name in asked - self._known if (limit := self.pool_limit(name)) is not None}
        if new:
            log = self._instance.event_log_storage
            stand = {pool.name: pool.limit for pool in log.get_pool_limits() if not pool.from_default}
            for name, limit in new.items():
                if stand.get(name) != limit:
                    log.set_concurrency_slots(name, limit)
        self._known |= asked

    def pool_limit(self, name: str) -> int | None:
        """What this file says of a pool; None leaves it to `concurrency: pools: default_limit`."""
        if name in self._limits.get("named", {}):
            return self._limits["named"][name]
        if name.startswith(HOST):
            return self._limits.get("host", 2)
        return self._limits.get("warehouse", 4) if name.startswith(WAREHOUSE) else None


def run_tags(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dict[str, str]:
    """Tags of a run that is to be queued: whose it is, its turn, its timeout, its retries."""
    tenant = tenant_of(run)
    limits = Limits() if tenant == keys.PLATFORM else limits_of(Settings.load(), tenant)
    tags = {
        TAG_TENANT: tenant,
        "dagster/max_retries": str(limits.retries),
        "dagster/retry_strategy": "ALL_STEPS",  # what is unchanged costs a fingerprint
    }
    if limits.seconds:
        tags["dagster/max_runtime"] = str(limits.seconds)
    given = {name: value for name, value in tags.items() if name not in run.tags}
    return {**given, **place(instance, run, tenant, limits.priority).tags()}


def tenant_of(run: dg.DagsterRun) -> str:
    """By its tag, else by its repository, which has the tenant's name: runs of the UI have no tag."""
    if TAG_TENANT in run.tags:
        return run.tags[TAG_TENANT]
    if run.remote_job_origin is not None:
        return run.remote_job_origin.repository_origin.repository_name
    return next((key.path[0] for key in run.asset_selection or ()), keys.PLATFORM)
