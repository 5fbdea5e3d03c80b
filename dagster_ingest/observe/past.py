"""What happened to a table of a state, event by event, as values. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from dagster_ingest.observe.words import exact, when

What = Literal[
    "loaded",  # raw: a delivery was committed
    "refused",
    "unavailable",
    "waiting",
    "approved",
    "rejected",
    "rolled back",
    "replayed",
    "built",  # elt, stage, enhanced
    "failed",  # a dbt test or an enhancement
    "published",
    "withdrawn",
    "told again",  # the partition stands; a step of the run asked for it
]
HEADINGS = ("when", "state", "what", "read", "accepted", "refused", "rows", "took", "bytes", "contract",
            "version", "load", "run", "by")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. Counts are rows; None where an event has no such thing.

    at            epoch seconds
    rows          that the partition held afterwards, or that were published
    contract      its version
    data_version  of the partition; equal ones have equal rows
    by, note      who decided, and what they said
    why           of what failed or was decided
    """

    at: float
    state: str
    layer: str
    table: str
    what: What
    rows_read: int | None = None
    rows_accepted: int | None = None
    rows_quarantined: int | None = None
    rows: int | None = None
    seconds: float | None = None
    bytes: int | None = None
    contract: str | None = None
    data_version: str | None = None
    load_id: str | None = None
    run_id: str | None = None
    by: str | None = None
    note: str | None = None
    why: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """With `when` as text."""
        return {"when": when(self.at), **asdict(self)}


def materialized(
    at: float, state: str, layer: str, table: str, run_id: str, version: str | None, told: Mapping[str, Any]
) -> Event:
    """Of a materialization and its metadata."""
    return Event(
        at=at,
        state=state,
        layer=layer,
        table=table,
        what=_made(layer, told),
        rows_read=told.get("rows_read") if layer == "raw" else None,
        rows_accepted=told.get("rows_accepted") if layer == "raw" else None,
        rows_quarantined=told.get("rows_quarantined") if layer == "raw" else None,
        rows=told.get("services_published") if layer == "published" else told.get("rows_written"),
        seconds=told.get("seconds"),
        bytes=told.get("bytes_read") if layer == "raw" else told.get("bytes") or None,
        contract=told.get("contract_version"),
        data_version=version,
        load_id=told.get("load_id"),
        run_id=run_id or None,
        by=told.get("reviewed_by"),
        note=told.get("review_note"),
    )


def _made(layer: str, told: Mapping[str, Any]) -> What:
    if layer == "published":
        return "published"
    if told.get("replayed_rows") is not None:
        return "replayed"
    if told.get("unchanged"):
        return "told again"
    return "loaded" if layer == "raw" else "built"


def checked(
    at: float,
    state: str,
    layer: str,
    table: str,
    run_id: str,
    name: str,
    passed: bool,
    why: str | None,
    told: Mapping[str, Any],
) -> Event | None:
    """Of a check's verdict; None of one that only repeats what the materialization says."""
    if passed or told.get("unchanged"):
        return None
    return Event(
        at=at,
        state=state,
        layer=layer,
        table=table,
        what=_failed(layer, name, told),
        rows_read=told.get("rows_read"),
        rows_accepted=told.get("rows_accepted"),
        rows_quarantined=told.get("rows_rejected"),
        seconds=told.get("seconds"),
        bytes=told.get("bytes_read"),
        contract=told.get("contract"),
        load_id=told.get("load_id"),
        run_id=run_id or None,
        by=told.get("reviewed_by"),
        note=told.get("review_note"),
        why=" ".join((why or "").split()) or None,
    )


def _failed(layer: str, name: str, told: Mapping[str, Any]) -> What:
    if name == "review":
        return "rejected" if told.get("status") == "rejected" else "waiting"
    if layer != "raw":
        return "failed"
    return "unavailable" if told.get("error") in ("Unavailable", "AccessDenied") else "refused"


def observed(
    at: float, state: str, layer: str, table: str, run_id: str, why: str | None, told: Mapping[str, Any]
) -> Event | None:
    """Of what people did outside of runs; None of an observation of something else."""
    kinds: dict[str, What] = {
        "approved": "approved",
        "rejected": "rejected",
        "rolled_back": "rolled back",
        "withdrawn": "withdrawn",
    }
    what = kinds.get(str(told.get("status")))
    if what is None:
        return None
    return Event(
        at=at,
        state=state,
        layer=layer,
        table=table,
        what=what,
        rows=told.get("rows"),
        load_id=told.get("load_id"),
        data_version=told.get("data_version"),
        run_id=run_id or None,
        by=told.get("reviewed_by") or told.get("by"),
        note=told.get("review_note") or told.get("note"),
        why=why,
    )


def merged(events: Sequence[Event], limit: int) -> list[Event]:
    """The newest first. A rejection is told by a check and by an observation: once here."""
    found: dict[tuple, Event] = {}
    for event in sorted(events, key=lambda e: -e.at):
        decided = event.what in ("rejected", "approved")
        key = (event.what, event.state, event.load_id) if decided else (id(event),)
        found.setdefault(key, event)
    return list(found.values())[:limit]


def line(event: Event) -> list[str]:
    """As cells, in the order of HEADINGS."""
    counts = (event.rows_read, event.rows_accepted, event.rows_quarantined, event.rows)
    by = event.by or ""
    return [
        when(event.at).removesuffix(" UTC"),
        event.state,
        event.what,
        *("" if count is None else f"{count:,}" for count in counts),
        "" if event.seconds is None else _took(event.seconds),
        "" if not event.bytes else _size(event.bytes),
        event.contract or "",
        (event.data_version or "")[:8],
        (event.load_id or "")[-12:],
        (event.run_id or "")[:8],
        by,
    ]


def _took(seconds: float) -> str:
    return exact(seconds) if seconds >= 10 else f"{seconds:.2g} s"


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("not reached")
