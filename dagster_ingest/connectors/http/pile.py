"""Records of pages and of details as batches of text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dagster_ingest.connectors import text
from dagster_ingest.connectors.base import Batch, Malformed

if TYPE_CHECKING:
    import polars as pl

BATCH_ROWS = 1_000  # pages are put together up to this; a batch costs the same however small it is

NUL_BYTE = "*|nul_byte"
_SEVERAL = {"page": "pages", "batch": "batches"}


@dataclass(slots=True)
class Part:
    """One page or chunk. malformed: (1-based position in the part, rule, text)."""

    records: list[dict[str, Any]]
    malformed: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.records) + len(self.malformed)


def batches(parts: Iterable[Part], columns: list[str], place: str, word: str) -> Iterator[Batch]:
    """Frames with all `columns`. uri: `<place>#page=3`, or `#pages=3-17` where small ones were joined."""
    held: list[Part] = []
    first, number, done = 1, 0, 0
    for number, part in enumerate(parts, start=1):
        if held and sum(p.size for p in held) + part.size > BATCH_ROWS:
            yield _batch(held, columns, _uri(place, word, first, number - 1), done)
            done += sum(p.size for p in held)
            held, first = [], number
        held.append(part)
    yield _batch(held, columns, _uri(place, word, first, max(number, 1)), done)


def _uri(place: str, word: str, first: int, last: int) -> str:
    return f"{place}#{word}={first}" if first == last else f"{place}#{_SEVERAL[word]}={first}-{last}"


def _batch(parts: list[Part], columns: list[str], uri: str, done: int) -> Batch:
    import polars as pl

    malformed: list[Malformed] = []
    numbers: list[int] = []
    at = done
    for part in parts:
        broken = {position: (rule, words) for position, rule, words in part.malformed}
        for position in range(1, part.size + 1):
            if position in broken:
                rule, words = broken[position]
                malformed.append(Malformed(uri, at + position, rule, words))
            else:
                numbers.append(at + position)
        at += part.size
    frame = text.rows((record for part in parts for record in part.records), columns)
    frame, numbers, with_nul = _without_nuls(frame, numbers)
    malformed += [Malformed(uri, number, NUL_BYTE, words) for number, words in with_nul]
    series = pl.Series(numbers, dtype=pl.Int64) if malformed else None
    return Batch(frame, uri, done + 1, series, malformed)


def _without_nuls(
    frame: pl.DataFrame, numbers: list[int]
) -> tuple[pl.DataFrame, list[int], list[tuple[int, str]]]:
    """Rows that hold no NUL, which no store takes, their numbers, and the others as (number, JSON)."""
    import polars as pl

    has = (pl.col(name).str.contains("\0", literal=True).fill_null(False) for name in frame.columns)
    bad = (
        frame.select(pl.any_horizontal(has).alias("bad"))["bad"] if frame.width else pl.Series("bad", [False])
    )
    if not bad.any():
        return frame, numbers, []
    refused = [(numbers[at], json.dumps(frame.row(at, named=True))[:16_384]) for at in bad.arg_true()]
    kept = [number for number, broken in zip(numbers, bad, strict=True) if not broken]
    return frame.filter(~bad), kept, refused
