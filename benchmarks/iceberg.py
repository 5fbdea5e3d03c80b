"""Publishing to Iceberg: many small tables, one large one, and writers at once."""

from __future__ import annotations

import sys

from benchmarks import workload
from benchmarks.measure import Job, median, rounds
from benchmarks.options import Options
from benchmarks.report import Row, Suite

SMALL = 1_000


def run(options: Options) -> Suite:
    small, large = (workload.csv_file(options.cache, rows) for rows in (SMALL, options.rows))
    command = [sys.executable, "-m", "benchmarks.iceberg_job", str(small), str(options.tables), str(large)]
    said = median(rounds([Job("iceberg", command)], max(1, options.rounds // 2))["iceberg"]).said
    suite = Suite(
        "iceberg",
        f"To Iceberg: {options.tables} tables x {SMALL:,} rows, and one of {options.rows:,}; x 20 columns",
        {
            "wall": "wall s",
            "cpu": "CPU s",
            "ratio": "CPU to writing the parquet",
            "commits": "commits / s",
        },
        notes=[
            "SQLite catalog and a folder; data files, audit of every cell through a scan, and commits.",
            "Commits are of partitions of 1,000 rows, each audited. Writers are processes that share this"
            " machine's cores with the servers; Nessie's object store is moto, a stand-in.",
        ],
    )
    for key, name in (
        ("first", f"{options.tables} small tables, first publish"),
        ("again", f"{options.tables} small tables, replaced"),
        ("large", "one large table, first publish"),
        ("fetch", "one large table, fetched back as a part"),
    ):
        plain = said["large_parquet" if key == "fetch" else f"{key}_parquet"]
        figures = {
            "wall": said[f"{key}_wall"],
            "cpu": said[f"{key}_cpu"],
            "ratio": said[f"{key}_cpu"] / plain,
        }
        suite.rows.append(Row(name, figures))
    for catalog in ("sqlite", "nessie"):
        if f"{catalog}_one" not in said:
            suite.notes.append("Nessie is not here: `make nessie` fetches it.")
            continue
        for key, name in (
            ("one", "1 writer"),
            ("same", "4 writers, one table"),
            ("own", "4 writers, a table each"),
        ):
            suite.rows.append(Row(f"{catalog}: {name}", {"commits": said[f"{catalog}_{key}"]}))
    return suite
