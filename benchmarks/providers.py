"""What providers cost: the same table through each connector, read as text and dropped.

Each runs in a process of its own. CPU is of that process and of the programs that it runs (tap, source,
sling), memory of the process alone; servers are in the wall time only. Nothing is checked or landed.
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import shutil
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks import workload
from benchmarks.measure import Job, median, own, rounds
from benchmarks.options import ROOT, Options
from benchmarks.report import Row, Suite

FLOOR = "nothing read: imports alone"
MOST = 200_000  # rows; slower providers would take minutes for more
FAKED = 10_000
TABLE = "resource"


def run(options: Options) -> Suite:
    rows = min(options.rows, MOST)
    table = workload.csv_file(options.cache, rows)
    suite = Suite(
        "providers",
        f"The same table by each connector: {rows:,} rows x 20 columns",
        {"speed": "rows/s", "cpu": "CPU s", "wall": "wall s", "rss": "peak MB"},
        notes=["CPU: of the reader and the program that it runs, imports included. Memory: of the reader."],
    )
    with contextlib.ExitStack() as stack:
        place = _place(options.cache, table)
        cases, skipped = _cases(place, table, rows, stack)
        suite.notes += skipped
        environ = {"DAGSTER_INGEST_PROGRAMS": str(place / "programs")}
        floor = Job(FLOOR, own("provider", "", "{}", str(place)), environ=environ)
        jobs = [_job(name, case, place, environ) for name, case in cases.items()]
        found = rounds([floor, *jobs], max(1, options.rounds // 2))
    for job in [floor, *jobs]:
        m = median(found[job.name])
        seconds = m.said.get("seconds")
        speed = m.said["rows"] / seconds if seconds else None
        suite.rows.append(
            Row(job.name, {"speed": speed, "cpu": m.cpu, "wall": m.wall, "rss": m.said["peak"] or m.rss})
        )
        if seconds and m.said["rows"] not in (rows, FAKED):
            suite.notes.append(f"{job.name}: {m.said['rows']:,} rows came")
    return suite


def read(connector: str, settings: str, place: str) -> dict[str, Any]:
    """The job: read everything. {rows, seconds, columns}."""
    from dagster_ingest.connectors import registry, text  # noqa: F401
    from dagster_ingest.connectors.base import ReadRequest

    if not connector:
        import polars  # noqa: F401
        import pyarrow  # noqa: F401

        return {"peak": _peak()}
    secrets = json.loads((Path(place) / "secrets.json").read_text())
    request = ReadRequest(
        "bench", "feed", TABLE, "IA", json.loads(settings), place, secrets=secrets.__getitem__
    )
    started, rows = time.perf_counter(), 0
    opened = registry.connector(connector).read(request)
    for batch in opened.batches():
        rows += batch.frame.height
    assert opened.completeness().complete, opened.completeness().reason
    return {"rows": rows, "seconds": time.perf_counter() - started, "peak": _peak()}


def _peak() -> float:
    """MB that this process held at most. Unlike the system's count for a child, none of its parent's."""
    with contextlib.suppress(FileNotFoundError), open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


Case = tuple[str, dict[str, Any]]


def _cases(
    place: Path, table: Path, rows: int, stack: contextlib.ExitStack
) -> tuple[dict[str, Case], list[str]]:
    jsonl = {"bucket_url": "{drops}", "file_glob": "*.jsonl", "format": "jsonl"}
    tap = {"path": "{drops}/*.csv", "stream": TABLE}
    cases: dict[str, Case] = {
        "files: CSV": ("files", {"pattern": "*.csv"}),
        "dlt: CSV, as Arrow": (
            "dlt",
            {"source": "files", "config": {"bucket_url": "{drops}", "file_glob": "*.csv"}},
        ),
        "dlt: JSON lines, as records": ("dlt", {"source": "files", "config": jsonl}),
        "singer: a tap of our own": ("singer", {"tap": "tap-rows", "config": tap}),
        "airbyte: a source of our own": (
            "airbyte",
            {"connector": "source-rows", "config": {"path": "{drops}/rows.lists", "stream": TABLE}},
        ),
    }
    secrets: dict[str, str] = {}
    skipped = _published(cases, place, rows)
    for database in (_postgres, _mysql):
        try:
            database(cases, table, secrets, stack, place)
        except Unhad as reason:
            skipped.append(f"left out: {reason}")
    (place / "secrets.json").write_text(json.dumps(secrets))
    return cases, skipped


class Unhad(Exception):
    """Something to measure that is not to be had here. The message says why."""


def _published(cases: dict[str, Case], place: Path, rows: int) -> list[str]:
    """Published taps and sources that `make programs` has installed."""
    skipped, few = [], min(rows, FAKED)
    config = {"path": "{drops}/*.jsonl", "stream_name": TABLE}
    wanted: dict[str, tuple[str, Case]] = {
        "tap-jsonl": ("singer: tap-jsonl", ("singer", {"tap": "tap-jsonl", "config": config})),
        "source-faker": (
            f"airbyte: source-faker, {few:,} users that it invents",
            (
                "airbyte",
                {"connector": "source-faker", "stream": "users", "config": {"count": rows, "seed": 1}},
            ),
        ),
    }
    for program, (name, case) in wanted.items():
        if _link(program, place):
            cases[name] = case
        else:
            skipped.append(f"left out: {name} ({program} is not in .programs; `make programs` installs it)")
    return skipped


def _postgres(cases: dict[str, Case], table: Path, secrets: dict[str, str], stack, place: Path) -> None:
    from dagster_ingest.testing import postgres

    try:
        server = stack.enter_context(postgres.running_server())
    except postgres.NoServer as reason:
        raise Unhad(f"sql: PostgreSQL ({reason})") from None
    dsn = stack.enter_context(postgres.new_database(server))
    with postgres.session(dsn) as connection:
        connection.execute(f"create table {TABLE} ({', '.join(f'{c} text' for c in _columns(table))})")
        with connection.cursor().copy(f"copy {TABLE} from stdin (format csv, header)") as copy:
            for block in _blocks(table):
                copy.write(block)
        connection.execute(f"alter table {TABLE} add primary key (id)")
    secrets["POSTGRES"] = postgres.address(dsn)
    settings = {"dsn": {"secret": "POSTGRES"}}
    cases["sql: PostgreSQL, one snapshot"] = ("sql", settings)
    cases["sql: PostgreSQL, pages of 50,000"] = ("sql", {**settings, "read": "pages"})


def _mysql(cases: dict[str, Case], table: Path, secrets: dict[str, str], stack, place: Path) -> None:
    from dagster_ingest.testing import mysql

    try:
        server = stack.enter_context(mysql.running_server())
    except mysql.NoServer as reason:
        raise Unhad(f"sql and sling: MariaDB ({reason})") from None
    address, execute = stack.enter_context(mysql.new_database(server))
    columns = ", ".join(
        f"`{c}` {'varchar(40) primary key' if c == 'id' else 'text'}" for c in _columns(table)
    )
    execute(f"create table {TABLE} ({columns}) charset utf8mb4")
    for part in _inserts(table):
        execute(part)
    secrets["MYSQL"] = address
    cases["sql: MariaDB"] = ("sql", {"dsn": {"secret": "MYSQL"}, "dialect": "mysql"})
    if not _link("sling", place):
        raise Unhad("sling (not in .programs; `make programs` installs it)")
    stream = f"{address.rpartition('/')[2]}.{TABLE}"
    cases["sling: MariaDB"] = ("sling", {"connection": {"secret": "MYSQL"}, "stream": stream})


def _inserts(table: Path) -> Iterator[str]:
    lines = _rows(table)
    next(lines)
    while part := list(islice(lines, 2_000)):
        rows = (", ".join(_literal(cell) for cell in row) for row in part)
        yield f"insert into {TABLE} values ({'), ('.join(rows)})"


def _literal(cell: str) -> str:
    return "'" + cell.replace("\\", "\\\\").replace("'", "''") + "'"


def _rows(path: Path) -> Iterator[list[str]]:
    """Headings and rows by Python's own reader: this process has to stay small, see measure.py."""
    with open(path, newline="") as file:
        yield from csv.reader(file)


