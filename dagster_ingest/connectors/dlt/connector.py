"""The `dlt` connector: rows of a dlt resource as text. No destination, no schema that changes values."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from dagster_ingest.connectors import text
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
from dagster_ingest.connectors.dlt import extraction, sources
from dagster_ingest.connectors.dlt.faults import translated
from dagster_ingest.connectors.dlt.settings import DltSettings
from dagster_ingest.connectors.processes.config import prepared
from dagster_ingest.connectors.processes.records import Records, kept
from dagster_ingest.connectors.registry import parse_settings
from dagster_ingest.errors import IngestError, SpecError

_PEEK = 1_000  # records whose fields are the columns, where nothing says what they are
_RECORD_BYTES = 1_000  # a guess; batches of records are bounded by their number and by this


class DltConnector:
    """Makes the source anew for each question."""

    capabilities = Capabilities(incremental=True)

    def check(self, request: ReadRequest) -> Checked:
        """Whether the source can be made and its first item be had."""
        settings = _settings(request)
        told = {"source": settings.source}
        try:
            source = _source(request, settings)
            if not request.table:
                return Checked(True, f"resources: {', '.join(extraction.names_of(source))}", told)
            read = DltRead(replace(request, sample=1), settings)
            read.close()
        except IngestError as error:
            return Checked(False, error.problem, {**told, **error.source})
        return Checked(True, f"{read.uri} answers, {len(read.columns)} columns", told)

    def discover(self, request: ReadRequest) -> tuple[Discovered, ...]:
        """The source's resources; the columns of one that is asked for by its table."""
        settings = _settings(request)
        if request.table:
            read = DltRead(request, settings)
            read.close()
            columns = tuple(DiscoveredColumn(name) for name in read.columns)
            return (Discovered(request.table, columns, read.key),)
        names = extraction.names_of(_source(request, settings))
        return tuple(Discovered(name, settings={"resource": name}) for name in names)

    def fingerprint(self, request: ReadRequest) -> Fingerprint:
        """A source cannot tell; it is always read."""
        return Fingerprint("", (_uri(request, _settings(request)),))

    def read(self, request: ReadRequest) -> DltRead:
        return DltRead(request, _settings(request))


class DltRead(Delivery):
    """One resource. Its state counts once it came to its end."""

    def __init__(self, request: ReadRequest, settings: DltSettings) -> None:
        self.uri = _uri(request, settings)
        self._settings, self._sample = settings, request.sample
        held = json.loads(request.cursor) if settings.incremental and request.cursor else {}
        self._resumed = bool(held)
        self._ended = False
        with _faults(self.uri), extraction.alone():
            self._state = extraction.state_of(held["state"]) if held else {}
            resource = extraction.pick(_source(request, settings), request.table, settings.resource)
            self.key = _key(resource)
            self._items = iter(extraction.items(resource, self._state))
            first = _begin(self._items, _PEEK if request.sample is None else min(_PEEK, request.sample))
        self._items = chain(first, self._items)
        self.columns = (
            settings.columns or kept(_fields(first), settings.skip_fields) or held.get("columns", [])
        )

    @property
    def snapshot(self) -> bool:
        return not self._resumed

    def batches(self) -> Iterator[Batch]:
        records = Records(self.columns, self._settings.skip_fields, self.uri)
        with extraction.alone():
            for item in self._each():
                if isinstance(item, dict):
                    yield from records.add(item, _RECORD_BYTES)
                else:
                    yield from records.rest()
                    yield self._of_table(item, records)
                if self._sample is not None and records.count >= self._sample:
                    break
            else:
                self._ended = True
        yield from records.rest()

    def completeness(self) -> Completeness:
        return (
            Completeness(True) if self._ended else Completeness(False, "the source was not read to its end")
        )

    def cursor(self) -> str | None:
        if not (self._settings.incremental and self._ended):
            return None
        return json.dumps({"state": extraction.state_text(self._state), "columns": self.columns})

    def close(self) -> None:
        self._items = iter(())

    def _each(self) -> Iterator[Any]:
        with _faults(self.uri):
            yield from self._items

    def _of_table(self, table: Any, records: Records) -> Batch:
        import polars as pl

        frame = text.of_arrow(table)
        strange = kept([n for n in frame.columns if n not in self.columns], self._settings.skip_fields)
        if strange:
            raise records.unknown(strange)
        absent = [c for c in self.columns if c not in frame.columns]
        frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(c) for c in absent).select(
            self.columns
        )
        first = records.count + 1
        records.count += frame.height
        return Batch(frame, self.uri, first)


@contextlib.contextmanager
def _faults(uri: str) -> Iterator[None]:
    try:
        yield
    except (IngestError, GeneratorExit):
        raise
    except Exception as error:  # a source of others may raise anything
        raise translated(error, uri) from None


def _begin(items: Iterator[Any], most: int) -> list[Any]:
    """The first records, or the first table."""
    first: list[Any] = []
    for item in items:
        first.append(item)
        if len(first) >= most or not isinstance(item, dict):
            break
    return first


def _fields(items: list[Any]) -> list[str]:
    names = (item if isinstance(item, dict) else item.schema.names for item in items)
    return list(dict.fromkeys(name for some in names for name in some))


def _key(resource: Any) -> tuple[str, ...]:
    key = resource.compute_table_schema().get("columns", {})
    return tuple(name for name, column in key.items() if column.get("primary_key"))


def _source(request: ReadRequest, settings: DltSettings) -> Any:
    try:
        import dlt  # noqa: F401
    except ImportError:
        raise SpecError(
            "the connector `dlt` lacks the library dlt",
            not_done="nothing was read",
            fix="pip install dagster-ingest[dlt]",
        ) from None
    name = settings.resource or request.table
    with _faults(_uri(request, settings)), extraction.alone():
        config = prepared(settings.config, request)
        return sources.make(settings, config, name, Path(request.allowed))


def _settings(request: ReadRequest) -> DltSettings:
    return parse_settings("dlt", request.settings)  # type: ignore[return-value]


def _uri(request: ReadRequest, settings: DltSettings) -> str:
    return f"dlt://{settings.source}/{settings.resource or request.table}"


CONNECTOR = DltConnector
