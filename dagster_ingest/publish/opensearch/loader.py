"""Bulk requests: cut to a size that the server takes, slower when it says so, each item looked at."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from dagster_ingest.errors import PublishError, Unavailable
from dagster_ingest.publish.opensearch.server import Refused, Server

_BYTES = 8 << 20  # of one request
_LEAST = 64 << 10
_TRIES = 8
_BUSY = (429, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Action:
    """One line or two of a bulk request. A delete has no source."""

    index: str
    key: str
    line: bytes

    @classmethod
    def put(cls, index: str, key: str, document: dict[str, Any], token: int) -> Action:
        source = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(index, key, _head("index", index, key, token) + source + b"\n")

    @classmethod
    def delete(cls, index: str, key: str, token: int) -> Action:
        return cls(index, key, _head("delete", index, key, token))


def _head(verb: str, index: str, key: str, token: int) -> bytes:
    # The publisher's number is the document's version: who was overtaken cannot write over his successor.
    head = {verb: {"_index": index, "_id": key, "version": token, "version_type": "external_gte"}}
    return json.dumps(head).encode() + b"\n"


class Loader:
    """Sends actions in their order.

    sent   bytes
    done   writes by index that the server has done
    waits  how often it was too busy
    """

    def __init__(self, server: Server) -> None:
        self._server, self._size = server, _BYTES
        self.sent = 0
        self.done = Counter[str]()
        self.waits = 0

    def send(self, actions: Iterable[Action]) -> Iterator[list[Action]]:
        """Yields each chunk once all of it is written. PublishError names the first item refused."""
        chunk: list[Action] = []
        size = 0
        for action in actions:
            if chunk and size + len(action.line) > self._size:
                self._write(chunk)
                yield chunk
                chunk, size = [], 0
            chunk.append(action)
            size += len(action.line)
        if chunk:
            self._write(chunk)
            yield chunk

    def _write(self, chunk: list[Action]) -> None:
        left = chunk
        for turn in range(_TRIES):
            left = self._once(left)
            if not left:
                self._size = min(_BYTES, self._size * 2)
                return
            self._size = max(_LEAST, self._size // 2)
            self.waits += 1
            self._server.wait(turn)
        raise Unavailable(
            f"the search store at {self._server.address} is too busy: {len(left)} documents were turned away",
            not_done="what it shows stays; the next run writes what is missing",
            fix="run it again when there is less to do, or give the cluster more room",
        )

    def _once(self, chunk: list[Action]) -> list[Action]:
        """One request; what must be sent again."""
        body = b"".join(action.line for action in chunk)
        try:
            answer = self._server.once("POST", "/_bulk", body)
        except Refused as refusal:
            if refusal.status == 413:
                return self._halves(chunk, refusal)
            if refusal.status in _BUSY:
                return chunk
            raise self._server.explained(refusal) from None
        self.sent += len(body)
        left: list[Action] = []
        if answer["errors"]:
            items = [next(iter(item.values())) for item in answer["items"]]
            left = [action for action, item in zip(chunk, items, strict=True) if _again(action, item)]
        self.done.update(action.index for action in chunk)
        self.done.subtract(action.index for action in left)
        return left

    def _halves(self, chunk: list[Action], refusal: Refused) -> list[Action]:
        if len(chunk) == 1:
            raise PublishError(
                f"document {chunk[0].key} of {chunk[0].index} is too large for the search store: {refusal}",
                not_done="nothing new is shown, the last publication stands",
                fix="simplify its service area, or raise http.max_content_length of the server",
            )
        self._size = max(_LEAST, sum(len(action.line) for action in chunk) // 2)
        middle = len(chunk) // 2
        for half in (chunk[:middle], chunk[middle:]):
            self._write(half)
        return []


def _again(action: Action, item: dict[str, Any]) -> bool:
    """Whether to send it again; PublishError where that would not help."""
    status, error = item["status"], item.get("error") or {}
    if status < 300 or (status == 404 and not error):
        return False
    if status in _BUSY:
        return True
    if status == 409:
        raise Unavailable(
            f"another publisher has taken over {action.index}",
            not_done="this one stopped; the other's documents stand",
            fix="run it again when the other is done",
        )
    raise PublishError(
        f"document {action.key} was refused by {action.index}:"
        f" {error.get('type')}: {str(error.get('reason'))[:300]}",
        not_done="nothing new is shown for this state",
        fix="mend the value in dbt_stage; where the index has another mapping, publish with mode bulk",
    )
