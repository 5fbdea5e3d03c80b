"""What a connector has around it beside its settings: secrets, a folder for pages, limits that all share."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.secrets import secrets_of
from dagster_ingest.settings import Settings

_BEGUN = ".begun"


@dataclass(frozen=True, slots=True)
class Around:
    """work: this installation's folder for what connectors keep between runs."""

    work: Path
    secrets: Callable[[str], str] = field(repr=False)

    @classmethod
    def of(cls, settings: Settings, tenant: str) -> Around:
        return cls(settings.work, secrets_of(settings, tenant))

    def equip(self, request: ReadRequest) -> ReadRequest:
        """The request with secrets and limits, as a check or a preview needs them."""
        return replace(request, secrets=self.secrets, limits=str(self.work / "limits"))

    @contextmanager
    def reading(self, request: ReadRequest, committed_at: str) -> Iterator[Reading]:
        """The request of a load, with a folder for pages. No other load of the partition has it meanwhile:
        where one does, there is none.

        committed_at  ISO time in UTC of the partition, "" for none: pages from before it are not used again
        """
        folder = self.work / "pages" / request.tenant / request.source / request.table / request.state
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(folder.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield Reading(self.equip(request), None)
                return
            begun = folder / _BEGUN
            if not begun.is_file() or begun.read_text() <= committed_at:
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(mode=0o700)
                begun.write_text(datetime.now(UTC).isoformat(timespec="seconds"))
            yield Reading(replace(self.equip(request), staging=str(folder)), folder)
        finally:
            os.close(lock)


@dataclass(frozen=True, slots=True)
class Reading:
    """folder: of the pages that were fetched."""

    request: ReadRequest
    folder: Path | None = None

    def ended(self) -> None:
        """The read came to its end, well or not: the next one starts anew."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
