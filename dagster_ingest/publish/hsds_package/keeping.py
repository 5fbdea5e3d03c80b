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
from dagster_ingest.publish.hsds_package import manifest
from dagster_ingest.publish.hsds_package.audit import audit
from dagster_ingest.publish.hsds_package.nested import LINKS
from dagster_ingest.publish.hsds_package.package import seal, write_documents, write_tables
from dagster_ingest.publish.hsds_package.store import VersionedFolder

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition

Frames = Mapping[str, pl.DataFrame]
LESS = "-less"  # after a version of which something was taken away


def keep(
    versions: VersionedFolder, version: str, before: Frames, after: Frames, partition: StagePartition
) -> Path | None:
    """A folder to keep of what is shown now: that itself, or one made aside. None where nothing sound is
    left of it.

    version  of what is shown now; before, after: rows shown now, and those about to be
    """
    left = purged(before, after)
    if not any(left[name].height for name in left):
        return None
    less = any(not left[name].equals(before[name]) for name in left)
    if not less and (whole := _whole(versions)):
        return whole
    try:
        audit(left, f"{partition.tenant}/{partition.state}")
    except PublishError:
        return None
    named = replace(partition, version=f"{version.removesuffix(LESS)}{LESS}" if less else version)
    built = versions.begin()
    write_tables(built, left)
    write_documents(built, named, left)
    seal(built, named, left)
    return built


def _whole(versions: VersionedFolder) -> Path | None:
    """What is shown now, if its files are what was written to them."""
    shown = versions.current()
    listed = manifest.read(shown) if shown else None
    return shown if shown and listed and not manifest.damaged(shown, listed) else None


def purged(before: Frames, after: Frames) -> dict[str, pl.DataFrame]:
    """`before` without rows and values that `after` does not have."""
    bereft = _bereft(before, after)
    left = {
        name: rows if rows.equals(after[name]) else _still_there(rows, after[name], bereft.get(name, set()))
        for name, rows in before.items()
    }
    if all(left[name].equals(rows) for name, rows in before.items()):
        return left
    while True:
        whole = {name: _resolved(name, rows, left) for name, rows in left.items()}
        if all(whole[name].equals(left[name]) for name in left):
            return whole
        left = whole


def _bereft(before: Frames, after: Frames) -> dict[str, set[str]]:
    """Ids by entity of rows to which a row pointed that went."""
    found: dict[str, set[str]] = {}
    for name, rows in before.items():
        if rows.equals(after[name]):
            continue
        gone = rows.join(after[name], on="id", how="anti")
        for column, target in foreign_keys(entities()[name]):
            found.setdefault(target, set()).update(gone[column].drop_nulls())
        if name in LINKS:
            owner, kind = LINKS[name]
            for target, key in gone.select(kind, owner).drop_nulls().iter_rows():
                found.setdefault(target, set()).add(key)
    return found


def _still_there(before: pl.DataFrame, after: pl.DataFrame, bereft: set[str]) -> pl.DataFrame:
    both = before.join(after, on="id", how="inner", suffix=":after", maintain_order="left")
    now = {name: pl.col("id" if name == "id" else f"{name}:after") for name in before.columns}
    taken = pl.col("id").is_in(pl.Series(sorted(bereft), dtype=pl.String).implode()) | pl.any_horizontal(
        pl.col(name).is_not_null() & each.is_null() for name, each in now.items()
    )
    return both.select(
        pl.when(taken).then(each).otherwise(pl.col(name)).alias(name) for name, each in now.items()
    )


def _resolved(name: str, rows: pl.DataFrame, left: Frames) -> pl.DataFrame:
    """Without rows that need one that went, and without values that point to one."""
    entity = entities()[name]
    for column, target in foreign_keys(entity):
        there = pl.col(column).is_in(left[target]["id"].implode())
        if column in required_fields(entity):
            rows = rows.filter(there)
        else:
            rows = rows.with_columns(pl.when(there).then(pl.col(column)).alias(column))
    if name in LINKS:
        owner, kind = LINKS[name]
        known = pl.concat(
            each.select(pl.lit(target).alias(kind), pl.col("id").alias(owner))
            for target, each in left.items()
        )
        rows = rows.join(known, on=(kind, owner), how="semi", maintain_order="left")
    return rows
