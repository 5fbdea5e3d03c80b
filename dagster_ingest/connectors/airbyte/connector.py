"""The `airbyte` connector: a source's streams, their state as the cursor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster_ingest.connectors.airbyte import protocol
from dagster_ingest.connectors.airbyte.settings import AirbyteSettings
from dagster_ingest.connectors.base import (
    Capabilities,
    Checked,
    Completeness,
    Discovered,
    Fingerprint,
    ReadRequest,
)
from dagster_ingest.connectors.processes import programs
from dagster_ingest.connectors.processes.config import prepared
from dagster_ingest.connectors.processes.messages import MessageRead, understood
from dagster_ingest.connectors.processes.running import Running
from dagster_ingest.connectors.processes.workspace import Workspace
from dagster_ingest.connectors.registry import parse_settings
from dagster_ingest.errors import IngestError


class AirbyteConnector:
    """Runs the source anew for each question. Its catalog is asked for before each read."""

    capabilities = Capabilities(incremental=True)

    def check(self, request: ReadRequest) -> Checked:
        """The source's own check, and whether it has the stream."""
        settings = _settings(request)
        told = {"connector": settings.connector}
        try:
            said = self._answer("check", "connectionStatus", request, settings)
            with understood(settings.connector, "an answer to `check`"):
                if said.get("status") != "SUCCEEDED":
                    words = _words(str(said.get("message") or "the source's own check failed"))
                    return Checked(False, words, told)
            if request.table:
                protocol.find_stream(self._streams(request, settings), _stream(request, settings), settings)
        except IngestError as error:
            return Checked(False, error.problem, {**told, **error.source})
        return Checked(True, f"{settings.connector} says that it can read", told)

    def discover(self, request: ReadRequest) -> tuple[Discovered, ...]:
        settings = _settings(request)
        found = tuple(protocol.table(stream, settings) for stream in self._streams(request, settings))
        if not request.table:
            return found
        return tuple(table for table in found if table.table == _stream(request, settings))

    def fingerprint(self, request: ReadRequest) -> Fingerprint:
        """A source cannot tell; it is always read."""
        return Fingerprint("", (_uri(request, _settings(request)),))

    def read(self, request: ReadRequest) -> AirbyteRead:
        settings = _settings(request)
        streams = self._streams(request, settings)
        stream = protocol.find_stream(streams, _stream(request, settings), settings)
        asked = protocol.configured(stream, settings)
        workspace = Workspace()
        more: list[Any] = ["--catalog", workspace.write("catalog.json", asked)]
        states = protocol.States(request.cursor if settings.sync == "incremental" else None)
        if states.text() is not None:
            more += ["--state", workspace.write("state.json", states.as_file())]
        running = _run("read", request, settings, workspace, *more)
        return AirbyteRead(running, workspace, request, settings, stream, states)

    def _streams(self, request: ReadRequest, settings: AirbyteSettings) -> list[dict[str, Any]]:
        catalog = self._answer("discover", "catalog", request, settings)
        return protocol.streams_of(settings.connector, catalog)

    def _answer(
        self, command: str, part: str, request: ReadRequest, settings: AirbyteSettings
    ) -> dict[str, Any]:
        """The one message that a command answers with."""
        workspace = Workspace()
        running = None
        try:
            running = _run(command, request, settings, workspace)
            found = [message[part] for message, _ in protocol.messages(running) if part in message]
            if not found:
                raise running.complaint(f"{command} gave no answer")
            return found[-1]
        finally:
            if running is not None:
                running.close()
            workspace.remove()


class AirbyteRead(MessageRead):
    """One stream. Complete if the source ended well and did not say that the stream is not."""

    def __init__(
        self,
        running: Running,
        workspace: Workspace,
        request: ReadRequest,
        settings: AirbyteSettings,
        stream: Mapping[str, Any],
        states: protocol.States,
    ) -> None:
        super().__init__(
            running,
            workspace,
            request,
            _uri(request, settings),
            settings.skip_fields,
            incremental=settings.sync == "incremental",
            source=protocol.messages(running),
        )
        self._name, self._namespace = stream["name"], stream.get("namespace")
        self._states, self._since_state = states, 0
        self._status: str | None = None
        self.begin(lambda: list((stream.get("json_schema") or {}).get("properties") or {}))

    def state(self) -> str | None:
        return self._states.text()

    def completeness(self) -> Completeness:
        if self._ended and self._status not in (None, "COMPLETE"):
            return Completeness(False, f"the source says that the stream is {self._status}")
        return super().completeness()

    def interpret(self, message: Mapping[str, Any]) -> Mapping[str, Any] | None:
        kind = message["type"]
        if kind == "RECORD" and self._ours(message.get("record") or {}, "stream"):
            self._since_state += 1
            return self.record(message["record"].get("data"), message)
        if kind == "STATE":
            self._take_state(message.get("state") or {})
        elif kind == "TRACE":
            said = (message.get("trace") or {}).get("stream_status") or {}
            if self._ours(said.get("stream_descriptor") or {}, "name"):
                self._status = said.get("status")
        return None

    def _take_state(self, state: Mapping[str, Any]) -> None:
        try:
            self._states.take(state)
        except (KeyError, TypeError):
            raise self.error("wrote a state without its stream", answer=str(state)[:200]) from None
        counted = (state.get("sourceStats") or {}).get("recordCount")
        if state.get("type") == "STREAM" and counted is not None and int(counted) != self._since_state:
            raise self.error(
                f"counts {int(counted):,} records where {self._since_state:,} came", rule="file|truncated"
            )
        self._since_state = 0

    def _ours(self, descriptor: Mapping[str, Any], name: str) -> bool:
        return descriptor.get(name) == self._name and descriptor.get("namespace") == self._namespace


def _run(
    command: str, request: ReadRequest, settings: AirbyteSettings, workspace: Workspace, *more: Any
) -> Running:
    config = workspace.write("config.json", prepared(settings.config, request))
    parts = [programs.find(settings.connector), command, "--config", config, *more]
    return Running(parts, folder=workspace.path, idle=settings.idle_seconds)


def _words(text: str) -> str:
    from dagster_ingest.redact import redact

    return redact(text)


def _settings(request: ReadRequest) -> AirbyteSettings:
    return parse_settings("airbyte", request.settings)  # type: ignore[return-value]


def _stream(request: ReadRequest, settings: AirbyteSettings) -> str:
    return settings.stream or request.table


def _uri(request: ReadRequest, settings: AirbyteSettings) -> str:
    return f"airbyte://{settings.connector}/{_stream(request, settings)}"


CONNECTOR = AirbyteConnector
