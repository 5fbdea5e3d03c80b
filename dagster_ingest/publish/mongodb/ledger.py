"""Who publishes a tenant and what is signed of it: one document, changed only by whoever holds it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from dagster_ingest.errors import IngestError, Unavailable
from dagster_ingest.publish.holder import died_here, me
from dagster_ingest.publish.mongodb.driver import (
    Collection,
    Database,
    DuplicateKeyError,
    PyMongoError,
    ReturnDocument,
    end_session,
)

LEDGER = "dagster_ingest_publications"
GATE = "*"  # a ledger beside those of the tenants: held by who renames a collection over `resources`
ASIDE = "resources__"  # and an id: a collection in the making
_BEAT = 5.0  # seconds between signs of life


class Held:
    """The tenant in the hands of one publisher. token: greater than that of any publisher before.

    silence  seconds after which another one that gives no sign of life is taken for dead
    """

    def __init__(
        self,
        database: Database[dict[str, Any]],
        document: dict[str, Any],
        silence: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.token: int = document["token"]
        self.silence, self._sleep = silence, sleep
        # Whether it is in the place of a publisher that may only be slow, and still write.
        self.overtook: bool = document.get("silenced", False)
        self.states: dict[str, Any] = document.get("states", {})
        self._ledger, self.tenant, self._last = database[LEDGER], document["_id"], time.monotonic()

    def alive(self) -> None:
        """Give a sign of life when it is time for one."""
        if time.monotonic() - self._last > _BEAT:
            self._change({"$inc": {"beat": 1}})

    def alive_now(self) -> None:
        """Unavailable where another publisher has taken over."""
        self._change({"$inc": {"beat": 1}})

    def rest(self, seconds: float | None = None) -> None:
        """Wait, by default for the silence, with signs of life."""
        ends = time.monotonic() + (self.silence if seconds is None else seconds)
        while (left := ends - time.monotonic()) > 0:
            self.wait(min(1.0, left))

    def wait(self, seconds: float) -> None:
        """A moment of waiting, with a sign of life when it is time for one."""
        self.alive()
        self._sleep(seconds)

    def sign(self, state: str, signature: dict[str, Any] | None) -> None:
        """Say what is shown of a state; None while it is being written."""
        self._change({"$set": {f"states.{state}": signature}, "$inc": {"beat": 1}})
        self.states[state] = signature

    def within(self, session: Any) -> None:
        """Say whose transaction it is, should this publisher die in it."""
        self._change({"$set": {"session": session}, "$inc": {"beat": 1}})

    def release(self) -> None:
        with suppress(IngestError, PyMongoError):  # who cannot say so is found silent
            self._change({"$set": {"holder": None, "session": None, "silenced": False}})

    def _change(self, update: dict[str, Any]) -> None:
        found = self._ledger.update_one({"_id": self.tenant, "token": self.token}, update)
        if not found.matched_count:
            raise overtaken(self.tenant)
        self._last = time.monotonic()


def overtaken(tenant: str) -> Unavailable:
    return Unavailable(
        f"another publisher has taken over tenant {tenant}",
        not_done="this one stopped; the other's documents stand",
        fix="run it again when the other is done",
    )


def signed(database: Database[dict[str, Any]], tenant: str, state: str) -> dict[str, Any] | None:
    """What is said to be shown of a state."""
    found = database[LEDGER].find_one({"_id": tenant}) or {}
    return (found.get("states") or {}).get(state)


@contextmanager
def held(
    database: Database[dict[str, Any]],
    tenant: str,
    seconds: float,
    *,
    silence: float = 30.0,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Held]:
    """One publisher of a tenant at a time. Unavailable where another is at work for `seconds`.

    silence  seconds without a sign of life, by this clock alone, after which a holder is taken for dead
    """
    mine, overtook = _taken(database[LEDGER], tenant, seconds, silence, sleep)
    publisher = Held(database, mine, silence, sleep)
    publisher.overtook |= overtook
    try:
        if mine.get("session") is not None:
            end_session(database, mine["session"])
        if tenant == GATE:  # what stands aside now is nobody's: a rename of it that comes late fails
            for name in _aside(database):
                database.drop_collection(name)
        else:
            _through_the_gate(database, publisher, seconds)
        yield publisher
    finally:
        publisher.release()


def _taken(
    ledger: Collection[dict[str, Any]],
    tenant: str,
    seconds: float,
    silence: float,
    sleep: Callable[[float], None],
) -> tuple[dict[str, Any], bool]:
    """The tenant's document, now ours, and whether that is in the place of one that only fell silent."""
    started = time.monotonic()
    with suppress(DuplicateKeyError):
        ledger.insert_one({"_id": tenant, "token": 0, "beat": 0, "holder": None, "states": {}})
    seen: tuple[Any, float] = (None, started)
    while True:
        now = ledger.find_one({"_id": tenant}) or {}
        sign = (now["token"], now["beat"])
        if seen[0] != sign:
            seen = (sign, time.monotonic())
        quiet = time.monotonic() - seen[1] >= silence
        free = now["holder"] is None or died_here(now["holder"])
        if free or quiet:
            mine = ledger.find_one_and_update(
                {"_id": tenant, "token": now["token"], "beat": now["beat"], "holder": now["holder"]},
                {"$set": {"holder": me()}, "$inc": {"token": 1}},
                return_document=ReturnDocument.AFTER,
            )
            if mine is not None:
                return mine, not free
        if time.monotonic() - started > seconds:
            raise Unavailable(
                f"another publisher ({now['holder']}) has been at work for {seconds:g} s",
                where=tenant,
                not_done="nothing was published",
                fix="run it again when the other is done",
            )
        sleep(min(1.0, silence / 4))


