"""What is said of every document that a state shall show: of those that stand, and of those that are made."""

from __future__ import annotations

import random

import polars as pl

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "key": pl.String,
    "hash": pl.String,
    "original": pl.String,
}


class Keys:
    """Of one collection. Grows while documents are made; a key that is added again says what it says now.

    hash      digest of the document
    original  the record's id in the source, for a reader that asks for it
    """

    def __init__(self) -> None:
        self._stood = pl.DataFrame(schema=SCHEMA)
        self._made: dict[str, tuple[str, str | None]] = {}
        self._whole: pl.DataFrame | None = None

    def stand(self, documents: pl.DataFrame) -> None:
        """All that need not be made, with columns of `frame`."""
        self._stood = pl.concat([self._stood.clear(), documents], how="diagonal")
        self._whole = None

    def add(self, key: str, told: str, original: str | None = None) -> None:
        self._made[key], self._whole = (told, original), None

    def __len__(self) -> int:
        return self._stood.height + len(self._made)

    @property
    def frame(self) -> pl.DataFrame:
        """`key`, `hash`, `original`."""
        if self._whole is None:
            rows = [(key, *said) for key, said in self._made.items()]
            self._whole = pl.concat([self._stood, pl.DataFrame(rows, schema=SCHEMA, orient="row")])
        return self._whole

    def drawn(self, count: int) -> dict[str, str]:
        """Key to digest of some, others each time."""
        places = random.sample(range(len(self)), min(count, len(self)))
        return dict(self.frame[places].select("key", "hash").rows())
