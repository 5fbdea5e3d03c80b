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

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import xxhash

from dagster_ingest.publish.documents.about import FORMAT, About
from dagster_ingest.publish.documents.groups import Digests, names
from dagster_ingest.publish.documents.tables import Reads, Source, Tables
from dagster_ingest.publish.remembered import FrameFile, Remembered

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition

_CHUNK = 50_000  # reads held as objects
_AUDITED = 25  # units that are made although they need not be
_UNITS = "units"
_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "kind": pl.String,
    "key": pl.String,
    "told": pl.List(pl.String),
    "tally": pl.String,
    "groups": pl.List(pl.UInt64),
}
Told = tuple[str, ...]
"""Digests of a unit's documents, in an order of the reader's."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Units of one kind, as a reader has them now.

    keys  all of them, each of one unit alone
    fits  for each place of `told`: `key` and `hash` of the documents that need not be written
    make  what units say now, by key
    """

    name: str
    keys: pl.Series
    fits: Sequence[pl.DataFrame]
    make: Callable[[set[str]], Iterable[tuple[str, Told]]]


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


def memory_of(folder: Path | None, reader: str, partition: StagePartition, about: About) -> Memory:
    """The memory of a reader for one state; one that remembers nothing without a folder."""
    return Memory(_path(folder, reader, partition.tenant, partition.state), everything(about))


def forget(folder: Path | None, reader: str, tenant: str, state: str) -> None:
    """Of a state that was withdrawn."""
    Remembered(_path(folder, reader, tenant, state), "").forget()


def _path(folder: Path | None, reader: str, tenant: str, state: str) -> Path | None:
    return folder / reader / tenant / f"{state}.made" if folder is not None else None


class Memory:
    """Of one reader, tenant and state: `standing`, then `note` for all that is made, then `save`.

    path   of its file; without one nothing is remembered
    audit  why it was found to be wrong, if it was; then nothing of it stands
    """

    def __init__(self, path: Path | None = None, everything: str = "") -> None:
        self._remembered = Remembered(path, everything)
        self._tables: Tables | None = None
        self._digests: Digests | None = None
        self._file: FrameFile | None = None
        self._kept = pl.DataFrame(schema=_SCHEMA)
        self._new = _Notes()
        self.audit = ""

    def standing(self, tables: Tables, kinds: Sequence[Kind]) -> dict[str, pl.DataFrame]:
        """By kind, units that need not be made: `key`, `told` and `tally`, what was left out, as JSON.

        Some are made nevertheless, to see that this is so.
        """
        self._tables, self._digests, self._new = tables, Digests(tables), _Notes()
        known = self._recalled(tables, self._digests)
        found = {}
        for kind in kinds:
            found[kind.name] = _fitting(known.filter(pl.col("kind") == kind.name), kind)
            drawn = found[kind.name].select("key", "told").sample(min(_AUDITED, found[kind.name].height))
            said = dict(drawn.rows())  # others each time
            for key, told in kind.make(set(said)) if said else ():
                if tuple(said[key]) != told:
                    self.audit = f"{kind.name} {key} is another than was remembered"
        if self.audit:
            found, self._file = {name: units.clear() for name, units in found.items()}, None
        self._kept = pl.concat([known.clear(), *found.values()])
        return {name: units.select("key", "told", "tally") for name, units in found.items()}

    def note(self, kind: str, key: str, told: Told, tally: Mapping[str, int], reads: Reads) -> None:
        """A unit that was made. reads: of the tables that `standing` was given."""
        assert self._tables is not None
        if self._remembered.anywhere:
            self._new.add(self._tables, kind, key, told, tally, reads)

    def save(self) -> None:
        """Remember this time. Who cannot write makes everything again next time."""
        if not self._remembered.anywhere:
            return
        assert self._tables is not None
        assert self._digests is not None
        tables, digests, before = self._tables, self._digests, self._file
        sources = sorted({*tables.sources, *_listed(before, "sources")})
        empty = sorted({*tables.empty, *_listed(before, "empty")})
        versions = {entity: tables.version(entity) for entity, _ in (*sources, *empty)}
        frames: dict[str, pl.DataFrame | memoryview] = {
            _UNITS: pl.concat([self._kept, self._new.frame(tables)])
        }
        for source in sources:
            name = _name(source)
            if before is not None and name in before and _is_same(before, tables, source[0]):
                frames[name] = before.raw(name)
            else:
                frames[name] = digests.of(source)
        head = {"sources": sources, "empty": empty, "versions": versions}
        self._remembered.write(head, frames)

    def _recalled(self, tables: Tables, digests: Digests) -> pl.DataFrame:
        """Units of which nothing that they read is another now."""
        none = pl.DataFrame(schema=_SCHEMA)
        self._file = file = self._remembered.read()
        if file is None:
            return none
        for source in _listed(file, "empty"):
            if not (_is_same(file, tables, source[0]) or tables.is_empty(source)):
                self._file = None
                return none
        changed = [
            digests.changed(source, file.frame(_name(source)))
            for source in _listed(file, "sources")
            if not _is_same(file, tables, source[0])
        ]
        units = file.frame(_UNITS)
        groups = pl.concat(changed) if changed else pl.Series(dtype=pl.UInt64)
        if groups.is_empty():
            return units
        reads = units.with_row_index("unit").select("unit", "groups").explode("groups")
        touched = reads.filter(reads["groups"].is_in(groups.implode()))["unit"].unique()
        return units.filter(~pl.int_range(pl.len(), dtype=pl.UInt32).is_in(touched.implode()))


