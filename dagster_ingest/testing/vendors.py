"""Servers of our own in the place of the vendors' APIs that the sample tenants read, on loopback.

`python -m dagster_ingest.testing.vendors -- COMMAND ...` serves them as long as the command runs, which
finds the tenants' specs, their keys and the servers' address in its environment; without a command it
serves until it is interrupted.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from dagster_ingest.errors import IngestError, SpecError, Unavailable
from dagster_ingest.settings import PREFIX, Settings
from dagster_ingest.testing.fake.hsds_api import HsdsApi
from dagster_ingest.testing.fake.icarol_api import IcarolApi
from dagster_ingest.testing.http import Answer, Asked, Bearer, FakeServer, Key
from dagster_ingest.testing.sample.apis import SPECS, TENANTS, held

PORT = 8221  # what the specs say
# Keys of servers that stand on this machine alone and hold invented records.
KEYS = {
    "LAKESHORE__ICAROL_KEY": "sample-key-of-lakeshore",
    "TIDEWATER__ICAROL_KEY": "sample-key-of-tidewater",
    "NORTHSTAR__HSDS_KEY": "sample-key-of-northstar",
}


class Vendors:
    """Serves between `with` and its end, on 127.0.0.1. `port` 0: a free one."""

    def __init__(self, port: int = PORT, day: int = 1) -> None:
        try:
            self.server = FakeServer(port)
        except OSError as error:
            raise Unavailable(
                f"port {port} of 127.0.0.1 cannot be had: {error.strerror}",
                not_done="no vendor's server was started",
                fix="end what listens there, or name another one with --port",
            ) from None
        newer = IcarolApi([], "b", KEYS["LAKESHORE__ICAROL_KEY"], "/lakeshore/v1").mount(self.server)
        older = IcarolApi([], "a", KEYS["TIDEWATER__ICAROL_KEY"], "/tidewater/v1").mount(self.server)
        self._icarol = {"lakeshore": newer, "tidewater": older}
        self._hsds = HsdsApi({}, "/northstar/v3").mount(self.server)
        self._gates: dict[str, Callable[[Asked], Answer | None]] = {
            newer.base: Bearer(newer.key),
            older.base: Bearer(older.key),
            self._hsds.base: Key("x-api-key", KEYS["NORTHSTAR__HSDS_KEY"]),
        }
        self.server.gate(self._gate)
        self.show(day)

    @property
    def port(self) -> int:
        return int(self.server.host.rpartition(":")[2])

    def show(self, day: int) -> None:
        """From now on the servers hold what they hold on that day."""
        for tenant, api in self._icarol.items():
            api.records = held(tenant, day).records
        self._hsds.tables = held("northstar", day).tables

    def install(self, folder: Path) -> None:
        """Write the tenants' specs into `folder`, with the address of these servers."""
        for tenant in TENANTS:
            text = (SPECS / tenant / "tenant.yaml").read_text(encoding="utf-8")
            (folder / tenant).mkdir(parents=True, exist_ok=True)
            said = text.replace(f"http://127.0.0.1:{PORT}/", f"{self.server.url}/")
            (folder / tenant / "tenant.yaml").write_text(said, encoding="utf-8")

    def _gate(self, asked: Asked) -> Answer | None:
        return next(gate for base, gate in self._gates.items() if asked.path.startswith(base))(asked)

    def __enter__(self) -> Vendors:
        self.server.__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        self.server.__exit__()


def folder_of(settings: Settings) -> Path:
    """Where the specs of the tenants are installed."""
    return settings.home / "api_tenants"


def environment(tenants: Path) -> dict[str, str]:
    """What a process needs that is to load these tenants."""
    return {PREFIX + "TENANTS_DIR": str(tenants), PREFIX + "SECRETS": "env", **KEYS}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m dagster_ingest.testing.vendors", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="of 127.0.0.1; 0: a free one")
    parser.add_argument("--day", type=int, choices=(1, 2), default=2, help="whose records are served")
    parser.add_argument("command", nargs="*", help="what to run meanwhile, behind --")
    given = parser.parse_args()
    tenants = folder_of(Settings.load())
    with Vendors(given.port, given.day) as vendors:
        vendors.install(tenants)
        more = environment(tenants)
        print(f"serving {', '.join(TENANTS)} on {vendors.server.url}; specs in {tenants}", file=sys.stderr)
        if given.command:
            return _run(given.command, {**os.environ, **more})
        _wait()
    return 0


def _run(command: list[str], environ: dict[str, str]) -> int:
    """Its exit code. An interrupt reaches it from the terminal, and it may take its time to end."""
    try:
        child = subprocess.Popen(command, env=environ)
    except OSError as error:
        raise SpecError(f"{command[0]!r} cannot be run: {error.strerror}", not_done="nothing ran") from None
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    code = child.wait()
    return code if code >= 0 else 128 - code  # ended by a signal: as a shell says it


def _wait() -> None:
    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ended.set())
    ended.wait()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except IngestError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
