"""Partial deliveries: what they do not mention stays."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import polars as pl

from dagster_ingest.errors import SpecError
from dagster_ingest.spec.contract import Contract, Rule

_COUNTS = ("row_count", "row_count_ratio")


def delta_contract(contract: Contract) -> Contract:
    """The contract for the rows of a delta: promises about the size of a whole table do not hold for it."""
    rules = tuple(r for r in contract.rules if r.kind not in _COUNTS)
    return dataclasses.replace(
        contract, rules=(*rules, Rule("*|row_count", "row_count", (), {"min": 0}, description="a delta"))
    )


class Delta:
    """The keys of a partial delivery. Files come newest first; an older row of a key seen is superseded."""

    def __init__(self, contract: Contract) -> None:
        if not contract.keys:
            raise SpecError(
                f"mode partial needs a primary key, and the contract of {contract.table} has none",
                where=contract.file,
                not_done="nothing was read",
                fix="mark the key columns `primaryKey: true`, or set `mode: full`",
            )
        self._fields = list(contract.keys)
        self._uri: str | None = None
        self._newer: list[pl.DataFrame] = []
        self._current: list[pl.DataFrame] = []
        self._accepted: list[pl.DataFrame] = []
        self.superseded = 0

    def latest(self, frame: pl.DataFrame, uri: str) -> pl.DataFrame:
        """The rows whose key stood in no newer delivery."""
        if uri != self._uri:
            self._newer, self._current, self._uri = self._newer + self._current, [], uri
        self._current.append(self._keys(frame))
        if not self._newer:
            return frame
        rows = self._without(frame, pl.concat(self._newer))
        self.superseded += frame.height - rows.height
        return rows

    def accept(self, frame: pl.DataFrame) -> None:
        self._accepted.append(frame.select(*self._key_texts(), "_source_uri", "_row_number"))

    def kept(
        self, previous: pl.LazyFrame, dropped: Sequence[pl.DataFrame], columns: Sequence[str]
    ) -> Iterator[pl.DataFrame]:
        """The partition's present rows that the delivery leaves alone, in batches of `columns`.

        `dropped`: `_source_uri`, `_row_number` of rows that were accepted and then rejected.
        """
        keys = pl.concat(self._accepted) if self._accepted else None
        if keys is not None and dropped:
            at = ["_source_uri", "_row_number"]
            keys = keys.join(pl.concat([d.select(at) for d in dropped]), on=at, how="anti")
        there = set(previous.collect_schema().names())
        absent = pl.lit(None, dtype=pl.String)
        for batch in previous.collect_batches(chunk_size=65_536, maintain_order=True):
            rows = batch if keys is None else self._without(batch, keys)
            yield rows.select(pl.col(c) if c in there else absent.alias(c) for c in columns)

    def _without(self, frame: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
        names = [f"_key{i}" for i in range(len(self._fields))]
        return (
            frame.with_columns(self._key_texts())
            .join(keys.select(names), on=names, how="anti", maintain_order="left")
            .drop(names)
        )

    def _keys(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.select(self._key_texts())

    def _key_texts(self) -> list[pl.Expr]:
        return [pl.col(f).str.strip_chars().alias(f"_key{i}") for i, f in enumerate(self._fields)]
