"""The rows of a replay, gathered: what was kept of the delivery, and whether that is all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from dagster_ingest import naming
from dagster_ingest.errors import IngestError
from dagster_ingest.extract.kept import PLACE, KeptRows, headings_of, is_malformed
from dagster_ingest.extract.merge import keys_of
from dagster_ingest.extract.request import belonging, made_by
from dagster_ingest.land.base import Landing
from dagster_ingest.land.delivery import Delivery
from dagster_ingest.land.kept import Kept
from dagster_ingest.spec.models import ColumnState, StateBinding
from dagster_ingest.spec.resolved import SourceSpec, TableSpec, TenantSpec

_AGAIN = "load the table from its source instead: dagster-ingest run"


class NothingToReplay(IngestError):
    """There is nothing to replay, or not all of it. The partition and its verdict stand as they are."""

    def __init__(self, where: str, problem: str, fix: str) -> None:
        super().__init__(problem, where=where, not_done="nothing was replayed", fix=fix)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a replay reads. Frames of land.refused.delivered.

    refused     every quarantined row that goes through the audit, or stays refused without one
    asked       those of them that the audit is asked about
    dismissed   those that stay refused
    superseded  rows of earlier partial deliveries that a newer row took the place of; not read
    brought     rows that belonged to no state before and may belong to this one now
    """

    kept: Kept
    read: KeptRows
    refused: pl.DataFrame
    asked: pl.DataFrame
    dismissed: pl.DataFrame
    superseded: pl.DataFrame
    brought: int


def gather(
    tenant: TenantSpec, source: SourceSpec, table: TableSpec, state: str, landing: Landing
) -> Gathered:
    """Raises NothingToReplay where nothing was loaded, or where the delivery is not here whole."""
    kept = landing.kept(table.raw, state)
    where = f"{tenant.name}/{table.raw} {state}"
    if kept is None:
        raise NothingToReplay(where, "no delivery was read to its end yet", "load it: dagster-ingest run")
    if kept.delivery is None or not kept.fingerprint:
        raise NothingToReplay(where, f"load {kept.load_id} was made by an older version", _AGAIN)
    _must_take_the_same(where, kept.delivery, made_by(tenant, source, table, state))
    if kept.delivery.removes and kept.why:
        problem = f"load {kept.load_id} also named rows that are gone, and their keys were not kept"
        raise NothingToReplay(where, problem, _AGAIN)
    own = landing.quarantine.delivered(table.raw, state, kept.delivery.load_id)
    places = kept.places()
    own = own.join(places, on=PLACE, how="anti", maintain_order="left")
    _must_be_whole(where, kept.delivery, places.height, own)
    more, superseded = own.clear(), own.clear()
    headings: dict[str, tuple[str, ...]] = {}
    if source.adds:
        more, superseded = _earlier(table, state, landing, kept, own, places)
        headings = {uri: tuple(headings_of(of)) for (uri,), of in more.group_by("_source_uri")}
    elif kept.delivery.made_by["states"] != made_by(tenant, source, table, state)["states"]:
        more, headings = _stateless(where, tenant, table, state, landing, kept)
        more = more.filter(_goes_to(more, source.state, tenant.states) == state)
        more = more.join(pl.concat([places, own.select(PLACE)]), on=PLACE, how="anti")
    headings = {uri: heads for uri, heads in headings.items() if uri not in kept.delivery.files}
    refused = pl.concat([own, more])
    dismissed = refused.filter(pl.col("_dismissed") & is_malformed().not_())
    elsewhere = _goes_to(refused, source.state, tenant.states).fill_null(state) != state
    asked = refused.filter(pl.col("_dismissed").not_() & is_malformed().not_() & ~elsewhere)
    read = KeptRows(kept, refused, headings)
    return Gathered(kept, read, refused, asked, dismissed, superseded, more.height)


def _must_take_the_same(where: str, delivery: Delivery, now: Mapping[str, Any]) -> None:
    """Rows that the load passed over were not kept: what it passed over must not be wanted now."""
    before = delivery.made_by
    for value, state in before["states"].items():
        goes = now["states"].get(value)
        if goes != state:
            problem = f"rows of {value!r} went to {state} and go to {goes or 'no state'} now"
            raise NothingToReplay(where, problem, _AGAIN)
    wanted = {**now, "states": before["states"]}
    if before["template_row"] is False:
        wanted["template_row"] = False  # one more row can be left out, none brought back
    changed = sorted(name for name, value in wanted.items() if before.get(name) != value)
    if changed:
        problem = f"the source is read otherwise than it was ({', '.join(changed)})"
        raise NothingToReplay(where, problem, _AGAIN)


