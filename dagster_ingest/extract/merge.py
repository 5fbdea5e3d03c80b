"""Partial deliveries: they add and change rows; what they do not mention stays as it is."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from typing import Literal

import polars as pl

from dagster_ingest import naming
from dagster_ingest.connectors.base import Deletions
from dagster_ingest.errors import DataError, SpecError
from dagster_ingest.spec.contract import Contract, Rule
from dagster_ingest.validate.decide import count_faults

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


class Unseen(Exception):
    """A read of changes does not bring all that is listed. digest: of the keys of what it lacks."""

    def __init__(self, digest: str) -> None:
        super().__init__(digest)
        self.digest = digest


class Delta:
    """The rows of a partial delivery, held until the audit has ended: changes are few.

    Files come newest first: an older row whose key stood in a newer file is superseded.
    """

    def __init__(self, contract: Contract) -> None:
        self._gone: Deletions | None = None
        self._contract = contract
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
        self._moved: list[pl.DataFrame] = []
        self.superseded = 0
        self.deleted = 0

    def moved(self, frame: pl.DataFrame, previous: pl.DataFrame) -> None:
        """Rows of the delivery that are another state's. What stands here under their keys goes there."""
        if not frame.is_empty():
            keys = frame.select(self._keys).drop_nulls()
            here = keys.join(previous.select(self._keys), on=self._names, how="semi")
            self._moved += [here] if here.height else []

    def gone(self, deletions: Deletions | None, where: str) -> None:
        """What the source says it does not have any more. Raises DataError for a list without keys."""
        if deletions is None:
            return
        headings = deletions.keys.columns
        at = {name.lower(): h for name, h in zip(naming.column_names(headings), headings, strict=True)}
        lacking = [key for key in self._contract.keys if key.lower() not in at]
        if lacking:
            raise DataError(
                f"the list of rows that are gone lacks the key {', '.join(lacking)}",
                rule=naming.rule_id(lacking[0], "present"),
                where=where,
                not_done="nothing was committed; the last good partition stands",
                fix="take deletions out of the source's settings, or correct its keys",
            )
        named = deletions.keys.select(pl.col(at[key.lower()]).alias(key) for key in self._contract.keys)
        self._gone = Deletions(deletions.kind, named.select(self._keys).drop_nulls().unique())

    def latest(self, frame: pl.DataFrame, uri: str) -> pl.DataFrame:
        """The rows whose key stood in no newer file. Pages of one address are one file."""
        uri = uri.partition("#")[0] if "://" in uri else uri
        if uri != self._uri:
            self._newer, self._same, self._uri = self._newer + self._same, [], uri
        self._same.append(frame.select(self._keys))
        if not self._newer:
            return frame
        rows = self._without(frame, pl.concat(self._newer))
        self.superseded += frame.height - rows.height
        return rows

    @property
    def removes(self) -> bool:
        """Whether the source named rows that are gone, or went to another state."""
        named = self._gone is not None and (self._gone.kind == "present" or self._gone.keys.height > 0)
        return named or bool(self._moved)

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
        """The partition's present rows that the delivery leaves alone, as `columns`.

        Rows that are gone are not among them. A row that is delivered as well is not gone.
        """
        rows = self._without(previous, delivered.select(self._keys))
        there = self.left(rows)
        self.deleted, rows = rows.height - there.height, there
        absent = pl.lit(None, dtype=pl.String)
        return rows.select(pl.col(c) if c in rows.columns else absent.alias(c) for c in columns)

    def left(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Those of `rows` that are neither gone nor another state's."""
        for keys in self._moved:
            rows = self._match(rows, keys, "anti")
        if self._gone is None:
            return rows
        return self._match(rows, self._gone.keys, "anti" if self._gone.kind == "keys" else "semi")

    def require_seen(self, previous: pl.DataFrame | None, known: str) -> None:
        """Raises Unseen where the source lists rows that neither the partition nor the delivery has: they
        were gone for a while and are back without a new stamp, they came late, or they are refused.

        known  the digest that was seen through before: those rows stay away

        A list with more strangers than the partition has rows is one of more than this table.
        """
        if self._gone is None or self._gone.kind != "present" or previous is None:
            return
        here = pl.concat([previous.select(self._keys), *self._newer, *self._same])
        found = self._gone.keys.join(here, on=self._names, how="anti").sort(self._names)
        digest = hashlib.sha256(found.write_json().encode()).hexdigest()[:32]
        if 0 < found.height <= previous.height and digest != known:
            raise Unseen(digest)

    def require_enough(self, rows: int, before: int, where: str) -> None:
        """A list of deleted rows takes no more away than the contract lets a whole delivery do."""
        for rule, why in count_faults(self._contract, rows, before) if self.deleted else ():
            raise DataError(
                f"the source says that {self.deleted:,} rows are gone, which leaves {why}",
                rule=rule.id,
                where=where,
                not_done="nothing was deleted or committed; the last good partition stands",
                fix="if they are gone, read everything once in mode full, or widen the rule",
            )

    def _without(self, frame: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
        return self._match(frame, keys, "anti")

    def _match(self, frame: pl.DataFrame, keys: pl.DataFrame, how: Literal["anti", "semi"]) -> pl.DataFrame:
        keyed = frame.with_columns(self._keys)
        return keyed.join(keys, on=self._names, how=how, maintain_order="left").drop(self._names)
