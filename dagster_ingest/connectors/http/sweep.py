"""All pages of a list, proved to be all of it: swept again where they contradict each other."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import xxhash

from dagster_ingest.connectors import text
from dagster_ingest.connectors.http import bodies, faults, paging, retry
from dagster_ingest.connectors.http.bodies import MISSING, NoRecords, Unreadable, dig
from dagster_ingest.connectors.http.calls import Call
from dagster_ingest.connectors.http.client import UNREADABLE, Answer, Client, same_host
from dagster_ingest.connectors.http.faults import Again
from dagster_ingest.connectors.http.listing import Listing
from dagster_ingest.connectors.http.paging import Astray, Page, Position
from dagster_ingest.connectors.http.settings import HttpSettings
from dagster_ingest.connectors.http.stage import Kept, Stage, headers_to_keep
from dagster_ingest.connectors.http.timing import Timing
from dagster_ingest.errors import DataError

PAGING = "http|paging"


@dataclass(slots=True)
class Outcome:
    """What a sweep brought. digest: which rows, in any order. wrong: contradictions, which no second
    sweep explains away. doubts: what a second sweep with the same rows does."""

    pages: int = 0
    rows: int = 0
    digest: str = ""
    columns: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


class _Stale(Exception):
    """The last staged page is not what the source says any more."""


class Sweeper:
    """Reads a list into a stage until it is proved. sample: so many rows are enough, unproved."""

    def __init__(
        self,
        client: Client,
        settings: HttpSettings,
        listing: Listing,
        stage: Stage,
        timing: Timing,
        sample: int | None = None,
    ) -> None:
        self._client, self._settings, self._listing = client, settings, listing
        self._paging, self._stage, self._timing, self._sample = listing.paging, stage, timing, sample
        self._fetched = 0
        self.folder = stage
        self.outcome = Outcome()

    def run(self) -> Outcome:
        """Raises DataError where `sweeps` sweeps do not agree with themselves or with one another."""
        before: Outcome | None = None
        told: list[str] = []
        for number in range(1, self._paging.sweeps + 1):
            self.folder = self._stage.below(f"sweep-{number}")
            self.outcome = found = self._finished(self.folder)
            proved = not found.wrong and not found.doubts
            if proved or self._sample is not None or _same(before, found):
                return found
            told += [reason for reason in found.wrong + found.doubts if reason not in told]
            before = found if not found.wrong else None
            for page in (self._stage.folder / f"sweep-{number - 1}").glob("*.gz"):
                page.unlink()
            if number < self._paging.sweeps:
                wait = retry.pause(Again("", {}), number, self._settings.retry, self._timing)
                self._timing.sleep(wait or 0.0)
        raise faults.wrong(
            self._listing.call(Position(number=self.outcome.pages or 1)),
            f"the pages contradict each other in {self._paging.sweeps} sweeps: {'; '.join(told)}",
            "run again when the source is at rest; if it always says so, check `paging` and `key`",
            rule=PAGING,
        )

    def pages(self) -> Iterator[Page]:
        """The pages of the sweep that was accepted, from the stage."""
        for number in range(1, self.outcome.pages + 1):
            kept = self.folder.get(f"{number:06}")
            if kept is None:
                raise faults.wrong(
                    self._listing.call(Position(number=number)), "a staged page is gone", "run again"
                )
            yield self._page(kept)

    def _finished(self, folder: Stage) -> Outcome:
        """A sweep, taken up where it was cut off, or as it was noted."""
        if (noted := folder.noted("done")) is not None:
            return Outcome(**noted)
        resumed = any(folder.folder.glob("*.gz"))
        try:
            found = self._once(folder)
        except (_Stale, DataError):
            if not resumed or self._fetched > 1:
                raise
            folder.clear()  # nothing of it was confirmed by the source
            found = self._once(folder)
        folder.note("done", asdict(found))
        return found

    def _once(self, folder: Stage) -> Outcome:
        found, seen = Outcome(), _Seen(self._listing.key)
        columns: dict[str, None] = {}
        totals: list[int | None] = []
        try:
            for page in self._walk(folder):
                found.pages += 1
                found.rows += page.size
                columns.update(dict.fromkeys(page.body.columns))
                for record in page.body.records:
                    columns.update(dict.fromkeys(record))
                totals.append(paging.total_of(page, self._paging))
                seen.add(page, found.pages)
                if self._sample is not None and found.rows >= self._sample:
                    break
        except Astray as astray:
            found.wrong.append(str(astray))
        found.columns = list(columns)
        found.digest = seen.digest()
        found.wrong += _disagreement(totals, found.rows)
        found.doubts = self._doubts(found, seen)
        return found

    def _doubts(self, found: Outcome, seen: _Seen) -> list[str]:
        doubts = []
        if twice := found.rows - seen.malformed - seen.distinct():
            doubts.append(f"{twice:,} rows came twice")
        if self._needs_another(found):
            doubts.append("two sweeps did not bring the same rows")
        return doubts

    def _needs_another(self, found: Outcome) -> bool:
        """Whether only a second sweep can tell that no row slipped through."""
        pages = self._paging
        if pages.verify != "auto":
            return pages.verify == "twice"
        if found.pages > 1 and pages.kind != "cursor":
            return True
        if pages.states_total:
            return False
        return self._listing.ids_only or found.pages > 1 or not found.rows or pages.until == "short"

    def _walk(self, folder: Stage) -> Iterator[Page]:
        """Pages, staged ones first. The last staged one is asked for again: rows may have moved since."""
        position: Position | None = Position()
        asked: set[str] = set()
        self._fetched = 0
        while position is not None:
            call = self._listing.call(position)
            digest = call.digest()
            if digest in asked:
                raise Astray(f"page {position.number} is the same request as one before")
            asked.add(digest)
            if not same_host(self._listing.url, call.url):
                raise Astray(f"page {position.number} would be on another host")
            name = f"{position.number:06}"
            kept = folder.get(name, digest)
            follows = (folder.folder / f"{position.number + 1:06}.gz").exists()
            if kept is None or not follows:
                before = self._page(kept) if kept is not None else None
                page, kept = self._fetch(call, position)
                if before is not None and _rows_of(before) != _rows_of(page):
                    raise _Stale
                folder.put(name, kept)
            else:
                page = self._page(kept)
            yield page
            position = paging.after(position, page, self._paging)

    def _fetch(self, call: Call, position: Position) -> tuple[Page, Kept]:
        """A page from the source, sound in itself: it parses, and has what the settings say it has."""

        def take(answer: Answer) -> tuple[Page, Kept]:
            named = (self._paging.total_header, self._paging.cursor_header)
            headers = headers_to_keep(answer.headers, named)
            kept = Kept(call.digest(), call.url, headers, answer.body)
            told = faults.facts(call, answer.status, answer.headers, answer.body)
            try:
                page = self._page(kept)
                paging.total_of(page, self._paging)
                paging.after(position, page, self._paging)
            except (Unreadable, NoRecords) as error:
                raise Again(str(error), told, rule=UNREADABLE) from None
            except Astray:
                pass
            return page, kept

        taken = self._client.send(call, take)
        self._fetched += 1
        return taken

    def _page(self, kept: Kept) -> Page:
        body = bodies.parse(kept.body, kept.headers, self._settings, self._listing.records)
        return Page(body, kept.headers, kept.url)


class _Seen:
    """Which rows came, eight bytes each."""

    def __init__(self, key: tuple[str, ...]) -> None:
        self._key = key
        self._pages: dict[str, int] = {}
        self._rows = array("Q")
        self.malformed = 0

    def add(self, page: Page, number: int) -> None:
        """Raises Astray for a page that came before."""
        self.malformed += len(page.body.malformed)
        self._rows.extend(identity(record, self._key) for record in page.body.records)
        if page.body.records:
            whole = _rows_of(page)
            if (before := self._pages.setdefault(whole, number)) != number:
                raise Astray(f"page {number} has the same rows as page {before}")

    def distinct(self) -> int:
        import polars as pl

        return pl.Series("rows", self._rows, pl.UInt64).n_unique() if self._rows else 0

    def digest(self) -> str:
        return xxhash.xxh3_128_hexdigest(array("Q", sorted(self._rows)).tobytes())


def identity(record: Any, key: tuple[str, ...]) -> int:
    """A number for a record: of its key where it has one, else of all that it holds."""
    if key:
        parts = [dig(record, path) if path else record.get("value", MISSING) for path in key]
        if all(part is not MISSING and part is not None for part in parts):
            return xxhash.xxh3_64_intdigest("\x1f".join(text.cell(part) or "" for part in parts).encode())
    return xxhash.xxh3_64_intdigest(json.dumps(record, sort_keys=True, default=str).encode())


def _rows_of(page: Page) -> str:
    held = json.dumps([page.body.records, page.body.malformed], sort_keys=True, default=str)
    return xxhash.xxh3_128_hexdigest(held.encode())


def _disagreement(totals: list[int | None], rows: int) -> list[str]:
    stated = {total for total in totals if total is not None}
    if not stated:
        return []
    if len(stated) > 1:
        return [f"the total changed from {totals[0]:,} to {totals[-1]:,} meanwhile"]
    total = stated.pop()
    return [] if total == rows else [f"{total:,} rows are stated and {rows:,} came"]


def _same(before: Outcome | None, found: Outcome) -> bool:
    return before is not None and not found.wrong and before.digest == found.digest
