"""Tables on the screen and the same figures in results.json."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results.json"
_PACKAGES = ("dagster", "dbt-core", "dbt-duckdb", "duckdb", "pandera", "polars", "psycopg", "pyarrow")


@dataclass(slots=True)
class Row:
    """One line of a table. `reach`: the figure aimed at, in words; `met`: whether it was."""

    job: str
    figures: dict[str, float | str | None]
    reach: str | None = None
    met: bool | None = None


@dataclass(slots=True)
class Suite:
    """A table: its columns by key with their heading, its rows, and what is to be known of it."""

    name: str
    title: str
    columns: dict[str, str]
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        rows = [
            {"job": r.job, **r.figures, **({"reach": r.reach, "met": r.met} if r.reach else {})}
            for r in self.rows
        ]
        return {"title": self.title, "rows": rows, "notes": self.notes}


def show(suite: Suite) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=suite.title, title_justify="left")
    table.add_column("job")
    for heading in suite.columns.values():
        table.add_column(heading, justify="right")
    table.add_column("to reach")
    for row in suite.rows:
        verdict = "" if row.met is None else "[green] met[/green]" if row.met else "[red] missed[/red]"
        cells = [_cell(row.figures.get(key)) for key in suite.columns]
        table.add_row(row.job, *cells, (row.reach or "") + verdict)
    console = Console(width=None if os.isatty(1) else 150)
    console.print(table)
    for note in suite.notes:
        console.print(f"  {note}", style="dim", highlight=False, markup=False)
    console.print()


def save(suites: Sequence[Suite], path: Path = RESULTS) -> None:
    """Write the suites that ran over those of before; the others stay."""
    before = json.loads(path.read_text()) if path.exists() else {}
    kept = before.get("suites", {})
    document = {
        "machine": {"cpus": os.cpu_count(), "system": platform.system(), "python": platform.python_version()},
        "packages": {name: metadata.version(name) for name in _PACKAGES},
        "suites": {
            **kept,
            **{s.name: {"measured": time.strftime("%Y-%m-%d"), **s.as_dict()} for s in suites},
        },
    }
    path.write_text(json.dumps(document, indent=2) + "\n")


def _cell(value: float | str | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
