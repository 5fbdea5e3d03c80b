"""The dlt sources that a spec may name: dlt's own, and those that installed packages offer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from dagster_ingest.connectors.dlt.rounds import watch
from dagster_ingest.connectors.dlt.settings import DltSettings
from dagster_ingest.errors import SpecError, among

GROUP = "dagster_ingest.dlt_sources"
_CSV_BLOCK = 2 * 2**20
_FILE_ROWS = 5_000


def make(settings: DltSettings, config: dict[str, Any], table: str, drops: Path) -> Any:
    """A dlt source or resource. Raises SpecError for a name or arguments that are none."""
    from dlt.common.configuration.exceptions import ConfigurationException

    name = settings.source
    try:
        if name == "rest_api":
            return _rest_api(config, settings)
        if name in _OWN:
            return _OWN[name](config, table, drops)
        return _offered(name)(**config)
    except ConfigurationException:  # a KeyError of dlt's own
        raise
    except (TypeError, ValueError, KeyError) as error:
        raise SpecError(
            f"the dlt source {name!r} does not take its `config`: {type(error).__name__}: {error}",
            not_done="nothing was read",
            fix="compare it with the source's documentation",
        ) from None


def _offered(name: str) -> Callable[..., Any]:
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name in found:
        return found[name].load()
    known = sorted({"rest_api", *_OWN, *found})
    raise SpecError(f"there is no dlt source {name!r}", not_done="nothing was read", fix=among(name, known))


def _rest_api(config: dict[str, Any], settings: DltSettings) -> Any:
    """With a session of ours: dlt would take its retries from its own configuration."""
    from dlt.sources.helpers.requests import Client
    from dlt.sources.rest_api import rest_api_source

    session = Client(
        request_timeout=settings.timeout_seconds,
        request_max_attempts=settings.attempts,
        request_backoff_factor=settings.wait_seconds,
        raise_for_status=False,
    ).session
    watch(session)
    client = {**config.get("client", {}), "session": session}
    return rest_api_source({**config, "client": client}, name="rest_api")  # type: ignore[typeddict-item]


def _sql_database(config: dict[str, Any], table: str, drops: Path) -> Any:
    """Arrow out. One table is looked at, not the whole database."""
    from dlt.sources.sql_database import sql_table

    taken = {"table": table, "backend": "pyarrow", **config}
    return sql_table(**taken)


def _files(config: dict[str, Any], table: str, drops: Path) -> Any:
    """dlt's filesystem, its files as text: dlt's own reader of CSV guesses types."""
    import dlt
    from dlt.sources.filesystem import filesystem

    taken = dict(config)
    read = _READERS[taken.pop("format", "csv")]
    url = str(taken.get("bucket_url", ""))
    if "://" not in url:
        place = (drops / url).resolve()
        if not place.is_relative_to(drops.resolve()):
            raise SpecError(
                f"{url!r} leaves the tenant's drop folder",
                not_done="nothing was read",
                fix="stay inside of it",
            )
        taken["bucket_url"] = str(place)
    taken.setdefault("credentials", None)

    @dlt.transformer(name=table)
    def rows(items: Any) -> Iterator[Any]:
        for item in sorted(items, key=lambda item: item["file_url"]):
            yield from read(item)

    return filesystem(**{k: v for k, v in taken.items() if v is not None}) | rows


def _csv(item: Any) -> Iterator[Any]:
    import pyarrow as pa
    from pyarrow import csv

    with item.open() as file:
        names = csv.open_csv(file, csv.ReadOptions(block_size=_CSV_BLOCK)).schema.names
    with item.open() as file:
        reader = csv.open_csv(
            file,
            csv.ReadOptions(block_size=_CSV_BLOCK, use_threads=False),
            csv.ParseOptions(newlines_in_values=True),
            csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
        for batch in reader:
            yield pa.Table.from_batches([batch])


def _jsonl(item: Any) -> Iterator[Any]:
    from dagster_ingest.connectors.processes.records import parsed

    rows: list[Any] = []
    with item.open() as file:
        for line in file:
            if line.strip():
                rows.append(parsed(line))
            if len(rows) == _FILE_ROWS:
                yield rows
                rows = []
    yield rows


def _parquet(item: Any) -> Iterator[Any]:
    import pyarrow as pa
    from pyarrow import parquet

    with item.open() as file:
        for batch in parquet.ParquetFile(file).iter_batches(_FILE_ROWS):
            yield pa.Table.from_batches([batch])


_READERS: dict[str, Callable[[Any], Iterator[Any]]] = {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet}
_OWN: dict[str, Callable[[dict[str, Any], str, Path], Any]] = {
    "files": _files,
    "sql_database": _sql_database,
}
