"""Partial deliveries: they add and change rows; what they do not mention stays as it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import polars as pl

from dagster_ingest.errors import SpecError
from dagster_ingest.spec.contract import Contract, Rule

_COUNTS = ("row_count", "row_count_ratio")
_ORIGIN = ["_source_uri", "_row_number"]


def delta_contract(contract: Contract) -> Contract:
    """The contract for the rows of a delta: promises about the size of a whole table do not hold for it."""
    rules = tuple(r for r in contract.rules if r.kind not in _COUNTS)
    any_count = Rule("*|row_count", "row_count", (), {"min": 0}, description="a delta may be empty")
    return dataclasses.replace(contract, rules=(*rules, any_count))


def keys_of(names: Sequence[str]) -> list[pl.Expr]:
    """The cells that decide which row a delivered one replaces, as `_key0`, `_key1` ..."""
    return [pl.col(f).str.strip_chars().alias(f"_key{i}") for i, f in enumerate(names)]


class Delta:
    """The rows of a partial delivery, held until the audit has ended: changes are few.

    Files come newest first: an older row whose key stood in a newer file is superseded.
    """

    def __init__(self, contract: Contract) -> None:
        if not contract.keys:
            raise SpecError(
                f"mode partial needs a primary key, and the contract of {contract.table} has none",
                where=contract.file,
                not_done="nothing was read",
                fix="mark the key columns `primaryKey: true`, or set `mode: full`",
            )
        self._keys = keys_of(contract.keys)
        self._names = [f"_key{i}" for i in range(len(self._keys))]
        self._uri: str | None = None
        self._newer: list[pl.DataFrame] = []
        self._same: list[pl.DataFrame] = []
        self._held: list[pl.DataFrame] = []
        self.superseded = 0

    def latest(self, frame: pl.DataFrame, uri: str) -> pl.DataFrame:
        """The rows whose key stood in no newer file."""
        if uri != self._uri:
            self._newer, self._same, self._uri = self._newer + self._same, [], uri
        self._same.append(frame.select(self._keys))
        if not self._newer:
            return frame
        rows = self._without(frame, pl.concat(self._newer))
        self.superseded += frame.height - rows.height
        return rows

    def hold(self, accepted: pl.DataFrame) -> None:
        self._held.append(accepted)

    def settle(
        self, late: Mapping[str, pl.DataFrame], like: pl.DataFrame
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """(rows that stand, rows rejected after all with `_rules`). `late`: rule id to row positions."""
        held = pl.concat(self._held) if self._held else like.clear()
        if not late:
            return held, held.clear()
        tagged = pl.concat(
            [at.select(_ORIGIN).with_columns(_rules=pl.lit(rule)) for rule, at in late.items()]
        )
        rules = tagged.group_by(_ORIGIN).agg(pl.col("_rules").unique().sort())
        return (
            held.join(rules, on=_ORIGIN, how="anti", maintain_order="left"),
            held.join(rules, on=_ORIGIN, how="inner", maintain_order="left"),
        )

    def kept(self, previous: pl.DataFrame, delivered: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
        """The partition's present rows that the delivery leaves alone, as `columns`."""
        rows = self._without(previous, delivered.select(self._keys))
        absent = pl.lit(None, dtype=pl.String)
        return rows.select(pl.col(c) if c in rows.columns else absent.alias(c) for c in columns)

    def _without(self, frame: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
        keyed = frame.with_columns(self._keys)
        return keyed.join(keys, on=self._names, how="anti", maintain_order="left").drop(self._names)
