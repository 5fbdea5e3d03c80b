"""The receiver over real HTTP: a server on loopback, calls by httpx."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest
import uvicorn

from dagster_ingest.arrivals.signing import SIGNATURE, TIME, TOLERANCE, signature
from dagster_ingest.arrivals.webhook import WRONG_PER_MINUTE, Place, Receiver
from dagster_ingest.spec.arrival import WebhookArrival

KEY = "a-key-for-tests-of-webhooks"
NOW = 1_800_000_000.0


@dataclass
class Stand:
    """The receiver behind a port, its clock and what it wrote down."""

    at: float = NOW
    base: str = ""
    calls: list[tuple] = field(default_factory=list)
    broken: Exception | None = None
    receiver: Receiver = None  # type: ignore[assignment]

    def made(self) -> Receiver:
        """As after a restart: what was written down is all that is known."""
        arrival = WebhookArrival.model_validate(
            {"kind": "webhook", "secret": {"secret": "KEY"}, "max_bytes": 1000, "per_minute": 5}
        )
        place = Place("acme", "feed", ("IA", "NE"), arrival, lambda: KEY)
        return Receiver({place.name: place}, self._record, self._taken, lambda: self.at)

    def _record(self, tenant, source, call, states) -> None:
        if self.broken is not None:
            raise self.broken
        self.calls.append((tenant, source, call, states, self.at))

    def _taken(self, tenant, source, seconds) -> dict[str, float]:
        return {call: at for _, _, call, _, at in self.calls if at >= self.at - seconds}

    def headers(self, body=b"", *, key=KEY, time=None, place="acme/feed") -> dict[str, str]:
        at = str(int(self.at if time is None else time))
        return {TIME: at, SIGNATURE: signature(key, at, place, body)}

    def post(self, body=b"", headers=None, place="acme/feed") -> httpx.Response:
        told = self.headers(body) if headers is None else headers
        return httpx.post(f"{self.base}/arrivals/{place}", content=body, headers=told, trust_env=False)


@pytest.fixture
def stand() -> Iterator[Stand]:
    made = Stand()
    made.receiver = made.made()

    async def app(scope, receive, send):
        await made.receiver.app()(scope, receive, send)

    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    made.base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield made
    server.should_exit = True
    thread.join(20)
    listening.close()


def test_a_signed_call_is_written_down_with_its_states(stand):
    answer = stand.post(b'{"states": ["NE"]}')
    assert (answer.status_code, answer.json()["states"]) == (202, ["NE"])
    assert stand.post(b"anything").status_code == 202
    assert [call[3] for call in stand.calls] == [("NE",), ("IA", "NE")]


def test_a_call_counts_once_even_after_a_restart(stand):
    headers = stand.headers()
    assert stand.post(headers=headers).status_code == 202
    assert stand.post(headers=headers).status_code == 409
    stand.receiver = stand.made()
    assert stand.post(headers=headers).status_code == 409
    assert len(stand.calls) == 1


@pytest.mark.parametrize("off", [-TOLERANCE - 1, TOLERANCE + 1])
def test_a_call_of_another_time_is_not_believed(stand, off):
    assert stand.post(headers=stand.headers(time=NOW + off)).status_code == 401
    assert not stand.calls


def test_a_replay_cannot_wait_until_it_is_forgotten(stand):
    ahead = stand.headers(time=NOW + TOLERANCE)
    assert stand.post(headers=ahead).status_code == 202
    for step in range(1, 12):
        stand.at = NOW + step * TOLERANCE / 4
        assert stand.post(headers=ahead).status_code in (401, 409)
    assert len(stand.calls) == 1


@pytest.mark.parametrize(
    "change",
    [
        {SIGNATURE: "sha256=" + "0" * 64},
        {SIGNATURE: ""},
        {TIME: ""},
        {TIME: "1800000001"},
        {TIME: "soon"},
        {TIME: "٣"},
    ],
)
def test_what_was_changed_is_not_believed(stand, change):
    headers = {**stand.headers(), **change}
    raw = {name: value.encode() for name, value in headers.items()}
    assert stand.post(headers=raw).status_code == 401
    assert not stand.calls


def test_another_body_place_or_key_is_not_believed(stand):
    assert stand.post(b"two", headers=stand.headers(b"one")).status_code == 401
    assert stand.post(headers=stand.headers(place="acme/other")).status_code == 401
    assert stand.post(headers=stand.headers(key="another-key")).status_code == 401
    assert stand.post(headers={}).status_code == 401


def test_a_place_that_is_none_is_not_found(stand):
    assert stand.post(place="acme/other").status_code == 404
    assert stand.post(place="../etc").status_code == 404
    assert httpx.get(f"{stand.base}/arrivals/acme/feed", trust_env=False).status_code == 405
    assert httpx.get(f"{stand.base}/health", trust_env=False).json()["places"] == 1


def test_a_body_that_is_too_large_is_refused_unread(stand):
    big = b"x" * 1001
    assert stand.post(big).status_code == 413
    pieces = (b"x" * 100 for _ in range(50))  # of a length that is not told
    answer = httpx.post(
        f"{stand.base}/arrivals/acme/feed", content=pieces, headers=stand.headers(), trust_env=False
    )
    assert answer.status_code == 413
    assert stand.post(b"x" * 1000).status_code == 202


def test_too_many_calls_are_refused_for_a_while(stand):
    answers = [stand.post(str(number).encode()).status_code for number in range(7)]
    assert answers == [202] * 5 + [429] * 2
    stand.at += 12
    assert stand.post(b"later").status_code == 202


def test_an_address_that_guesses_is_shut_out_for_a_while(stand):
    wrong = {TIME: str(int(NOW)), SIGNATURE: "sha256=00"}
    answers = {stand.post(headers=wrong).status_code for _ in range(WRONG_PER_MINUTE)}
    assert answers == {401}
    answer = stand.post()
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    stand.at += 60
    assert stand.post().status_code == 202


def test_a_call_that_could_not_be_written_down_may_be_sent_again(stand):
    headers = stand.headers()
    stand.broken = OSError("the disk is full")
    assert stand.post(headers=headers).status_code == 503
    stand.broken = None
    assert stand.post(headers=headers).status_code == 202


def test_no_key_is_told(stand, caplog):
    with caplog.at_level(logging.DEBUG):
        wrong = stand.headers(key="another-key")
        texts = [stand.post(headers=wrong).text, stand.post().text]
    told = caplog.text + "".join(texts) + repr(stand.receiver.places)
    assert KEY not in told
    assert wrong[SIGNATURE] not in told
    assert "is not believed: the signature is wrong" in caplog.text
