"""What documents were made of when they were made last, so that those that would be the same are not made.

A unit is what is made together: a record in all its languages, or an organization. Remembered are the
digests of its documents, the names of the groups of rows that it read, and one digest of those groups. Where
that is what it was, making the unit again would read the same rows and end in the same documents: it depends
on nothing else but on what `everything` names. So this says what the stage's documents are, and nothing of
any store: what a store shows is compared with it as with documents that were just made, whoever wrote there
in between.

A memory that is missing, damaged or of another make is none: everything is made.
"""

from __future__ import annotations

import io
import json
import os
import random
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import xxhash

from dagster_ingest.publish.documents.about import FORMAT, About
from dagster_ingest.publish.documents.groups import Digests, names
from dagster_ingest.publish.documents.tables import Reads, Source, Tables

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition

_MAGIC = b"dagster-ingest made 1\n"
_CHUNK = 50_000  # reads held as objects
_AUDITED = 25  # units that are made although they need not be
_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "kind": pl.String,
    "key": pl.String,
    "told": pl.List(pl.String),
    "tally": pl.String,
    "groups": pl.List(pl.UInt64),
    "first": pl.UInt64,
    "second": pl.UInt64,
}


@dataclass(frozen=True, slots=True)
class Unit:
    """told: digests of its documents, in an order of the reader's. tally: what was left out of them."""

    told: tuple[str, ...]
    tally: Mapping[str, int]


def everything(about: About) -> str:
    """Digest of all that documents depend on beside rows: whose they are, and how they are made."""
    versions = [version(name) for name in ("polars", "shapely", "xxhash")]
    made = [FORMAT, asdict(about), _code(), *versions]
    return xxhash.xxh3_128_hexdigest(json.dumps(made, sort_keys=True).encode())


@cache
def _code() -> str:
    """Of the modules that make documents: nobody has to remember that a change of them is one."""
    parts = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))]
    return xxhash.xxh3_128_hexdigest(b"\0".join(parts))


def memory_of(folder: Path | None, reader: str, partition: StagePartition, about: About) -> Memory | None:
    """The memory of a reader for one state; None without a folder."""
    if folder is None:
        return None
    return Memory(_path(folder, reader, partition.tenant, partition.state), everything(about))


def forget(folder: Path | None, reader: str, tenant: str, state: str) -> None:
    """Of a state that was withdrawn."""
    if folder is not None:
        with suppress(OSError):
            _path(folder, reader, tenant, state).unlink(missing_ok=True)


def _path(folder: Path, reader: str, tenant: str, state: str) -> Path:
    return folder / reader / tenant / f"{state}.made"


class Memory:
    """Of one reader, tenant and state: `recall`, then `standing` and `note` for all units, then `save`.

    audit  why it was found to be wrong, if it was; then nothing of it stands
    """

    def __init__(self, path: Path, everything: str) -> None:
        self._path, self._everything = path, everything
        self._tables: Tables | None = None
        self._digests: Digests | None = None
        self._stored = pl.DataFrame(schema=_SCHEMA)
        self._head: dict[str, list[Source]] = {"sources": [], "empty": []}
        self._kept: dict[str, list[str]] = {}
        self._new = _Notes()
        self.audit = ""

    def recall(self, tables: Tables) -> dict[tuple[str, str], Unit]:
        """By kind and key, units that need not be made again."""
        self._tables, self._digests = tables, Digests(tables)
        self._kept, self._new = {}, _Notes()
        head, stored = _read(self._path, self._everything)
        if not head:
            return {}
        listed = {name: [(entity, column) for entity, column in head[name]] for name in ("sources", "empty")}
        if not all(tables.is_empty(source) for source in listed["empty"]):
            return {}
        reads = stored.with_row_index("unit").select("unit", group="groups").explode("group")
        now = self._digests.signatures(reads, listed["sources"]).sort("unit")
        if now.height != stored.height:
            return {}
        same = (stored["first"] == now["first"]) & (stored["second"] == now["second"])
        self._stored, self._head = stored.filter(same), listed
        columns = (self._stored[name].to_list() for name in ("kind", "key", "told", "tally"))
        return {
            (kind, key): Unit(tuple(told), json.loads(tally) if tally else {})
            for kind, key, told, tally in zip(*columns, strict=True)
        }

    def standing(
        self,
        known: Mapping[tuple[str, str], Unit],
        kind: str,
        keys: Iterable[str],
        fits: Callable[[str, Unit], bool],
        make: Callable[[set[str]], Iterable[tuple[str, tuple[str, ...]]]],
    ) -> dict[str, Unit]:
        """Of `keys`, the units that need not be made. Some are made nevertheless, to see that this is so.

        keys  all of this kind, each of one document alone
        fits  whether nothing has to be written either
        make  what they say now, by key
        """
        found = {
            key: unit for key in keys if (unit := known.get((kind, key))) is not None and fits(key, unit)
        }
        drawn = random.Random().sample(list(found), min(_AUDITED, len(found)))  # others each time
        for key, told in make(set(drawn)) if drawn else ():
            if found[key].told != told:
                self.audit = f"{kind} {key} is another than was remembered"
        self._kept[kind] = list(found)
        return found

    def note(self, kind: str, key: str, unit: Unit, reads: Reads) -> None:
        """A unit that was made. reads: of the tables that `recall` was given."""
        assert self._tables is not None
        self._new.add(self._tables, kind, key, unit, reads)

    def save(self) -> None:
        """Remember this time. Who cannot write makes everything again next time."""
        assert self._tables is not None
        assert self._digests is not None
        kept = self._stored.clear() if self.audit else self._stored
        named = [(kind, key) for kind, keys in self._kept.items() for key in keys]
        kept = kept.join(
            pl.DataFrame(named, schema={"kind": pl.String, "key": pl.String}, orient="row"),
            on=["kind", "key"],
            how="semi",
        )
        listed = {
            "sources": sorted({*self._tables.sources, *self._head["sources"]}),
            "empty": sorted({*self._tables.empty, *self._head["empty"]}),
        }
        made = self._new.frame(self._tables, self._digests)
        head = {"everything": self._everything, **listed}
        with suppress(OSError, pl.exceptions.PolarsError):
            _write(self._path, head, pl.concat([kept.select(list(_SCHEMA)), made.select(list(_SCHEMA))]))


