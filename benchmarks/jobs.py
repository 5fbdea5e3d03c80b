"""The jobs, each run in a process of its own: `python -m benchmarks.jobs NAME ARGUMENT...`.

Whatever a job prints as JSON on its last line is taken as figures of its own making.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path


def nothing() -> None:
    """The floor: a Python process."""


def polars_text(csv: str) -> None:
    """Limit: every column read as text, nothing checked, nothing kept."""
    import polars as pl

    pl.read_csv(csv, infer_schema=False)


def duckdb_copy(csv: str, target: str) -> None:
    """Limit: the file into a DuckDB table as text, unordered, nothing checked."""
    import duckdb

    Path(target).unlink(missing_ok=True)
    with duckdb.connect(target) as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute("create table t as select * from read_csv(?, all_varchar = true)", [csv])


def xxh3(csv: str) -> None:
    """Limit of an unchanged input: its fingerprint."""
    import xxhash

    digest = xxhash.xxh3_128()
    with open(csv, "rb", buffering=0) as file:
        while block := file.read(1 << 20):
            digest.update(block)


def load(folder: str, passes: str = "1") -> None:
    """Own path: read the spec, then extract, audit, quarantine and land every table of the tenant.

    `passes`: 0 stops before the first table, 2 loads everything again. Figures are the last pass's.
    """
    from dagster_ingest import naming
    from dagster_ingest.extract import SourceLoad
    from dagster_ingest.land.duckdb import DuckDBLanding
    from dagster_ingest.land.group import Group
    from dagster_ingest.settings import Settings
    from dagster_ingest.spec.load import load_tenants

    settings = Settings.load(home=folder, tenants_dir=Path(folder) / "tenants")
    spec = load_tenants(settings).tenants[0]
    landing = DuckDBLanding(settings.warehouse, spec.name)
    source = spec.sources[0]
    figures: dict[str, object] = {}
    for _ in range(int(passes)):
        started, cpu = time.perf_counter(), time.process_time()
        with Group(landing) as group:
            run = SourceLoad(spec, source, spec.states[0], group, settings.drops)
            results = []
            for table in source.tables:
                results.append(run.run(table, naming.new_load_id()))
                if group.full:
                    group.commit()
            group.commit()
        outcomes = [result.outcome for result in results]
        figures = {
            "load_cpu": time.process_time() - cpu,
            "load_wall": time.perf_counter() - started,
            "outcomes": {outcome: outcomes.count(outcome) for outcome in set(outcomes)},
            "rows_read": sum(result.verdict.rows_read for result in results),
            "rows_rejected": sum(result.verdict.rows_rejected for result in results),
        }
    _say(**figures)


def definitions(tenants_dir: str, home: str, only: str = "") -> None:
    """Definitions of all tenants, or of one: seconds after the imports, and how many assets."""
    import os

    from dagster_ingest.assets import build, repositories
    from dagster_ingest.settings import Settings
    from dagster_ingest.transform.project import manifests

    settings = Settings.load(home=home, tenants_dir=tenants_dir)
    os.environ.update(settings.environment())
    started = time.process_time()
    manifests(settings)
    parsed = time.process_time()
    found = repositories.Repositories(build.writers)
    names = [only] if only else found.names()
    graphs = [found.get(name).asset_graph for name in names]
    done = time.process_time()
    _say(
        manifest_cpu=parsed - started,
        definitions_cpu=done - parsed,
        assets=sum(len(g.materializable_asset_keys) for g in graphs),
        checks=sum(len(g.asset_check_keys) for g in graphs),
    )


def run(home: str, layer: str) -> None:
    """One tenant's layer through Dagster, as `dagster-ingest run` does it, after the imports."""
    import dagster_ingest.definitions  # noqa: F401  (what a run imports before it starts)
    from dagster_ingest.assets.instance import open_instance
    from dagster_ingest.assets.runner import execute
    from dagster_ingest.assets.task import Task
    from dagster_ingest.settings import Settings
    from dagster_ingest.transform.project import manifests

    settings = Settings.load(home=home, tenants_dir=Path(home) / "tenants")
    os.environ.update(settings.environment())
    manifests(settings)
    with open_instance(settings) as instance:
        instance.get_runs_count()  # imports and creates the storage, as the floor does before it starts
    started = time.process_time()
    outcome = execute(Task("bench", "IA", "writers", (layer,), False), settings)
    assert outcome.success, outcome.errors
    _say(run_cpu=time.process_time() - started, materialized=len(outcome.materialized))


def floor(assets: str, home: str) -> None:
    """Dagster's own cost: trivial assets, one check each, one run on a new instance."""
    import dagster as dg

    os.makedirs(home, exist_ok=True)
    os.environ["DAGSTER_HOME"] = home
    (Path(home) / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")

    def trivial(number: int) -> dg.AssetsDefinition:
        name = f"asset_{number:03}"

        @dg.asset(name=name, check_specs=[dg.AssetCheckSpec("ok", asset=name)])
        def made():
            return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True, check_name="ok")])

        return made

    made = [trivial(n) for n in range(int(assets))]
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with dg.DagsterInstance.get() as instance:
        instance.get_runs_count()
        started = time.process_time()
        assert dg.materialize(made, instance=instance, run_config=quiet).success
        _say(run_cpu=time.process_time() - started)


def postgres(csv: str, changed_csv: str) -> None:
    """The export as search records into PostgreSQL: first, unchanged, 1% changed. Server CPU included."""
    import psutil

    from dagster_ingest.publish.postgres import PostgresReader
    from dagster_ingest.testing.postgres import new_database, running_server, session

    figures: dict[str, float] = {}
    with running_server() as admin, new_database(admin) as dsn:
        with session(dsn) as connection:
            folder = connection.execute("show data_directory").fetchone()[0]
        server = psutil.Process(int(Path(folder, "postmaster.pid").read_text().split()[0]))
        reader = PostgresReader("DSN", environ={"DSN": dsn})
        for name, path in (("first", csv), ("same_rows", csv), ("changed", changed_csv)):
            partition = _search_records(path, version=name)
            client, other = time.process_time(), _server_cpu(server)
            done = reader.publish(partition)
            figures[f"{name}_client"] = time.process_time() - client
            figures[f"{name}_server"] = _server_cpu(server) - other
            figures[f"{name}_written"] = done.written
    _say(**figures)


def rules(csv: str, folder: str) -> None:
    """Each kind of rule alone over the export in memory, then all of them; pandera's own beside."""
    from benchmarks.rules import measure

    _say(**measure(csv, folder))


def provider(connector: str, settings: str, place: str) -> None:
    """A connector reads a table to its end; see benchmarks/providers.py."""
    from benchmarks import providers

    _say(**providers.read(connector, settings, place))


def _search_records(path: str, version: str):
    import polars as pl

    from dagster_ingest.publish.base import StagePartition

    key = pl.format("00000000-0000-5000-8000-0000{}", pl.col("id").str.slice(1)).alias("id")
    arrow = pl.read_csv(path, infer_schema=False).with_columns(key).to_arrow()
    return StagePartition(
        tenant="bench",
        display_name="Benchmark",
        state="IA",
        version=version,
        locales=("en",),
        entities=("search_record",),
        table={"search_record": arrow}.__getitem__,
    )


def _server_cpu(server) -> float:
    """CPU of a postmaster, of the backends that ended, and of those that run."""
    times = [server.cpu_times(), *(child.cpu_times() for child in server.children())]
    ended = times[0].children_user + times[0].children_system
    return ended + sum(t.user + t.system for t in times)


def _say(**figures: object) -> None:
    print(json.dumps(figures))


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
