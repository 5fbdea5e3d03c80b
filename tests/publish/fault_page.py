"""The fault matrix as tables of the documentation: `python -m tests.publish.fault_page` writes them there."""

from __future__ import annotations

import re
from pathlib import Path

from tests.publish import fault_undoing as undoing
from tests.publish.fault_cases import FAULTS, MODES, POINTS, Case, kills, others

PAGE = Path(__file__).parents[2] / "docs" / "readers" / "faults.md"
_COLUMNS = [(store, mode) for store, modes in MODES.items() for mode in modes]
_TABLES = {
    "killed at": (POINTS, _COLUMNS, kills),
    "fault": (FAULTS, _COLUMNS, others),
    "withdrawal killed at": (
        undoing.POINTS[undoing.WITHDRAW],
        undoing.COLUMNS[undoing.WITHDRAW],
        undoing.withdrawals,
    ),
    "rollback killed at": (
        undoing.POINTS[undoing.ROLLBACK],
        undoing.COLUMNS[undoing.ROLLBACK],
        undoing.rollbacks,
    ),
}
_TABLE = re.compile(rf"^\| ({'|'.join(_TABLES)}) .*\n(\|.*\n)+", re.MULTILINE)


def with_tables(text: str) -> str:
    """The page with its tables as the cases have them."""
    lines = {
        title: _table(title, rows, columns, cases()) for title, (rows, columns, cases) in _TABLES.items()
    }
    return _TABLE.sub(lambda found: "\n".join(lines[found[1]]) + "\n", text)


def _table(title: str, rows: tuple[str, ...], columns: list[tuple[str, str]], cases: list[Case]) -> list[str]:
    ends = {(c.store, c.mode, c.fault): c for c in cases}
    lines = [
        _line(title, *(f"{store}, {mode}" for store, mode in columns)),
        "|" + "---|" * (len(columns) + 1),
    ]
    for row in rows:
        lines.append(_line(row, *(_cell(ends.get((*column, row))) for column in columns)))
    return lines


def _cell(case: Case | None) -> str:
    if case is None:
        return "-"
    error = case.says.partition(":")[0]
    return f"{case.ends}: `{error}`" if error else case.ends


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text()))
