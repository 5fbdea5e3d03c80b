"""Daemon, webserver and code servers are killed while runs are under way: nothing is lost or done twice."""

from __future__ import annotations

import os
import re
import signal
from collections import Counter

import dagster as dg
import pytest

from dagster_ingest.assets import keys
from dagster_ingest.assets.instance import open_instance
from dagster_ingest.land.warehouse import landing_of
from tests.e2e.servers import Servers, until

pytestmark = pytest.mark.slow

ALL = ("writers", "readers", "daemon", "webserver")
PLACES = (("gulf", "FL"), ("gulf", "AL"), ("keystone", "PA"))
ENDED = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}


@pytest.fixture
def servers(world):
    made = Servers(world, "gulf,keystone")
    made.hasten()
    groups: list[int] = []
    with open_instance(world.settings):
        pass  # the tables of the instance are made by one process, not by four at once
    made.start(*ALL)
    groups += [process.pid for process in made.processes.values()]
    made.groups = groups
    try:
        made.ready()
        yield made
    finally:
        made.stop(groups)


def restart(servers: Servers) -> None:
    servers.start(*(name for name in ALL if name not in servers.processes))
    servers.groups += [process.pid for process in servers.processes.values()]


def status(instance, run_id: str) -> dg.DagsterRunStatus:
    return instance.get_run_by_id(run_id).status


def pid_of(instance, run_id: str) -> int | None:
    """The process of a run, once a step of it has begun."""
    logs = instance.all_logs(run_id)
    if not any(entry.dagster_event and entry.dagster_event.is_step_start for entry in logs):
        return None
    return next(int(m.group(1)) for e in logs if (m := re.search(r"\(pid: (\d+)\)", e.message or "")))


def settled(instance, count: int) -> bool:
    """Whether so many tasks have ended well and nothing is at work or waits."""
    runs = instance.get_runs()
    good = {
        (run.job_name, run.tags["dagster/partition"])
        for run in runs
        if run.status == dg.DagsterRunStatus.SUCCESS
    }
    return len(good) >= count and all(run.status in ENDED for run in runs)


def test_kills_in_the_middle_of_loads_and_publications_lose_and_double_nothing(world, servers):
    world.deliver(1, "gulf", "keystone")
    with open_instance(world.settings) as instance:
        loads = {place: servers.launch(place[0], "writers", place[1]) for place in PLACES}
        doomed = loads["keystone", "PA"]
        process = until(lambda: pid_of(instance, doomed), "the load of keystone is under way")
        until(lambda: pid_of(instance, loads["gulf", "FL"]), "the load of gulf is under way")

        servers.kill("daemon", "webserver", "writers")  # runs of gulf outlive their code server
        os.kill(process, signal.SIGKILL)  # and that of keystone dies with nobody there to see it
        restart(servers)
        until(lambda: settled(instance, 3), "all loads have ended well")

        assert status(instance, loads["gulf", "FL"]) == dg.DagsterRunStatus.SUCCESS
        assert status(instance, loads["gulf", "AL"]) == dg.DagsterRunStatus.SUCCESS
        assert status(instance, doomed) == dg.DagsterRunStatus.FAILURE

        servers.ready()
        shown = {place: servers.launch(place[0], "readers", place[1]) for place in PLACES}
        first = shown["gulf", "FL"]
        begun = {dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED}
        until(lambda: status(instance, first) in begun, "a publication is under way")

        servers.kill("readers", "daemon", runs=True)  # the whole machine of the readers
        servers.kill("webserver")
        restart(servers)
        until(lambda: settled(instance, 6), "all publications have ended well")

        assert Counter(run.status for run in instance.get_runs() if run.status not in ENDED) == {}
        for tenant, state in PLACES:
            assert_once(world, instance, tenant, state)


def assert_once(world, instance, tenant: str, state: str) -> None:
    """Each table of the state was committed once, and what is published was published once."""
    spec = world.spec(tenant)
    landing = landing_of(world.settings, spec)
    for table in (table.raw for source in spec.sources for table in source.tables):
        assert len(landing.history(table, state)) == 1, (table, state)
        assert materialized(instance, tenant, "raw", table, state) == 1
    assert materialized(instance, tenant, "published", "hsds_package", state) == 1
    assert world.story(tenant, state).health == "current"


def materialized(instance, tenant: str, layer: str, table: str, state: str) -> int:
    """How many versions the event log knows. The run that takes over tells one again that is committed
    already, with the same version, if the one before died between telling it and its end."""
    key = keys.asset_key(tenant, layer, table)
    wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[state])
    records = instance.fetch_materializations(wanted, limit=100).records
    told = [record.asset_materialization for record in records]
    return len({(event.tags or {}).get("dagster/data_version") for event in told if event is not None})
