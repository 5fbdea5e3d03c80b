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

from dagster_ingest.observe.cost.rows import PLACE, TYPES, CostRow, joined
from dagster_ingest.observe.cost.snowflake import Untagged

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_UNTAGGED = "untagged.json"


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
            before = [_level(row) for row in self._day(day)] if day in self.days() else []
            measured = any(row.bytes_stored for row in found)
            self._write(day, joined(found, [] if measured else before))

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
        return [CostRow(**row) for row in table.select(list(TYPES)).to_pylist()]

    def _write(self, day: str, rows: Sequence[CostRow]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        kinds = {str: pa.string(), int: pa.int64(), float: pa.float64()}
        schema = pa.schema([(name, kinds[kind]) for name, kind in TYPES.items()])
        path = self.folder / f"{day}.parquet"
        part = path.with_suffix(f".{os.getpid()}")
        pq.write_table(pa.Table.from_pylist([asdict(row) for row in rows], schema=schema), part)
        os.replace(part, path)


def _level(row: CostRow) -> CostRow:
    """Nothing but what was stored."""
    place = {name: getattr(row, name) for name in PLACE}
    return CostRow(**place, bytes_stored=row.bytes_stored)
