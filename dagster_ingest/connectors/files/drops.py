"""Which files are the delivery: ordered by age, then picked."""

from __future__ import annotations

from datetime import datetime

from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.connectors.files.folder import NOTHING, Drop
from dagster_ingest.connectors.files.places import Place
from dagster_ingest.connectors.files.runs import Listing, Runs
from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.connectors.files.stamps import split_stamp
from dagster_ingest.errors import DataError, NothingDelivered


def find(
    request: ReadRequest,
    settings: FilesSettings,
    place: Place,
    runs: Runs | None = None,
    listing: Listing | None = None,
) -> list[Drop]:
    """The drops to read, newest first: one for `pick: newest`, every match for `pick: all`.

    Order by name: (date in the name, none being oldest; for members of an archive its date, too; then
    the uri). Order by mtime: (mtime, uri).
    `newest` by name wants every match to be a drop of one series and the latest date to be one
    file's; by mtime it wants the latest mtime to be one file's. What leaves that open is an error
    that names the files: which of them is the state's data is not ours to guess.
    """
    drops, broken = place.scan(settings.pattern)
    if runs is not None and listing is not None:
        drops = runs.of_one(drops, request, settings, listing)
    picked = pick(drops, request, settings) if drops else []
    _refuse_broken(broken, picked)
    if not picked:
        raise nothing(request, settings, place)
    return picked


def pick(drops: list[Drop], request: ReadRequest, settings: FilesSettings) -> list[Drop]:
    """Those of the drops, at least one, that are the delivery."""
    order = sorted(drops, key=lambda drop: _age(drop, settings), reverse=True)
    return order if settings.pick == "all" else [_newest(order, request, settings)]


def nothing(request: ReadRequest, settings: FilesSettings, place: Place) -> NothingDelivered:
    return NothingDelivered(
        f"no file matches {settings.pattern!r}",
        rule="file|delivered",
        where=f"{place.where} ({request.state})",
        not_done=NOTHING,
        fix=f"put the drop there, or correct `path` and `pattern`; there is: {place.listing()}",
    )


def _age(drop: Drop, settings: FilesSettings) -> tuple:
    if settings.newest_by == "mtime":
        return drop.signature[1], drop.uri
    return *_dated(drop), drop.uri


def _dated(drop: Drop) -> tuple[datetime, datetime]:
    """Its date. Of members of one date that of the archive decides: an export that was packed again."""
    packed = split_stamp(drop.path.name)[1] if drop.member else None
    return drop.stamp or datetime.min, packed or datetime.min


def _newest(order: list[Drop], request: ReadRequest, settings: FilesSettings) -> Drop:
    first = order[0]
    if settings.newest_by == "mtime":
        rivals = [d for d in order if d.signature[1] == first.signature[1]]
    elif len({d.series for d in order}) > 1:
        rivals = list({d.series: d for d in reversed(order)}.values())  # the newest of each series
    else:
        rivals = [d for d in order if _dated(d) == _dated(first)]
    if len(rivals) < 2:
        return first
    names = ", ".join(sorted(d.uri for d in rivals)[:5]) + (" ..." if len(rivals) > 5 else "")
    raise DataError(
        f"{len(rivals)} files claim {request.state}: {names}",
        rule="file|one_claim",
        where=f"{request.tenant}/{request.source}/{request.table}",
        not_done=NOTHING,
        fix="keep one, date their names (resource_2026-11-02.csv), narrow `pattern`, or set `pick: all` "
        "if together they are the delivery",
    )


def _refuse_broken(broken: list[Drop], picked: list[Drop]) -> None:
    """An unreadable archive may hold the newest drop, unless its name says that it is older."""
    for archive in broken:
        stamp = split_stamp(archive.path.name)[1]
        if picked and stamp and picked[0].stamp and stamp < picked[0].stamp:
            continue
        raise DataError(
            f"{archive.path.name} is no complete zip archive ({archive.signature[0]:,} bytes)",
            rule="file|truncated",
            where=archive.uri,
            not_done=NOTHING,
            fix="deliver the archive again; an upload that broke off leaves one like this",
        )
