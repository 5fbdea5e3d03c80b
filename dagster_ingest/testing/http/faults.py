"""Faults for `FakeServer.script`: each gets the request and the handler that would have answered."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dagster_ingest.testing.http import wire
from dagster_ingest.testing.http.server import Answer, Asked, Fault, Handler


def status(code: int, **headers: str) -> Fault:
    """An error answer."""
    return lambda asked, handler: Answer.json({"error": f"simulated {code}"}, code, **headers)


def too_many(retry_after: str | None = "1") -> Fault:
    """429, with Retry-After in seconds or as a date."""
    given = {} if retry_after is None else {"retry_after": retry_after}
    return status(429, **given)


def unauthorized(asked: Asked, handler: Handler) -> Answer:
    return Answer.json({"error": "token expired"}, 401)


def reset(asked: Asked, handler: Handler) -> Answer:
    """The connection is reset before any answer."""
    return Answer(how=wire.reset)


def cut(asked: Asked, handler: Handler) -> Answer:
    """The connection ends half-way through the body; the stated length tells."""
    return replace(handler(asked), how=wire.cut)


def truncated(asked: Asked, handler: Handler) -> Answer:
    """Half of the body, with nothing on the wire that tells."""
    answer = handler(asked)
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def silent(hold: wire.Hold) -> Fault:
    """No answer at all: the client's time runs out. `hold`: the server's."""
    return lambda asked, handler: Answer(how=wire.silent(hold))


def drip(hold: wire.Hold, pause: float) -> Fault:
    """A byte now and then: each comes in time, the answer does not."""
    return lambda asked, handler: replace(handler(asked), how=wire.drip(hold, pause))


class Repeated:
    """Keeps the answer of one request (`keep`) and gives it again for another (`again`)."""

    def __init__(self) -> None:
        self._kept: Answer | None = None

    def keep(self, asked: Asked, handler: Handler) -> Answer:
        self._kept = handler(asked)
        return self._kept

    def again(self, asked: Asked, handler: Handler) -> Answer:
        return self._kept or handler(asked)


def first(change: Callable[[], Any]) -> Fault:
    """`change` happens to the server's data, once, and then the request is answered."""
    done = threading.Event()

    def fault(asked: Asked, handler: Handler) -> Answer:
        if not done.is_set():
            done.set()
            change()
        return handler(asked)

    return fault


def altered(change: Callable[[Any], Any]) -> Fault:
    """The JSON answer with something changed in it, such as another total."""

    def fault(asked: Asked, handler: Handler) -> Answer:
        answer = handler(asked)
        return replace(answer, body=json.dumps(change(json.loads(answer.body))).encode())

    return fault
