"""Pages that come round again: an API that ignores how it is paged, and would be read for ever."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import xxhash

from dagster_ingest.errors import DataError

_SHORTEST = 512  # bytes; answers without records are alike


def watch(session: Any) -> None:
    """From now on the session raises DataError when a path answers other queries with one body."""
    seen: dict[tuple[str, str], str] = {}
    send = session.send

    def watched(request: Any, **options: Any) -> Any:
        answer = send(request, **options)
        _require_new(answer, seen)
        return answer

    session.send = watched


def _require_new(answer: Any, seen: dict[tuple[str, str], str]) -> None:
    body, parts = answer.content, urlsplit(answer.url)
    if not answer.ok or len(body) < _SHORTEST:
        return
    known = seen.setdefault((parts.path, xxhash.xxh3_128_hexdigest(body)), parts.query)
    if known != parts.query:
        raise DataError(
            "the source answers two pages with the very same rows",
            rule="file|loop",
            where=f"{parts.scheme}://{parts.netloc}{parts.path}",
            not_done="nothing was committed; the last good partition stands",
            fix="correct the paginator: the source does not heed the parameters that it sends",
            source={"page": parts.query},
        )
