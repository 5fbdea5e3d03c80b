"""One delivery: the list, the details, the ids that are left. All of it is on disk and proved before the
first row is handed over."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from dagster_ingest.connectors import text
from dagster_ingest.connectors.base import Batch, Completeness, Deletions, Delivery, ReadRequest
from dagster_ingest.connectors.http import bodies, faults, listing, pile, stage, stamps
from dagster_ingest.connectors.http.bodies import MISSING, dig
from dagster_ingest.connectors.http.by_id import ById
from dagster_ingest.connectors.http.client import Client
from dagster_ingest.connectors.http.details import DetailFetcher
from dagster_ingest.connectors.http.paging import Position
from dagster_ingest.connectors.http.settings import HttpSettings
from dagster_ingest.connectors.http.stamps import Greatest
from dagster_ingest.connectors.http.sweep import Sweeper
from dagster_ingest.connectors.http.timing import Timing, seconds
from dagster_ingest.errors import DataError

_REQUEST = {"url", "path", "method", "params", "headers", "body", "format", "records", "delimiter", "key"}
_LIST_PAGING = {"kind", "param", "size", "size_param", "first", "cursor", "cursor_header", "next"}


def made_for(settings: HttpSettings) -> str:
    """Digest of the settings that decide which rows come; a cursor and staged pages hold for equal ones."""
    said = settings.model_dump(mode="json", include=_REQUEST)
    said["paging"] = settings.paging.model_dump(mode="json", include=_LIST_PAGING)
    said["details"] = settings.details.model_dump(mode="json") if settings.details else None
    said["cursor"] = settings.cursor.model_dump(mode="json", exclude={"overlap"}) if settings.cursor else None
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]


class HttpRead(Delivery):
    """Fetches when it is made; hands over what was fetched."""

    def __init__(self, client: Client, settings: HttpSettings, request: ReadRequest, timing: Timing) -> None:
        self._client, self._settings, self._request, self._timing = client, settings, request, timing
        self._digest = made_for(settings)
        told = stamps.read_back(request.cursor, self._digest) if settings.cursor else None
        self._before: datetime | None = told[0] if told else None
        self._known = told[1] if told else []
        self._ended = False
        self._stage = self._staging()
        self._listing = listing.of_table(settings, self._before, client.login.query_name)
        self._sweeper = self._sweep(self._listing, "list")
        self._greatest = Greatest(settings.cursor.format, timing.now()) if settings.cursor else None
        self._present: list[tuple[str | None, ...]] | None = None
        self._malformed = 0
        self._by_id: ById | None = None
        try:
            self._bring()
        except DataError:
            self._stage.clear()  # the next read begins anew
            raise
        except RecursionError:
            raise self._too_deep() from None

    def _bring(self) -> None:
        self._sweeper.run()
        if self._settings.details:
            floor = self._floor()
            details = DetailFetcher(self._client, self._settings, self._stage.below("details"))
            self._by_id = ById(
                self._settings, self._sweeper, details, self._greatest, floor, self._request.sample
            )
            self._by_id.fetch(self._sweep(self._listing, "list-again"))
            brought = list(details.columns)
        else:
            brought = self._sweeper.outcome.columns
            self._take_stamps()
        # Records leave out what is empty: what changed lately would seem to lack columns.
        self.columns = list(dict.fromkeys([*self._known, *brought]))
        self._require_stamps()
        if self._request.sample is None and self._settings.deletes and self._before is not None:
            self._present = self._still_there()

    @property
    def snapshot(self) -> bool:
        return self._before is None

    def batches(self) -> Iterator[Batch]:
        place, word = self._listing.call(Position()).place, "page"
        if self._settings.details is not None:
            place = self._settings.address(self._settings.details.path.split("{")[0].rstrip("/"))
            word = "batch"
        left = self._request.sample
        self._ended = False
        for batch in self._made(pile.batches(self._parts(), self.columns, place, word)):
            if left is not None:
                batch.frame = batch.frame.head(left)
                if batch.row_numbers is not None:
                    batch.row_numbers = batch.row_numbers.head(left)
                left -= batch.frame.height
            yield batch
            if left == 0:
                return
        self._ended = True

    def _made(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        try:
            yield from batches
        except RecursionError:
            raise self._too_deep() from None

    def _too_deep(self) -> DataError:
        fix = "have the source's operators look at it"
        return faults.wrong(self._listing.call(Position()), "a record is nested too deeply", fix)

    def sampled(self) -> list[dict]:
        """The records as they came, with their types."""
        return [record for part in self._parts() for record in part.records][: self._request.sample]

    def completeness(self) -> Completeness:
        if self._request.sample is not None:
            return Completeness(False, "only a sample was asked for")
        if not self._ended:
            return Completeness(False, "not all rows were taken")
        return Completeness(True)

    def cursor(self) -> str | None:
        """The greatest stamp of the rows of this read and of those before."""
        if self._greatest is None or not self._ended or self._request.sample is not None:
            return None
        settled = self._greatest.settled(self._before)
        return stamps.written_down(settled, self._digest, self.columns) if settled is not None else None

    def deletions(self) -> Deletions | None:
        if self._present is None or not self._ended:
            return None
        import polars as pl

        schema = dict.fromkeys(self._settings.key, pl.String)
        return Deletions("present", pl.DataFrame(self._present, schema=schema, orient="row").unique())

    def _staging(self) -> stage.Stage:
        within = seconds(self._settings.resume_within)
        if self._request.staging is not None and self._request.sample is None:
            deletes = self._settings.deletes.model_dump_json() if self._settings.deletes else ""
            belongs = hashlib.sha256(
                "\x1f".join([self._digest, self._request.cursor or "", deletes]).encode()
            )
            return stage.opened(
                Path(self._request.staging) / "http", belongs.hexdigest(), within, self._timing
            )
        folder = tempfile.mkdtemp(prefix="ingest-http-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return stage.opened(Path(folder), "", within, self._timing)

    def _sweep(self, of: listing.Listing, name: str) -> Sweeper:
        below = self._stage.below(name)
        return Sweeper(self._client, self._settings, of, below, self._timing, self._request.sample)

    def _floor(self) -> datetime | None:
        """The stamp below which an entry of the list is passed over: where the source lists everything."""
        cursor = self._settings.cursor
        if cursor is None or self._before is None or not listing.filtered_here(self._settings):
            return None
        return stamps.since(self._before, cursor)

    def _take_stamps(self) -> None:
        if self._greatest is None or self._settings.cursor is None:
            return
        for page in self._sweeper.pages():
            for record in page.body.records:
                self._greatest.add(dig(record, self._settings.cursor.field))

    def _require_stamps(self) -> None:
        greatest, cursor = self._greatest, self._settings.cursor
        if cursor is not None and greatest and greatest.value is None and greatest.example is not None:
            problem = f"no {cursor.field} can be read as {cursor.format}, such as {greatest.example!r}"
            raise faults.wrong(
                self._listing.call(Position()), problem, "check `cursor.format`", rule="http|cursor"
            )

    def _parts(self) -> Iterator[pile.Part]:
        if self._by_id is not None:
            yield from self._by_id.parts()
            return
        for page in self._sweeper.pages():
            broken = [(at, bodies.COLUMN_COUNT, words) for at, words in page.body.malformed]
            yield pile.Part(page.body.records, broken)

    def _still_there(self) -> list[tuple[str | None, ...]]:
        """Keys of all rows that the source has. Listed after the changes were read, so that what was
        created meanwhile is in the list."""
        if self._by_id is not None and listing.filtered_here(self._settings):
            return [(one,) for one in self._by_id.listed]
        ids = listing.of_ids(self._settings, self._client.login.query_name)
        sweeper = self._sweep(ids, "ids")
        sweeper.run()
        return [self._key_of(record, ids) for page in sweeper.pages() for record in page.body.records]

    def _key_of(self, record: dict, ids: listing.Listing) -> tuple[str | None, ...]:
        values = [dig(record, path) if path else record.get("value", MISSING) for path in ids.key]
        if any(value is MISSING or value in (None, "") for value in values):
            problem = f"an entry of the id list has no {' and '.join(ids.key)}"
            raise faults.wrong(ids.call(Position()), problem, "check `deletes.id`")
        return tuple(map(text.cell, values))
