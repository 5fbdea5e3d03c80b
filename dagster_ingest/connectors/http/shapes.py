"""Parts of the settings of the `http` connector: pages, details, cursors and deletions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, JsonValue, model_validator

from dagster_ingest.connectors.http.options import Header, Part
from dagster_ingest.spec.secret import Secret

Path = Annotated[str, Field(max_length=400)]
Duration = Annotated[str, Field(pattern=r"^[0-9]{1,5}[smhd]$")]
Scalar = str | int | float | bool | None
Params = dict[str, Scalar | Secret | list[Scalar]]


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[Path, ...], BeforeValidator(_listed)]


class Paging(Part):
    """How one page follows another, and how it is known that all of them are here.

    A sweep whose rows are not as many as the stated total, whose total changes, that shows a page twice or
    goes in circles is done again, `sweeps` times at most, and then the load fails.
    """

    kind: Literal["none", "page", "offset", "cursor", "link", "next"] = "none"
    """page: numbers. offset: rows to skip. cursor: a token of the answer goes into the next request.
    link: the Link header (RFC 8288).
    next: the address stands in the answer. Only the same host is followed."""
    param: str | None = Field(default=None, max_length=80, examples=["page", "skip", "after"])
    """Parameter for the number, offset or token. Left out: `{page}`, `{offset}` or `{cursor}` stand in
    params, headers or body."""
    size: int = Field(default=100, ge=1, le=100_000)
    """Rows of a page that are asked for."""
    size_param: str | None = Field(default=None, max_length=80, examples=["per_page", "take"])
    """Parameter for the size. Left out: `{limit}` may stand in params or body."""
    first: int = Field(default=1, ge=0, le=1)
    """Number of the first page."""
    cursor: Path | None = Field(default=None, examples=["meta.next_cursor"])
    """Path of the next token in the answer."""
    cursor_header: Header | None = None
    """Header of the next token."""
    next: Path | None = Field(default=None, examples=["links.next"])
    """Path of the next address in the answer."""
    total: Path | None = Field(default=None, examples=["totalResultCount"])
    """Path of the number of all rows in the answer."""
    total_header: Header | None = Field(default=None, examples=["X-Total-Count"])
    """Header with the number of all rows."""
    has_more: Path | None = Field(default=None, examples=["has_more"])
    """Path of a flag that is true while there are more pages."""
    until: Literal["empty", "short"] = "empty"
    """What ends pages without total and flag. short: fewer rows than `size`; wrong where the source
    caps it."""
    verify: Literal["auto", "total", "twice", "none"] = "auto"
    """How it is proved that no row slipped through. twice: pages are read until two sweeps bring the same
    rows. total: as many rows as stated; a row that goes and another that comes meanwhile can hide a third.
    none: the source's word at the last page is enough, for it pages over a snapshot.
    auto: twice where several pages count rows (page, offset, link, next); else total where there is one;
    else twice, but for an answer in one piece that has rows and is no list of ids."""
    sweeps: int = Field(default=3, ge=1, le=10)
    """Sweeps at most."""
    max_pages: int = Field(default=100_000, ge=1, le=10_000_000)
    """More pages are taken for an endless loop."""

    @property
    def states_total(self) -> bool:
        return self.total is not None or self.total_header is not None

    @model_validator(mode="after")
    def _consistent(self) -> Paging:
        if self.kind == "cursor" and (self.cursor is None) == (self.cursor_header is None):
            raise ValueError("kind cursor needs one of `cursor` (path in the answer) and `cursor_header`")
        if self.kind == "next" and not self.next:
            raise ValueError("kind next needs `next`, the path of the address in the answer")
        if self.verify == "total" and not self.states_total:
            raise ValueError("verify total needs `total` or `total_header`")
        if self.verify == "twice" and self.sweeps < 2:
            raise ValueError("verify twice needs at least 2 sweeps")
        return self


class Details(Part):
    """The list gives ids only; the records are fetched some ids at a time."""

    path: str = Field(max_length=1000, examples=["/Resource", "/records/{id}"])
    """Where details are had. `{id}` in it: one at a time."""
    method: Literal["GET", "POST"] = "GET"
    id: Path = "id"
    """Path of the id in an entry of the list. Empty: the entry itself."""
    detail_id: Path | None = None
    """Path of the id in a detail, if it is another one."""
    param: str | None = Field(default=None, max_length=80, examples=["id"])
    """Parameter for the ids. Left out: `{ids}` stands in params or body."""
    style: Literal["repeat", "comma"] = "repeat"
    """repeat: `id=1&id=2`. comma: `id=1,2`."""
    size: int = Field(default=10, ge=1, le=1000)
    """Ids at a time."""
    records: Path = ""
    """Path of the records in the answer: a list, or one record by itself."""
    params: Params = Field(default_factory=dict)
    """More parameters."""
    body: JsonValue = None
    """JSON to send; `"{ids}"` becomes the list."""
    missing: Literal["fail", "quarantine"] = "fail"
    """What becomes of an id that is still listed and has no details: fail the load, or set it aside."""


class Cursor(Part):
    """Only what changed since the last complete read."""

    field: Path = Field(min_length=1, examples=["modified"])
    """Path of the stamp in a record, or in an entry of the id list."""
    param: str | None = Field(default=None, max_length=80, examples=["modifiedSince"])
    """Parameter for the stamp. Left out: `{since}` stands in params or body, or, with `details`, entries of
    the whole list are compared here."""
    format: str = Field(
        default="iso", max_length=80, examples=["iso", "date", "epoch", "epoch_ms", "%m/%d/%Y"]
    )
    """How stamps are written: iso, date (YYYY-MM-DD), epoch (seconds), epoch_ms, or a strptime pattern."""
    send: str | None = Field(default=None, max_length=80, examples=["date"])
    """How the stamp is written in the request, if otherwise."""
    overlap: Duration = Field(default="1d", examples=["1d", "2h", "0s"])
    """Asked for once more each time: for stamps that come late, and for stamps without a time of day."""
    initial: str | None = Field(default=None, max_length=80, examples=[""])
    """What is sent when there is no cursor. Left out: the parameter is not sent."""


class Deletes(Part):
    """Which rows are gone, on reads that bring changes only: all keys are listed and compared.

    What is left out is as in the table's own list request, without its cursor.
    """

    by: Literal["id_list"]
    path: str | None = Field(default=None, max_length=1000)
    """Where all ids are listed."""
    method: Literal["GET", "POST"] | None = None
    params: Params | None = None
    body: JsonValue = None
    records: Path | None = None
    """Path of the list in the answer."""
    paging: Paging | None = None
    id: Names | None = None
    """Paths of the key's parts in an entry of the list. Empty text: the entry itself."""
