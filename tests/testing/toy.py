"""A paged source in memory with a connector that holds the conformance suite, and faults to put into it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from dagster_ingest.connectors.base import (
    Batch,
    Capabilities,
    Checked,
    Completeness,
    Deletions,
    Delivery,
    Discovered,
    DiscoveredColumn,
    Fingerprint,
    ReadRequest,
)
from dagster_ingest.errors import AccessDenied, DataError, SpecError, Unavailable
from dagster_ingest.testing.served import Provider, Row, Table

ADDRESS = "toy://host/things"
TOKEN = "toy-token-value"


class Source:
    """Pages by offset. Counts how often it is asked."""

    def __init__(self) -> None:
        self.columns: tuple[str, ...] = ()
        self.rows: list[Row] = []
        self.fault: str | None = None
        self.asked = 0

    def page(self, token: str, offset: int, size: int, since: str | None) -> dict[str, Any]:
        self.asked += 1
        if token != TOKEN or self.fault == "denied" or (self.fault == "denied_midway" and offset):
            raise AccessDenied("401", where=ADDRESS, fix="renew the token", source={"host": "host"})
        if self.fault in ("unreachable", "server_error") or (self.fault == "cut" and offset >= 2 * size):
            raise ConnectionError(f"no answer, with {token}")
        if self.fault == "once:reset" and offset:
            self.fault = None
            raise ConnectionError("reset")
        rows = [r for r in self.rows if since is None or (r[-1] or "") >= since]
        rows = sorted(rows, key=lambda r: (r[-1] or "", r[0]))
        total = len(rows)
        if self.fault == "short":
            rows = rows[:-3]
        if self.fault == "loop":
            offset = 0
        found: dict[str, Any] = {"total": total, "rows": rows[offset : offset + size]}
        found["keys"] = [r[0] for r in self.rows]
        return found


class ToyRead(Delivery):
    """One sweep of the pages."""

    def __init__(self, toy: Toy, request: ReadRequest) -> None:
        self.toy, self.request, self.source = toy, request, toy.source
        self.columns = list(self.source.columns)
        self._complete, self._last = Completeness(False, "not read to its end"), request.cursor
        self._keys: list[str] = []

    @property
    def snapshot(self) -> bool:
        return self.request.cursor is None

    def batches(self) -> Iterator[Batch]:
        offset, seen, total = 0, set(), None
        while total is None or offset < total:
            page = self.toy.fetched(self.request, offset)
            total, rows = page["total"], [tuple(row) for row in page["rows"]]
            self._keys = page["keys"]
            if not rows:
                break
            mark = json.dumps(rows)
            if self.toy.detects_loops and mark in seen:
                raise DataError("a page came round again", rule="page|loop", where=ADDRESS, fix="look at it")
            seen.add(mark)
            last = max(row[-1] or "" for row in rows)
            if self.toy.moves_early:
                self._last = max(r[-1] or "" for r in self.source.rows)
            frame = pl.DataFrame(rows, schema=dict.fromkeys(self.columns, pl.String), orient="row")
            yield Batch(frame, self.toy.address(offset), offset + 1)
            self._last, offset = last, offset + len(rows)
        whole = offset == (total or 0) or not self.toy.counts
        self._complete = Completeness(whole, None if whole else f"{offset} rows of {total}")

    def completeness(self) -> Completeness:
        return self._complete

    def cursor(self) -> str | None:
        return self._last

    def deletions(self) -> Deletions | None:
        if self.snapshot or not self._complete.complete:
            return None
        return Deletions("present", pl.DataFrame({"ID": self._keys}, schema={"ID": pl.String}))


class Toy:
    """The switches turn its virtues off, one at a time."""

    capabilities = Capabilities(incremental=True, deletes=True, resumable=True)
    source: Source
    detects_loops = counts = retries = True
    moves_early = leaks = False
    size = 5

    def check(self, request: ReadRequest) -> Checked:
        try:
            self.asked(request, 0)
        except (AccessDenied, Unavailable) as error:
            return Checked(False, f"{ADDRESS}: {error.problem}")
        return Checked(True, "it answers")

    def discover(self, request: ReadRequest) -> tuple[Discovered, ...]:
        return (Discovered("things", tuple(map(DiscoveredColumn, self.source.columns)), ("ID",)),)

    def fingerprint(self, request: ReadRequest) -> Fingerprint:
        return Fingerprint("", (ADDRESS,))

    def read(self, request: ReadRequest) -> ToyRead:
        if unknown := set(request.settings) - {"token"}:
            raise SpecError(f"there is no setting {', '.join(unknown)}", not_done="nothing was read")
        return ToyRead(self, request)

    def address(self, offset: int) -> str:
        return f"{ADDRESS}{f'?token={TOKEN}' if self.leaks else ''}#page={offset // self.size + 1}"

    def fetched(self, request: ReadRequest, offset: int) -> dict[str, Any]:
        """A page, from the folder of those that were fetched where it is there."""
        if request.staging is None:
            return self.asked(request, offset)
        kept = Path(request.staging) / f"{request.cursor or 'all'}-{offset}.json".replace(":", "")
        if not kept.exists():
            kept.write_text(json.dumps(self.asked(request, offset)))
        return json.loads(kept.read_text())

    def asked(self, request: ReadRequest, offset: int) -> dict[str, Any]:
        attempts = 3 if self.retries else 1
        token = request.secret(request.settings["token"]["secret"])
        for attempt in range(1, attempts + 1):
            try:
                return self.source.page(token, offset, self.size, request.cursor)
            except ConnectionError as error:
                if attempt == attempts:
                    said = {"host": "host", "page": offset // self.size + 1, "answer": str(error)}
                    raise Unavailable(
                        "no answer", where=ADDRESS, fix="try again later", source=said
                    ) from error
        raise AssertionError


class ToyProvider(Provider):
    """Faults of the connector are set by subclasses, in `faults`."""

    connector = "toy"
    page = Toy.size
    many = 0
    secrets = {"TOY_TOKEN": TOKEN}  # noqa: RUF012
    faults: dict[str, bool] = {}  # noqa: RUF012
    known = ("denied", "denied_midway", "unreachable", "server_error", "cut", "once:reset", "short", "loop")

    def __enter__(self) -> ToyProvider:
        self.source = Source()
        return self

    def made(self) -> Any:
        toy = Toy()
        toy.source = self.source
        for name, value in self.faults.items():
            setattr(toy, name, value)
        return toy

    def serve(self, table: Table) -> None:
        self.source.columns, self.source.rows = table.columns, table.listed()

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        return {"token": {"secret": "TOY_TOKEN"}}

    def inject(self, fault: str) -> bool:
        self.source.fault = fault if fault in self.known else None
        return fault in self.known

    def heal(self) -> None:
        self.source.fault = None

    @property
    def requests(self) -> int:
        return self.source.asked
