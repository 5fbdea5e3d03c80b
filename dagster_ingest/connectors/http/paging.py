"""How one page follows another. Knows nothing of the wire: a position in, the next position out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin

from dagster_ingest.connectors.http.bodies import MISSING, Body, NoRecords, dig
from dagster_ingest.connectors.http.shapes import Paging

MOST_EMPTY = 100  # empty pages in a row that a source may show while it says that there are more


@dataclass(frozen=True, slots=True)
class Position:
    """Where a sweep stands. number: 1-based page; offset: records before it; empty: empty pages before."""

    number: int = 1
    offset: int = 0
    token: str | None = None
    url: str | None = None
    empty: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """An answer, parsed. headers: names in lower case; url: the address that it came from."""

    body: Body
    headers: Mapping[str, str]
    url: str

    @property
    def size(self) -> int:
        """Records, whether they are sound or not."""
        return len(self.body.records) + len(self.body.malformed)


class Astray(Exception):
    """The pages lead somewhere that makes no sense: in circles, to another host, to no end."""


def words(position: Position, paging: Paging) -> dict[str, Any]:
    """Placeholders of a request for the page at `position`."""
    number = position.number - 1 + paging.first
    return {
        "page": number,
        "offset": position.offset,
        "limit": paging.size,
        "cursor": position.token,
    }


def page_params(position: Position, paging: Paging) -> dict[str, Any]:
    """Parameters that the settings name for number, offset or token, and for the size."""
    named = {"page": "page", "offset": "offset", "cursor": "cursor"}.get(paging.kind)
    found = {}
    if named and paging.param:
        found[paging.param] = words(position, paging)[named]
    if paging.size_param and paging.kind != "none":
        found[paging.size_param] = paging.size
    return found


def total_of(page: Page, paging: Paging) -> int | None:
    """The number of all rows that the page states. Raises NoRecords where it does not though it should."""
    if not paging.states_total:
        return None
    value: Any = MISSING
    if paging.total is not None:
        value = dig(page.body.envelope, paging.total)
    elif paging.total_header is not None:
        value = page.headers.get(paging.total_header.lower(), MISSING)
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,15}", text):
        place = paging.total if paging.total is not None else f"header {paging.total_header}"
        raise NoRecords(f"the answer states no total at {place}")
    return int(text)


def after(position: Position, page: Page, paging: Paging) -> Position | None:
    """The position behind a page; None at the end. Raises Astray or NoRecords."""
    collected = position.offset + page.size
    empty = position.empty + 1 if not page.size else 0
    following = Position(position.number + 1, collected, empty=empty)
    if paging.kind == "none":
        return None
    if empty > MOST_EMPTY or position.number >= paging.max_pages:
        raise Astray(f"there is no end after {position.number:,} pages")
    if paging.kind in ("link", "next"):
        url = _linked(page) if paging.kind == "link" else _named(page, paging.next or "")
        return replace(following, url=urljoin(page.url, url)) if url else None
    if paging.kind == "cursor":
        token = _token(page, paging)
        return replace(following, token=token) if token else None
    return following if _more(collected, page, paging) else None


def _more(collected: int, page: Page, paging: Paging) -> bool:
    if paging.has_more is not None:
        flag = dig(page.body.envelope, paging.has_more)
        if not isinstance(flag, bool):
            raise NoRecords(f"the answer has no flag at {paging.has_more!r}")
        return flag
    total = total_of(page, paging)
    if total is not None and collected >= total:
        return False
    return bool(page.size) and not (paging.until == "short" and page.size < paging.size)


def _token(page: Page, paging: Paging) -> str | None:
    if paging.cursor_header is not None:
        return page.headers.get(paging.cursor_header.lower()) or None
    value = dig(page.body.envelope, paging.cursor or "")
    if value is MISSING or value in (None, "", False):
        return None
    if isinstance(value, (dict, list)):
        raise NoRecords(f"the answer has no token at {paging.cursor!r}")
    return str(value)


def _named(page: Page, path: str) -> str | None:
    value = dig(page.body.envelope, path)
    if value is MISSING or not value:
        return None
    if not isinstance(value, str):
        raise NoRecords(f"the answer has no address at {path!r}")
    return value


_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+\s*=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s\",;]+))*)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\",;]+))", re.IGNORECASE)


def _linked(page: Page) -> str | None:
    """The target of the Link header with rel=next (RFC 8288): one of several relations, in any order."""
    for target, params in _LINK.findall(page.headers.get("link", "")):
        rel = _REL.search(params)
        if rel and "next" in (rel[1] or rel[2] or "").lower().split():
            return target
    return None
