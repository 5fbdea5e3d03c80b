"""What a run may spend at providers. Threads may share it."""

from __future__ import annotations

import threading
from collections import Counter

from dagster_ingest.spec.enhance import GeocodingBudget


class Budget:
    """Lookups and money, counted before they are spent: an attempt that fails may be billed as well."""

    def __init__(self, limits: GeocodingBudget) -> None:
        self._limits, self._lock = limits, threading.Lock()
        self.lookups: Counter[str] = Counter()
        self.money = 0.0

    def room(self, price_per_1000: float) -> int:
        """How many more lookups at that price."""
        with self._lock:
            return self._room(price_per_1000)

    def spend(self, provider: str, lookups: int, price_per_1000: float) -> bool:
        """Count them, unless they are more than is left."""
        with self._lock:
            if lookups > self._room(price_per_1000):
                return False
            self.lookups[provider] += lookups
            self.money += lookups * price_per_1000 / 1000
            return True

    def _room(self, price_per_1000: float) -> int:
        calls = self._limits.lookups - self.lookups.total()
        if price_per_1000 <= 0:
            return max(calls, 0)
        affordable = int((self._limits.money - self.money) * 1000 / price_per_1000 + 1e-6)
        return max(min(calls, affordable), 0)