class _Notes:
    """Units as they are made, and what they read: as names of groups, a chunk at a time."""

    def __init__(self) -> None:
        self._units: list[tuple[str, str, tuple[str, ...], str | None]] = []
        self._waiting: dict[int, tuple[list[int], list[str]]] = {}
        self._count = 0
        self._chunks: list[pl.DataFrame] = []

    def add(self, tables: Tables, kind: str, key: str, unit: Unit, reads: Reads) -> None:
        place = len(self._units)
        tally = json.dumps(unit.tally) if unit.tally else None
        self._units.append((kind, key, unit.told, tally))
        for number, value in reads:
            units, values = self._waiting.setdefault(number, ([], []))
            units.append(place)
            values.append(value)
        self._count += len(reads)
        if self._count > _CHUNK:
            self._flush(tables)

    def frame(self, tables: Tables, digests: Digests) -> pl.DataFrame:
        """As it is stored."""
        self._flush(tables)
        if not self._units:
            return pl.DataFrame(schema=_SCHEMA)
        schema = {name: _SCHEMA[name] for name in ("kind", "key", "told", "tally")}
        units = pl.DataFrame(self._units, schema=schema, orient="row").with_row_index("unit")
        reads = pl.concat(self._chunks)
        listed = reads.group_by("unit").agg(groups="group")
        signed = digests.signatures(reads, tables.sources)
        return units.join(listed, on="unit", how="left").join(signed, on="unit", how="left")

    def _flush(self, tables: Tables) -> None:
        for number, (units, values) in self._waiting.items():
            found = names(tables.sources[number], pl.Series(values, dtype=pl.String))
            self._chunks.append(pl.DataFrame({"unit": pl.Series(units, dtype=pl.UInt32), "group": found}))
        self._waiting, self._count = {}, 0


def _read(path: Path, everything: str) -> tuple[dict[str, Any], pl.DataFrame]:
    """Head and units; nothing where there is none that is whole and of this make."""
    try:
        text = path.read_bytes()
    except OSError:
        return {}, pl.DataFrame(schema=_SCHEMA)
    body = text[len(_MAGIC) + 16 :]
    if text != _MAGIC + xxhash.xxh3_128_digest(body) + body:
        return {}, pl.DataFrame(schema=_SCHEMA)
    first, _, units = body.partition(b"\n")
    head = json.loads(first)
    if head["everything"] != everything:
        return {}, pl.DataFrame(schema=_SCHEMA)
    return head, pl.read_parquet(io.BytesIO(units)).select(list(_SCHEMA))


def _write(path: Path, head: Mapping[str, object], units: pl.DataFrame) -> None:
    body = io.BytesIO()
    body.write(json.dumps(head).encode() + b"\n")
    units.write_parquet(body, compression="zstd", compression_level=1)
    text = body.getvalue()
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        aside.write_bytes(_MAGIC + xxhash.xxh3_128_digest(text) + text)
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)
