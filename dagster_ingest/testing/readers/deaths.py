"""Killed on the way, and two at once: the next publish ends as if nothing had been."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from dagster_ingest import faults
from dagster_ingest.testing.readers.world import OTHER, Provider, made

_PUBLISH = """
import sys
from dagster_ingest.testing.readers.world import made
{made}
reader.apply(made(7, seed=2), allow_deletes=True, bulk=sys.argv[1] == "bulk")
"""


class Deaths:
    @pytest.mark.parametrize("manner", ["incremental", "bulk"])
    def test_killed_on_the_way(self, store: Provider, manner: str) -> None:
        for point in store.points:
            store.empty()
            reader, new = store.reader(), made(7, seed=2)
            reader.publish(made())
            reader.publish(made(state=OTHER))
            source, environ = store.program()

            process = subprocess.run(
                [sys.executable, "-c", _PUBLISH.format(made=source), manner],
                env={**os.environ, **environ, faults.VARIABLE: point},
                capture_output=True,
                text=True,
                timeout=300,
            )

            assert process.returncode == -signal.SIGKILL, (point, process.stderr)
            store.reader().apply(new, allow_deletes=True)
            assert store.reader().verify(new).problems == (), point
            assert store.reader().verify(made(state=OTHER)).problems == (), point

    def test_two_at_once_leave_whole_publications(self, store: Provider) -> None:
        given = [made(), made(7, seed=2), made(state=OTHER)]
        failed: list[BaseException] = []

        def publish(partition) -> None:
            try:
                store.reader().apply(partition, allow_deletes=True)
            except BaseException as error:  # a thread would swallow it
                failed.append(error)

        threads = [threading.Thread(target=publish, args=(each,)) for each in given]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert failed == []
        reader = store.reader()
        assert [reader.verify(each).problems == () for each in given].count(True) == 2
        assert reader.verify(given[2]).problems == ()
