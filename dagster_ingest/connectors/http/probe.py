"""Requests that read next to nothing: is somebody there, what do records look like, did anything change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from dagster_ingest.connectors import text
from dagster_ingest.connectors.base import Checked, Discovered, DiscoveredColumn, ReadRequest
from dagster_ingest.connectors.http import bodies, listing
from dagster_ingest.connectors.http.bodies import MISSING, NoRecords, Unreadable, dig
from dagster_ingest.connectors.http.calls import Call
from dagster_ingest.connectors.http.client import UNREADABLE, Answer, Client
from dagster_ingest.connectors.http.faults import Again, facts
from dagster_ingest.connectors.http.paging import Position
from dagster_ingest.connectors.http.read import HttpRead, made_for
from dagster_ingest.connectors.http.settings import HttpSettings
from dagster_ingest.connectors.http.timing import Timing
from dagster_ingest.errors import IngestError

SAMPLE = 200  # records that columns are told from


def check(client: Client, settings: HttpSettings, request: ReadRequest) -> Checked:
    """One request with our login, one attempt."""
    first = settings.check_path is None
    call = listing.of_table(settings, None, client.login.query_name).call(Position())
    if settings.check_path is not None:
        call = Call("GET", settings.address(settings.check_path), headers=settings.headers, name="check")
    told = {"address": call.place, "login": settings.auth.kind}

    def take(answer: Answer) -> int | None:
        if not first or not request.table:
            return None
        try:
            return len(bodies.parse(answer.body, answer.headers, settings, settings.records).records)
        except (Unreadable, NoRecords) as error:
            raise Again(str(error), facts(call, answer.status, answer.headers), rule=UNREADABLE) from None

    try:
        count = client.send(call, take, attempts=1)
    except IngestError as error:
        return Checked(False, error.problem, {**told, **error.source})
    return Checked(
        True, "reached" if count is None else f"reached; the first page has {count:,} records", told
    )


def discover(client: Client, settings: HttpSettings, request: ReadRequest, timing: Timing) -> Discovered:
    """The table of these settings, its columns told from the first records."""
    sample = HttpRead(client, settings, replace(request, sample=SAMPLE, cursor=None), timing)
    records = sample.sampled()
    name = request.table or settings.path.rstrip("/").rpartition("/")[2] or "records"
    columns = tuple(_column(heading, records) for heading in sample.columns)
    return Discovered(name, columns, settings.key or _key(columns, records))


def fingerprint(client: Client, settings: HttpSettings) -> str:
    """ "" where the source does not say."""
    asked = settings.fingerprint
    assert asked is not None
    call = listing.of_table(settings, None, client.login.query_name).call(Position())
    method = "GET" if asked.by == "probe" else "HEAD"
    if asked.path is not None:
        call = Call(method, settings.address(asked.path), headers=settings.headers, name="fingerprint")
    elif asked.by != "probe":
        call = replace(call, method=method, body=None, name="fingerprint")

    def take(answer: Answer) -> str | None:
        if asked.by != "probe":
            return answer.headers.get("etag" if asked.by == "etag" else "last-modified")
        if not asked.value:
            return hashlib.sha256(answer.body).hexdigest()
        try:
            value = dig(bodies.loads(answer.body), asked.value)
        except Unreadable as error:
            raise Again(str(error), facts(call, answer.status, answer.headers), rule=UNREADABLE) from None
        return None if value is MISSING else text.cell(value)

    said = client.send(call, take)
    if not said:
        return ""
    return hashlib.sha256(json.dumps([made_for(settings), asked.by, said]).encode()).hexdigest()


def _column(heading: str, records: list[dict[str, Any]]) -> DiscoveredColumn:
    values = [record.get(heading) for record in records]
    kinds = dict.fromkeys(_kind(value) for value in values if value is not None)
    return DiscoveredColumn(heading, "|".join(kinds) or None, any(value is None for value in values))


def _kind(value: Any) -> str:
    """The JSON type."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, (Decimal, float)):
        return "number"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "string"


def _key(columns: Iterable[DiscoveredColumn], records: list[dict[str, Any]]) -> tuple[str, ...]:
    """The likeliest key: a column that is named like one, without repetition; `id` before all others."""
    fitting = []
    for column in columns:
        words = column.name.lower()
        if column.nullable or column.type not in ("string", "integer") or not words.endswith(("id", "key")):
            continue
        if len({record[column.name] for record in records}) == len(records):
            fitting.append(column.name)
    return tuple(sorted(fitting, key=lambda name: (name.lower() not in ("id", "key"), len(name)))[:1])
