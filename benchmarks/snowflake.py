"""Publishing to Snowflake: many small tables, and one large one. Over the stand-in on this machine."""

from __future__ import annotations

import sys

from benchmarks import workload
from benchmarks.measure import Job, median, rounds
from benchmarks.options import Options
from benchmarks.report import Row, Suite

SMALL = 1_000


def run(options: Options) -> Suite:
    small, large = (workload.csv_file(options.cache, rows) for rows in (SMALL, options.rows))
    command = [sys.executable, "-m", "benchmarks.snowflake_job", str(small), str(options.tables), str(large)]
    found = rounds([Job("snowflake", command)], max(1, options.rounds // 2))
    said = median(found["snowflake"]).said
    suite = Suite(
        "snowflake",
        f"To Snowflake: {options.tables} tables x {SMALL:,} rows, and one of {options.rows:,}; x 20 columns",
        {
            "wall": "wall s",
            "client": "client CPU s",
            "statements": "statements",
            "ratio": "wall to writing the parquet",
        },
        notes=[
            "The server is a stand-in (fakesnow, DuckDB) on this machine and shares its cores: wall time"
            " says nothing of Snowflake, client CPU and the number of statements do.",
            "Stage, COPY, audit of every cell and one transaction included; four sessions.",
        ],
    )
    for key, name in (
        ("first", f"{options.tables} small tables, first publish"),
        ("again", f"{options.tables} small tables, replaced"),
        ("large", "one large table, first publish"),
        ("fetch", "one large table, fetched back as a part"),
    ):
        figures = {
            "wall": said[f"{key}_wall"],
            "client": said[f"{key}_cpu"],
            "statements": float(said[f"{key}_statements"]),
            "ratio": said[f"{key}_wall"] / said["large_parquet" if key in ("large", "fetch") else "parquet"],
        }
        suite.rows.append(Row(name, figures))
    return suite
