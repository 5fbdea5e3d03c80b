"""One large file: the own path beside its limits and its peers."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from benchmarks import peers, workload
from benchmarks.measure import Job, Measurement, measure, median, own, ratio, rounds
from benchmarks.options import Options
from benchmarks.report import Row, Suite

OWN = "dagster_ingest: 19 rules, quarantine, to DuckDB"
LIMIT = "limit: DuckDB reads it, unordered, nothing checked"
_COLUMNS = {
    "cpu": "CPU s",
    "per_million": "CPU s / M rows",
    "ratio": "x limit",
    "wall": "wall s",
    "rss": "peak MB",
}


def run(options: Options) -> Suite:
    csv = workload.csv_file(options.cache, options.rows)
    home = project(options.cache / "data_path", csv)
    jobs = [
        Job(LIMIT, own("duckdb_copy", csv, options.cache / "limit.duckdb")),
        Job(OWN, own("load", home), before=lambda: forget(home)),
        Job("limit: polars reads it as text", own("polars_text", csv)),
        Job("limit: xxh3 of the file", own("xxh3", csv)),
    ]
    others, skipped = peers.one_file(options, csv)
    found = rounds(jobs + others, options.rounds, _tell)
    suite = Suite(
        "data_path",
        f"One file: {options.rows:,} rows x 20 columns, {csv.stat().st_size / 1e6:,.0f} MB",
        _COLUMNS,
        notes=[*skipped, "Whole processes, imports included. Medians; ratios are of pairs within a round."],
    )
    for job in jobs + others:
        suite.rows.append(_row(job.name, found[job.name], found[LIMIT], options))
    _aim(suite.rows[1], found, options)
    suite.rows += _again(options, home)
    if options.large:
        suite.rows.append(_large(options, median(found[OWN])))
    return suite


def project(home: Path, csv: Path) -> Path:
    """A home with the tenant's spec and its one file delivered."""
    shutil.rmtree(home, ignore_errors=True)
    workload.tenant(home, ["resource"])
    deliver(home, csv)
    return home


def deliver(home: Path, csv: Path) -> None:
    """`csv` as the tenant's only drop, without a copy of its bytes."""
    drops = home / "drops" / "bench"
    shutil.rmtree(drops, ignore_errors=True)
    drops.mkdir(parents=True)
    (drops / "resource.csv").hardlink_to(csv)


def forget(home: Path) -> None:
    """No warehouse, so that the next load is a first one."""
    shutil.rmtree(home / "warehouse", ignore_errors=True)


def _row(name: str, found: list[Measurement], limit: list[Measurement], options: Options) -> Row:
    m = median(found)
    figures = {"cpu": m.cpu, "per_million": m.cpu / options.rows * 1e6, "wall": m.wall, "rss": m.rss}
    return Row(name, {**figures, "ratio": ratio(found, limit)})


def _aim(row: Row, found: dict[str, list[Measurement]], options: Options) -> None:
    said = median(found[OWN]).said
    per_million = row.figures["per_million"]
    row.reach = "5.5 CPU s / M rows"
    row.met = isinstance(per_million, float) and per_million <= 5.5
    if said.get("rows_read") != options.rows or said.get("outcomes") != {"committed": 1}:
        row.met = False
        row.reach += f" (said {dict(said)})"


def _again(options: Options, home: Path) -> list[Row]:
    """The same file again, and one with 1% of its rows changed."""
    again = Job("unchanged", own("load", home, 2))
    same = median(rounds([again], options.rounds, _tell)["unchanged"])
    changed_csv = workload.csv_file(options.cache, options.rows, changed=0.01)
    cost = same.said["load_cpu"] / changed_csv.stat().st_size * 350e6
    deliver(home, changed_csv)
    changed = measure(Job("changed", own("load", home)))
    return [
        Row(
            "dagster_ingest: the same file again, after start-up",
            {"cpu": same.said["load_cpu"], "wall": same.said["load_wall"], "rss": same.rss},
            reach=f"0.1 CPU s / 350 MB: {cost:.3f}",
            met=cost <= 0.1 and same.said["outcomes"] == {"unchanged": 1},
        ),
        Row(
            "dagster_ingest: 1% of the rows changed",
            {"cpu": changed.cpu, "wall": changed.wall, "rss": changed.rss},
        ),
    ]


def _large(options: Options, small: Measurement) -> Row:
    """Ten times the rows: memory must not follow."""
    csv = workload.csv_file(options.cache, options.rows * 10)
    home = project(options.cache / "data_path_large", csv)
    m = measure(Job("large", own("load", home)), seconds=3600)
    shutil.rmtree(home)
    return Row(
        f"dagster_ingest: {options.rows * 10:,} rows",
        {"cpu": m.cpu, "per_million": m.cpu / options.rows / 10 * 1e6, "wall": m.wall, "rss": m.rss},
        reach=f"1.3x the memory, under 900 MB: {m.rss / small.rss:.2f}x",
        met=m.rss <= 1.3 * small.rss and m.rss < 900,
    )


def _tell(name: str) -> None:
    print(f"   {name}", file=sys.stderr, flush=True)
