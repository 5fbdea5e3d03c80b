"""What readers cost: records as a bulk, then 1% and 10% of them changed, beside the store's own client.

Each store runs in a process of its own; see readers_job.py.
"""

from __future__ import annotations

import sys
from typing import Any

from benchmarks.measure import Job, JobFailed, rounds
from benchmarks.options import Options
from benchmarks.report import Row, Suite

MOST = 100_000  # records
STORES = {
    "hsds_package": ("hsds_package", MOST),
    "postgres": ("postgres, PostgreSQL 18", MOST),
    "real": ("opensearch, OpenSearch 2.19", MOST),
    "opensearch": ("opensearch, stand-in", 10_000),
    "mongodb": ("mongodb, stand-in", MOST),
}

_MEASURED = {
    "bulk": "bulk",
    "hundredth": "1% changed",
    "tenth": "10% changed",
    "own": "the store's own client",
}


def run(options: Options) -> Suite:
    return suite(options, {store: job(store, options) for store in STORES})


def job(store: str, options: Options) -> Any:
    """Figures of one store, or why there are none."""
    name, most = STORES[store]
    command = [sys.executable, "-m", "benchmarks.readers_job", store, str(min(options.rows, most))]
    try:
        return rounds([Job(name, command)], 1)[name][0].said
    except JobFailed as error:
        return {"absent": str(error).strip().splitlines()[-1]}


def suite(options: Options, said: dict[str, Any]) -> Suite:
    made = Suite(
        "readers",
        f"Readers: {min(options.rows, MOST):,} records in one language, then 1% and 10% of them changed",
        {
            "records": "records",
            "speed": "records/s",
            "wall": "wall s",
            "cpu": "client CPU s",
            "written": "written",
            "share": "of the bulk's wall",
            "cpu_share": "of its CPU",
        },
        notes=[
            "One round. Servers run on this machine and share its cores with the client. Written: documents"
            " or rows, organizations and terms among them. A stand-in says nothing of the store's own speed;"
            " that of mongodb reads all documents to count them, which its wall holds.",
            "Own client: opensearchpy.helpers.bulk, insert_many, COPY without keys and indexes; ready rows of"
            " the same server, in chunks of 500. OpenSearch's takes no organizations and terms.",
        ],
    )
    for store, figures in said.items():
        name, most = STORES[store]
        if "absent" in figures:
            made.notes.append(f"left out: {name} ({figures['absent']})")
        else:
            made.rows += _rows(name, min(options.rows, most), figures)
    return made


def _rows(name: str, records: int, said: Any) -> list[Row]:
    rows = []
    for key, title in _MEASURED.items():
        if f"{key}_wall" not in said:
            continue
        wall = said[f"{key}_wall"]
        figures = {
            "records": float(records),
            "speed": records / wall,
            "wall": wall,
            "cpu": said[f"{key}_cpu"],
            "written": said[f"{key}_written"],
            "share": wall / said["bulk_wall"],
            "cpu_share": said[f"{key}_cpu"] / said["bulk_cpu"],
        }
        row = Row(f"{name}: {title}", figures)
        if key == "hundredth":
            row.reach, row.met = "0.03 of the bulk's wall", figures["share"] < 0.03
        rows.append(row)
    return rows
