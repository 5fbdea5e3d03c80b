"""The health matrix: a tenant a row, a state a column, a cell a link to its explanation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dagster_ingest.observe.report.values import Status

# Seen without colour, and read aloud.
SIGNS: dict[Status, str] = {
    "current": "✓", "warn": "!", "late": "‼", "blocked": "✕", "waiting": "?", "behind": "↻", "empty": "–",
}  # fmt: skip
MEANS: dict[Status, str] = {
    "current": "current, within its SLA",
    "warn": "older than the warning of its SLA",
    "late": "older than its SLA allows",
    "blocked": "a delivery was refused; the last good data stays",
    "waiting": "a delivery waits for a person's approval",
    "behind": "stores do not show yet what was loaded",
    "empty": "nothing was ever published",
}
_CELL, _NAMES, _HEAD = 34.0, 150.0, 26.0


@dataclass(frozen=True, slots=True)
class Cell:
    """told: the whole sentence for this cell."""

    status: Status
    href: str
    told: str


def heat_matrix(
    title: str, text: str, rows: Sequence[tuple[str, str, dict[str, Cell]]], columns: Sequence[str]
) -> Markup:
    """rows: (name, href, column to cell). Cells that are not there stay empty."""
    wide = _NAMES + _CELL * len(columns) + 2
    high = _HEAD + _CELL * len(rows) + 2
    parts = [
        Markup('<text class="tick" x="{}" y="{}" text-anchor="middle">{}</text>').format(
            _NAMES + (n + 0.5) * _CELL, _HEAD - 9, name
        )
        for n, name in enumerate(columns)
    ]
    for place, (name, href, cells) in enumerate(rows):
        y = _HEAD + place * _CELL
        parts.append(
            Markup('<a href="{}"><text class="row-name" x="{}" y="{}">{}</text></a>').format(
                href, _NAMES - 10, y + _CELL / 2 + 4, name
            )
        )
        for n, column in enumerate(columns):
            parts.append(_cell(cells.get(column), _NAMES + n * _CELL, y))
    return Markup(
        '<svg class="matrix" viewBox="0 0 {0} {1}" width="{0}" height="{1}" role="group" aria-label="{2}">'
        "<title>{3}</title><desc>{2}</desc>{4}</svg>"
    ).format(f"{wide:.0f}", f"{high:.0f}", f"{title}. {text}", title, Markup("").join(parts))


def _cell(cell: Cell | None, x: float, y: float) -> Markup:
    if cell is None:
        return Markup('<circle class="none" cx="{}" cy="{}" r="1.5"/>').format(x + _CELL / 2, y + _CELL / 2)
    return Markup(
        '<a href="{}" class="cell {}" aria-label="{}"><title>{}</title>'
        '<rect x="{}" y="{}" width="{}" height="{}" rx="5"/>'
        '<text x="{}" y="{}" text-anchor="middle">{}</text></a>'
    ).format(
        cell.href, cell.status, cell.told, cell.told, x + 1.5, y + 1.5, _CELL - 3, _CELL - 3,
        x + _CELL / 2, y + _CELL / 2 + 5, SIGNS[cell.status],
    )  # fmt: skip
