"""The `singer` connector: a tap's catalog and streams, its state as the cursor."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagster_ingest.connectors.base import (
    Capabilities,
    Checked,
    Discovered,
    Fingerprint,
    ReadRequest,
)
from dagster_ingest.connectors.processes import programs
from dagster_ingest.connectors.processes.config import prepared
from dagster_ingest.connectors.processes.messages import MessageRead
from dagster_ingest.connectors.processes.running import Running
from dagster_ingest.connectors.processes.workspace import Workspace
from dagster_ingest.connectors.registry import parse_settings
from dagster_ingest.connectors.singer import catalog
from dagster_ingest.connectors.singer.settings import SingerSettings
from dagster_ingest.errors import IngestError


class SingerConnector:
    """Runs the tap anew for each question. Its catalog is asked for before each read, for it may change."""

    capabilities = Capabilities(incremental=True)

    def check(self, request: ReadRequest) -> Checked:
        """Whether the tap finds its tables with this configuration."""
        settings = _settings(request)
        told = {"tap": settings.tap}
        try:
            found = self._catalog(request, settings)
            if request.table:
                catalog.selected(found, _stream(request, settings), settings)
        except IngestError as error:
            return Checked(False, error.problem, {**told, **error.source})
        names = [stream["tap_stream_id"] for stream in found["streams"]]
        return Checked(True, f"{settings.tap} offers {len(names)} streams: {', '.join(names[:8])}", told)

    def discover(self, request: ReadRequest) -> tuple[Discovered, ...]:
        settings = _settings(request)
        found = catalog.tables(self._catalog(request, settings), settings)
        if not request.table:
            return found
        return tuple(table for table in found if table.table == _stream(request, settings))

    def fingerprint(self, request: ReadRequest) -> Fingerprint:
        """A tap cannot tell; it is always read."""
        return Fingerprint("", (_uri(request, _settings(request)),))

    def read(self, request: ReadRequest) -> SingerRead:
        """Starts the tap and waits for its schema."""
        settings = _settings(request)
        chosen = catalog.selected(self._catalog(request, settings), _stream(request, settings), settings)
        workspace = Workspace()
        command: list[Any] = [programs.find(settings.tap)]
        command += ["--config", workspace.write("config.json", prepared(settings.config, request))]
        command += [settings.catalog_option, workspace.write("catalog.json", chosen)]
        incremental = settings.replication == "incremental"
        if incremental and request.cursor is not None:
            command += ["--state", workspace.write("state.json", json.loads(request.cursor))]
        running = Running(command, folder=workspace.path, idle=settings.idle_seconds)
        return SingerRead(running, workspace, request, settings)

    def _catalog(self, request: ReadRequest, settings: SingerSettings) -> dict[str, Any]:
        workspace = Workspace()
        try:
            config = workspace.write("config.json", prepared(settings.config, request))
            command: list[str | Path] = [programs.find(settings.tap), "--config", config, "--discover"]
            running = Running(command, folder=workspace.path, idle=settings.idle_seconds)
            try:
                return catalog.parse(running)
            finally:
                running.close()
        finally:
            workspace.remove()


class SingerRead(MessageRead):
    """One stream. The last state of a tap that came to its end is the cursor."""

    def __init__(
        self, running: Running, workspace: Workspace, request: ReadRequest, settings: SingerSettings
    ) -> None:
        incremental = settings.replication == "incremental"
        uri, skip = _uri(request, settings), settings.skip_fields
        super().__init__(running, workspace, request, uri, skip, incremental=incremental)
        self._stream = _stream(request, settings)
        self._schema: list[str] | None = None
        self._state = request.cursor
        self.begin(self._announced)

    def state(self) -> str | None:
        return self._state

    def interpret(self, message: Mapping[str, Any]) -> Mapping[str, Any] | None:
        kind, ours = message["type"].upper(), message.get("stream") == self._stream
        if kind == "RECORD" and ours:
            if self._schema is None:
                raise self.error("wrote a record before its schema")
            return self.record(message.get("record"), message)
        if kind == "SCHEMA" and ours:
            self._take_schema(message)
        elif kind == "STATE":
            self._state = json.dumps(message.get("value"), default=float)
        elif kind == "BATCH":
            raise self.error(
                "hands over files (BATCH)", answer="take `batch_config` out of its configuration"
            )
        return None

    def _take_schema(self, message: Mapping[str, Any]) -> None:
        schema = message.get("schema")
        names = list((schema.get("properties") or {}) if isinstance(schema, dict) else {})
        if self._schema is not None and set(names) - set(self._schema):
            more = ", ".join(sorted(set(names) - set(self._schema)))
            raise self.error(f"announced further columns after it had begun: {more}")
        self._schema = names if self._schema is None else self._schema

    def _announced(self) -> list[str]:
        for message, _ in self._messages:
            self.heard(message)
            if self._schema is not None:
                return self._schema
        raise self.error(f"ended without a schema of the stream {self._stream!r}", rule="file|empty")


def _settings(request: ReadRequest) -> SingerSettings:
    return parse_settings("singer", request.settings)  # type: ignore[return-value]


def _stream(request: ReadRequest, settings: SingerSettings) -> str:
    return settings.stream or request.table


def _uri(request: ReadRequest, settings: SingerSettings) -> str:
    return f"singer://{settings.tap}/{_stream(request, settings)}"


CONNECTOR = SingerConnector