def tallied(tallies: pl.Series) -> Counter[str]:
    """The sum of what stands in `tally`."""
    found = Counter[str]()
    for text, units in tallies.drop_nulls().value_counts().rows():
        found.update({name: count * units for name, count in json.loads(text).items()})
    return found


def _fitting(known: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    found = known.join(kind.keys.to_frame("key"), on="key", how="semi")
    for place, shown in enumerate(kind.fits):
        found = found.with_columns(hash=pl.col("told").list.get(place, null_on_oob=True))
        found = found.join(shown, on=["key", "hash"], how="semi").drop("hash")
    return found


def _listed(file: FrameFile | None, name: str) -> list[Source]:
    return [(entity, column) for entity, column in file.head[name]] if file else []


def _is_same(file: FrameFile, tables: Tables, entity: str) -> bool:
    now = tables.version(entity)
    return now is not None and file.head["versions"].get(entity) == now


def _name(source: Source) -> str:
    """Of the frame that holds its groups."""
    return ".".join(source)


class _Notes:
    """Units as they are made, and what they read: as names of groups, a chunk at a time."""

    def __init__(self) -> None:
        self._units: list[tuple[str, str, Told, str | None]] = []
        self._waiting: dict[int, tuple[list[int], list[str]]] = {}
        self._count = 0
        self._chunks: list[pl.DataFrame] = []

    def add(
        self, tables: Tables, kind: str, key: str, told: Told, tally: Mapping[str, int], reads: Reads
    ) -> None:
        place = len(self._units)
        self._units.append((kind, key, told, json.dumps(tally) if tally else None))
        for number, value in reads:
            units, values = self._waiting.setdefault(number, ([], []))
            units.append(place)
            values.append(value)
        self._count += len(reads)
        if self._count > _CHUNK:
            self._flush(tables)

    def frame(self, tables: Tables) -> pl.DataFrame:
        """As it is stored."""
        self._flush(tables)
        if not self._units:
            return pl.DataFrame(schema=_SCHEMA)
        schema = {name: kind for name, kind in _SCHEMA.items() if name != "groups"}
        units = pl.DataFrame(self._units, schema=schema, orient="row").with_row_index("unit")
        listed = pl.concat(self._chunks).group_by("unit").agg(groups="group")
        return units.join(listed, on="unit", how="left").select(list(_SCHEMA))

    def _flush(self, tables: Tables) -> None:
        for number, (units, values) in self._waiting.items():
            found = names(tables.sources[number], pl.Series(values, dtype=pl.String))
            self._chunks.append(pl.DataFrame({"unit": pl.Series(units, dtype=pl.UInt32), "group": found}))
        self._waiting, self._count = {}, 0