def _must_be_whole(where: str, delivery: Delivery, accepted: int, own: pl.DataFrame) -> None:
    """Every record that the load counted is here. Rows of no state may be more: another state's by now."""
    stateless = own.filter(pl.col("_rules").list.first().str.ends_with("|state")).height
    have = accepted + own.height
    if not have - stateless <= delivery.rows <= have:
        problem = f"of the {delivery.rows:,} records of load {delivery.load_id} {have:,} are here"
        raise NothingToReplay(where, problem, _AGAIN)


def _stateless(
    where: str, tenant: TenantSpec, table: TableSpec, state: str, landing: Landing, kept: Kept
) -> tuple[pl.DataFrame, dict[str, tuple[str, ...]]]:
    """Rows of the same delivery that belonged to no state: the tenant's first state has them."""
    first = tenant.states[0]
    nothing = landing.quarantine.delivered(table.raw, state, "").clear()
    if state == first:
        return nothing, {}
    theirs = landing.kept(table.raw, first)
    if theirs is None or theirs.delivery is None or theirs.fingerprint != kept.fingerprint:
        problem = f"rows of no state are kept with {first}, which holds another delivery"
        raise NothingToReplay(where, problem, _AGAIN)
    rows = landing.quarantine.delivered(table.raw, first, theirs.delivery.load_id, stateless=True)
    return rows.filter(pl.col("_dismissed").not_()), dict(theirs.delivery.files)


def _goes_to(rows: pl.DataFrame, binding: StateBinding, states: Sequence[str]) -> pl.Series:
    """The state that each quarantined row belongs to by the state column; null where none says it."""
    belongs = belonging(binding, states)
    if not isinstance(binding, ColumnState) or rows.is_empty():
        return pl.Series([None] * rows.height, dtype=pl.String)
    wanted = naming.column_name(binding.column).lower()
    name = next((n for n in headings_of(rows) if n.lower() == wanted), wanted)
    cells = rows["_row"].str.json_decode(pl.Struct({name: pl.String})).struct.field(name).str.strip_chars()
    text = cells if binding.values else cells.str.to_uppercase()
    return text.replace_strict(list(belongs), list(belongs.values()), default=None, return_dtype=pl.String)


def _earlier(
    table: TableSpec, state: str, landing: Landing, kept: Kept, own: pl.DataFrame, places: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(rows of earlier partial deliveries that are still wanted, those that are superseded).

    A row is wanted while nothing newer has its key: neither a row of the partition, nor one of this
    delivery, nor a later rejected one. Rows without a key, or at the place of another, stay as they are.
    """
    assert kept.delivery is not None
    rows = landing.quarantine.delivered(table.raw, state, None)
    theirs = pl.col("_delivery").ne_missing(pl.lit(kept.delivery.load_id))
    rows = rows.filter(theirs & ~pl.col("_blocked") & ~pl.col("_dismissed") & ~is_malformed())
    rows = rows.join(pl.concat([places, own.select(PLACE)]), on=PLACE, how="anti", maintain_order="left")
    if rows.is_empty():
        return rows, rows
    keys = table.contract.keys
    cells = rows["_row"].str.json_decode(pl.Struct(dict.fromkeys(keys, pl.String))).struct.unnest()
    keyed = pl.concat([rows, cells.select(keys_of(keys))], how="horizontal")
    names = [e.meta.output_name() for e in keys_of(keys)]
    keyed = keyed.drop_nulls(names).sort("_load_id", descending=True, maintain_order=True)
    newer = _latest_loads(table, state, landing, kept, own, names)
    joined = keyed.join(newer, on=names, how="left", maintain_order="left")
    late = (pl.col("_newest") >= pl.col("_load_id")).fill_null(False) | pl.struct(
        names
    ).is_first_distinct().not_()
    superseded, wanted = joined.filter(late), joined.filter(~late)
    wanted = wanted.unique(PLACE, keep="first", maintain_order=True)
    return wanted.select(rows.columns), superseded.select(rows.columns)


def _latest_loads(
    table: TableSpec, state: str, landing: Landing, kept: Kept, own: pl.DataFrame, names: list[str]
) -> pl.DataFrame:
    """Key to the latest load that brought it: in the partition, or refused in the latest delivery."""
    keys = table.contract.keys
    frames = [g.select(*keys_of(keys), "_load_id") for g in kept.groups()]
    present = landing.scan(table.raw, state) if kept.why else None
    if present is not None:
        frames.append(present.select(*keys_of(keys), "_load_id").collect())
    cells = own.filter(~is_malformed())
    decoded = cells["_row"].str.json_decode(pl.Struct(dict.fromkeys(keys, pl.String))).struct.unnest()
    mine = decoded.select(*keys_of(keys), pl.lit(kept.load_id).alias("_load_id"))
    return pl.concat([*frames, mine]).group_by(names).agg(pl.col("_load_id").max().alias("_newest"))
