"""What a store holds of a tenant in one collection, and what becomes of it. Frames, and pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from dagster_ingest.publish.documents.keys import SCHEMA as _KEYS
from dagster_ingest.publish.documents.keys import Keys

_STATES = pl.List(pl.String)
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {**_KEYS, "states": _STATES}
EMPTY = pl.DataFrame(schema=SCHEMA)


@dataclass(frozen=True, slots=True)
class Shown:
    """Of one document: the digest of what it says, the states it belongs to, and the record's id in the
    source where the store is asked for it."""

    hash: str
    states: tuple[str, ...]
    original: str | None = None


def held(documents: Iterable[tuple[str, Shown]]) -> pl.DataFrame:
    """As the store says."""
    rows = [(key, each.hash, each.original, list(each.states)) for key, each in documents]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def shown(rows: pl.DataFrame) -> dict[str, Shown]:
    """By key. For few documents."""
    return {
        key: Shown(told, tuple(states), original)
        for key, told, original, states in rows.select(list(SCHEMA)).iter_rows()
    }


def of_state(rows: pl.DataFrame, state: str) -> pl.DataFrame:
    """Documents that a state shows."""
    return rows.filter(pl.col("states").list.contains(state))


def of_others(rows: pl.DataFrame, state: str) -> pl.DataFrame:
    """Documents that other states show, without this one."""
    states = pl.col("states")
    shared = rows.filter((states.list.len() > 1) | ~states.list.contains(state))
    return shared.with_columns(states.list.eval(pl.element().filter(pl.element() != state)))


def besides(rows: pl.DataFrame, own: Keys) -> pl.DataFrame:
    """Documents that are not among those of `own`."""
    return rows.join(own.frame, on="key", how="anti")


def gone(rows: pl.DataFrame, state: str, own: Keys) -> pl.DataFrame:
    """Documents that the state shows and shall not show."""
    return besides(of_state(rows, state), own)


def rewritten(rows: pl.DataFrame, own: Keys) -> list[str]:
    """Keys of documents that say something else than before."""
    both = rows.join(own.frame, on="key", suffix="_now")
    return both.filter(pl.col("hash") != pl.col("hash_now"))["key"].to_list()


def after(rows: pl.DataFrame, state: str, own: Keys) -> pl.DataFrame:
    """What the store holds once it shows all of `own` for the state, and nothing else."""
    others = of_others(rows, state)
    mine = pl.lit([state], _STATES)
    alone = own.frame.join(others, on="key", how="anti").with_columns(states=mine)
    both = others.join(own.frame, on="key", suffix="_now")
    together = both.with_columns(
        hash=pl.col("hash_now"),
        original=pl.col("original_now"),
        states=pl.concat_list("states", mine).list.sort(),
    )
    found = (alone, together, besides(others, own))
    return pl.concat([each.select(list(SCHEMA)) for each in found])
