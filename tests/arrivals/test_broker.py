"""Messages of a real NATS server: taken, written down, confirmed."""

from __future__ import annotations

import pytest

from dagster_ingest.arrivals import broker as client
from dagster_ingest.arrivals.memory import Queue
from dagster_ingest.errors import AccessDenied, SpecError, Unavailable
from dagster_ingest.spec.arrival import NatsArrival

pytestmark = pytest.mark.nats
DURABLE = "acme__feed"


def arrival(**more) -> NatsArrival:
    told = {"kind": "nats", "url": {"secret": "NATS_URL"}, "stream": "ARRIVALS", "subject": "arrivals.acme.>"}
    return NatsArrival.model_validate({**told, **more})


def take(broker, queue=None, **more):
    return client.take(arrival(**more), broker.url, DURABLE, queue or Queue())


def numbers(taken) -> list[int]:
    return [message.number for message in taken.messages if not message.again]


def waiting(broker) -> int:
    """Messages that were given out and not confirmed."""
    return broker.consumer("ARRIVALS", DURABLE).num_ack_pending


def test_a_message_is_confirmed_in_the_look_after_it_was_written_down(broker):
    number = broker.publish("arrivals.acme.feed", b'{"state": "IA"}')
    broker.publish("arrivals.other.feed")
    first = take(broker)
    assert [(m.number, m.body, m.again) for m in first.messages] == [(number, b'{"state": "IA"}', False)]
    assert waiting(broker) == 1
    second = take(broker, first.queue)
    assert not second.messages
    assert waiting(broker) == 0


def test_what_was_not_written_down_is_given_out_again(broker):
    number = broker.publish("arrivals.acme.feed")
    asked = {"every": "1m"}
    take(broker, **asked)  # the process died before the cursor was kept
    assert waiting(broker) == 1
    nak(broker)
    again = take(broker, **asked)
    assert numbers(again) == [number]


def test_what_was_written_down_and_comes_again_is_known(broker):
    number = broker.publish("arrivals.acme.feed")
    first = take(broker)
    nak(broker)
    lost = Queue(first.queue.of, 0, first.queue.taken, ())  # the confirmation never reached the broker
    second = take(broker, lost)
    assert [(m.number, m.again) for m in second.messages] == [(number, True)]
    take(broker, second.queue)
    assert waiting(broker) == 0


def nak(broker) -> None:
    """Have the broker give out again what is open, at once: a consumer made anew with the same name starts
    where nothing was confirmed."""
    broker._with(lambda js: js.delete_consumer("ARRIVALS", DURABLE))


def test_a_server_that_was_stopped_keeps_its_messages(broker):
    number = broker.publish("arrivals.acme.feed")
    first = take(broker)
    broker.stop()
    try:
        with pytest.raises(Unavailable, match="broker"):
            take(broker, first.queue)
    finally:
        broker.start()
    more = broker.publish("arrivals.acme.feed")
    second = take(broker, first.queue)
    assert more == number + 1
    assert numbers(second) == [more]
    assert waiting(broker) == 1


def test_a_stream_that_was_made_anew_counts_from_one_again(broker):
    broker.publish("arrivals.acme.feed")
    first = take(broker)
    broker.remove("ARRIVALS")
    broker.stream("ARRIVALS", "arrivals.>")
    assert broker.publish("arrivals.acme.feed") == 1
    second = take(broker, first.queue)
    assert numbers(second) == [1]
    assert second.queue.of != first.queue.of


def test_more_messages_than_a_batch_come_over_several_looks(broker):
    sent = [broker.publish("arrivals.acme.feed") for _ in range(25)]
    queue, found = Queue(), []
    for _ in range(4):
        taken = take(broker, queue, batch=10)
        found += numbers(taken)
        queue = taken.queue
    assert found == sent


def test_a_wrong_password_is_no_outage_and_is_not_told(broker):
    wrong = broker.url.replace("a-nats-password", "another-password")
    with pytest.raises(AccessDenied) as caught:
        client.take(arrival(), wrong, DURABLE, Queue())
    assert "another-password" not in str(caught.value)


@pytest.mark.parametrize("more", [{"stream": "ELSEWHERE"}, {"subject": "elsewhere.acme"}])
def test_what_the_broker_does_not_have_is_a_setting(broker, more):
    with pytest.raises(SpecError):
        take(broker, **more)


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ("a.b", "a.b", True),
        ("a.*", "a.b", True),
        ("a.>", "a.b.c", True),
        (">", "a", True),
        ("a.*", "*.b", True),
        ("a.b", "a.c", False),
        ("a.b", "a.b.c", False),
        ("a.*", "a", False),
    ],
)
def test_subjects_that_have_a_message_in_common(one, other, common):
    assert client.overlap(one, other) is common
    assert client.overlap(other, one) is common


def test_nobody_there_is_unavailable():
    with pytest.raises(Unavailable, match="broker"):
        client.take(arrival(), "nats://127.0.0.1:9", DURABLE, Queue())
