"""Files of several tables that are of one run of the export: all of a run, or none.

The choice is made once for all tables of a source and state, when the first of them is asked for, so that
a run that arrives meanwhile does not come in between.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

from dagster_ingest.connectors.base import ReadRequest, StillComing
from dagster_ingest.connectors.files.folder import NOTHING, Drop
from dagster_ingest.connectors.files.ready import seconds
from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.connectors.registry import parse_settings
from dagster_ingest.errors import DataError

INCOMPLETE, MIXED = "set|incomplete", "set|mixed"
Listing = Callable[[FilesSettings], Sequence[Drop]]
Tables = Mapping[str, Sequence[Drop]]


@dataclass(frozen=True)
class Run:
    """name: as a person would call it. tables: the drops of each table that has some of this run."""

    name: str
    tables: Tables

    @property
    def arrived(self) -> float:
        """When the last of its files came, in seconds since 1970."""
        return max(drop.signature[1] for drops in self.tables.values() for drop in drops) / 1e9


class Runs:
    """The choices that hold while a source is loaded."""

    def __init__(self) -> None:
        self._chosen: dict[tuple[str, str, str], dict[str, set[str]]] = {}
        self._asked: dict[tuple[str, str, str], set[str]] = {}

    def anew(self, request: ReadRequest) -> None:
        """A load of the table begins. Where it is its second one, the choice is made again."""
        key = (request.tenant, request.source, request.state)
        asked = self._asked.setdefault(key, set())
        if request.table in asked:
            self._chosen.pop(key, None)
            asked.clear()
        asked.add(request.table)

    def of_one(
        self, drops: list[Drop], request: ReadRequest, settings: FilesSettings, listing: Listing
    ) -> list[Drop]:
        """Those of the table's drops that are of the run that counts; all where no run is asked for.

        Raises DataError (`set|mixed`, `set|incomplete`), or StillComing while the rest may still come.
        """
        if settings.set is None or request.table not in request.siblings:
            return drops
        key = (request.tenant, request.source, request.state)
        if key not in self._chosen:
            tables = _tables(drops, request, listing)
            run = choose(tables, settings, f"{request.tenant}/{request.source} ({request.state})")
            self._chosen[key] = {table: {_file(d) for d in found} for table, found in run.items()}
        files = self._chosen[key].get(request.table, set())
        return [drop for drop in drops if _file(drop) in files]


def choose(tables: Tables, settings: FilesSettings, where: str, now: float | None = None) -> Tables:
    """Table to drops of the newest run, or of the newest whole one while the rest may still come.

    With `pick: all` every run is part of the delivery, so every one has to be whole.
    """
    assert settings.set is not None
    runs = _runs(tables, settings)
    if not runs:
        return tables
    wanted = runs if settings.pick == "all" else runs[:1]
    grace = seconds(settings.set.grace)
    for run in (run for run in wanted if len(run.tables) < len(tables)):
        if (time.time() if now is None else now) - run.arrived > grace:
            raise _broken(run, runs, tables, where)
    whole = [run for run in runs if len(run.tables) == len(tables)]
    if whole:
        taken = whole if settings.pick == "all" else whole[:1]
        return {table: [drop for run in taken for drop in run.tables[table]] for table in tables}
    until = datetime.fromtimestamp(runs[0].arrived + grace, UTC)
    raise StillComing(
        f"the set of files is not whole yet: {_told(runs[0], tables)}",
        where=where,
        not_done=NOTHING,
        fix=f"run again when the rest is here; from {until:%Y-%m-%d %H:%M} UTC on it counts as failed",
    )


def _tables(drops: list[Drop], request: ReadRequest, listing: Listing) -> dict[str, Sequence[Drop]]:
    """What lies there for each table of the set, `drops` for the request's own."""
    found: dict[str, Sequence[Drop]] = {}
    for table, given in request.siblings.items():
        settings = parse_settings("files", given)
        assert isinstance(settings, FilesSettings)
        if table == request.table:
            found[table] = drops
        elif settings.set is not None:
            found[table] = listing(settings)
    return found


