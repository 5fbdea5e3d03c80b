"""Stamps of records: when they changed, and from when on to ask."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from dagster_ingest.connectors.http.bodies import MISSING
from dagster_ingest.connectors.http.shapes import Cursor
from dagster_ingest.connectors.http.timing import seconds

_FIRST = datetime.min.replace(tzinfo=UTC)
_AHEAD = timedelta(minutes=5)
_AHEAD_UNZONED = timedelta(hours=14)  # local time somewhere


def moment(value: Any, written: str) -> datetime | None:
    """A stamp, in UTC; without a zone it is taken for UTC. None for what is no stamp."""
    if value is MISSING or value is None or isinstance(value, (bool, dict, list)):
        return None
    text = str(value).strip()
    try:
        if written in ("epoch", "epoch_ms"):
            number = float(text) / (1000 if written == "epoch_ms" else 1)
            return datetime.fromtimestamp(number, UTC)
        if written == "date":
            found = datetime.strptime(text[:10], "%Y-%m-%d")
        else:
            found = datetime.fromisoformat(text) if written == "iso" else datetime.strptime(text, written)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def spelled(when: datetime, written: str) -> str:
    """A moment as the request wants it."""
    if written in ("epoch", "epoch_ms"):
        return str(int(when.timestamp() * (1000 if written == "epoch_ms" else 1)))
    if written == "date":
        return when.date().isoformat()  # strftime writes years before 1000 with fewer digits
    if written == "iso":
        return when.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    return when.strftime(written)


class Greatest:
    """The greatest stamp of the rows that were delivered. Stamps that lie ahead of `began` do not count: a
    typing error would hide everything that changes until then."""

    def __init__(self, written: str, began: float) -> None:
        self._written = written
        self._latest = datetime.fromtimestamp(began, UTC)
        self.value: datetime | None = None
        self.least_held_back: datetime | None = None
        self.example: str | None = None

    def add(self, stamp: Any) -> None:
        found = moment(stamp, self._written)
        if found is None:
            if stamp is not MISSING and stamp not in (None, ""):
                self.example = self.example or str(stamp)[:80]
            return
        ahead = _AHEAD if self._written.startswith("epoch") or _zoned(stamp) else _AHEAD_UNZONED
        if found <= self._latest + ahead and (self.value is None or found > self.value):
            self.value = found

    def hold_back(self, stamp: Any) -> None:
        """A record of this stamp was not delivered: the cursor stays before it."""
        found = moment(stamp, self._written)
        if found is not None and (self.least_held_back is None or found < self.least_held_back):
            self.least_held_back = found

    def settled(self, before: datetime | None) -> datetime | None:
        """From where the next read starts, `before` being where this one did."""
        value = max((m for m in (self.value, before) if m is not None), default=None)
        if value is not None and self.least_held_back is not None:
            value = min(value, _earlier(self.least_held_back, timedelta(seconds=1)))
        return value


def _zoned(stamp: Any) -> bool:
    text = str(stamp)
    return text.endswith(("Z", "z")) or "+" in text[10:] or "-" in text[10:]


def written_down(greatest: datetime, made_for: str, columns: list[str]) -> str:
    """The cursor's text. made_for: digest of the request; with another one the stamp means nothing."""
    return json.dumps({"greatest": greatest.isoformat(), "for": made_for, "columns": columns})


def read_back(text: str | None, made_for: str) -> tuple[datetime, list[str]] | None:
    """The greatest stamp of the reads before, and their columns; None where everything is to be read."""
    if not text:
        return None
    try:
        said = json.loads(text)
        greatest, columns = datetime.fromisoformat(said["greatest"]), list(map(str, said["columns"]))
        return (greatest, columns) if said["for"] == made_for and greatest.tzinfo is not None else None
    except (ValueError, KeyError, TypeError):
        return None


def since(greatest: datetime, cursor: Cursor) -> datetime:
    """From when on to ask: once more what lies within the overlap."""
    return _earlier(greatest, timedelta(seconds=seconds(cursor.overlap)))


def _earlier(moment: datetime, by: timedelta) -> datetime:
    """Not before the calendar's first day: sources write year 1 for "never"."""
    return moment - by if moment - _FIRST > by else _FIRST
