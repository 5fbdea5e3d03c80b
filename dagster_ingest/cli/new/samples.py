"""Sample files of an unknown system as tables of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_ingest.connectors import registry
from dagster_ingest.connectors.base import Discovered, ReadRequest
from dagster_ingest.errors import SpecError
from dagster_ingest.scaffold.names import NOTHING, name_of, new_name

if TYPE_CHECKING:
    import polars as pl

MOST = 100_000  # rows of a table that are looked at


@dataclass(frozen=True, slots=True)
class Sampled:
    """settings: of the connector `files`, so that it finds further deliveries."""

    table: str
    frame: pl.DataFrame
    origin: str
    settings: dict[str, Any]


def sampled(system: str, texts: Sequence[str]) -> list[Sampled]:
    """The tables of `FOLDER`, `FILE` or `TABLE=FILE`."""
    found: dict[str, Sampled] = {}
    for text in texts:
        name, sign, path = text.partition("=")
        table, place = (name, Path(path)) if sign and not Path(text).exists() else (None, Path(text))
        if table is not None:
            new_name("table", table)
        for sample in _of(system, place, table):
            if sample.table in found:
                fix = "name it: --from TABLE=FILE"
                raise SpecError(f"two samples are called {sample.table!r}", not_done=NOTHING, fix=fix)
            found[sample.table] = sample
    return list(found.values())


def _of(system: str, path: Path, table: str | None) -> list[Sampled]:
    from dagster_ingest.cli.new.look import Drop

    drop = Drop.at(path)
    if table is not None and drop.file is None:
        fix = f"name the file: --from {table}=FILE"
        raise SpecError("a folder is no table", where=str(path), not_done=NOTHING, fix=fix)
    connector = registry.connector("files")
    settings = {"path": ".", "pattern": escape(drop.file) if drop.file else "*"}
    request = ReadRequest(system, system, "", "IA", settings, str(drop.folder))
    tables = connector.discover(request)
    if not tables:
        fix = "give a folder with data files, or a file"
        raise SpecError("there is no table in it", where=str(path), not_done=NOTHING, fix=fix)
    if table is not None:
        tables = tuple(replace(found, table=table) for found in tables[:1])
    return [_read(request, found) for found in tables]


def _read(request: ReadRequest, found: Discovered) -> Sampled:
    import polars as pl

    settings = dict(found.settings)
    # What is read is the sample alone; what is kept finds the next delivery, too.
    asked = {**request.settings, **(settings if request.settings["pattern"] == "*" else {})}
    connector = registry.connector("files")
    one = replace(request, table=found.table, settings=asked)
    origin = ", ".join(Path(part).name for part in connector.fingerprint(one).parts[:3]) or found.table
    frames, held = [], 0
    for batch in connector.read(one).batches():
        frames.append(batch.frame.head(MOST - held))
        held += frames[-1].height
        if held >= MOST:
            break
    frame = pl.concat(frames, how="diagonal") if frames else pl.DataFrame()
    table = name_of(found.table)
    if table is None:
        fix = "name it: --from TABLE=FILE"
        raise SpecError(f"no table can be named after {origin}", not_done=NOTHING, fix=fix)
    return Sampled(table, frame, origin, settings)
