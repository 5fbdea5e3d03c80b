"""The `sling` connector: a table replicated into a file of this run, and the file read."""

from __future__ import annotations

from collections.abc import Iterator

from dagster_ingest.connectors.base import (
    Batch,
    Capabilities,
    Checked,
    Completeness,
    Delivery,
    Discovered,
    DiscoveredColumn,
    Fingerprint,
    ReadRequest,
)
from dagster_ingest.connectors.processes.records import Records, parsed
from dagster_ingest.connectors.processes.workspace import Workspace
from dagster_ingest.connectors.registry import parse_settings
from dagster_ingest.connectors.sling import program
from dagster_ingest.connectors.sling.program import Column
from dagster_ingest.connectors.sling.settings import SlingSettings
from dagster_ingest.connectors.sling.values import writer
from dagster_ingest.errors import DataError, IngestError


class SlingConnector:
    """Whole tables only."""

    capabilities = Capabilities()

    def check(self, request: ReadRequest) -> Checked:
        """Whether sling gets in and finds the table."""
        settings = _settings(request)
        told = {"stream": settings.stream}
        try:
            found = program.columns(request, settings)
        except IngestError as error:
            return Checked(False, error.problem, {**told, **error.source})
        return Checked(True, f"sling finds {settings.stream}, {len(found)} columns", told)

    def discover(self, request: ReadRequest) -> tuple[Discovered, ...]:
        settings = _settings(request)
        columns = tuple(DiscoveredColumn(c.name, c.native) for c in program.columns(request, settings))
        table = request.table or settings.stream.rpartition(".")[2]
        return (Discovered(table, columns, settings={"stream": settings.stream}),)

    def fingerprint(self, request: ReadRequest) -> Fingerprint:
        """sling cannot tell; the table is always read."""
        return Fingerprint("", (_uri(_settings(request)),))

    def read(self, request: ReadRequest) -> SlingRead:
        settings = _settings(request)
        return SlingRead(request, settings, program.columns(request, settings))


class SlingRead(Delivery):
    """Complete if sling ended well and its count of rows is that of the file."""

    def __init__(self, request: ReadRequest, settings: SlingSettings, found: list[Column]) -> None:
        self._request, self._settings, self._found = request, settings, found
        self.columns = [column.name for column in found]
        self.uri = _uri(settings)
        self._counted: int | None = None
        self._read = -1

    def batches(self) -> Iterator[Batch]:
        workspace = Workspace()
        try:
            file, self._counted = program.replicate(self._request, self._settings, workspace, self._found)
            records = Records(self.columns, (), self.uri)
            write = {column.name: writer(column) for column in self._found}
            with open(file, "rb") if file.exists() else open("/dev/null", "rb") as lines:
                for number, line in enumerate(lines, start=1):
                    record = self._record(line, number)
                    yield from records.add(
                        {k: write[k](v) if k in write else v for k, v in record.items()}, len(line)
                    )
            yield from records.rest()
            self._read = records.count
        finally:
            workspace.remove()

    def completeness(self) -> Completeness:
        if self._request.sample is not None:
            return Completeness(False, "only a sample was asked for")
        if self._read < 0:
            return Completeness(False, "it was not read to its end")
        if self._counted != self._read:
            counted = "does not say how many" if self._counted is None else f"says {self._counted:,}"
            return Completeness(False, f"sling {counted} rows it wrote, and {self._read:,} came")
        return Completeness(True)

    def _record(self, line: bytes, number: int) -> dict:
        try:
            record = parsed(line)
        except ValueError as error:
            record = error
        if not isinstance(record, dict):
            raise DataError(
                f"line {number:,} of what sling wrote is no record",
                where=self.uri,
                not_done=program.NOT_DONE,
                fix="run again; is there room on the disk?",
                source={"answer": line[:200].decode(errors="replace")},
            )
        return record


def _settings(request: ReadRequest) -> SlingSettings:
    return parse_settings("sling", request.settings)  # type: ignore[return-value]


def _uri(settings: SlingSettings) -> str:
    return f"sling://{settings.stream}"


CONNECTOR = SlingConnector
