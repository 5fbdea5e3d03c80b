"""What is shown of a tenant and who is publishing: one document, changed only by whoever holds it.

Each change names the sequence number that it builds on, so a publisher that was overtaken cannot sign.
Who waits takes over when the holder has given no sign of life for a while by the waiter's own clock:
clocks of different machines are never compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from dagster_ingest.errors import IngestError, Unavailable
from dagster_ingest.publish.holder import died_here, me
from dagster_ingest.publish.opensearch.server import Refused, Server

INDEX = "dagster_ingest-publications"
_BEAT = 5.0  # seconds between signs of life
_BODY = {
    "settings": {"index": {"number_of_shards": 1, "auto_expand_replicas": "0-1"}},
    "mappings": {"dynamic": False, "properties": {"tenant": {"type": "keyword"}}},
}


@dataclass(slots=True)
class Ledger:
    """What stands in the document of a tenant.

    indices   collection to the index that is shown
    states    state to what is shown of it: `version`, `rows`, `format`
    previous  what a bulk publish replaced: its `indices` and `states`
    coming    likewise, what is about to be shown
    """

    tenant: str
    token: int = 0
    holder: str | None = None
    beat: int = 0
    indices: dict[str, str] = field(default_factory=dict)
    previous: dict[str, Any] | None = None
    coming: dict[str, Any] | None = None
    states: dict[str, dict[str, Any]] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def read(server: Server, tenant: str) -> tuple[Ledger, tuple[int, int] | None]:
    """The ledger, and where it stands (sequence number, primary term); None if it is not there yet."""
    found = server.find("GET", f"/{INDEX}/_doc/{tenant}")
    if found is None or not found.get("found", True):
        return Ledger(tenant), None
    return Ledger(**found["_source"]), (found["_seq_no"], found["_primary_term"])


class Held:
    """The ledger in the hands of one publisher.

    silence  seconds after which another one that gives no sign of life is taken for dead
    """

    def __init__(
        self, server: Server, ledger: Ledger, place: tuple[int, int] | None, silence: float = 30.0
    ) -> None:
        self.server, self.ledger, self._place, self.silence = server, ledger, place, silence
        self._last = time.monotonic()
        self.overtook = False  # a publisher that may only be slow, and still write

    def save(self) -> None:
        """Write the ledger. Unavailable if another publisher has taken it."""
        self.ledger.beat += 1
        if not self._write():
            raise Unavailable(
                f"another publisher has taken over tenant {self.ledger.tenant}",
                not_done="this one stopped before it showed anything",
                fix="run it again when the other is done",
            )

    def alive(self) -> None:
        """Give a sign of life when it is time for one."""
        if time.monotonic() - self._last > _BEAT:
            self.save()

    def rest(self) -> None:
        """Wait for the silence, with signs of life."""
        ends = time.monotonic() + self.silence
        while (left := ends - time.monotonic()) > 0:
            self.alive()
            self.server.sleep(min(1.0, left))

    def release(self) -> None:
        """Let go. Who cannot reach the store any more is found silent by the next."""
        self.ledger.holder = None
        with suppress(IngestError):
            self._write()  # who was overtaken has nothing to give back

    def take(self) -> bool:
        self.ledger.holder = me()
        self.ledger.token += 1
        return self._write()

    def _write(self) -> bool:
        path, params = f"/{INDEX}/_doc/{self.ledger.tenant}", {"refresh": "true"}
        if self._place is None:
            path = f"/{INDEX}/_create/{self.ledger.tenant}"
        else:
            params |= {"if_seq_no": str(self._place[0]), "if_primary_term": str(self._place[1])}
        try:
            done = self.server.once("PUT", path, self.ledger.body(), params)
        except Refused as refusal:
            if refusal.status == 409:
                return False
            raise self.server.explained(refusal) from None
        self._place, self._last = (done["_seq_no"], done["_primary_term"]), time.monotonic()
        return True


@contextmanager
def held(
    server: Server,
    tenant: str,
    seconds: float,
    *,
    silence: float = 30.0,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Held]:
    """One publisher of a tenant at a time. Unavailable where another is at work for `seconds`.

    silence  seconds without a sign of life, after which a holder is taken for dead
    """
    _ensure(server)
    started = clock()
    seen: tuple[tuple[int, int] | None, float] | None = None
    while True:
        ledger, place = read(server, tenant)
        if seen is None or seen[0] != place:
            seen = (place, clock())
        mine = Held(server, ledger, place, silence)
        free = ledger.holder is None or died_here(ledger.holder)
        mine.overtook = not free and clock() - seen[1] >= silence
        if (free or mine.overtook) and mine.take():
            break
        if clock() - started > max(seconds, 0):
            raise Unavailable(
                f"another publisher ({ledger.holder}) has been at work for {seconds:g} s",
                where=tenant,
                not_done="nothing was published",
                fix="run it again when the other is done",
            )
        server.sleep(min(1.0, silence / 4))
    try:
        yield mine
    finally:
        mine.release()


def _ensure(server: Server) -> None:
    if server.find("GET", f"/{INDEX}") is None:
        try:
            server.once("PUT", f"/{INDEX}", _BODY)
        except Refused as refusal:
            if "exists" not in refusal.kind:
                raise server.explained(refusal) from None
    # An index that was just made cannot be read yet. The server waits half a minute.
    server.ask("GET", f"/_cluster/health/{INDEX}", params={"wait_for_status": "yellow"})