def _runs(tables: Tables, settings: FilesSettings) -> list[Run]:
    """Newest first. Drops that bear no mark are of no run, unless none bears one."""
    assert settings.set is not None
    if settings.set.stamp is not None:
        return _by_mark(tables, settings.set.stamp)
    dated = {t: [d for d in drops if d.stamp] for t, drops in tables.items()}
    if settings.newest_by == "name" and any(dated.values()):
        moments = {table: [(_utc(d), d) for d in drops] for table, drops in dated.items()}
    else:
        moments = {table: [(d.signature[1] / 1e9, d) for d in drops] for table, drops in tables.items()}
    return _by_time(moments, seconds(settings.set.within))


def _by_mark(tables: Tables, pattern: str) -> list[Run]:
    found: dict[str, dict[str, list[Drop]]] = {}
    for table, drops in tables.items():
        for drop in drops:
            if (mark := _mark(drop, pattern)) is not None:
                found.setdefault(mark, {}).setdefault(table, []).append(drop)
    return sorted((Run(mark, parts) for mark, parts in found.items()), key=_age, reverse=True)


def _age(run: Run) -> tuple:
    drops = [drop for found in run.tables.values() for drop in found]
    return max(d.stamp or datetime.min for d in drops), run.arrived


def _mark(drop: Drop, pattern: str) -> str | None:
    names = [PurePosixPath(drop.member).name] if drop.member else []
    holder = PurePosixPath(_file(drop))
    for name in (*names, holder.name, holder.parent.name):
        if (match := re.search(pattern, name)) is not None:
            return match[1] if match.re.groups else match[0]
    return None


def _by_time(moments: Mapping[str, list[tuple[float, Drop]]], within: float) -> list[Run]:
    left = {table: list(found) for table, found in moments.items()}
    runs = []
    while times := [at for found in left.values() for at, _ in found]:
        newest = max(times)
        parts = {t: [d for at, d in found if newest - at <= within] for t, found in left.items()}
        left = {t: [(at, d) for at, d in found if newest - at > within] for t, found in left.items()}
        name = f"{datetime.fromtimestamp(newest, UTC):%Y-%m-%d %H:%M}".removesuffix(" 00:00")
        runs.append(Run(name, {table: drops for table, drops in parts.items() if drops}))
    return runs


def _broken(run: Run, runs: list[Run], tables: Tables, where: str) -> DataError:
    there = all(tables.values())
    mixed = there and not any(len(other.tables) == len(tables) for other in runs)
    return DataError(
        ("the files are not of one run: " if mixed else "the set of files is not whole: ")
        + _told(run, tables),
        rule=MIXED if mixed else INCOMPLETE,
        where=where,
        not_done="nothing of the set was read; the last good partitions stand",
        fix="have all files of one run delivered; `set: {within: ...}` says how far apart one run may be",
    )


def _told(run: Run, tables: Tables) -> str:
    """Which files are of the run, and what the tables without one have instead."""
    have = ", ".join(_name(drops) for drops in run.tables.values())
    lacking = (f"{table} has {_name(drops)}" for table, drops in tables.items() if table not in run.tables)
    return f"of {run.name} there is {have}, but {', '.join(lacking)}"


def _name(drops: Sequence[Drop]) -> str:
    if not drops:
        return "no file"
    newest = max(drops, key=lambda d: (d.stamp or datetime.min, d.signature[1]))
    return PurePosixPath(newest.uri).name


def _file(drop: Drop) -> str:
    """The file itself, or the archive that the drop is a member of."""
    return drop.uri.removesuffix(f"!{drop.member}") if drop.member else drop.uri


def _utc(drop: Drop) -> float:
    assert drop.stamp is not None
    return drop.stamp.replace(tzinfo=UTC).timestamp()
