"""A tap's catalog: asked for, told as tables, and with one stream selected."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from dagster_ingest.connectors.base import Discovered, DiscoveredColumn
from dagster_ingest.connectors.processes.records import kept
from dagster_ingest.connectors.processes.running import Running
from dagster_ingest.connectors.processes.schema import json_type
from dagster_ingest.connectors.singer.settings import SingerSettings
from dagster_ingest.errors import DataError, NothingDelivered, among

_MOST = 256 * 2**20  # bytes


def parse(running: Running) -> dict[str, Any]:
    """The catalog that `--discover` writes. Raises DataError for anything else."""
    text = bytearray()
    for line in running.lines():
        text += line + b"\n"
        if len(text) > _MOST:
            raise _no_catalog(running.name, f"more than {_MOST:,} bytes")
    try:
        catalog = json.loads(text)
        for stream in catalog["streams"]:
            _require_form(stream)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _no_catalog(running.name, f"{type(error).__name__}: {error}") from None
    return catalog


def _require_form(stream: Any) -> None:
    """Whatever this module takes apart has its form: what has not raises."""
    if not isinstance(stream["tap_stream_id"], str):
        raise TypeError("a stream without a name")
    entries = stream.get("metadata") or []
    properties = (stream.get("schema") or {}).get("properties") or {}
    parts = [stream, *entries, *(entry.get("metadata") or {} for entry in entries), properties]
    if not isinstance(entries, list) or not all(isinstance(part, dict) for part in parts):
        raise TypeError(f"the stream {stream['tap_stream_id'][:100]!r} has parts of another form")
    for keys in (stream.get("key_properties"), *(e["metadata"].get("table-key-properties") for e in entries)):
        tuple(keys or ())
    for schema in properties.values():
        json_type(schema)


def tables(catalog: Mapping[str, Any], settings: SingerSettings) -> tuple[Discovered, ...]:
    """A table for each stream."""
    return tuple(_table(stream, settings) for stream in catalog["streams"])


def selected(catalog: Mapping[str, Any], name: str, settings: SingerSettings) -> dict[str, Any]:
    """The catalog with one stream selected, all of its properties, and nothing else."""
    names = [stream["tap_stream_id"] for stream in catalog["streams"]]
    if name not in names:
        raise NothingDelivered(
            f"{settings.tap} has no stream {name!r}",
            rule="file|delivered",
            where=f"singer://{settings.tap}/{name}",
            not_done="nothing was read",
            fix=among(name, names, "its streams:"),
        )
    chosen = copy.deepcopy(dict(catalog))
    for stream in chosen["streams"]:
        wanted = stream["tap_stream_id"] == name
        stream["selected"] = wanted
        facts = _facts(stream)
        facts["selected"] = wanted
        if wanted:
            _select_fields(stream)
            _replicate(stream, facts, settings)
    return chosen


def _replicate(stream: dict[str, Any], facts: dict[str, Any], settings: SingerSettings) -> None:
    method = settings.replication.upper()
    stream["replication_method"] = facts["replication-method"] = method
    key = settings.replication_key or next(iter(facts.get("valid-replication-keys") or ()), None)
    if method == "INCREMENTAL" and key:
        stream["replication_key"] = facts["replication-key"] = key


def _select_fields(stream: dict[str, Any]) -> None:
    for entry in stream["metadata"]:
        if entry.get("breadcrumb") and entry["metadata"].get("inclusion") != "unsupported":
            entry["metadata"]["selected"] = True


def _facts(stream: dict[str, Any]) -> dict[str, Any]:
    """What the catalog says of the stream as a whole; made if it says nothing."""
    entries = stream.setdefault("metadata", [])
    for entry in entries:
        if not entry.get("breadcrumb"):
            return entry.setdefault("metadata", {})
    entries.append({"breadcrumb": [], "metadata": {}})
    return entries[-1]["metadata"]


def _table(stream: Mapping[str, Any], settings: SingerSettings) -> Discovered:
    facts = _facts(copy.deepcopy(dict(stream)))
    keys = stream.get("key_properties") or facts.get("table-key-properties") or ()
    properties = (stream.get("schema") or {}).get("properties") or {}
    names = kept(list(properties), settings.skip_fields)
    columns = tuple(DiscoveredColumn(name, *json_type(properties[name])) for name in names)
    name = stream["tap_stream_id"]
    return Discovered(name, columns, tuple(keys), {"stream": name})


def _no_catalog(name: str, why: str) -> DataError:
    return DataError(
        f"{name} --discover wrote no catalog: {why}",
        not_done="nothing was read",
        fix="run it by hand with the same configuration",
    )