def _place(cache: Path, table: Path) -> Path:
    """A drop folder with the table as CSV, as JSON lines, and as lists for the programs of our own."""
    from dagster_ingest.testing.programs import install

    place = cache / "providers"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    os.link(table, place / f"{TABLE}.csv")
    rows = _rows(table)
    columns = next(rows)
    with open(place / "rows.lists", "w") as lists, open(place / f"{TABLE}.jsonl", "w") as records:
        lists.write(json.dumps(columns) + "\n")
        for row in rows:
            lists.write(json.dumps(row) + "\n")
            records.write(json.dumps(dict(zip(columns, row, strict=True))) + "\n")
    install(place / "programs", "tap-rows", "tap.py")
    install(place / "programs", "source-rows", "source.py")
    return place


def _link(program: str, place: Path) -> bool:
    found = ROOT / ".programs" / program / "bin" / program
    if not found.exists():
        return False
    (place / "programs" / program).symlink_to(found)
    return True


def _job(name: str, case: Case, place: Path, environ: dict[str, str]) -> Job:
    connector, settings = case
    return Job(name, own("provider", connector, json.dumps(settings), str(place)), environ=environ)


def _columns(table: Path) -> list[str]:
    with open(table) as file:
        return file.readline().strip().split(",")


def _blocks(table: Path) -> Iterator[bytes]:
    with open(table, "rb") as file:
        while block := file.read(1 << 20):
            yield block
