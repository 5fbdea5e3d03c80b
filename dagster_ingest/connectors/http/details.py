"""Records by their ids, some at a time and several requests at once."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from dagster_ingest.connectors import text
from dagster_ingest.connectors.http import bodies, faults
from dagster_ingest.connectors.http.bodies import NoRecords, Unreadable, dig
from dagster_ingest.connectors.http.calls import Call, fill, fill_path, parameters
from dagster_ingest.connectors.http.calls import text as written
from dagster_ingest.connectors.http.client import UNREADABLE, Answer, Client
from dagster_ingest.connectors.http.faults import Again
from dagster_ingest.connectors.http.settings import HttpSettings
from dagster_ingest.connectors.http.stage import Kept, Stage, headers_to_keep

GONE = frozenset({404, 410})
Records = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Ids that are asked for together. number: 1-based."""

    number: int
    ids: tuple[str, ...]

    @property
    def name(self) -> str:
        return hashlib.sha256("\x1f".join(self.ids).encode()).hexdigest()[:32]


def chunks(ids: Sequence[str], size: int) -> Iterator[Chunk]:
    for number, start in enumerate(range(0, len(ids), size), start=1):
        yield Chunk(number, tuple(ids[start : start + size]))


class DetailFetcher:
    """Fetches chunks into a stage. `columns`: those of all records, in the order of the chunks."""

    def __init__(self, client: Client, settings: HttpSettings, stage: Stage) -> None:
        assert settings.details is not None
        self._client, self._settings, self._stage = client, settings, stage
        self._details = settings.details
        self._one_by_one = "{id}" in settings.details.path
        self.size = 1 if self._one_by_one else settings.details.size
        self.columns: dict[str, None] = {}

    def fetch(self, wanted: Iterable[Chunk], *, anew: bool = False) -> Iterator[tuple[Chunk, Records]]:
        """Each chunk with its records, in order. anew: whatever is staged."""
        ahead: deque[tuple[Chunk, Future[Records]]] = deque()
        most = self._settings.concurrency
        with ThreadPoolExecutor(most, thread_name_prefix="http-details") as pool:
            try:
                for chunk in wanted:
                    ahead.append((chunk, pool.submit(self._one, chunk, anew)))
                    if len(ahead) >= most:
                        yield self._next(ahead)
                while ahead:
                    yield self._next(ahead)
            finally:
                for _, future in ahead:
                    future.cancel()

    def staged(self, chunk: Chunk) -> Records:
        """The records of a chunk that was fetched."""
        kept = self._stage.get(chunk.name, self._call(chunk).digest())
        if kept is None:
            raise faults.wrong(self._call(chunk), "staged details are gone", "run again")
        return self._parsed(kept, chunk)

    def _next(self, ahead: deque[tuple[Chunk, Future[Records]]]) -> tuple[Chunk, Records]:
        chunk, future = ahead.popleft()
        records = future.result()
        for one in chunk.ids:
            for record in records.get(one, ()):
                self.columns.update(dict.fromkeys(record))
        return chunk, records

    def _one(self, chunk: Chunk, anew: bool) -> Records:
        call = self._call(chunk)
        if not anew and (kept := self._stage.get(chunk.name, call.digest())) is not None:
            return self._parsed(kept, chunk)

        def take(answer: Answer) -> tuple[Kept, Records]:
            body = b"null" if answer.status in GONE else answer.body
            headers = {} if answer.status in GONE else headers_to_keep(answer.headers, ())
            kept = Kept(call.digest(), call.url, headers, body)
            try:
                return kept, self._parsed(kept, chunk)
            except (Unreadable, NoRecords) as error:
                told = faults.facts(call, answer.status, answer.headers, answer.body)
                raise Again(str(error), told, rule=UNREADABLE) from None

        kept, records = self._client.send(call, take, absent=GONE)
        self._stage.put(chunk.name, kept)
        return records

    def _call(self, chunk: Chunk) -> Call:
        details = self._details
        words: Mapping[str, Any] = {"ids": list(chunk.ids), "id": chunk.ids[0]}
        params: dict[str, Any] = dict(details.params)
        if details.param is not None:
            params[details.param] = "{ids}" if details.style == "repeat" else ",".join(chunk.ids)
        headers = {
            n: v if not isinstance(v, str) else written(fill(v, words))
            for n, v in self._settings.headers.items()
        }
        url = self._settings.address(fill_path(details.path, words))
        body = fill(details.body, words)
        return Call(details.method, url, parameters(params, words), headers, body, f"details {chunk.number}")

    def _parsed(self, kept: Kept, chunk: Chunk) -> Records:
        """Records by id. Raises NoRecords for one that was not asked for."""
        if kept.body == b"null":
            return {}
        path = self._details.id if self._details.detail_id is None else self._details.detail_id
        found: Records = {}
        place = self._details.records
        for record in bodies.parse(kept.body, kept.headers, self._settings, place, single=True).records:
            value = dig(record, path) if path else record.get("value")
            name = None if value is bodies.MISSING else text.cell(value)
            if name is None or name not in chunk.ids:
                raise NoRecords(f"the answer has a record of id {name!r}, which was not asked for")
            found.setdefault(name, []).append(record)
        return found
