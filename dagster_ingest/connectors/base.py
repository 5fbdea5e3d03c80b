"""The protocol between a source and the platform. A connector knows nothing of what happens after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """What to read: one table of one tenant for one state.

    settings   the connector's settings with `{state}` already filled in
    allowed    folder that local reads must stay in (drops/<tenant>)
    """

    tenant: str
    source: str
    table: str
    state: str
    settings: Mapping[str, Any]
    allowed: str


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Identity of what would be read, without reading it as rows: equal means the same input."""

    value: str
    parts: tuple[str, ...] = ()
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Malformed:
    """A record that has no place in the table's columns. It is quarantined, never shifted."""

    uri: str
    row_number: int
    rule: str
    text: str


@dataclass(slots=True)
class Batch:
    """Rows as text columns in source order, with their origin beside them.

    frame      polars, every column String, headings as the source spells them, made unique
    uri        where the rows came from
    first_row  1-based record number of the first row, headings not counted
    row_numbers  Series of record numbers when they are not consecutive, else None
    """

    frame: pl.DataFrame
    uri: str
    first_row: int
    row_numbers: pl.Series | None = None
    malformed: list[Malformed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Completeness:
    """What the source says of its own delivery. Only a complete one may delete."""

    complete: bool
    reason: str | None = None


class Read(Protocol):
    """One delivery of one table. Iterate `batches` to the end, then ask `completeness`.

    Where a delivery has several parts, the newest comes first: in a partial delivery its rows count.
    """

    columns: list[str]

    def batches(self) -> Iterator[Batch]: ...

    def completeness(self) -> Completeness: ...


class Connector(Protocol):
    """A technical provider, made from nothing but its settings."""

    def fingerprint(self, request: ReadRequest) -> Fingerprint: ...

    def read(self, request: ReadRequest) -> Read: ...

    def discover(self, request: ReadRequest) -> list[str]: ...
