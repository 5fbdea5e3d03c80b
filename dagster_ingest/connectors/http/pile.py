"""Records of pages and of details as batches of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from dagster_ingest.connectors import text
from dagster_ingest.connectors.base import Batch, Malformed

BATCH_ROWS = 1_000  # pages are put together up to this; a batch costs the same however small it is

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
    series = pl.Series(numbers, dtype=pl.Int64) if malformed else None
    return Batch(frame, uri, done + 1, series, malformed)
