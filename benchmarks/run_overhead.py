"""What a run costs beyond its work, beside a run of trivial Dagster assets."""

from __future__ import annotations

import shutil
import statistics
from pathlib import Path

from benchmarks import small_tables
from benchmarks.data_path import forget
from benchmarks.measure import Job, median, own, rounds
from benchmarks.options import Options
from benchmarks.report import Row, Suite

OWN, WORK, FLOOR = "dagster_ingest run, raw layer", "the same loads without Dagster", "trivial assets"
_INNER = {OWN: "run_cpu", WORK: "load_cpu", FLOOR: "run_cpu"}


def run(options: Options) -> Suite:
    home = small_tables.project(options)
    floor = home / "floor"
    jobs = [
        Job(OWN, own("run", home, "raw"), before=lambda: _forget_all(home)),
        Job(WORK, own("load", home), before=lambda: forget(home)),
        Job(FLOOR, own("floor", options.tables, floor), before=lambda: _remove(floor)),
    ]
    rounds(jobs[:1], 1)  # parses the dbt projects, which a deployment does once
    found = rounds(jobs, options.rounds)
    inner = {name: [m.said[_INNER[name]] for m in some] for name, some in found.items()}
    beyond = [own - work for own, work in zip(inner[OWN], inner[WORK], strict=True)]
    share = statistics.median(b / f for b, f in zip(beyond, inner[FLOOR], strict=True))
    suite = Suite(
        "run_overhead",
        f"A run of {options.tables} tables, one check each, on SQLite",
        {
            "each": "CPU ms / asset",
            "inner": "CPU s of the run",
            "cpu": "CPU s",
            "wall": "wall s",
            "rss": "peak MB",
        },
        notes=["CPU of the run: after the imports, the tenant's graph and all events included."],
    )
    for job in jobs:
        m = median(found[job.name])
        spent = statistics.median(inner[job.name])
        figures = {"each": spent / options.tables * 1000, "inner": spent}
        suite.rows.append(Row(job.name, {**figures, "cpu": m.cpu, "wall": m.wall, "rss": m.rss}))
    extra = statistics.median(beyond)
    suite.rows.append(
        Row(
            "dagster_ingest run beyond the work",
            {"each": extra / options.tables * 1000, "inner": extra},
            reach=f"1.2x trivial assets: {share:.2f}x",
            met=share <= 1.2 and found[OWN][-1].said["materialized"] == options.tables,
        )
    )
    return suite


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _forget_all(home: Path) -> None:
    forget(home)
    _remove(home / "dagster")
