"""Where an incremental source is read on from. The text lies with the partition and moves in its commit.

A position belongs to what was asked: another connector, other settings or another way of taking rows, and
everything is read anew.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from dagster_ingest.connectors.base import Read, ReadRequest
from dagster_ingest.errors import SpecError

if TYPE_CHECKING:
    from dagster_ingest.land.base import PartitionVersion
    from dagster_ingest.spec.resolved import SourceSpec


@dataclass(frozen=True, slots=True)
class Position:
    """cursor: the connector's own text. of: digest of what was asked. swept_at: ISO time in UTC of the last
    read of everything, "" if there was none. sweep: the load that did it. unseen: digest of keys that the
    source listed when everything was last read for their sake, "" if it never was."""

    cursor: str
    of: str
    swept_at: str = ""
    sweep: str = ""
    unseen: str = ""

    def text(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def of_text(cls, text: str) -> Position | None:
        """None where nothing, or nothing that this version understands, was written."""
        try:
            return cls(**json.loads(text)) if text else None
        except (ValueError, TypeError):
            return None


def start(
    source: SourceSpec, request: ReadRequest, asked: dict[str, Any], current: PartitionVersion | None
) -> str | None:
    """The cursor that the source is read from; None: everything is read.

    asked  what else decides which rows are taken, as JSON values; see request.made_by
    """
    found = Position.of_text(current.cursor) if current is not None else None
    if source.mode != "incremental" or found is None or found.of != digest(source, request, asked):
        return None
    if source.sweep is not None and _due(found.swept_at, source.sweep):
        return None
    return found.cursor


def reached(
    source: SourceSpec,
    request: ReadRequest,
    asked: dict[str, Any],
    read: Read,
    current: PartitionVersion | None,
    load_id: str,
    unseen: str = "",
) -> str:
    """What is committed with the rows of a read that came to its end; "" for no cursor.

    unseen  digest of keys that were listed and not delivered, so that everything was read; "" if not
    """
    cursor = read.cursor() if source.mode == "incremental" else None
    if cursor is None:
        return ""
    before = Position.of_text(current.cursor) if current is not None else None
    swept_at, sweep = (before.swept_at, before.sweep) if before else ("", "")
    if read.snapshot:
        swept_at, sweep = datetime.now(UTC).isoformat(timespec="seconds"), load_id
    asked_for = digest(source, request, asked)
    return Position(cursor, asked_for, swept_at, sweep, unseen or seen_through(current)).text()


def seen_through(current: PartitionVersion | None) -> str:
    """The keys that are listed and stay away all the same: refused, or never handed out. As a digest."""
    found = Position.of_text(current.cursor) if current is not None else None
    return found.unseen if found is not None else ""


def digest(source: SourceSpec, request: ReadRequest, asked: dict[str, Any]) -> str:
    parts = [source.connector, dict(request.settings), asked]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:32]


def require_incremental(source: SourceSpec, connector: Any) -> None:
    """Raises SpecError where the mode asks for what the connector cannot do."""
    if source.mode == "incremental" and not connector.capabilities.incremental:
        raise SpecError(
            f"mode incremental needs a cursor, and the connector {source.connector} has none",
            where=f"source {source.name}",
            not_done="nothing was read",
            fix="set `mode: full`, or `mode: partial` if a delivery holds changes only",
        )


def _due(swept_at: str, minutes: int) -> bool:
    try:
        last = datetime.fromisoformat(swept_at)
    except ValueError:
        return True
    return datetime.now(UTC) - last >= timedelta(minutes=minutes)
