"""The search records into PostgreSQL: first, the same rows again, one in a hundred changed."""

from __future__ import annotations

from benchmarks import workload
from benchmarks.measure import Job, median, own, rounds
from benchmarks.options import Options
from benchmarks.report import Row, Suite


def run(options: Options) -> Suite:
    csv = workload.csv_file(options.cache, options.rows)
    changed = workload.csv_file(options.cache, options.rows, changed=0.01)
    found = rounds([Job("postgres", own("postgres", csv, changed))], max(1, options.rounds // 2))
    said = median(found["postgres"]).said
    suite = Suite(
        "postgres",
        f"Into PostgreSQL: {options.rows:,} rows x 20 columns",
        {"client": "client CPU s", "server": "server CPU s", "both": "CPU s", "written": "rows written"},
        notes=["Hash, delta, COPY, primary key and count included."],
    )
    for key, name in (
        ("first", "dagster_ingest: first publish"),
        ("same_rows", "dagster_ingest: new version, same rows"),
        ("changed", "dagster_ingest: 1% of the rows changed"),
    ):
        client, server, written = (said[f"{key}_{part}"] for part in ("client", "server", "written"))
        figures = {"client": client, "server": server, "both": client + server, "written": float(written)}
        suite.rows.append(Row(name, figures))
    return suite
