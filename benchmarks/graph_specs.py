"""Spec files of invented tenants: for the cost of `validate` and of building the asset graph.

    python benchmarks/graph_specs.py --out DIR [--tenants 50] [--tables 200] [--layout own|shared]
    python benchmarks/graph_specs.py --measure [--tenants 50] [--tables 200] [--repeat 5]

own     every table of every tenant has a contract of the tenant's own (system `csv`)
shared  the tenants share the contracts of an invented system in DIR/systems/
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STATES = ("AL", "AZ", "CO", "FL", "GA", "IA", "KS", "MN", "NE", "TX")
KINDS = ("id", "text", "code", "number", "date", "flag")
SYSTEM = "bench"


def write_project(
    root: Path, *, tenants: int = 50, tables: int = 200, columns: int = 12, layout: str = "own"
) -> int:
    """Write a project of spec files under `root`. Returns the number of files."""
    names = [f"table_{number:03}" for number in range(tables)]
    parents = {name: names[i - 1] for i, name in enumerate(names) if i % 10 in (1, 2, 3)}
    files = 0
    if layout == "shared":
        files += _write_system(root / "systems" / SYSTEM, names, parents, columns)
    for number in range(tenants):
        folder = root / "tenants" / f"tenant_{number:02}"
        folder.mkdir(parents=True)
        (folder / "tenant.yaml").write_text(_tenant(folder.name, number, names, layout))
        files += 1
        if layout == "own":
            files += _write_contracts(folder / "contracts", names, parents, columns, folder.name)
    return files


def _write_system(folder: Path, names: list[str], parents: dict[str, str], columns: int) -> int:
    folder.mkdir(parents=True)
    lines = [f"system: {SYSTEM}", "title: An invented system", "tables:"]
    for name in names:
        lines += [
            f"  {name}:",
            f"    contract: contracts/{name}.odcs.yaml",
            "    required: true",
            f'    settings: {{pattern: "{name}*.csv"}}',
        ]
    (folder / "system.yaml").write_text("\n".join(lines) + "\n")
    return 1 + _write_contracts(folder / "contracts", names, parents, columns, SYSTEM)


def _write_contracts(
    folder: Path, names: list[str], parents: dict[str, str], columns: int, owner: str
) -> int:
    folder.mkdir(parents=True)
    for name in names:
        (folder / f"{name}.odcs.yaml").write_text(_contract(owner, name, parents.get(name), columns))
    return len(names)


def _tenant(name: str, number: int, tables: list[str], layout: str) -> str:
    states = [STATES[number % len(STATES)], STATES[(number + 1) % len(STATES)]]
    system = "csv" if layout == "own" else SYSTEM
    listed = "    tables:\n" + "".join(f"      {table}:\n" for table in tables) if layout == "own" else ""
    return f"""\
# yaml-language-server: $schema=../../schemas/tenant.schema.json
tenant: {name}
display_name: Invented tenant {number}
owners: [team:{name}, data@{name.replace("_", "-")}.example]
cost: {{cost_center: cc-{number:03}}}
states: [{", ".join(states)}]
sources:
  feed:
    system: {system}
    settings: {{path: "{{state}}"}}
    state: {{by: feed}}
{listed}freshness: {{warn: 26h, fail: 36h}}
schedule: {{cron: "{number % 60} 3 * * *", timezone: America/Chicago}}
publish:
  - reader: hsds_package
"""


def _contract(owner: str, table: str, parent: str | None, columns: int) -> str:
    head = f"""\
# yaml-language-server: $schema=../../../schemas/contract.schema.json
kind: DataContract
apiVersion: v3.1.0
id: {owner}-{table}
version: 1.0.0
status: active
description: {{purpose: Rows of {table} as {owner} delivers them}}
schema:
  - name: {table}
    properties:
"""
    body = "".join(_property(index, parent) for index in range(columns))
    return f"""{head}{body}    quality:
      - {{metric: rowCount, mustBeGreaterOrEqualTo: 1, severity: error}}
"""


def _property(index: int, parent: str | None) -> str:
    kind = KINDS[index % len(KINDS)]
    name = "ID" if index == 0 else f"{kind.upper()}_{index}"
    lines = [f"      - name: {name}", f"        description: What column {index} holds, in a few words"]
    if kind == "id":
        lines.append("        required: true" if index == 0 else "        logicalType: string")
        if index == 0:
            lines += ["        primaryKey: true", "        primaryKeyPosition: 1"]
        elif parent:
            lines.append(f"        relationships: [{{to: {parent}.ID}}]")
    elif kind == "text":
        lines.append("        logicalTypeOptions: {maxLength: 2000}")
    elif kind == "code":
        arguments = "arguments: {validValues: [A, B, C]}"
        lines.append(f"        quality: [{{metric: invalidValues, {arguments}, mustBe: 0}}]")
    elif kind == "number":
        lines += ["        logicalType: number", "        logicalTypeOptions: {minimum: 0}"]
    elif kind == "date":
        lines += ["        logicalType: date", "        logicalTypeOptions: {format: MM/dd/yyyy}"]
    else:
        lines += ["        logicalType: boolean", "        classification: private"]
    return "\n".join(lines) + "\n"


def measure(root: Path, repeat: int) -> dict[str, float]:
    """Medians of `dagster-ingest validate --json` on the project, as whole processes with imports."""
    runs = [_one_run(root) for _ in range(repeat)]
    return {key: round(statistics.median(run[key] for run in runs), 2) for key in runs[0]}


def _one_run(root: Path) -> dict[str, float]:
    command = [sys.executable, "-c", "from dagster_ingest.cli import app; app()", "validate", "--json"]
    environment = {**os.environ, "DAGSTER_INGEST_ROOT": str(root)}
    started = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(command, env=environment, stdout=out)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        out.seek(0)
        report = json.loads(out.read())
    if child.returncode or not report["ok"]:
        raise SystemExit(f"the generated specs are not valid: {report['errors'][:3]}")
    return {
        "tables": report["tables"],
        "rules": report["rules"],
        "seconds": seconds,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "rss_mb": usage.ru_maxrss / 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, help="write the project there and stop")
    parser.add_argument("--measure", action="store_true", help="measure validate on both layouts")
    parser.add_argument("--layout", choices=("own", "shared"), default="own")
    for option, default in (("tenants", 50), ("tables", 200), ("columns", 12), ("repeat", 5)):
        parser.add_argument(f"--{option}", type=int, default=default)
    options = parser.parse_args()
    size = {"tenants": options.tenants, "tables": options.tables, "columns": options.columns}
    if options.out:
        print(write_project(options.out, layout=options.layout, **size), "files in", options.out)
    if options.measure:
        for layout in ("own", "shared"):
            root = Path(tempfile.mkdtemp(prefix="graph-specs-"))
            try:
                write_project(root, layout=layout, **size)
                print(layout, json.dumps(measure(root, options.repeat)))
            finally:
                shutil.rmtree(root)


if __name__ == "__main__":
    main()
