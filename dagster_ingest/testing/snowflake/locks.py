"""Who may write which table: one session at a time for UPDATE, DELETE, MERGE and DDL, as in Snowflake."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

Owner = TypeVar("Owner")


class Locks(Generic[Owner]):
    """Tables held by sessions until their transactions end."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: dict[str, Owner] = {}

    def acquire(
        self, owner: Owner, tables: Iterable[str], seconds: float, stuck: Callable[[Owner], None]
    ) -> bool:
        """Take all of the tables, waiting. `stuck` hears again and again who is waited for.

        False where they were not free in time; then none was taken.
        """
        wanted, until = set(tables), time.monotonic() + seconds
        while True:
            with self._changed:
                others = {self._held[table] for table in wanted if self._held.get(table, owner) != owner}
                if not others:
                    self._held |= dict.fromkeys(wanted, owner)
                    return True
                left = until - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(min(left, 0.2))
            for other in others:
                stuck(other)

    def release(self, owner: Owner) -> None:
        with self._changed:
            self._held = {table: who for table, who in self._held.items() if who != owner}
            self._changed.notify_all()
