"""Messages of the Airbyte protocol: what a source logs, why it failed, its catalog and its state."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

from dagster_ingest.connectors.airbyte.settings import AirbyteSettings
from dagster_ingest.connectors.base import Discovered, DiscoveredColumn
from dagster_ingest.connectors.processes.messages import NOT_DONE, understood
from dagster_ingest.connectors.processes.records import kept, parsed
from dagster_ingest.connectors.processes.running import Running
from dagster_ingest.connectors.processes.schema import json_type
from dagster_ingest.errors import (
    AccessDenied,
    DataError,
    IngestError,
    NothingDelivered,
    SpecError,
    Unavailable,
    guess,
)
from dagster_ingest.redact import redact

_log = logging.getLogger(__name__)
_LEVELS = {"FATAL": 40, "ERROR": 40, "WARN": 30, "WARNING": 30, "INFO": 20}


def messages(running: Running) -> Iterator[tuple[Mapping[str, Any], int]]:
    """(message, bytes of its line), logs taken out. A line that is no JSON is a log, says the protocol.

    Raises the error that the source reported, by its class, once it has ended.
    """
    reported: dict[str, Any] = {}
    lines = running.lines()
    while True:
        try:
            line = next(lines, None)
        except IngestError:
            if reported:
                raise failure(running.name, reported) from None
            raise
        if line is None:
            break
        message = _message(running.name, line)
        if message is None:
            continue
        with understood(running.name, f"a message {message['type'][:40]!r}"):
            trace = message.get("trace") or {}
            if message["type"] == "LOG":
                _log_line(running.name, message.get("log") or {})
                continue
            if trace.get("type") == "ERROR":
                reported = dict(trace.get("error") or {"message": "an error without words"})
                continue
        yield message, len(line)
    if reported:
        raise failure(running.name, reported)


def failure(name: str, reported: Mapping[str, Any]) -> IngestError:
    """A source's own error: its `failure_type` says whether trying again may help."""
    kind = {"config_error": AccessDenied}.get(str(reported.get("failure_type")), Unavailable)
    problem = f"{name} failed: {reported.get('message')}"
    answer = str(reported.get("internal_message") or "")
    fix = "correct `config`, the secrets that it names, or the access that they give"
    return kind(
        problem, not_done=NOT_DONE, fix=fix if kind is AccessDenied else None, source={"answer": answer}
    )


def streams_of(name: str, catalog: Any) -> list[dict[str, Any]]:
    """The streams of the catalog that the source `name` gave. Raises DataError where it is none."""
    with understood(name, "a catalog"):
        streams = list(catalog.get("streams") or [])
        for stream in streams:
            properties = (stream.get("json_schema") or {}).get("properties") or {}
            if not isinstance(stream["name"], str) or not isinstance(properties, dict):
                raise TypeError(f"the stream {str(stream)[:100]}")
            for path in (
                *(stream.get("source_defined_primary_key") or ()),
                stream.get("default_cursor_field"),
            ):
                list(path or ())
            ", ".join(stream.get("supported_sync_modes") or ())
            for schema in properties.values():
                json_type(schema)
    return streams


def find_stream(streams: list[dict[str, Any]], name: str, settings: AirbyteSettings) -> dict[str, Any]:
    """The stream of that name, and of the namespace if one is set."""
    space = settings.namespace
    found = [s for s in streams if s["name"] == name and (space is None or s.get("namespace") == space)]
    if len(found) == 1:
        return found[0]
    names = [str(s["name"]) for s in streams]
    near = guess(name, names)
    told = ", ".join(f"{s['namespace']}.{s['name']}" if s.get("namespace") else s["name"] for s in streams)
    raise NothingDelivered(
        f"{settings.connector} has {len(found) or 'no'} stream{'s' if found else ''} {name!r}",
        rule="file|delivered",
        where=f"airbyte://{settings.connector}/{name}",
        not_done="nothing was read",
        fix=("set `namespace`; " if found else f"did you mean {near!r}? " if near else "")
        + f"its streams: {told or 'none'}",
    )


def configured(stream: Mapping[str, Any], settings: AirbyteSettings) -> dict[str, Any]:
    """The catalog that asks for this stream alone. Raises SpecError for a way it cannot be read."""
    modes = stream.get("supported_sync_modes") or ["full_refresh"]
    if settings.sync not in modes:
        raise SpecError(
            f"the stream {stream['name']!r} cannot be read as {settings.sync}",
            not_done="nothing was read",
            fix=f"set `sync` to one of {', '.join(modes)}",
        )
    asked: dict[str, Any] = {
        "stream": dict(stream),
        "sync_mode": settings.sync,
        "destination_sync_mode": "append",
        "primary_key": stream.get("source_defined_primary_key") or [],
    }
    field = [settings.cursor_field] if settings.cursor_field else stream.get("default_cursor_field")
    if settings.sync == "incremental" and field:
        asked["cursor_field"] = field
    return {"streams": [asked]}


def table(stream: Mapping[str, Any], settings: AirbyteSettings) -> Discovered:
    properties = (stream.get("json_schema") or {}).get("properties") or {}
    names = kept(list(properties), settings.skip_fields)
    columns = tuple(DiscoveredColumn(name, *json_type(properties[name])) for name in names)
    paths = stream.get("source_defined_primary_key") or ()
    keys = tuple(path[0] for path in paths if len(path) == 1)
    told = {"stream": stream["name"]}
    if stream.get("namespace"):
        told["namespace"] = stream["namespace"]
    return Discovered(stream["name"], columns, keys, told)


class States:
    """The latest state of each stream, as the list that a source takes back; or its one legacy state."""

    def __init__(self, cursor: str | None) -> None:
        self._legacy: Any = None
        self._latest: dict[str, Any] = {}
        for state in json.loads(cursor) if cursor else ():
            self.take(state)

    def take(self, state: Mapping[str, Any]) -> None:
        kind = state.get("type", "LEGACY")
        if kind == "STREAM":
            descriptor = state["stream"]["stream_descriptor"]
            self._latest[json.dumps(descriptor, sort_keys=True)] = {"type": kind, "stream": state["stream"]}
        elif kind == "GLOBAL":
            self._latest["global"] = {"type": kind, "global": state["global"]}
        else:
            self._legacy = {"type": "LEGACY", "data": state.get("data")}

    def text(self) -> str | None:
        """As a cursor; None if the source never gave one."""
        states = list(self._latest.values()) or ([self._legacy] if self._legacy else [])
        return json.dumps(states, default=float) if states else None

    def as_file(self) -> Any:
        """As the source reads it."""
        return json.loads(self.text() or "[]") if self._latest else (self._legacy or {}).get("data") or []


def _message(name: str, line: bytes) -> dict[str, Any] | None:
    if not line.strip():
        return None
    try:
        message = parsed(line)
    except (ValueError, RecursionError) as error:
        if line.lstrip().startswith(b'{"type"'):
            raise DataError(
                f"{name} wrote a broken message: {error}",
                where=f"program {name}",
                not_done=NOT_DONE,
                fix="run again; see whether another version of the source mends it",
                source={"answer": line[:200].decode(errors="replace")},
            ) from None
        message = None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        _log.info("%s: %s", name, redact(line.decode(errors="replace")))
        return None
    return message


def _log_line(name: str, log: Mapping[str, Any]) -> None:
    level = _LEVELS.get(str(log.get("level")), logging.DEBUG)
    _log.log(level, "%s: %s", name, redact(str(log.get("message"))))
