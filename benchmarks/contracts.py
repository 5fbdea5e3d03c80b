"""`contracts check` as a whole process: 200 contracts that 50 tenants share, against the last commit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.graph_specs import SYSTEM, write_project
from benchmarks.measure import Job, Measurement, median, rounds
from benchmarks.options import Options
from benchmarks.report import Row, Suite

TABLES = 200
LIMIT = 3.0
# Exits 1 where it finds what it should; the shell turns that into the job's success.
_CHECK = (
    "-c",
    "from dagster_ingest.cli import app; app()",
    "contracts",
    "check",
    "--against",
    "HEAD",
    "--json",
)
_IDENTITY = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")


def run(options: Options) -> Suite:
    one, many = _project(options, "one", 1), _project(options, "many", options.tenants)
    jobs = [
        _job("nothing changed", many, 0, lambda: _change(many, 0)),
        _job("one of 200 contracts changed", one, 1, lambda: _change(one, 1)),
        _job("each of 200 contracts changed", one, 1, lambda: _change(one, TABLES)),
        _job(f"each changed, {options.tenants} tenants", many, 1, lambda: _change(many, TABLES)),
    ]
    found = {name: median(some) for name, some in rounds(jobs, options.rounds).items()}
    columns = {"cpu": "CPU s", "wall": "wall s", "rss": "peak MB"}
    notes = [
        f"A table has 12 columns. {options.tenants} tenants have {TABLES * options.tenants:,} tables, "
        "each held against what it was: a system's change reaches every tenant."
    ]
    suite = Suite("contracts", f"contracts check, {TABLES} tables", columns, notes=notes)
    suite.rows += [_row(job.name, found[job.name], reach=place < 3) for place, job in enumerate(jobs)]
    return suite


def _row(name: str, m: Measurement, reach: bool) -> Row:
    row = Row(name, {"cpu": m.cpu, "wall": m.wall, "rss": m.rss})
    if reach:
        row.reach, row.met = f"{LIMIT:g} s", m.wall < LIMIT
    return row


def _job(name: str, root: Path, code: int, before) -> Job:
    command = ["sh", "-c", f'"$0" "$@"; [ $? -eq {code} ]', sys.executable, *_CHECK]
    return Job(name, command, before, {"DAGSTER_INGEST_ROOT": str(root)})


def _project(options: Options, name: str, tenants: int) -> Path:
    """Tenants that share one system's contracts, committed."""
    root = options.cache / "contracts" / name
    shutil.rmtree(root, ignore_errors=True)
    write_project(root, tenants=tenants, tables=TABLES, layout="shared")
    for arguments in (("init", "-q"), ("add", "-A"), (*_IDENTITY, "commit", "-q", "-m", "specs")):
        subprocess.run(["git", "-C", os.fspath(root), *arguments], check=True)
    return root


def _change(root: Path, tables: int) -> None:
    """Take a column out of the first `tables` contracts, widen an enum, narrow a range."""
    subprocess.run(["git", "-C", os.fspath(root), "checkout", "-q", "--", "."], check=True)
    for file in sorted((root / "systems" / SYSTEM / "contracts").glob("*.odcs.yaml"))[:tables]:
        text = file.read_text().replace("[A, B, C]", "[A, B, C, D]").replace("minimum: 0", "minimum: 1")
        file.write_text(text.replace("- name: TEXT_7\n", "- name: TEXT_SEVEN\n"))
