"""The real shape: many tables of a thousand rows."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmarks import peers, workload
from benchmarks.data_path import forget
from benchmarks.measure import Job, median, own, rounds
from benchmarks.options import Options
from benchmarks.report import Row, Suite

ROWS = 1_000
OWN = "dagster_ingest: 19 rules, quarantine, to DuckDB"
START = "dagster_ingest: start-up and specs alone"


def run(options: Options) -> Suite:
    home = project(options)
    jobs = [
        Job(START, own("load", home, 0)),
        Job(OWN, own("load", home), before=lambda: forget(home)),
    ]
    others, skipped = peers.many_files(options, home / "drops" / "bench")
    found = rounds(jobs + others, options.rounds)
    start = median(found[START])
    suite = Suite(
        "small_tables",
        f"{options.tables} tables x {ROWS:,} rows x 20 columns",
        {"each": "CPU ms / table", "cpu": "CPU s", "wall": "wall s", "rss": "peak MB"},
        notes=[*skipped, "CPU ms / table of the own path is beyond start-up; of peers it is all they took."],
    )
    for job in jobs + others:
        m = median(found[job.name])
        spent = m.cpu - start.cpu if job.name == OWN else m.cpu
        each = None if job.name == START else spent / options.tables * 1000
        row = Row(job.name, {"each": each, "cpu": m.cpu, "wall": m.wall, "rss": m.rss})
        if job.name == OWN and each is not None:
            row.reach = "20 ms / table"
            row.met = each <= 20 and m.said["outcomes"] == {"committed": options.tables}
        suite.rows.append(row)
    return suite


def project(options: Options) -> Path:
    """A tenant of small tables, each with a contract of its own, delivered."""
    home = options.cache / "small_tables"
    shutil.rmtree(home, ignore_errors=True)
    tables = [f"table_{n:03}" for n in range(options.tables)]
    workload.tenant(home, tables)
    csv = workload.csv_file(options.cache, ROWS)
    drops = home / "drops" / "bench"
    drops.mkdir(parents=True)
    for table in tables:
        shutil.copyfile(csv, drops / f"{table}.csv")
    return home
