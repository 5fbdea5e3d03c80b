"""Requests to a provider: at its pace, tried again where that may help, and not more than is allowed."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import urlsplit

from dagster_ingest.clock import Timing
from dagster_ingest.errors import AccessDenied, DataError, IngestError, Unavailable
from dagster_ingest.pace import Limits
from dagster_ingest.redact import redact, remember

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
AGENT = "dagster-ingest"
FIRST_WAIT = 0.5  # seconds, at most, before the second attempt
LARGEST = 64 * 2**20  # bytes of an answer
NOT_DONE = "earlier values stay"

State = Literal["ok", "down", "refused", "quota", "budget", "idle"]
Meaning = Literal["quota", "again"]


class Again(Exception):
    """A fault that may pass. wait: seconds that the host asks for."""

    def __init__(self, problem: str, wait: float | None = None) -> None:
        super().__init__(problem)
        self.problem, self.wait = problem, wait


class OverQuota(Unavailable):
    """The provider sells no more for now."""


class OverBudget(IngestError):
    """The run's budget is spent."""


@dataclass(frozen=True, slots=True)
class Answer:
    """headers: names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Means = Callable[[Answer], Meaning | None]


def by_status(answer: Answer) -> Meaning | None:
    """It means what its status says."""
    return None


@dataclass(frozen=True, slots=True)
class Pace:
    """per_second: of the host, for all. folder: where processes share it; None keeps it to this one."""

    per_second: float
    folder: str | None = None
    burst: int = 1


@dataclass(slots=True)
class Sender:
    """For one provider. Threads may share it. Close it.

    spend    asked before each attempt with its weight; False: the budget is spent
    means    what an answer that is no 2xx says in the provider's own way; None: what its status says
    """

    name: str
    pace: Pace
    attempts: int
    timeout: float
    longest_wait: float
    timing: Timing
    spend: Callable[[int], bool]
    agent: str = AGENT
    means: Means = by_status
    _http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        import httpx

        self._http = httpx.Client(
            timeout=self.timeout,
            trust_env=False,
            follow_redirects=False,  # a key in the query goes nowhere else
            headers={"user-agent": self.agent},
        )

    def send(
        self,
        method: str,
        url: str,
        take: Callable[[Answer], T],
        *,
        weight: int = 1,
        headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> T:
        """What `take` makes of an answer of 2xx; it raises Again for one that may be better next time.

        Raises Unavailable (no usable answer after all attempts), OverQuota, AccessDenied, DataError (the
        provider refuses this very request), OverBudget. No message holds the address or the query of `url`.
        """
        for attempt in range(1, self.attempts + 1):
            if not self.spend(weight):
                raise OverBudget("the budget of the run is spent", where=self.name, not_done=NOT_DONE)
            try:
                return take(self._answered(method, url, headers or {}, body))
            except Again as again:
                bound = min(FIRST_WAIT * 2 ** (attempt - 1), self.longest_wait)
                wait = (again.wait or 0.0) + self.timing.chance() * bound
                if attempt == self.attempts or (again.wait or 0.0) > self.longest_wait:
                    times = f"after {attempt} attempt{'s' if attempt > 1 else ''}"
                    raise self._problem(Unavailable, f"{again.problem} ({times})", url) from None
            self.timing.sleep(wait)
        raise AssertionError("attempts is at least 1")

    def close(self) -> None:
        self._http.close()

    def _answered(self, method: str, url: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> Answer:
        import httpx

        self._limit(url).wait()
        try:
            answer = self._received(self._http.build_request(method, url, headers=headers, **body), url)
        except httpx.TimeoutException as error:
            raise Again(f"no answer in time ({type(error).__name__})") from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise Again(f"the connection failed: {type(error).__name__}") from None
        if 200 <= answer.status < 300:
            return answer
        raise self._refusal(answer, url)

    def _received(self, request: httpx.Request, url: str) -> Answer:
        """The answer, within its bounds of size and time: one that drips is none."""
        began = self.timing.passed()
        response = self._http.send(request, stream=True)
        try:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > LARGEST:
                    raise self._problem(DataError, "the answer is too large", url)
                if self.timing.passed() - began > self.timeout:
                    raise Again("the answer is not whole in time")
        finally:
            response.close()
        return Answer(response.status_code, dict(response.headers), bytes(body))

    def _refusal(self, answer: Answer, url: str) -> Exception:
        status, meaning = answer.status, self.means(answer)
        if meaning == "quota":
            return self._problem(OverQuota, f"its quota is used up ({status})", url)
        if status in (408, 425, 429) or status >= 500 or meaning == "again":
            wait = _retry_after(answer.headers, self.timing.now())
            if wait and status in (429, 503):
                self._limit(url).quiet(min(wait, self.longest_wait))
            return Again(f"it answers {status}", wait)
        if status == 402:
            return self._problem(OverQuota, "it wants to be paid (402)", url)
        if status in (401, 403):
            fix = "check the secret that `key` names, and what its account may do"
            return self._problem(AccessDenied, f"it does not let us in ({status})", url, fix)
        return self._problem(DataError, f"it refuses the request ({status})", url)

    def _problem(
        self, kind: type[IngestError], problem: str, url: str, fix: str | None = None
    ) -> IngestError:
        host = urlsplit(url).netloc
        return kind(redact(problem), where=self.name, not_done=NOT_DONE, fix=fix, source={"host": host})

    def _limit(self, url: str) -> Limits:
        return Limits(self.pace.folder, urlsplit(url).netloc.lower(), self.pace, self.timing)


def json_of(answer: Answer) -> Any:
    """The body as JSON; Again where it is none."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        raise Again("the answer is no JSON") from None


def read(take: Callable[[], T]) -> T:
    """What `take` reads from an answer; Again for one of another shape than it should have."""
    try:
        return take()
    except (KeyError, TypeError, IndexError, ValueError, AttributeError, csv.Error) as error:
        raise Again(f"the answer has another shape ({type(error).__name__})") from None


def state_of(error: IngestError) -> State:
    """Of a provider that ended with this error."""
    if isinstance(error, OverBudget):
        return "budget"
    if isinstance(error, OverQuota):
        return "quota"
    return "refused" if isinstance(error, AccessDenied) else "down"


def masked(secret: Callable[[str], str]) -> Callable[[str], str]:
    """Keys stand in addresses and headers, which clients log: from here on they are masked."""

    def known(name: str) -> str:
        value = secret(name)
        remember(value, name)
        return value

    return known


def _retry_after(headers: Mapping[str, str], now: float) -> float | None:
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now) if text else None
    except (ValueError, TypeError, OverflowError):
        return None
