"""Whether an API has something new: the list of what changed since a moment, as a digest.

The list alone is asked for, never the details. A base is a moment by the source's own stamps; what lies
within the cursor's overlap before it is listed once more each time, so it is part of the digest.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xxhash

from dagster_ingest.connectors.base import Sign
from dagster_ingest.connectors.http import listing, stage, stamps
from dagster_ingest.connectors.http.bodies import dig
from dagster_ingest.connectors.http.client import Client
from dagster_ingest.connectors.http.settings import HttpSettings
from dagster_ingest.connectors.http.stamps import Greatest
from dagster_ingest.connectors.http.sweep import Sweeper
from dagster_ingest.connectors.http.timing import Timing, seconds
from dagster_ingest.errors import DataError

# (stamp, None where there is none that can be read; digest of the record)
Seen = list[tuple[datetime | None, str]]


def of_fingerprint(value: str, settings: HttpSettings) -> Sign:
    """Raises DataError where the source does not say what the settings count on."""
    if not value:
        raise DataError(
            "the source does not say whether anything changed",
            rule="http|fingerprint",
            where=settings.address(),
            not_done="nothing was asked for",
            fix="correct `fingerprint`, or choose another kind of arrival",
        )
    return Sign(value, after=value, fingerprint=value)


def since_base(client: Client, settings: HttpSettings, base: str, timing: Timing) -> Sign:
    """base: ISO time; "" for the first time, which begins now."""
    cursor = settings.cursor
    assert cursor is not None  # what a spec is checked for
    began = timing.now()
    start = datetime.fromisoformat(base) if base else datetime.fromtimestamp(began, UTC)
    seen: Seen = []
    greatest = Greatest(cursor.format, began)
    of = listing.of_table(settings, start, client.login.query_name)
    with tempfile.TemporaryDirectory(prefix="ingest-http-") as folder:
        pages = stage.opened(Path(folder), "", seconds(settings.resume_within), timing)
        sweeper = Sweeper(client, settings, of, pages, timing)
        sweeper.run()
        for page in sweeper.pages():
            for record in page.body.records:
                stamp = dig(record, cursor.field)
                greatest.add(stamp)
                seen.append((stamps.moment(stamp, cursor.format), _digest(record)))
    then = greatest.settled(start) or start
    return Sign(
        _of(seen, stamps.since(start, cursor)),
        start.isoformat(),
        _of(seen, stamps.since(then, cursor)),
        then.isoformat(),
        fingerprint="",
    )


def _of(seen: Seen, floor: datetime) -> str:
    """Of the records not below the floor: some sources list more than they were asked for."""
    return _joined(digest for stamp, digest in seen if stamp is None or stamp >= floor)


def _joined(digests: Iterable[str]) -> str:
    return xxhash.xxh3_128_hexdigest("\n".join(sorted(digests)).encode())


def _digest(record: Any) -> str:
    return xxhash.xxh3_64_hexdigest(json.dumps(record, sort_keys=True, default=str).encode())