def others_at_work(database: Database[dict[str, Any]], mine: Held, gate: Held) -> bool:
    """Whether another tenant has a publisher that may still write.

    One that gives no sign of life for the silence is overtaken: whatever it writes late it cannot sign.
    """
    started, first = time.monotonic(), _others(database, mine.tenant)
    now = first
    while now and now.items() <= first.items():
        if time.monotonic() - started >= mine.silence:
            silenced = [_silenced(database, *each) for each in now.items()]
            return not all(silenced)
        gate.alive()
        mine.rest(min(1.0, mine.silence / 4))
        now = _others(database, mine.tenant)
    return bool(now)


def _others(database: Database[dict[str, Any]], tenant: str) -> dict[str, tuple[int, int, str]]:
    """The last signs of life of other tenants' publishers: token, beat, and who it is."""
    found = database[LEDGER].find({"_id": {"$nin": [tenant, GATE]}, "holder": {"$ne": None}})
    signs = {each["_id"]: (each["token"], each["beat"], each["holder"]) for each in found}
    return {each: sign for each, sign in signs.items() if not died_here(sign[2])}


def _silenced(database: Database[dict[str, Any]], tenant: str, sign: tuple[int, int, str]) -> bool:
    """False where it gave a sign of life after all. Its successor hears that it was overtaken."""
    found = database[LEDGER].find_one_and_update(
        {"_id": tenant, "token": sign[0], "beat": sign[1], "holder": sign[2]},
        {"$set": {"holder": None, "silenced": True}, "$inc": {"token": 1}},
    )
    if found is not None and found.get("session") is not None:
        end_session(database, found["session"])
    return found is not None


def _through_the_gate(database: Database[dict[str, Any]], mine: Held, seconds: float) -> None:
    """Wait for who swaps `resources`. What one that died or failed left aside is dropped with the gate."""
    gate = database[LEDGER].find_one({"_id": GATE}) or {}
    if gate.get("holder") is not None or _aside(database):
        # Who waits gives signs of life: the one at the gate looks for those that have died.
        with held(database, GATE, seconds, silence=mine.silence, sleep=mine.wait):
            pass


def _aside(database: Database[dict[str, Any]]) -> list[str]:
    return database.list_collection_names(filter={"name": {"$regex": f"^{ASIDE}"}})
