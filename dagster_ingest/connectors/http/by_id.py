"""A list that gives ids, and the records behind them: every id that is listed has its details."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from dagster_ingest.connectors import text
from dagster_ingest.connectors.http import faults, pile, stamps
from dagster_ingest.connectors.http.bodies import MISSING, dig
from dagster_ingest.connectors.http.calls import Call
from dagster_ingest.connectors.http.details import Chunk, DetailFetcher, Records, chunks
from dagster_ingest.connectors.http.settings import HttpSettings
from dagster_ingest.connectors.http.stamps import Greatest
from dagster_ingest.connectors.http.sweep import Sweeper
from dagster_ingest.errors import IngestError

NO_DETAILS = "*|no_details"
Lacking = dict[int, list[str]]


class ById:
    """listed: every id of the list, whether its record is wanted or not; where deletions are asked for.

    floor: entries with an older stamp are passed over
    """

    def __init__(
        self,
        settings: HttpSettings,
        sweeper: Sweeper,
        fetcher: DetailFetcher,
        greatest: Greatest | None,
        floor: datetime | None,
        sample: int | None,
    ) -> None:
        assert settings.details is not None
        self._settings, self._details = settings, settings.details
        self._sweeper, self._fetcher = sweeper, fetcher
        self._greatest, self._floor, self._sample = greatest, floor, sample
        self._chunks: list[Chunk] = []
        self._stamps: dict[str, Any] = {}
        self._set_aside: set[str] = set()
        self.listed: list[str] = []

    def fetch(self, again: Sweeper) -> None:
        """Fetch what is wanted. again: lists once more, where ids turn out to have no details."""
        self._chunks = list(chunks(self._wanted(), self._fetcher.size))
        lacking = _lacking(self._fetcher.fetch(self._chunks))
        if lacking and self._sample is None:
            self._settle(lacking, again)

    def parts(self) -> Iterator[pile.Part]:
        """Records in the order of the list."""
        for chunk in self._chunks:
            records = self._fetcher.staged(chunk)
            part = pile.Part([])
            for one in chunk.ids:
                if one in self._set_aside:
                    part.malformed.append((part.size + 1, NO_DETAILS, one))
                else:
                    part.records += records.get(one, [])
            yield part

    def _wanted(self) -> list[str]:
        cursor = self._settings.cursor
        wanted: dict[str, None] = {}
        for page in self._sweeper.pages():
            for record in page.body.records:
                name = self._id(record)
                stamp = dig(record, cursor.field) if cursor else MISSING
                if self._settings.deletes:
                    self.listed.append(name)
                if cursor and self._floor is not None:
                    when = stamps.moment(stamp, cursor.format)
                    if when is not None and when < self._floor:
                        continue
                wanted[name] = None
                if self._greatest is not None:
                    self._greatest.add(stamp)
                    self._stamps[name] = stamp
        return list(wanted)[: self._sample] if self._sample is not None else list(wanted)

    def _settle(self, lacking: Lacking, again: Sweeper) -> None:
        """Ids without details: those that are listed no more were deleted meanwhile. The others are asked
        for once more; what still has none fails the load, or is set aside."""
        again.run()
        still_listed = {self._id(record) for page in again.pages() for record in page.body.records}
        missing = {one for ids in lacking.values() for one in ids}
        gone = missing - still_listed
        self.listed = [one for one in self.listed if one not in gone]
        concerned = [c for c in self._chunks if not gone.issuperset(lacking.get(c.number, ()))]
        lacking = _lacking(self._fetcher.fetch(concerned, anew=True))
        self._set_aside = {one for ids in lacking.values() for one in ids} & still_listed
        if self._set_aside and self._details.missing == "fail":
            raise self._without_details()
        if self._greatest is not None:
            for one in self._set_aside:
                self._greatest.hold_back(self._stamps.get(one))

    def _id(self, record: dict[str, Any]) -> str:
        path = self._details.id
        value = dig(record, path) if path else record.get("value", MISSING)
        name = None if value is MISSING else text.cell(value)
        if name:
            return name
        problem = f"an entry of the list has no id at {path!r}; it has {', '.join(list(record)[:12])}"
        raise faults.wrong(self._call(self._settings.path), problem, "check `details.id`")

    def _without_details(self) -> IngestError:
        some, count = ", ".join(sorted(self._set_aside)[:5]), len(self._set_aside)
        return faults.wrong(
            self._call(self._details.path),
            f"{count:,} id{'s are' if count > 1 else ' is'} listed and without details: {some}",
            "run again; if the source never gives them, set details.missing: quarantine",
            rule="http|details",
        )

    def _call(self, path: str) -> Call:
        return Call(self._details.method, self._settings.address(path))


def _lacking(fetched: Iterable[tuple[Chunk, Records]]) -> Lacking:
    """Number of a chunk to its ids without records."""
    found = {chunk.number: [one for one in chunk.ids if one not in records] for chunk, records in fetched}
    return {number: ids for number, ids in found.items() if ids}
