"""What can go wrong with one request, in words: host, request id, page, status and an excerpt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from dagster_ingest.connectors.http.calls import Call
from dagster_ingest.errors import AccessDenied, DataError, IngestError, Unavailable
from dagster_ingest.redact import redact

EXCERPT = 200  # characters
NOT_DONE = "nothing was committed; the last good partition stands"
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 507, 509, 520, 521, 522, 523, 524, 527, 529, 530})
_REQUEST_IDS = ("x-request-id", "x-correlation-id", "request-id", "x-amzn-requestid", "x-trace-id", "cf-ray")


class Again(Exception):
    """A fault that may pass. wait: seconds that the server asks for.
    rule: what the answer breaks if it came but cannot be used; None where none came."""

    def __init__(
        self, problem: str, facts: Mapping[str, Any], *, wait: float | None = None, rule: str | None = None
    ) -> None:
        super().__init__(problem)
        self.problem, self.facts, self.wait, self.rule = problem, facts, wait, rule


def facts(call: Call, status: int | None = None, headers: Mapping[str, str] | None = None, body: bytes = b""):
    """What an error tells of the other side. An excerpt is taken after secrets are masked."""
    told: dict[str, Any] = {"host": urlsplit(call.url).netloc}
    named = headers or {}
    told["request id"] = next((named[name] for name in _REQUEST_IDS if name in named), None)
    told["page"] = call.name or None
    told["status"] = status
    told["answer"] = excerpt(body)
    return told


def excerpt(body: bytes) -> str:
    shown = redact(" ".join(body[:20_000].decode("utf-8", "replace").split()))
    return shown[:EXCERPT] + ("..." if len(shown) > EXCERPT else "")


def refused(call: Call, status: int, headers: Mapping[str, str], body: bytes) -> IngestError:
    """The error for a status that no second attempt changes."""
    told = facts(call, status, headers, body)
    if status in (401, 403, 407):
        words = {401: "does not accept our login", 403: "does not let us read this", 407: "refuses our login"}
        who = "the proxy" if status == 407 else "the source"
        return AccessDenied(
            f"{who} {words[status]} ({status})",
            where=where(call),
            not_done=NOT_DONE,
            fix="check the secret that `auth` names, and what it is allowed to read",
            source=told,
        )
    fix = (
        "check `url` and `path`"
        if status in (404, 405, 410)
        else "check path, params and body of the request"
    )
    return wrong(call, f"the source refuses the request ({status})", fix, told, rule="http|request")


def wrong(
    call: Call, problem: str, fix: str, told: Mapping[str, Any] | None = None, rule: str = "http|answer"
) -> DataError:
    source = facts(call) if told is None else told
    return DataError(problem, rule=rule, where=where(call), not_done=NOT_DONE, fix=fix, source=source)


def given_up(call: Call, again: Again, attempts: int) -> IngestError:
    """After the last attempt."""
    times = f"after {attempts} attempt{'s' if attempts > 1 else ''}"
    if again.rule is not None:
        fix = "look at the answer; if it is whole, check `records`, `paging` and `format` against it"
        return wrong(call, f"{again.problem} ({times})", fix, again.facts, rule=again.rule)
    error = Unavailable(
        f"{again.problem} ({times})",
        where=where(call),
        not_done=NOT_DONE,
        fix="run again later; pages that were fetched are used where they still hold",
        source=again.facts,
    )
    error.tried, error.retry_after = attempts, again.wait
    return error


def where(call: Call) -> str:
    return f"{call.method} {call.place}" + (f" ({call.name})" if call.name else "")
