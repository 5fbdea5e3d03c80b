"""The stand-in as a process of its own: started on a free port, asked over HTTP, stopped at the end."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

from dagster_ingest.testing.noserver import NoServer

HOST = "127.0.0.1"
_NEEDED = ("fakesnow", "uvicorn", "starlette")
_SECONDS = 60


@dataclass(frozen=True)
class StandIn:
    """A running stand-in."""

    port: int

    def options(self, **more: Any) -> dict[str, Any]:
        """Arguments of `snowflake.connector.connect` for somebody who may do everything."""
        return {
            "account": "standin",
            "user": "TESTER",
            "password": "none",
            "host": HOST,
            "port": self.port,
            "protocol": "http",
            "warehouse": "TEST_WH",
            "role": "TEST_ROLE",
            "login_timeout": 10,
            "network_timeout": 60,
            "session_parameters": {"CLIENT_OUT_OF_BAND_TELEMETRY_ENABLED": False},
            **more,
        }

    def history(self) -> list[dict[str, Any]]:
        """Every statement so far in order, as rows of ACCOUNT_USAGE.QUERY_HISTORY."""
        return self._ask("GET", "history")

    def sessions(self) -> list[dict[str, Any]]:
        """Every login so far: who, how authenticated, whether the session is still open."""
        return self._ask("GET", "sessions")

    def forget(self) -> None:
        """Empty the history of statements."""
        self._ask("POST", "forget")

    def abandon(self) -> None:
        """End every session, rolling back what it has open: Snowflake does it to clients that died, later."""
        self._ask("POST", "abandon")

    def _ask(self, method: str, what: str) -> Any:
        request = Request(f"http://{HOST}:{self.port}/stand-in/{what}", method=method)
        with urlopen(request, timeout=_SECONDS) as answer:
            return json.load(answer)


@contextmanager
def running() -> Iterator[StandIn]:
    """A stand-in of its own, empty, stopped at the end. It ends with this process, however that ends."""
    if missing := [name for name in _NEEDED if importlib.util.find_spec(name) is None]:
        raise NoServer(f"{', '.join(missing)} is not installed: it is in the group dev")
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "dagster_ingest.testing.snowflake",
        "--port",
        "0",
        "--until-stdin-ends",
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            if not line.strip().isdecimal():
                raise NoServer(f"the stand-in does not start: it exits with {process.wait()}")
            yield StandIn(int(line))
        finally:
            process.stdin.close()
            process.wait(timeout=_SECONDS)
