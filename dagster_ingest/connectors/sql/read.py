"""One read of one table: as of one moment, or page by page."""

from __future__ import annotations

import contextlib
import json
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dagster_ingest.connectors.base import Batch, Completeness, Deletions, Delivery, ReadRequest
from dagster_ingest.connectors.sql.dialects import BINARY, DIALECTS
from dagster_ingest.connectors.sql.pages import Pages
from dagster_ingest.connectors.sql.query import Statements
from dagster_ingest.connectors.sql.session import Session, connected, find_table
from dagster_ingest.connectors.sql.settings import SqlSettings
from dagster_ingest.errors import SpecError

if TYPE_CHECKING:
    import polars as pl


class SqlRead(Delivery):
    """The cursor is the greatest watermark as the read began, less the overlap: no later row is behind it."""

    def __init__(self, request: ReadRequest, settings: SqlSettings, shown: str) -> None:
        self._request, self._settings = request, settings
        self._stack = contextlib.ExitStack()
        try:
            self._session: Session = self._stack.enter_context(connected(request, settings))
            table = find_table(self._session, request, settings)
            self.columns = [column.name for column in table.wanted(settings)]
            self._since = _since(request.cursor, settings)
            self._ask = Statements(DIALECTS[settings.dialect], table, settings, self._since)
            self._key = table.key_columns(settings)
            self._own_key = tuple(column.name for column in self._key) != table.key
            if settings.watermark:
                table.column(settings.watermark, "watermark")
        except BaseException:
            self._stack.close()
            raise
        weakref.finalize(self, self._stack.close)  # where nobody reads the batches
        self.uri = f"{shown}/{table.schema}.{table.name}"
        self._greatest: str | None = None
        self._present: pl.DataFrame | None = None
        self._complete = False

    @property
    def snapshot(self) -> bool:
        return self._since is None

    def batches(self) -> Iterator[Batch]:
        at = 1
        with self._stack:
            paged = self._settings.read == "pages" and self._request.sample is None
            for frame in self._pages() if paged else self._snapshot():
                yield Batch(frame, self.uri, at)
                at += frame.height
        self._complete = self._request.sample is None

    def completeness(self) -> Completeness:
        reason = (
            "only a sample was asked for"
            if self._request.sample is not None
            else "it was not read to its end"
        )
        return Completeness(True) if self._complete else Completeness(False, reason)

    def cursor(self) -> str | None:
        """JSON. Where the table is empty it stays what it was."""
        if not self._complete or self._settings.watermark is None:
            return None
        if self._greatest is None:
            return self._request.cursor
        return json.dumps({"column": self._settings.watermark, "from": self._greatest})

    def deletions(self) -> Deletions | None:
        return Deletions("present", self._present) if self._present is not None and self._complete else None

    def _snapshot(self) -> Iterator[pl.DataFrame]:
        if self._settings.watermark:
            self._greatest = self._session.rows(self._ask.greatest())[0][0]
        query = self._ask.rows(limit=self._request.sample)
        yield from self._session.frames(query, self._ask.table.wanted(self._settings))
        self._list_present(self._session)

    def _pages(self) -> Iterator[pl.DataFrame]:
        pages = Pages(self._request, self._settings.model_dump_json())
        if not pages.begun:
            self._require_sound_key()
            watermark = self._settings.watermark
            pages.begin(self._session.rows(self._ask.greatest())[0][0] if watermark else None)
        self._stack.close()  # its transaction would see the table as it was all the while
        self._greatest = pages.greatest
        yield from pages.kept()
        while not pages.done:
            frame = self._page(pages.after)
            done = frame.height < self._settings.page_rows
            key = [column.name for column in self._key]
            last = list(frame.select(key).row(-1)) if frame.height else None
            frame = frame.select(self.columns)
            pages.keep(frame, last, done=done)
            if frame.height:
                yield frame
        with connected(self._request, self._settings) as session:  # later than the last page: it lacks no row
            self._list_present(session)

    def _page(self, after: list[Any] | None) -> pl.DataFrame:
        """The next page, in a transaction of its own. The key comes with it, wanted or not."""
        import polars as pl

        with connected(self._request, self._settings) as session:
            query = self._ask.page(after, self._settings.page_rows)
            none = pl.DataFrame(schema=dict.fromkeys(self._ask.paged_names(), pl.String))
            return pl.concat([none, *session.frames(query, self._ask.paged_columns())])

    def _list_present(self, session: Session) -> None:
        import polars as pl

        if self._settings.deletes == "ignore" or self.snapshot or self._request.sample is not None:
            return
        frames = session.frames(self._ask.keys(), self._key)
        self._present = pl.concat([pl.DataFrame(schema={c.name: pl.String for c in self._key}), *frames])

    def _require_sound_key(self) -> None:
        binary = [column.name for column in self._key if column.base in BINARY]
        if not self._key:
            wrong = "has none"
        elif binary:
            wrong = f"has a binary one, {binary[0]}"
        elif self._own_key and (count := self._session.rows(self._ask.unsound_keys())[0][0]):
            wrong = f"has {count:,} that are empty or stand twice"
        else:
            return
        raise SpecError(
            f"`read: pages` needs a key, and {self.uri} {wrong}",
            not_done="nothing was read",
            fix="set `key` to columns that are never empty and tell all rows apart, or `read: snapshot`",
        )


def _since(cursor: str | None, settings: SqlSettings) -> str | None:
    """The watermark of a cursor; one of another column does not count."""
    if cursor is None or settings.watermark is None:
        return None
    held = json.loads(cursor)
    return held["from"] if held.get("column") == settings.watermark else None
