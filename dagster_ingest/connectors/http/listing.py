"""The request for a list, page by page: that of the table, or that of all its ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from dagster_ingest.connectors.http.calls import Call, fill, parameters, text, without_param
from dagster_ingest.connectors.http.paging import Position, page_params, words
from dagster_ingest.connectors.http.settings import HttpSettings
from dagster_ingest.connectors.http.shapes import Paging
from dagster_ingest.connectors.http.stamps import since, spelled


@dataclass(frozen=True, slots=True)
class Listing:
    """key: paths that identify an entry; () compares whole entries. ids_only: other requests, or deletions,
    hang on what is listed. secret_param: the login's, if any."""

    method: str
    url: str
    params: Mapping[str, Any]
    headers: Mapping[str, Any]
    body: Any
    records: str
    paging: Paging
    key: tuple[str, ...]
    ids_only: bool
    since: str
    secret_param: str | None

    def call(self, position: Position) -> Call:
        """The request for the page at `position`."""
        filled = {**words(position, self.paging), "since": self.since}
        headers = {n: v if not isinstance(v, str) else text(fill(v, filled)) for n, v in self.headers.items()}
        body = fill(self.body, filled)
        name = f"page {position.number}"
        if position.url is not None:
            url = without_param(secured(position.url, self.url), self.secret_param)
            return Call(self.method, url, (), headers, body, name)
        params = parameters({**self.params, **page_params(position, self.paging)}, filled)
        return Call(self.method, self.url, params, headers, body, name)


def secured(url: str, of: str) -> str:
    """`url` with https where it differs from `of` in nothing but that: a server behind a proxy that ends
    TLS believes that it is asked over http."""
    mine, theirs = urlsplit(of), urlsplit(url)
    if (mine.scheme, theirs.scheme) == ("https", "http") and mine.netloc.lower() == theirs.netloc.lower():
        return urlunsplit(("https", *theirs[1:]))
    return url


def of_table(settings: HttpSettings, greatest: datetime | None, secret_param: str | None) -> Listing:
    """The table's own list. greatest: stamp of the reads before; None lists everything."""
    cursor, details = settings.cursor, settings.details
    params = dict(settings.params)
    asked: str | None = None
    if cursor is not None:
        asked = cursor.initial
        if greatest is not None and not filtered_here(settings):
            asked = spelled(since(greatest, cursor), cursor.send or cursor.format)
        if cursor.param and asked is not None:
            params[cursor.param] = asked
    return Listing(
        settings.method,
        settings.address(),
        params,
        settings.headers,
        settings.body,
        settings.records,
        settings.paging,
        (details.id,) if details else settings.key,
        details is not None,
        asked or "",
        secret_param,
    )


def of_ids(settings: HttpSettings, secret_param: str | None) -> Listing:
    """The list of all ids that are still there."""
    deletes, own = settings.deletes, of_table(settings, None, secret_param)
    assert deletes is not None
    method = deletes.method or settings.method
    return Listing(
        method,
        settings.address(deletes.path),
        own.params if deletes.params is None else deletes.params,
        own.headers,
        (deletes.body if deletes.body is not None else own.body) if method == "POST" else None,
        own.records if deletes.records is None else deletes.records,
        deletes.paging or own.paging,
        deletes.id or own.key,
        True,
        own.since,
        secret_param,
    )


def filtered_here(settings: HttpSettings) -> bool:
    """Whether the source lists everything, and what changed is found by the stamps in the list."""
    cursor = settings.cursor
    if cursor is None or settings.details is None or cursor.param is not None:
        return False
    asked = (settings.params, settings.headers, settings.body)
    return "{since}" not in str(asked)
