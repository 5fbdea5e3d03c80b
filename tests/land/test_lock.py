from __future__ import annotations

import threading

import pytest

from dagster_ingest.errors import Unavailable
from dagster_ingest.land import lock


def in_thread(work) -> object:
    """The result of `work`, or the error it raised, in another thread."""
    found: list[object] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def take(path, *, exclusive: bool):
    def work() -> int:
        with lock.hold(path, exclusive=exclusive, timeout=0.01) as held:
            return held.generation

    return work


def test_readers_share_and_writers_do_not(tmp_path):
    path = tmp_path / "a.lock"

    with lock.hold(path, exclusive=False):
        assert isinstance(in_thread(take(path, exclusive=False)), int)
        assert isinstance(in_thread(take(path, exclusive=True)), Unavailable)
    with lock.hold(path, exclusive=True):
        assert isinstance(in_thread(take(path, exclusive=False)), Unavailable)
    assert isinstance(in_thread(take(path, exclusive=True)), int)


def test_a_thread_may_nest_but_not_turn_from_reader_to_writer(tmp_path):
    path = tmp_path / "a.lock"

    with lock.hold(path, exclusive=True) as outer, lock.hold(path, exclusive=False) as inner:
        assert inner is outer
    with lock.hold(path, exclusive=False), pytest.raises(RuntimeError, match="cannot become a writer"):
        lock.hold(path, exclusive=True).__enter__()


@pytest.mark.parametrize("torn", [b"", b"{", b"[]", b'{"generation": "x"}'])
def test_every_writer_raises_the_generation_also_after_a_torn_file(tmp_path, torn):
    path = tmp_path / "a.lock"
    with lock.hold(path, exclusive=True) as held:
        first = held.generation
    path.write_bytes(torn)

    with lock.hold(path, exclusive=True) as held:
        second = held.generation
    with lock.hold(path, exclusive=False) as held:
        read = held.generation

    assert first < second == read
