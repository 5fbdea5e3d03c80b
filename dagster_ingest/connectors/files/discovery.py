"""What a drop folder holds: whether it can be read, and which tables lie in it."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePosixPath

from dagster_ingest import naming
from dagster_ingest.connectors.base import Checked, Discovered, DiscoveredColumn, ReadRequest
from dagster_ingest.connectors.files.drops import find
from dagster_ingest.connectors.files.folder import Drop, Folder
from dagster_ingest.connectors.files.formats import opened
from dagster_ingest.connectors.files.places import Place
from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.connectors.files.stamps import series_pattern
from dagster_ingest.connectors.files.streams import unpacked
from dagster_ingest.errors import IngestError


def check(request: ReadRequest, settings: FilesSettings, place: Place) -> Checked:
    """The folder is there and has a file to read; here, the newest one can be opened."""
    told = {"folder": place.where, "pattern": settings.pattern}
    try:
        if isinstance(place, Folder):
            place.require_inside(place.place)
            if not place.place.is_dir():
                return Checked(False, f"there is no folder {told['folder']}", told)
            drops = find(request, settings, place) if request.table else place.scan(settings.pattern)[0]
        else:
            drops = place.listed(settings.pattern)
        if not drops:
            return Checked(False, f"no file matches {settings.pattern!r}; there is: {place.listing()}", told)
        if isinstance(place, Folder):
            with unpacked(drops[0], settings.max_bytes) as stream:
                stream.read(1)
    except PermissionError as error:
        return Checked(False, f"{error.filename}: this process may not read it", told)
    except IngestError as error:
        return Checked(False, f"{error.where}: {error.problem}" if error.where else error.problem, told)
    files = ", ".join(drop.uri for drop in drops[:3]) + (" ..." if len(drops) > 3 else "")
    return Checked(True, f"{len(drops)} file{'s' if len(drops) > 1 else ''}: {files}", told)


def discover(request: ReadRequest, settings: FilesSettings, place: Place) -> tuple[Discovered, ...]:
    """One table a series of drops; the headings are those of its newest file.

    Where the request names a table, its settings say which files those are.
    """
    if request.table:
        drops = find(request, settings, place)
        return (Discovered(request.table, _columns(place.fetched(drops), settings)),)
    drops = place.scan(settings.pattern)[0]
    series: dict[str, list[Drop]] = {}
    for drop in drops:
        series.setdefault(drop.series, []).append(drop)
    return tuple(_table(name, found, settings, place) for name, found in sorted(series.items()))


def _table(series: str, drops: list[Drop], settings: FilesSettings, place: Place) -> Discovered:
    newest = max(drops, key=lambda drop: (drop.stamp or datetime.min, drop.uri))
    folder, _, _ = settings.pattern.rpartition("/")
    name = series_pattern(PurePosixPath(newest.member or newest.path.name).name)
    pattern = f"{folder}/{name}" if folder else name
    table = naming.column_name(series).lower()[:40].strip("_") or "table"
    return Discovered(table, _columns(place.fetched([newest]), settings), settings={"pattern": pattern})


def _columns(drops: list[Drop], settings: FilesSettings) -> tuple[DiscoveredColumn, ...]:
    names = dict.fromkeys(n for drop in drops for n in opened(drop, settings).columns)
    return tuple(DiscoveredColumn(name, "text") for name in names)
