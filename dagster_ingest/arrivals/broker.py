"""Messages of NATS JetStream, taken through a durable consumer: the one place that knows its client.

A message is confirmed only after what follows from it was written down, which is in a later look: until then
the broker gives it out again, and it is known by its number in the stream.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import Any

from dagster_ingest.arrivals.memory import Queue
from dagster_ingest.errors import AccessDenied, IngestError, SpecError, Unavailable
from dagster_ingest.redact import redact
from dagster_ingest.spec.arrival import NatsArrival

KEPT = 2000  # numbers of messages that are remembered
_PATIENCE = 5.0  # seconds for an answer
_FETCH = 0.5  # seconds to wait for messages that may come again
_LONGEST = 40.0  # seconds for all of it
_NOT_DONE = "no message was taken or confirmed"


@dataclass(frozen=True, slots=True)
class Message:
    """number: in the stream. again: it was given out before."""

    number: int
    body: bytes
    again: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """queue: what is to be written down with what follows from the messages."""

    messages: tuple[Message, ...]
    queue: Queue


def take(arrival: NatsArrival, url: str, durable: str, queue: Queue) -> Taken:
    """Confirm what was written down, and take what is new. Raises Unavailable, AccessDenied, SpecError."""
    return _run(_take(arrival, url, durable, queue), arrival)


def _run(work: Any, arrival: NatsArrival) -> Taken:
    try:
        import nats
        import nats.errors
        import nats.js.errors
    except ImportError:
        work.close()
        raise SpecError(
            "arrivals by 'nats' need the library nats-py",
            not_done=_NOT_DONE,
            fix="install dagster-ingest[nats]",
        ) from None
    where = f"stream {arrival.stream}, subject {arrival.subject}"
    try:
        return asyncio.run(asyncio.wait_for(work, _LONGEST))
    except IngestError:
        raise
    except nats.js.errors.NotFoundError:
        fix = "create the stream, or correct `stream`"
        raise SpecError("the broker has no such stream", where=where, not_done=_NOT_DONE, fix=fix) from None
    except (nats.js.errors.BadRequestError, ValueError, TypeError) as error:
        told = redact(str(error))
        fix = "correct `url`, `subject` or `durable`; the stream has to have the subject"
        raise SpecError(f"the broker refuses: {told}", where=where, not_done=_NOT_DONE, fix=fix) from None
    except (nats.errors.Error, OSError, TimeoutError, EOFError) as error:
        told = redact(str(error)) or type(error).__name__
        if "authoriz" in told.lower() or "permission" in told.lower():
            fix = "have the login renewed, or its rights"
            raise AccessDenied(told, where=where, not_done=_NOT_DONE, fix=fix) from None
        fix = "run again; if it stays so, ask those who run the broker"
        raise Unavailable(f"the broker: {told}", where=where, not_done=_NOT_DONE, fix=fix) from None


async def _take(arrival: NatsArrival, url: str, durable: str, queue: Queue) -> Taken:
    import nats

    faults: list[Exception] = []

    async def noted(error: Exception) -> None:
        faults.append(error)

    client = nats.NATS()
    with _quiet():
        try:
            await client.connect(
                url,
                name=f"dagster-ingest {durable}",
                connect_timeout=int(_PATIENCE),
                allow_reconnect=False,
                max_reconnect_attempts=1,  # 0 is without end
                reconnect_time_wait=0,
                error_cb=noted,
            )
            return await _messages(client, arrival, durable, queue)
        except Exception as error:
            raise (faults[0] if faults and not client.is_connected else error) from None
        finally:
            await _closed(client)


async def _closed(client: Any) -> None:
    """A client that never got in leaves its connection open."""
    with contextlib.suppress(Exception):
        await client.close()
    transport = getattr(client, "_transport", None)
    if transport is not None:
        with contextlib.suppress(Exception):
            transport.close()
            await transport.wait_closed()


async def _messages(client: Any, arrival: NatsArrival, durable: str, queue: Queue) -> Taken:
    import nats.errors

    for reply in queue.acks:
        # An answer says that the broker has it; there is none for a message that is gone, or confirmed.
        with contextlib.suppress(nats.errors.NoRespondersError, TimeoutError, nats.errors.TimeoutError):
            await client.request(reply, b"+ACK", timeout=1.0)
    stream = client.jetstream(timeout=_PATIENCE)
    info = await stream.stream_info(arrival.stream)
    if not any(overlap(arrival.subject, subject) for subject in info.config.subjects or ()):
        raise ValueError(
            f"the stream has no {arrival.subject}; it has {', '.join(info.config.subjects or ())}"
        )
    made = str(info.created)
    known = set(queue.taken) if made == queue.of else set()
    await _consumer(stream, arrival, durable)
    subscription = await stream.pull_subscribe_bind(durable, arrival.stream)
    found: dict[int, tuple[str, Message]] = {}
    while (left := arrival.batch - len(found)) > 0:
        before, told = len(found), await subscription.consumer_info()
        fresh, open_ = told.num_pending or 0, told.num_ack_pending or 0
        if not fresh and (found or not open_):
            break
        with contextlib.suppress(nats.errors.TimeoutError):
            # What is open comes again only if the broker waited long enough for its confirmation.
            wait = _PATIENCE if fresh else _FETCH
            for message in await subscription.fetch(min(left, fresh or left), timeout=wait):
                number = message.metadata.sequence.stream
                found[number] = message.reply, Message(number, message.data, number in known)
        if len(found) == before:
            break
    numbers = tuple(sorted({*known, *found})[-KEPT:])
    acks = tuple(reply for reply, _ in found.values())
    return Taken(tuple(message for _, message in found.values()), Queue(made, queue.after, numbers, acks))


def overlap(one: str, other: str) -> bool:
    """Whether two subjects, with the wildcards * and >, have a message in common."""
    left, right = one.split("."), other.split(".")
    for mine, theirs in zip(left, right, strict=False):
        if ">" in (mine, theirs):
            return True
        if mine != theirs and "*" not in (mine, theirs):
            return False
    return len(left) == len(right)


async def _consumer(stream: Any, arrival: NatsArrival, durable: str) -> None:
    """Made where there is none; one that is there is taken as it is."""
    from nats.js.api import AckPolicy, ConsumerConfig
    from nats.js.errors import NotFoundError

    try:
        await stream.consumer_info(arrival.stream, durable)
    except NotFoundError:
        again = max(60.0, 4 * arrival.interval)  # seconds until a message is given out again
        asked = ConsumerConfig(
            durable_name=durable,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=again,
            filter_subject=arrival.subject,
            max_ack_pending=4 * arrival.batch,
        )
        await stream.add_consumer(arrival.stream, asked)


@contextlib.contextmanager
def _quiet():
    """The client writes what goes wrong to its own log, which is told here with the error."""
    log = logging.getLogger("nats")
    before = log.disabled
    log.disabled = True
    try:
        yield
    finally:
        log.disabled = before
