"""The MariaDB of tests is there for the next test, whatever became of it in the last."""

from __future__ import annotations

import os
import signal
import time

import pytest

from dagster_ingest.testing import mysql
from tests.servers import or_skip

pytestmark = pytest.mark.mysql


def test_a_server_that_ended_says_how_and_is_started_anew(monkeypatch):
    monkeypatch.delenv(mysql.SERVER_VARIABLE, raising=False)
    with or_skip(mysql.running_server()) as server:
        first = server.address()
        assert server.ended() is None
        os.kill(server.process, signal.SIGKILL)
        while server.ended() is None:
            time.sleep(0.01)
        assert server.ended().startswith("mariadbd ended with -9: ")
        assert "InnoDB" in server.ended()

        with mysql.new_database(server.address()) as (_, run):
            run("create table things (a int)")
        assert server.address() != first
        assert server.ended() is None
