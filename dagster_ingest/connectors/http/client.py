"""Sends requests: rate limit, attempts, redirects, bounds. The only module that speaks HTTP."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx

from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.connectors.http import faults
from dagster_ingest.connectors.http.auth import Login, basic
from dagster_ingest.connectors.http.calls import Call
from dagster_ingest.connectors.http.faults import Again
from dagster_ingest.connectors.http.options import OAuthAuth
from dagster_ingest.connectors.http.retry import pause, retry_after
from dagster_ingest.connectors.http.settings import HttpSettings
from dagster_ingest.connectors.http.timing import Timing
from dagster_ingest.errors import AccessDenied
from dagster_ingest.pace import Limits
from dagster_ingest.redact import redact

T = TypeVar("T")
REDIRECTS = 5
UNREADABLE = "file|readable"
AGENT = "dagster-ingest"


@dataclass(frozen=True, slots=True)
class Answer:
    """headers: names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Client:
    """For one read of one source. Threads may share it. Close it."""

    def __init__(self, settings: HttpSettings, request: ReadRequest, timing: Timing) -> None:
        self._settings, self._timing, self._request = settings, timing, request
        self.login = Login(settings.auth, request, timing, self._token)
        self._limits: dict[str, Limits] = {}
        times = settings.timeouts
        self._http = httpx.Client(
            verify=_trust(settings.ca_file),
            trust_env=False,  # a connector reads no environment
            proxy=settings.proxy,
            follow_redirects=False,
            timeout=httpx.Timeout(times.read, connect=times.connect),
            headers={"user-agent": AGENT},
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def send(
        self,
        call: Call,
        take: Callable[[Answer], T],
        *,
        attempts: int | None = None,
        absent: frozenset[int] = frozenset(),
    ) -> T:
        """What `take` makes of the answer. It raises Again for a body that may be better next time.

        absent: statuses that are an answer, too, such as 404 for a record that is gone
        """
        most = attempts or self._settings.retry.attempts
        tried = 0
        while True:
            tried += 1
            try:
                return take(self._logged_in(call, absent))
            except Again as again:
                wait = pause(again, tried, self._settings.retry, self._timing)
                if tried >= most or wait is None:
                    raise faults.given_up(call, again, tried) from None
            self._timing.sleep(wait)

    def _logged_in(self, call: Call, absent: frozenset[int]) -> Answer:
        """One attempt. A token that ran out meanwhile is renewed once."""
        for first in (True, False):
            headers = self.login.headers()
            answer = self._followed(call, headers)
            if answer.status == 401 and first and self.login.renewable:
                self.login.renew(headers["authorization"])
                continue
            break
        if 200 <= answer.status < 300 or answer.status in absent:
            return answer
        if answer.status in faults.PASSING:
            wait = retry_after(answer.headers, self._timing.now())
            if answer.status in (429, 503) and wait:
                self._limit(call.url).quiet(min(wait, self._settings.retry.longest_wait))
            told = faults.facts(call, answer.status, answer.headers, answer.body)
            raise Again(f"the source answers {answer.status}", told, wait=wait)
        raise faults.refused(call, answer.status, answer.headers, answer.body)

    def _followed(self, call: Call, login: Mapping[str, str]) -> Answer:
        """Follow redirects, on the same host only: a login never goes elsewhere."""
        url, method = call.url, call.method
        params = [(n, v if isinstance(v, str) else self.login.reveal(v)) for n, v in call.params]
        params += self.login.params()
        for _ in range(REDIRECTS + 1):
            answer = self._once(call, method, url, params, login)
            if answer.status not in (301, 302, 303, 307, 308):
                return answer
            target = urljoin(url, answer.headers.get("location", ""))
            if not same_host(url, target):
                to = urlsplit(target).netloc or "nowhere"
                told = faults.facts(call, answer.status, answer.headers)
                fix = "if that is where the source lives now, set `url` to it"
                raise faults.wrong(call, f"the source redirects to {to}; it is not followed there", fix, told)
            if answer.status == 303 or (answer.status in (301, 302) and method == "POST"):
                method = "GET"
            url = target
            params = [*self.login.params()] if urlsplit(target).query else params
        raise faults.wrong(call, "the source redirects in circles", "check `url` and `path`")

    def _once(self, call: Call, method: str, url: str, params: list, login: Mapping[str, str]) -> Answer:
        self._limit(url).wait()
        named = {name: self.login.reveal(value) for name, value in call.headers.items()}
        body = self._request.revealed(call.body) if method == "POST" and call.body is not None else None
        try:
            sent = self._http.build_request(
                method, httpx.URL(url).copy_merge_params(params), headers={**named, **login}, json=body
            )
            return self._received(call, sent)
        except httpx.TimeoutException as error:
            problem = f"no answer in time ({_kind(error)})"
        except httpx.DecodingError:
            raise Again("the answer cannot be unpacked", faults.facts(call), rule=UNREADABLE) from None
        except httpx.TransportError as error:
            problem = f"the connection failed: {redact(str(error)) or _kind(error)}"
            if "CERTIFICATE_VERIFY_FAILED" in problem:
                raise _untrusted(call, problem) from None
        except httpx.InvalidURL as error:
            raise faults.wrong(call, f"{error}", "check `url` and `path`") from None
        raise Again(problem, faults.facts(call))

    def _received(self, call: Call, sent: httpx.Request) -> Answer:
        """The answer, within its bounds of size and time."""
        began, most = self._timing.passed(), self._settings.timeouts.total
        response = self._http.send(sent, stream=True)
        try:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > self._settings.max_bytes:
                    told = faults.facts(call, response.status_code, response.headers)
                    problem = f"the answer is larger than {self._settings.max_bytes:,} bytes"
                    raise faults.wrong(call, problem, "ask for smaller pages, or raise max_bytes", told)
                if self._timing.passed() - began > most:
                    told = faults.facts(call, response.status_code, response.headers)
                    raise Again(f"the answer is not here after {most:g} seconds", told)
        finally:
            response.close()
        return Answer(response.status_code, dict(response.headers), bytes(body))

    def _limit(self, url: str) -> Limits:
        host = urlsplit(url).netloc.lower()
        if host not in self._limits:
            self._limits[host] = Limits(self._request.limits, host, self._settings.rate, self._timing)
        return self._limits[host]

    def _token(self, auth: OAuthAuth, client: str, secret: str) -> Any:
        """The token endpoint's answer. Refused: AccessDenied; unreachable: Again."""
        form = {"grant_type": "client_credentials", **({"scope": auth.scope} if auth.scope else {})}
        headers = {}
        if auth.send == "form":
            form |= {"client_id": client, "client_secret": secret}
        else:
            headers["authorization"] = basic(client, secret)
        call = Call("POST", auth.token_url, name="token")
        self._limit(call.url).wait()
        try:
            sent = self._http.build_request("POST", call.url, headers=headers, data=form)
            answer = self._received(call, sent)
        except httpx.TransportError as error:
            problem = f"the token endpoint cannot be reached: {redact(str(error)) or _kind(error)}"
            raise Again(problem, faults.facts(call)) from None
        told = faults.facts(call, answer.status, answer.headers)  # no excerpt: it may hold a token
        if answer.status in faults.PASSING:
            raise Again(f"the token endpoint answers {answer.status}", told, wait=None)
        try:
            parsed = httpx.Response(answer.status, content=answer.body).json()
        except ValueError:
            parsed = None
        if answer.status != 200 or not isinstance(parsed, dict) or "access_token" not in parsed:
            raise AccessDenied(
                f"the token endpoint gives no token ({answer.status})",
                where=faults.where(call),
                not_done=faults.NOT_DONE,
                fix="check the secrets that `client_id` and `client_secret` name",
                source=told,
            )
        return parsed


def same_host(one: str, other: str) -> bool:
    """Same scheme, host and port; from http to https on the same host too."""
    a, b = urlsplit(one), urlsplit(other)
    if (a.scheme, a.netloc.lower()) == (b.scheme, b.netloc.lower()):
        return True
    upgrade = (a.scheme, b.scheme) == ("http", "https")
    return upgrade and a.hostname == b.hostname and a.port is None and b.port in (None, 443)


@cache
def _trust(ca_file: str | None) -> ssl.SSLContext:
    """Certificates to trust. Kept: making one takes longer than a request."""
    return (
        httpx.create_ssl_context(verify=True)
        if ca_file is None
        else ssl.create_default_context(cafile=ca_file)
    )


def _untrusted(call: Call, problem: str) -> AccessDenied:
    return AccessDenied(
        f"the host's certificate is not trusted: {problem}",
        where=faults.where(call),
        not_done=faults.NOT_DONE,
        fix="have the host's certificate mended, or name its authority in `ca_file`",
        source=faults.facts(call),
    )


def _kind(error: Exception) -> str:
    return type(error).__name__


class _Masked(logging.Filter):
    """httpx and httpcore log addresses and headers."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        return True


for _name in ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy", "httpcore.http2"):
    logging.getLogger(_name).addFilter(_Masked())
