"""What a run may spend at translators. Threads may share it."""

from __future__ import annotations

import threading
from collections import Counter

from dagster_ingest.spec.translation import TranslationBudget


class Budget:
    """Calls, characters and money, counted before they are spent: an attempt that fails may be billed."""

    def __init__(self, limits: TranslationBudget) -> None:
        self._limits, self._lock = limits, threading.Lock()
        self.calls: Counter[str] = Counter()
        self.characters: Counter[str] = Counter()
        self.money = 0.0

    def room(self, price_per_million: float) -> tuple[int, int]:
        """How many more calls, and characters at that price."""
        with self._lock:
            return self._room(price_per_million)

    def spend(self, provider: str, characters: int, price_per_million: float) -> bool:
        """Count one call with so many characters, unless that is more than is left."""
        with self._lock:
            calls, left = self._room(price_per_million)
            if calls < 1 or characters > left:
                return False
            self.calls[provider] += 1
            self.characters[provider] += characters
            self.money += characters * price_per_million / 1e6
            return True

    def _room(self, price_per_million: float) -> tuple[int, int]:
        calls = max(self._limits.calls - self.calls.total(), 0)
        characters = self._limits.characters - self.characters.total()
        if price_per_million > 0:
            affordable = int((self._limits.money - self.money) * 1e6 / price_per_million + 1e-6)
            characters = min(characters, affordable)
        return calls, max(characters, 0)
