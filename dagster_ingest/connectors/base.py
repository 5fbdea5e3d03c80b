"""The protocol between a source and the platform. A connector knows nothing of what happens after it.

It is a class made from nothing, in `<name>/connector.py` as `CONNECTOR`; its settings are a pydantic model
in `<name>/settings.py` as `SETTINGS` and come with every request. It reads no environment variable and
keeps no secret: `request.secret(...)` gives one, inside the run.

Errors are those of dagster_ingest.errors, and the class says what happens next. Each takes `source=`
(`host`, `request id`, `page`, `answer`: an excerpt):
  Unavailable   time-out, reset, 5xx, 429 after the last attempt: a retry may succeed
  AccessDenied  401, 403: nothing helps until a person acts
  DataError     the delivery is wrong (truncated, loops, its total disagrees): it changes nothing
  SpecError     the settings are wrong
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from dagster_ingest.errors import SpecError, Unavailable
from dagster_ingest.spec.secret import Secret

if TYPE_CHECKING:
    import polars as pl


def _no_secrets(name: str) -> str:
    raise SpecError(
        f"the secret {name} is asked for where secrets are not to be had",
        not_done="nothing was read",
        fix="run the connector through dagster-ingest, or give the request a `secrets` function",
    )


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """What to read: one table of one tenant for one state.

    table     "" in `check` and `discover`: the source as a whole
    settings  the connector's settings with `{state}` already filled in
    allowed   folder that local reads must stay in (drops/<tenant>)
    cursor    the connector's own text, committed with the partition's rows; None: read everything
    staging   a folder, there already, of this table and state alone, for pages already fetched. It
              outlives a crash and an Unavailable, and is removed once the read came to an end. The
              connector writes into it what the pages belong to (settings, cursor) and does not use
              those that belong to something else.
    secrets   name to value; use `secret`
    limits    a folder for rate limits that all processes and tenants share
    sample    preview: this many rows are enough, and completeness is not asked for
    siblings  settings of all tables of the source, this one included, where their deliveries belong together
    """

    tenant: str
    source: str
    table: str
    state: str
    settings: Mapping[str, Any]
    allowed: str
    cursor: str | None = None
    staging: str | None = None
    secrets: Callable[[str], str] = field(default=_no_secrets, repr=False, compare=False)
    limits: str | None = None
    sample: int | None = None
    siblings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False, compare=False)

    def secret(self, name: Secret | str) -> str:
        """The value of a secret. Raises SpecError with where it was looked for, if there is none."""
        return self.secrets(name if isinstance(name, str) else name.secret)

    def revealed(self, settings: Any) -> Any:
        """Free-form settings with each `{secret: NAME}`, at any depth, replaced by the value."""
        if isinstance(settings, Mapping):
            if (name := named_secret(settings)) is not None:
                return self.secret(name)
            return {key: self.revealed(value) for key, value in settings.items()}
        return [self.revealed(v) for v in settings] if isinstance(settings, (list, tuple)) else settings


def named_secret(value: Any) -> str | None:
    """NAME of `{secret: NAME}`, else None."""
    if isinstance(value, Mapping) and len(value) == 1 and isinstance(value.get("secret"), str):
        return value["secret"]
    return None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connector can do with the right settings.

    incremental        `cursor()` says where the next read starts
    deletes            `deletions()` may name rows that are gone
    state_filter       the source itself can be asked for one state
    cheap_fingerprint  `fingerprint` can tell unchanged input without reading rows
    resumable          a read that was cut goes on from `request.staging`
    """

    incremental: bool = False
    deletes: bool = False
    state_filter: bool = False
    cheap_fingerprint: bool = False
    resumable: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether the source can be reached and lets us in. words: the reason, for a person."""

    ok: bool
    words: str
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DiscoveredColumn:
    """name: the heading as it will be read. type: in the source's own words, None if it says none."""

    name: str
    type: str | None = None
    nullable: bool | None = None


