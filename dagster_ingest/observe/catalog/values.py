"""An asset as the catalog has it. Places inside a tenant are (layer, table); keys carry the tenant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

VERSION = 1
"""Of the JSON shape: a reader may rely on it. It changes when a field goes or means something else."""

Source = tuple[str, str, str]
"""A column of the same tenant: (layer, table, column)."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column, or a field of a published store, `place.field`.

    classes  how it is classified: `private` if the contract or the never-publish register says so, the
             contract's own word, `from private` if it is made of a private source column
    made_of  columns of the tables that the asset reads
    sources  the source columns behind them
    """

    name: str
    type: str = ""
    description: str = ""
    required: bool = False
    key: bool = False
    classes: tuple[str, ...] = ()
    made_of: tuple[Source, ...] = ()
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Contracted:
    """The contract of a raw table; `file` as people name it."""

    id: str
    version: str
    owner: str | None
    file: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where the asset is asked for or written: a line of a file."""

    file: str
    line: int
    label: str


@dataclass(frozen=True, slots=True)
class Asset:
    """materialized_at: epoch seconds of its newest partition, None if there is none."""

    tenant: str
    layer: str
    table: str
    description: str
    owners: tuple[str, ...]
    kinds: tuple[str, ...]
    states: tuple[str, ...]
    fields: tuple[Field, ...]
    upstream: tuple[tuple[str, str], ...]
    freshness: Mapping[str, object] = field(hash=False)
    cost: Mapping[str, str] = field(hash=False)
    contract: Contracted | None = None
    code: tuple[Place, ...] = ()
    materialized_at: float | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.tenant, self.layer, self.table)


@dataclass(frozen=True, slots=True)
class Catalog:
    """problems: what could not be traced, in words."""

    made_at: float
    assets: tuple[Asset, ...]
    problems: tuple[str, ...] = ()
