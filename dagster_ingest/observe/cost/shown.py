"""Cost as a table for people: only the measures that there are, the most expensive first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dagster_ingest.observe.cost.rows import MEASURES, CostRow, grouped

UNTAGGED = "(untagged)"
_RANKED = ("credits", "cpu_seconds", "execution_seconds", "bytes_scanned", "bytes_stored")
_SIZES = ("B", "kB", "MB", "GB", "TB", "PB")


def table(
    rows: Iterable[CostRow], by: Sequence[str], limit: int | None = None
) -> tuple[list[str], list[list[str]]]:
    """Headings, and lines of cells. By day, the newest first."""
    sums = grouped(rows, by)
    measures = [name for name in MEASURES if any(total[name] for total in sums.values())]
    ordered = sorted(sums.items(), key=lambda item: ([-item[1][name] for name in _RANKED], item[0]))
    if by[0] == "day":
        ordered.sort(key=lambda item: item[0][0], reverse=True)
    lines = [
        [*(part or _blank(name) for name, part in zip(by, key, strict=True)), *_cells(total, measures)]
        for key, total in ordered[:limit]
    ]
    return [*by, *(name.replace("_", " ") for name in measures)], lines


def amount(measure: str, value: float) -> str:
    if measure.startswith("bytes"):
        return size(value)
    if measure.endswith("seconds"):
        return f"{value:,.1f} s"
    return f"{value:,.0f}" if measure in ("steps", "statements", "calls", "characters") else f"{value:,.4f}"


def size(value: float) -> str:
    """1.2 MB; powers of 1000."""
    for unit in _SIZES:
        if value < 1000 or unit == _SIZES[-1]:
            return f"{value:,.0f} {unit}" if unit == "B" else f"{value:,.1f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")


def _blank(name: str) -> str:
    """What no tag names, or what has no such part: the platform's own statements have no state."""
    return UNTAGGED if name in ("asset", "tenant") else "-"


def _cells(total: dict[str, float], measures: Sequence[str]) -> list[str]:
    return [amount(name, total[name]) if total[name] else "" for name in measures]
