"""The receiver of signed calls, as an ASGI application: `POST /arrivals/<tenant>/<source>`.

202 it was taken; 401 it is not believed; 404 there is no such place; 409 it was taken before; 413 its body is
too large; 429 too many; 503 it could not be written down: send it again.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dagster_ingest.arrivals.message import named_states
from dagster_ingest.arrivals.signing import SIGNATURE, TIME, TOLERANCE, Bucket, Known, call_id, refused
from dagster_ingest.redact import redact
from dagster_ingest.spec.arrival import WebhookArrival

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

log = logging.getLogger("dagster_ingest.webhook")
WRONG_PER_MINUTE = 30  # calls of one address that are not believed
_ADDRESSES = 10_000


@dataclass
class Place:
    """A source that takes calls. key: gives what they are signed with; it is asked for each call, so that a
    new key counts at once."""

    tenant: str
    source: str
    states: tuple[str, ...]
    arrival: WebhookArrival
    key: Callable[[], str] = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.tenant}/{self.source}"


@dataclass
class Receiver:
    """record: writes down that a call came, for (tenant, source, call, states). taken: calls that were
    written down lately, id to time, by a receiver before this one. now: epoch seconds."""

    places: Mapping[str, Place]
    record: Callable[[str, str, str, tuple[str, ...]], None]
    taken: Callable[[str, str, float], Mapping[str, float]] = lambda tenant, source, seconds: {}
    now: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        self._known: dict[str, Known] = {}
        self._calls = {name: Bucket(place.arrival.per_minute) for name, place in self.places.items()}
        self._wrong: OrderedDict[str, Bucket] = OrderedDict()

    def app(self) -> Starlette:
        from starlette.applications import Starlette
        from starlette.routing import Route

        return Starlette(
            routes=[
                Route("/arrivals/{tenant}/{source}", self._answer, methods=["POST"]),
                Route("/health", self._health, methods=["GET"]),
            ]
        )

    async def _health(self, request: Request) -> Response:
        return _said(200, "ready", places=len(self.places))

    async def _answer(self, request: Request) -> Response:
        from starlette.concurrency import run_in_threadpool

        name = f"{request.path_params['tenant']}/{request.path_params['source']}"
        address = request.client.host if request.client else ""
        wrong = self._of(address)
        if wrong.full(self.now()):
            return _said(429, "too many calls that are not believed", **{"retry-after": 60})
        place = self.places.get(name)
        if place is None:
            wrong.pour(self.now())
            return _said(404, "there is no such place")
        body = await _body(request, place.arrival.max_bytes)
        if body is None:
            return _said(413, f"the body has more than {place.arrival.max_bytes} bytes")
        headers = request.headers
        try:
            key = await run_in_threadpool(place.key)
        except Exception as error:
            log.error("%s: the key cannot be had: %s", name, redact(str(error)))
            return _said(503, "calls cannot be taken at the moment")
        why = refused(key, headers.get(TIME), headers.get(SIGNATURE), name, body, self.now())
        if why is not None:
            wrong.pour(self.now())
            log.warning("%s: a call from %s is not believed: %s", name, address, why)
            return _said(401, why)
        return await run_in_threadpool(self._take, place, call_id(headers[SIGNATURE]), body)

    def _take(self, place: Place, call: str, body: bytes) -> Response:
        now, bucket = self.now(), self._calls[place.name]
        if bucket.full(now):
            return _said(429, "too many calls", **{"retry-after": 60})
        try:
            known = self._known_of(place, now)
            if not known.add(call, now):
                return _said(409, "the call was taken before", call=call)
            bucket.pour(now)
            states, odd = named_states(body, place.states)
            try:
                self.record(place.tenant, place.source, call, states)
            except Exception:
                known.drop(call)
                raise
        except Exception as error:
            log.error("%s: a call could not be written down: %s", place.name, redact(str(error)))
            return _said(503, "the call could not be written down; send it again")
        log.info("%s: call %s for %s", place.name, call, ", ".join(states) or "no state")
        return _said(202, odd or "taken", call=call, states=list(states))

    def _known_of(self, place: Place, now: float) -> Known:
        """With what was written down before this process began."""
        if place.name not in self._known:
            before = self.taken(place.tenant, place.source, 3 * TOLERANCE)
            self._known[place.name] = Known(OrderedDict(sorted(before.items(), key=lambda item: item[1])))
        return self._known[place.name]

    def _of(self, address: str) -> Bucket:
        bucket = self._wrong.pop(address, None) or Bucket(WRONG_PER_MINUTE)
        self._wrong[address] = bucket
        if len(self._wrong) > _ADDRESSES:
            self._wrong.popitem(last=False)
        return bucket


async def _body(request: Request, most: int) -> bytes | None:
    """None for one that is too large, which is not read to its end."""
    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told) > most:
        return None
    found = bytearray()
    async for piece in request.stream():
        found += piece
        if len(found) > most:
            return None
    return bytes(found)


def _said(status: int, words: str, **more: Any) -> Response:
    from starlette.responses import JSONResponse

    headers = {"retry-after": str(more.pop("retry-after"))} if "retry-after" in more else {}
    return JSONResponse({"said": words, **more}, status, headers)
