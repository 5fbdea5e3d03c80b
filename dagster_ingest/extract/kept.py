"""A delivery read once more out of what was kept of it: landed rows and rejected ones, in their old order.

The rows go by their own headings, file by file, so that a changed contract meets what the source sent.
Companions of decoded columns are left out: they are made anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from dagster_ingest import naming
from dagster_ingest.connectors.base import (
    Batch,
    Capabilities,
    Checked,
    Completeness,
    Delivery,
    Discovered,
    DiscoveredColumn,
    Fingerprint,
    Malformed,
    ReadRequest,
)
from dagster_ingest.extract.decode import companion
from dagster_ingest.land.kept import Kept

PLACE = ["_source_uri", "_row_number"]
_AT, _MALFORMED = "_at", "_malformed"


class KeptRows(Delivery):
    """A Read of connectors.base. `refused`: rows of land.refused.delivered that are not in the part."""

    def __init__(self, kept: Kept, refused: pl.DataFrame, more: Mapping[str, Sequence[str]]) -> None:
        """`more`: headings of files that the part's delivery does not know."""
        assert kept.delivery is not None
        self._kept = kept
        self._headings = {**kept.delivery.files, **{u: tuple(h) for u, h in more.items()}}
        self._order = {uri: at for at, uri in enumerate(self._headings)}
        self._refused = self._placed(_decoded(refused))
        known = {name.lower() for name in naming.column_names(kept.delivery.columns)}
        extra = [h for heads in more.values() for h in heads if naming.column_name(h).lower() not in known]
        self.columns = [*kept.delivery.columns, *dict.fromkeys(extra)]

    @property
    def snapshot(self) -> bool:
        """Only a delivery of changes needed keys."""
        return not (self._kept.delivery and self._kept.delivery.keys)

    def batches(self) -> Iterator[Batch]:
        waiting, seen = self._refused, set()
        for group in self._kept.groups():
            rows = group.filter(pl.col("_load_id") == self._kept.load_id)
            if rows.is_empty():
                continue
            own = [c for c in rows.columns if c not in naming.SYSTEM_COLUMNS]
            placed = self._placed(rows.select(*PLACE, *(pl.col(c).alias(c.lower()) for c in own)))
            at, number = placed.select(_AT, "_row_number").row(-1)
            before = (pl.col(_AT) < at) | ((pl.col(_AT) == at) & (pl.col("_row_number") <= number))
            for batch in self._runs(placed, waiting.filter(before)):
                seen.add(batch.uri)
                yield batch
            waiting = waiting.filter(~before)
        for batch in self._runs(waiting.clear(), waiting):
            seen.add(batch.uri)
            yield batch
        for uri, headings in self._headings.items():
            if uri not in seen:  # a file without rows: its headings count all the same
                yield Batch(pl.DataFrame(schema=dict.fromkeys(headings, pl.String)), uri, 1)

    def completeness(self) -> Completeness:
        return Completeness(True)

    def _placed(self, rows: pl.DataFrame) -> pl.DataFrame:
        """In the order of reading: by file, then by record."""
        uris = list(self._order)
        at = pl.col("_source_uri").replace_strict(uris, list(self._order.values()), return_dtype=pl.Int64)
        return rows.with_columns(at.alias(_AT)).sort(_AT, "_row_number", maintain_order=True)

    def _runs(self, accepted: pl.DataFrame, refused: pl.DataFrame) -> Iterator[Batch]:
        rows = pl.concat([accepted, refused], how="diagonal") if accepted.height else refused
        for run in rows.sort(_AT, "_row_number").partition_by(_AT, maintain_order=True):
            uri, malformed = run["_source_uri"][0], []
            if _MALFORMED in run.columns:
                bad = run.filter(pl.col(_MALFORMED).is_not_null())
                told = bad.select("_row_number", pl.col("_rules").list.first(), _MALFORMED).iter_rows()
                malformed = [Malformed(uri, number, rule, text) for number, rule, text in told]
                run = run.filter(pl.col(_MALFORMED).is_null())
            headings = self._headings[uri]
            raw = [name.lower() for name in naming.column_names(headings)]
            absent = (pl.lit(None, dtype=pl.String).alias(name) for name in raw if name not in run.columns)
            frame = run.with_columns(absent).select(raw)  # a select of literals alone would make up a row
            frame.columns = list(headings)
            first = int(run["_row_number"][0]) if run.height else 1
            yield Batch(frame, uri, first, run["_row_number"], malformed)


class KeptSource:
    """The connector of a replay: what it reads was read before."""

    capabilities = Capabilities(incremental=True, cheap_fingerprint=True)

    def __init__(self, kept: Kept, rows: KeptRows) -> None:
        self._kept, self._rows = kept, rows

    def fingerprint(self, request: ReadRequest) -> Fingerprint:
        files = tuple(self._kept.delivery.files) if self._kept.delivery else ()
        return Fingerprint(self._kept.fingerprint, files)

    def read(self, request: ReadRequest) -> KeptRows:
        return self._rows

    def check(self, request: ReadRequest) -> Checked:
        return Checked(True, "the rows were kept")

    def discover(self, request: ReadRequest) -> tuple[Discovered, ...]:
        return (Discovered(request.table, tuple(DiscoveredColumn(name) for name in self._rows.columns)),)


def headings_of(refused: pl.DataFrame) -> list[str]:
    """Raw names of the source's columns in quarantined rows, the companions of decoded ones left out."""
    names = _names(refused)
    made = {companion(name) for name in names}
    return [name for name in names if name not in made]


def is_malformed() -> pl.Expr:
    """Of quarantined rows: a record that never became a row. No raw column begins with an underscore."""
    return pl.col("_row").str.starts_with('{"_malformed":')


def _names(refused: pl.DataFrame) -> list[str]:
    """Names of cells; the rows of one load that broke the same rule have the same ones."""
    some = refused.unique(["_load_id", pl.col("_rules").list.first()], maintain_order=True)["_row"]
    return list(dict.fromkeys(name for text in some for name in json.loads(text)))


def _decoded(refused: pl.DataFrame) -> pl.DataFrame:
    """`_row` as columns in lower case, beside place and rules."""
    names = _names(refused) or [_MALFORMED]
    cells = refused["_row"].str.json_decode(pl.Struct(dict.fromkeys(names, pl.String))).struct.unnest()
    spelled: dict[str, list[str]] = {}
    for name in names:
        spelled.setdefault(name.lower(), []).append(name)
    lower = cells.select(pl.coalesce(same).alias(name) for name, same in spelled.items())
    return pl.concat([refused.select(*PLACE, "_rules"), lower], how="horizontal")