@dataclass(frozen=True, slots=True)
class Discovered:
    """A table that the source has. settings: what makes `read` read it, laid over the source's own."""

    table: str
    columns: tuple[DiscoveredColumn, ...] = ()
    keys: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Identity of what would be read, without reading it as rows: equal means the same input.

    value  "" where that cannot be told without reading: then it is always read
    parts  where the rows will come from, without secrets
    arrived  when the youngest of them was written, by its own time; epoch seconds, None where none tells
    """

    value: str
    parts: tuple[str, ...] = ()
    bytes: int = 0
    arrived: float | None = field(default=None, compare=False)


class StillComing(Unavailable):
    """A delivery that is not whole yet and may become so: nothing is wrong so far."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What a table's source shows from outside, cheaply: an equal value, asked from the same base, means that
    nothing came.

    base         from where on the source was asked; "" where there is no such thing
    after        the value that it will have, asked from `after_base`, once what it shows now is loaded and
                 nothing else came
    fingerprint  what `fingerprint` gives at this moment, "" where that cannot tell; None: it was not asked
    """

    value: str
    base: str = ""
    after: str = ""
    after_base: str = ""
    fingerprint: str | None = None


class Watched(Protocol):
    """A connector whose settings model has `ARRIVALS`, kind to settings that it takes: it can tell that
    something came. Nothing is read as rows, and nothing moves."""

    def sign(self, request: ReadRequest, base: str) -> Sign:
        """base: as an earlier sign had it, "" for none."""


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

    frame      polars, every column String, headings as the source spells them, made unique. Typed values
               are written as connectors.text says, nested ones as JSON.
    uri        where the rows came from, without secrets: `https://host/path#page=3`, `sftp://host/file.csv`,
               `postgres://host/database/schema.table`
               Pages of one address (`#page=`) are one part: of a key that stands twice in them neither row
               is the newer, and the contract refuses both.
    first_row  1-based record number of the first row, headings not counted. (uri, number) is a row's
               place: no two rows of a delivery share one, and a second read gives the same.
    row_numbers  Series of record numbers when they are not consecutive, else None
    """

    frame: pl.DataFrame
    uri: str
    first_row: int
    row_numbers: pl.Series | None = None
    malformed: list[Malformed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Completeness:
    """What the source says of its own delivery: True only if all that was asked for is proved to be here.

    Only a complete one may delete, and only with a complete one does the cursor move.
    """

    complete: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Deletions:
    """Rows that the source does not have any more, of a read that is not a snapshot.

    kind   keys: `keys` are gone. present: `keys` are all that is still there, proved complete; what the
           partition has beyond them is gone
    keys   the contract's key columns as text, under the headings that the rows have
    """

    kind: Literal["keys", "present"]
    keys: pl.DataFrame


class Read(Protocol):
    """One delivery of one table. Iterate `batches` to the end; the methods after it answer only then.

    Where a delivery has several parts, the newest comes first: in a partial delivery its rows count.

    snapshot  everything the table has is delivered, not only what changed since `request.cursor`
    """

    columns: list[str]

    @property
    def snapshot(self) -> bool: ...

    def batches(self) -> Iterator[Batch]: ...

    def completeness(self) -> Completeness: ...

    def cursor(self) -> str | None: ...

    def deletions(self) -> Deletions | None: ...


class Delivery:
    """What most reads have in common: a snapshot without cursor and deletions. Inherit from it."""

    columns: list[str]

    @property
    def snapshot(self) -> bool:
        """False where `request.cursor` was heeded."""
        return True

    def batches(self) -> Iterator[Batch]:
        """Raises DataError for what is wrong with the delivery, Unavailable for what may pass."""
        raise NotImplementedError

    def completeness(self) -> Completeness:
        raise NotImplementedError

    def cursor(self) -> str | None:
        """Where the next read starts; never past a row that was not yielded. None: there is no such thing."""
        return None

    def deletions(self) -> Deletions | None:
        """None: the source says nothing about rows that are gone."""
        return None


class Connector(Protocol):
    """A technical provider, made from nothing. One object serves all tables of a source, one at a time."""

    capabilities: Capabilities

    def check(self, request: ReadRequest) -> Checked:
        """Try credentials and reach, reading next to nothing. Does not raise for what it finds out."""

    def discover(self, request: ReadRequest) -> tuple[Discovered, ...]:
        """The tables that these settings lead to; only `request.table` where it names one."""

    def fingerprint(self, request: ReadRequest) -> Fingerprint: ...

    def read(self, request: ReadRequest) -> Read: ...
