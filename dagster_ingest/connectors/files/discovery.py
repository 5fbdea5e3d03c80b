"""What a drop folder holds: whether it can be read, and which tables lie in it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path, PurePosixPath

from dagster_ingest import naming
from dagster_ingest.connectors.base import Checked, Discovered, DiscoveredColumn, ReadRequest
from dagster_ingest.connectors.files.drops import find
from dagster_ingest.connectors.files.folder import Drop, Folder
from dagster_ingest.connectors.files.formats import opened
from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.connectors.files.stamps import series_pattern
from dagster_ingest.connectors.files.streams import unpacked
from dagster_ingest.errors import IngestError


def check(request: ReadRequest, settings: FilesSettings) -> Checked:
    """The folder is there and has a file to read; the newest one can be opened."""
    allowed = Path(request.allowed)
    folder = Folder(allowed, allowed / settings.path)
    told = {"folder": folder.uri(folder.place), "pattern": settings.pattern}
    try:
        folder.require_inside(folder.place)
        if not folder.place.is_dir():
            return Checked(False, f"there is no folder {told['folder']}", told)
        drops = find(request, settings) if request.table else folder.scan(settings.pattern)[0]
        if not drops:
            return Checked(False, f"no file matches {settings.pattern!r}; there is: {folder.listing()}", told)
        with unpacked(drops[0], settings.max_bytes) as stream:
            stream.read(1)
    except PermissionError as error:
        return Checked(False, f"{error.filename}: this process may not read it", told)
    except IngestError as error:
        return Checked(False, f"{error.where}: {error.problem}" if error.where else error.problem, told)
    files = ", ".join(drop.uri for drop in drops[:3]) + (" ..." if len(drops) > 3 else "")
    return Checked(True, f"{len(drops)} file{'s' if len(drops) > 1 else ''}: {files}", told)


def discover(request: ReadRequest, settings: FilesSettings) -> tuple[Discovered, ...]:
    """One table a series of drops; the headings are those of its newest file.

    Where the request names a table, its settings say which files those are.
    """
    if request.table:
        drops = find(request, settings)
        return (Discovered(request.table, _columns(drops, settings)),)
    allowed = Path(request.allowed)
    drops = Folder(allowed, allowed / settings.path).scan(settings.pattern)[0]
    series: dict[str, list[Drop]] = {}
    for drop in drops:
        series.setdefault(drop.series, []).append(drop)
    return tuple(_table(name, found, settings) for name, found in sorted(series.items()))


def _table(series: str, drops: list[Drop], settings: FilesSettings) -> Discovered:
    newest = max(drops, key=lambda drop: (drop.stamp or datetime.min, drop.uri))
    folder, _, _ = settings.pattern.rpartition("/")
    name = series_pattern(PurePosixPath(newest.member or newest.path.name).name)
    pattern = f"{folder}/{name}" if folder else name
    table = naming.column_name(series).lower()[:40].strip("_") or "table"
    return Discovered(table, _columns([newest], settings), settings={"pattern": pattern})


def _columns(drops: list[Drop], settings: FilesSettings) -> tuple[DiscoveredColumn, ...]:
    names = dict.fromkeys(n for drop in drops for n in opened(drop, settings).columns)
    return tuple(DiscoveredColumn(name, "text") for name in names)
