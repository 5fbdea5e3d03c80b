"""The date in a file name, which orders drops. Pure functions."""

from __future__ import annotations

import re
from datetime import datetime

_DATE = re.compile(
    r"(?<!\d)(?:"
    r"(?P<y>(?:19|20)\d\d)(?P<sep>[-_.]?)(?P<m>\d\d)(?P=sep)(?P<d>\d\d)(?=(?:\d{4}|\d{6})?(?!\d))"
    r"|(?P<um>\d\d)(?P<usep>[-_.])(?P<ud>\d\d)(?P=usep)(?P<uy>(?:19|20)\d\d)(?!\d)"
    r")"
)
_TIME = re.compile(r"[-_.T ]{0,2}(\d\d)[-_.:]?(\d\d)(?:[-_.:]?(\d\d))?(?!\d)Z?")
_ENDINGS = re.compile(
    r"\.(?:gz|csv|txt|tsv|dat|zip|xml|json|jsonl|ndjson|parquet|pq|xlsx|xlsm|xlsb|xls|ods)$", re.IGNORECASE
)


def split_stamp(name: str) -> tuple[str, datetime | None]:
    """A file name as (series, stamp): what it is a drop of, and when it was made.

    Stamps are 2026-11-02, 2026_11_02, 20261102 or 11-02-2026, each with an optional time (0315,
    03-15-00). The last date counts. The series is the name without dates, endings and case, so
    `Resource_2026-11-01.csv` and `resource-20261102.csv.gz` are drops of one series.
    """
    pieces, stamp = _pieces(name)
    series = "*".join(pieces)
    while (shorter := _ENDINGS.sub("", series)) != series:
        series = shorter
    return re.sub(r"[-_. ]*\*[-_. ]*", "", series).strip("-_. ").lower(), stamp


def series_pattern(name: str) -> str:
    """A file name with wildcards for its dates: what matches the drops of its series.

    `resource_2026-11-01.csv.gz` gives `resource_*.csv`; signs that are wildcards themselves match as `?`.
    """
    plain = re.sub(r"\.gz$", "", name, flags=re.IGNORECASE)
    pieces, _ = _pieces(plain)
    return "*".join(re.sub(r"[*?\[\]]", "?", piece) for piece in pieces)


def _pieces(name: str) -> tuple[list[str], datetime | None]:
    """(what stands around the dates, the last date)."""
    stamp: datetime | None = None
    pieces: list[str] = []
    at = 0
    for found in _DATE.finditer(name):
        day = _day(found)
        if day is None:
            continue
        pieces.append(name[at : found.start()])
        stamp, at = _with_time(day, name, found.end())
    pieces.append(name[at:])
    return pieces, stamp


def _day(found: re.Match[str]) -> datetime | None:
    year, month, day = (found["y"] or found["uy"], found["m"] or found["um"], found["d"] or found["ud"])
    try:
        return datetime(int(year), int(month), int(day))
    except ValueError:
        return None


def _with_time(day: datetime, name: str, at: int) -> tuple[datetime, int]:
    found = _TIME.match(name, at)
    if found is None or _DATE.match(name, found.start(1)):
        return day, at
    try:
        hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
        return day.replace(hour=hour, minute=minute, second=second), found.end()
    except ValueError:
        return day, at
