"""Cost as files under `observe/cost`: one parquet file for each day, and the statements without a tag.

All of it can be made again from the event log and the warehouse's views, as far back as those reach.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dagster_ingest.observe.cost.rows import LEVEL, OUTSIDE, PLACE, TYPES, CostRow, joined
from dagster_ingest.observe.cost.snowflake import Untagged

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_UNTAGGED = "untagged.json"
_ASKED = "asked"


class CostStore:
    """Days by name. A day is written whole, and read whole or not at all."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "observe" / "cost"

    def days(self) -> list[str]:
        found = (path.stem for path in self.folder.glob("*.parquet"))
        return sorted(day for day in found if _DAY.fullmatch(day))

    def rows(self, since: str = "", until: str = "9999") -> list[CostRow]:
        """Of days from `since` on, up to but without `until`. Both may be cut: 2026-11 is a month's start."""
        return [row for day in self.days() if since <= day < until for row in self._day(day)]

    def replace(self, days: Sequence[str], rows: Iterable[CostRow]) -> None:
        """Write these days anew. What was stored on a day that is over stays as it was measured then."""
        by_day: dict[str, list[CostRow]] = {day: [] for day in days}
        for row in rows:
            by_day[row.day].append(row)
        self.folder.mkdir(parents=True, exist_ok=True)
        for day, found in by_day.items():
            known = self._day(day) if day in self.days() else []
            before = [_only(row, (LEVEL,)) for row in known]
            measured = any(row.bytes_stored for row in found)
            self._write(day, joined(found, [] if measured else before))

    def outside(self, days: Sequence[str]) -> list[CostRow]:
        """What is known of the warehouse's own measures on these days, and nothing else."""
        found = (row for day in days if day in self.days() for row in self._day(day))
        return [_only(row, OUTSIDE) for row in found if any(getattr(row, name) for name in OUTSIDE)]

    @property
    def asked(self) -> str:
        """The last day on which the warehouse told, "" for never."""
        path = self.folder / _ASKED
        return path.read_text().strip() if path.is_file() else ""

    @asked.setter
    def asked(self, day: str) -> None:
        (self.folder / _ASKED).write_text(day)

    def untagged(self) -> list[Untagged]:
        path = self.folder / _UNTAGGED
        return [Untagged(**row) for row in json.loads(path.read_text())] if path.is_file() else []

    def replace_untagged(self, found: Sequence[Untagged]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / _UNTAGGED
        part = path.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps([asdict(one) for one in found], indent=1, ensure_ascii=False))
        os.replace(part, path)

    def _day(self, day: str) -> list[CostRow]:
        import pyarrow.parquet as pq

        table = pq.read_table(self.folder / f"{day}.parquet", partitioning=None)
        known = [name for name in TYPES if name in table.column_names]  # older days lack later measures
        return [CostRow(**row) for row in table.select(known).to_pylist()]

    def _write(self, day: str, rows: Sequence[CostRow]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        kinds = {str: pa.string(), int: pa.int64(), float: pa.float64()}
        schema = pa.schema([(name, kinds[kind]) for name, kind in TYPES.items()])
        path = self.folder / f"{day}.parquet"
        part = path.with_suffix(f".{os.getpid()}")
        pq.write_table(pa.Table.from_pylist([asdict(row) for row in rows], schema=schema), part)
        os.replace(part, path)


def _only(row: CostRow, measures: Sequence[str]) -> CostRow:
    """Nothing but some of its measures."""
    kept: dict[str, Any] = {name: getattr(row, name) for name in (*PLACE, *measures)}
    return CostRow(**kept)
