"""What the conformance suite of connectors serves, and how it reads: tables of known rows, and a provider."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from dagster_ingest.connectors import registry
from dagster_ingest.connectors.base import Batch, Completeness, Connector, Deletions, Read, ReadRequest

Row = tuple[str | None, ...]

# Cells that a careless reader changes: separators, quotes, blanks, leading zeros, words that look like none.
AWKWARD = (
    "plain",
    'a "quoted", cell',
    "two\nlines",
    "Peña – “signs” 漢字 🙂",
    "  blanks around  ",
    "007",
    "1e5",
    "null",
    "NaN",
    "true",
    "2026-11-02",
    "=1+1",
    "back\\slash",
    "<a>&amp;</a>",
    "tab\there",
    "{state}",
)


@dataclass(frozen=True)
class Table:
    """A table to serve. The first column is its key, the last one the time of the row's last change.

    rows  gives them anew, in order: large tables are never held
    """

    columns: tuple[str, ...]
    rows: Callable[[], Iterable[Row]]
    name: str = "things"

    def listed(self) -> list[Row]:
        return list(self.rows())


def table(count: int, *, first: int = 1, day: int = 1, width: int = 1) -> Table:
    """`count` rows with keys from `first` on, changed on that day of January; a cell has `width` words."""

    def rows() -> Iterator[Row]:
        for number in range(first, first + count):
            awkward = AWKWARD[number % len(AWKWARD)]
            second = number % 3600
            changed = f"2026-01-{day:02d}T{number // 3600 % 24:02d}:{second // 60:02d}:{second % 60:02d}"
            yield (f"{number:07d}", awkward, " ".join([f"name of {number}"] * width), changed)

    return Table(("ID", "Odd, heading", "Name", "changed_at"), rows)


def of_rows(rows: Sequence[Row], like: Table) -> Table:
    return Table(like.columns, lambda: list(rows), like.name)


class Provider:
    """What a connector is tried on. Subclass it, set `connector`, and say how to serve and to break.

    Entered as a context manager; `folder` is its own and empty.

    connector   its name in the registry
    page        rows that one answer of the source holds, or None where there are no pages
    many        rows of the table for the test of memory, of some 500 bytes each; 0 where the source
                itself is in memory
    blank       what a null cell arrives as
    secrets     names to values that `settings` refers to
    requests    how often the source was asked so far, None where it cannot be counted
    """

    connector: ClassVar[str]
    page: ClassVar[int | None] = None
    many: ClassVar[int] = 60_000
    blank: ClassVar[str | None] = None
    secrets: ClassVar[Mapping[str, str]] = {}

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Provider:
        return self

    def __exit__(self, *raised: object) -> None:
        pass

    def serve(self, table: Table) -> None:
        """From now on the source has exactly these rows."""
        raise NotImplementedError

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        """Of the connector, for the table `things`. incremental: with `changed_at` as the watermark."""
        raise NotImplementedError

    def inject(self, fault: str) -> bool:
        """Break the source until `heal`. False: there is no such fault here. Faults:

        once:timeout, once:reset, once:server_error, once:rate_limited   one answer, not the first, goes
            wrong in this way, the next attempt succeeds
        unreachable, server_error, rate_limited   every answer
        absent       there is no such table, or no delivery of it
        denied       credentials are not accepted
        denied_midway   not any more, from the second answer on
        cut          answers end for good after the first page or half of the rows
        truncated    the delivery breaks off inside of a record
        short        rows are missing that the source counts, lists or announces
        loop         pages come round again
        """
        return False

    def heal(self) -> None:
        """Undo `inject`."""

    @property
    def requests(self) -> int | None:
        return None

    # for the suite

    def made(self) -> Connector:
        return registry.connector(self.connector)

    def request(
        self, *, table: str = "things", incremental: bool = False, cursor: str | None = None, **more: Any
    ) -> ReadRequest:
        limits = self.folder / "limits"
        limits.mkdir(exist_ok=True)
        return ReadRequest(
            tenant="acme",
            source="feed",
            table=table,
            state="IA",
            settings=self.settings(incremental=incremental),
            allowed=str(self.folder / "drops"),
            cursor=cursor,
            secrets=self.secrets.__getitem__,
            limits=str(limits),
            **more,
        )

    def read(self, **asked: Any) -> Drained:
        """A whole read by a new connector."""
        return drain(self.made().read(self.request(**asked)))


@dataclass
class Drained:
    """What a read gave. places: (uri, record number) of each row."""

    read: Read
    rows: list[Row] = field(default_factory=list)
    places: list[tuple[str, int]] = field(default_factory=list)
    types: set[Any] = field(default_factory=set)
    malformed: int = 0
    completeness: Completeness = field(default_factory=lambda: Completeness(False))
    cursor: str | None = None
    deletions: Deletions | None = None


def drain(read: Read, at_most: int = 100_000) -> Drained:
    """Read to the end. AssertionError if there are more than `at_most` rows: it would go on for ever."""
    found = Drained(read)
    for batch in read.batches():
        take(found, batch)
        assert len(found.rows) <= at_most, f"the read goes on after {at_most:,} rows"
    found.completeness = read.completeness()
    found.cursor, found.deletions = read.cursor(), read.deletions()
    return found


def take(found: Drained, batch: Batch) -> None:
    frame = batch.frame
    absent = [c for c in found.read.columns if c not in frame.columns]
    full = frame.with_columns(pl.lit(None, pl.String).alias(c) for c in absent)
    found.rows += full.select(found.read.columns).rows()
    count = range(batch.first_row, batch.first_row + frame.height)
    numbers = batch.row_numbers.to_list() if batch.row_numbers is not None else count
    found.places += [(batch.uri, number) for number in numbers]
    found.types |= set(frame.dtypes)
    found.malformed += len(batch.malformed)
