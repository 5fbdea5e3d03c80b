"""The provider of the conformance suite for sources that are a FakeServer."""

from __future__ import annotations

from typing import Self

from dagster_ingest.testing.http import faults
from dagster_ingest.testing.http.server import FakeServer, Fault
from dagster_ingest.testing.served import Provider


class ServerProvider(Provider):
    """Subclass it: `mount` says what the server answers, `inject` which of its paths break."""

    server: FakeServer

    def mount(self) -> None:
        """Routes and gate, on a server that runs."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self.server = FakeServer().__enter__()
        self.mount()
        return self

    def __exit__(self, *raised: object) -> None:
        self.server.__exit__()

    def heal(self) -> None:
        self.server.heal()

    @property
    def requests(self) -> int:
        return len(self.server.asked)

    # for `inject`

    def breakage(self, fault: str) -> Fault:
        """How one answer goes wrong."""
        return {
            "timeout": faults.silent(self.server.hold),
            "reset": faults.reset,
            "unreachable": faults.reset,
            "server_error": faults.status(500),
            "rate_limited": faults.too_many(None),
            "absent": faults.status(404),
            "denied": faults.unauthorized,
        }[fault]

    def fail(self, path: str, fault: str) -> bool:
        """Every answer goes wrong. False: not in this way."""
        if fault not in ("unreachable", "server_error", "rate_limited", "absent", "denied"):
            return False
        self.server.script(path, self.breakage(fault), times=None)
        return True

    def break_off(self, path: str, fault: str, *, after: int) -> None:
        """`cut` or `denied_midway`, once `after` more requests were answered."""
        passed = self.server.count(path) + after
        broken = self.breakage("unreachable" if fault == "cut" else "denied")
        self.server.script(path, broken, times=None, when=lambda asked: asked.number > passed)

    def loop(self, path: str) -> None:
        """The next answer comes again and again."""
        again, first = faults.Repeated(), self.server.count(path) + 1
        self.server.script(path, again.keep, on=first)
        self.server.script(path, again.again, times=None, when=lambda asked: asked.number > first)
