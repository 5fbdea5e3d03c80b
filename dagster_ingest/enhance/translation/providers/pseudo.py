"""No translator: it marks each text with the target locale, so that a demo shows which ones it would be."""

from __future__ import annotations

from collections.abc import Sequence


class Pseudo:
    name = "pseudo"
    version = "1"
    workers = 1
    batch = 1000
    characters = 10_000_000
    price = 0.0

    def edition(self, source: str, target: str) -> str:
        return self.version

    def translate(self, markups: Sequence[str], source: str, target: str) -> list[str]:
        return [f"[{target}] {markup}" for markup in markups]

    def close(self) -> None:
        """Nothing is open."""
