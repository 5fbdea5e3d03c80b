"""Specs and definitions of many tenants, 200 tables each."""

from __future__ import annotations

import shutil
import sys

from benchmarks.graph_specs import write_project
from benchmarks.measure import Job, Measurement, median, own, rounds
from benchmarks.options import ROOT, Options
from benchmarks.report import Row, Suite

TABLES = 200
_CLI = [sys.executable, "-c", "from dagster_ingest.cli import app; app()"]


def run(options: Options) -> Suite:
    folder = options.cache / "graph"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_project(folder, tenants=options.tenants, tables=TABLES)
    tenants, home = folder / "tenants", folder / "home"
    places = {
        "DAGSTER_INGEST_ROOT": str(ROOT),
        "DAGSTER_INGEST_TENANTS_DIR": str(tenants),
        "DAGSTER_INGEST_HOME": str(home),
    }
    jobs = [
        Job("validate", [*_CLI, "validate", "--json"], environ=places),
        Job("one", own("definitions", tenants, home, "tenant_00"), environ=places),
        Job("all", own("definitions", tenants, home), environ=places),
    ]
    rounds(jobs[1:2], 1)  # parses the dbt projects, which a deployment does once
    found = {name: median(some) for name, some in rounds(jobs, options.rounds).items()}
    return _suite(options, found)


def _suite(options: Options, found: dict[str, Measurement]) -> Suite:
    validate, one, every = found["validate"], found["one"], found["all"]
    count = options.tenants * TABLES
    suite = Suite(
        "graph",
        f"{options.tenants} tenants x {TABLES} tables = {count:,} raw assets",
        {
            "inner": "CPU s after imports",
            "cpu": "CPU s",
            "wall": "wall s",
            "rss": "peak MB",
            "assets": "assets",
        },
        notes=[
            "Partitions, one check an asset, automation and metadata included; dbt manifests parsed before."
        ],
    )
    suite.rows += [
        Row(
            "validate, whole process",
            {"cpu": validate.cpu, "wall": validate.wall, "rss": validate.rss},
            reach="3 s, 150 MB",
            met=validate.wall <= 3 and validate.rss < 150,
        ),
        _definitions("definitions of all tenants", every, "5 s", 5),
        _definitions("definitions of one tenant", one, "0.5 s", 0.5),
    ]
    return suite


def _definitions(name: str, m: Measurement, reach: str, limit: float) -> Row:
    inner = m.said["definitions_cpu"]
    figures = {"inner": inner, "cpu": m.cpu, "wall": m.wall, "rss": m.rss, "assets": float(m.said["assets"])}
    return Row(name, figures, reach=f"{reach} after the imports", met=inner <= limit)
