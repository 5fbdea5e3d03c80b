"""The package from before, as it may be shown again: without anything that has been taken away since.

A rollback must not bring back what turned private. So of the older rows those stay that are still there;
one of which a value or a child was taken away stays as it is now, since its texts may have told of that as
well; what points to a row that went goes with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from dagster_ingest.errors import PublishError
from dagster_ingest.hsds import entities
from dagster_ingest.hsds.descriptor import foreign_keys, required_fields
from dagster_ingest.publish.hsds_package.audit import audit
from dagster_ingest.publish.hsds_package.difference import Change, Difference, compare
from dagster_ingest.publish.hsds_package.members import LINKS
from dagster_ingest.publish.hsds_package.package import Package
from dagster_ingest.publish.hsds_package.store import VersionedFolder

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition
    from dagster_ingest.publish.hsds_package.frames import Frames
    from dagster_ingest.publish.hsds_package.shown import Shown

Changes = Mapping[str, Change]
Ids = Mapping[str, pl.Series]
LESS = "-less"  # after a version of which something was taken away


def keep(
    versions: VersionedFolder, shown: Shown, since: Difference, after: Frames, partition: StagePartition
) -> Path | None:
    """A folder to keep of what is shown now: that itself, or one made aside. None where nothing sound is
    left of it.

    since, after  what is about to be shown, and how it differs
    """
    if since.unknown:
        return None
    before = after.but({name: rows for name in since.changes if (rows := shown.frame(name)) is not None})
    left = purged(before, since.changes)
    if not any(left[name].height if name in left else shown.rows[name] for name in entities()):
        return None
    if not left and not shown.damaged():
        return shown.folder
    lost = Difference(changes={name: found for name in left if (found := compare(before[name], left[name]))})
    frames = before.but(left)
    try:
        audit(frames, lost, f"{partition.tenant}/{partition.state}")
    except PublishError:
        return None
    version = f"{shown.version.removesuffix(LESS)}{LESS}" if left else shown.version
    known = {name: shown.table_version(name) for name in entities() if name not in left}
    package = Package(
        folder=versions.begin(),
        partition=replace(partition, version=version),
        frames=frames,
        versions={name: made for name, made in known.items() if made is not None} if shown.alike else {},
        since=lost,
        base=shown if shown.alike else None,
    )
    package.write()
    package.seal()
    return package.folder


def purged(before: Frames, changes: Changes) -> dict[str, pl.DataFrame]:
    """Entities of which something is left out or stands as it is now, with what remains.

    before   the older side
    changes  that make the newer side of it
    """
    bereft = _bereft(changes)
    left: dict[str, pl.DataFrame] = {}
    for name, change in changes.items():
        taken = _taken(change, bereft.get(name, set()))
        if not (change.gone.is_empty() and taken.is_empty()):
            off = pl.concat([change.gone, taken["id"]])
            others = before[name].filter(~pl.col("id").is_in(off.implode()))
            left[name] = pl.concat([others, taken]).sort("id")
    if not left:
        return {}
    absent = {name: pl.concat([change.gone, change.added]) for name, change in changes.items()}
    while absent := _cascade(before, left, absent):
        pass
    return left


def _bereft(changes: Changes) -> dict[str, set[str]]:
    """Ids by entity of rows to which a row pointed that went."""
    found: dict[str, set[str]] = {}
    for name, change in changes.items():
        gone = change.old.filter(pl.col("id").is_in(change.gone.implode()))
        for column, target in foreign_keys(entities()[name]):
            found.setdefault(target, set()).update(gone[column].drop_nulls())
        if name in LINKS:
            owner, kind = LINKS[name]
            for target, key in gone.select(kind, owner).drop_nulls().iter_rows():
                found.setdefault(target, set()).add(key)
    return found


def _taken(change: Change, bereft: set[str]) -> pl.DataFrame:
    """Rows as they are now, of those that are there still, but lost a value or a row of their own."""
    now = change.new.columns
    both = change.new.join(change.old, on="id", how="inner", suffix=":before")
    lost = pl.col("id").is_in(pl.Series(sorted(bereft), dtype=pl.String).implode()) | pl.any_horizontal(
        pl.col(f"{name}:before").is_not_null() & pl.col(name).is_null() for name in now if name != "id"
    )
    return both.filter(lost).select(now)


def _cascade(before: Frames, left: dict[str, pl.DataFrame], absent: Ids) -> dict[str, pl.Series]:
    """Take out of `left` what points to rows that are absent. Ids by entity of rows that went so."""
    gone: dict[str, pl.Series] = {}
    for name in entities():
        rows = left[name] if name in left else _hit(name, before, absent)
        if rows is None:
            continue
        fixed = _resolved(name, rows, absent)
        if not fixed.equals(rows):
            left[name] = fixed
            went = rows["id"].filter(~rows["id"].is_in(fixed["id"].implode()))
            if went.len():
                gone[name] = went
    return gone


def _hit(name: str, before: Frames, absent: Ids) -> pl.DataFrame | None:
    """Rows of an entity of which one points to what is absent."""
    wanted: dict[str, pl.Series] = {
        column: absent[target] for column, target in foreign_keys(entities()[name]) if target in absent
    }
    if name in LINKS:
        wanted[LINKS[name][0]] = pl.concat(absent.values())
    wanted = {column: ids for column, ids in wanted.items() if ids.len()}
    if not wanted or before.columns(name, ["id"], wanted).is_empty():
        return None
    return before[name]


def _resolved(name: str, rows: pl.DataFrame, absent: Ids) -> pl.DataFrame:
    """Without rows that need one that is absent, and without values that point to one."""
    entity = entities()[name]
    for column, target in foreign_keys(entity):
        if target not in absent:
            continue
        there = ~pl.col(column).is_in(absent[target].implode())
        if column in required_fields(entity):
            rows = rows.filter(there)
        else:
            rows = rows.with_columns(pl.when(there).then(pl.col(column)).alias(column))
    if name in LINKS:
        owner, kind = LINKS[name]
        for target, ids in absent.items():
            rows = rows.filter(
                ~((pl.col(kind) == target) & pl.col(owner).is_in(ids.implode())).fill_null(False)
            )
    return rows
