"""The version that is shown: manifest and checksums read once, rows as they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from dagster_ingest.hsds import Entity, entities
from dagster_ingest.publish.hsds_package import manifest
from dagster_ingest.publish.hsds_package.members import SERVICES

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition

ABSENT = "absent"  # version of a table that the stage does not have
_SECONDS = ":00"  # the tabular form has them, the model has not


class Shown:
    """A whole package in a folder. listed: its manifest."""

    def __init__(self, folder: Path, listed: dict[str, Any]) -> None:
        self.folder, self.listed = folder, listed
        self.version: str = listed["version"]
        self.rows: Mapping[str, int] = listed["rows"]
        self._made: Mapping[str, Any] = listed.get("made", {})
        self._frames: dict[str, pl.DataFrame] = {}
        self._sound: dict[str, bool] = {}
        self.line_ends: list[int] = []  # of the services, once it is known that their file is sound

    @cached_property
    def alike(self) -> bool:
        """Made by this very writer, so that the same rows are the same bytes."""
        return self._made.get("writer") == manifest.writer()

    def same(self, name: str, version: str | None) -> bool:
        """The entity's rows are those of this version of its table."""
        return self.alike and version is not None and self.table_version(name) == version

    def table_version(self, name: str) -> str | None:
        version = self._made.get("tables", {}).get(name)
        return version if isinstance(version, str) else None

    def sound(self, file: str) -> bool:
        """The file's bytes are what was written to it."""
        if file not in self._sound:
            path, fast = self.folder / file, self._made.get("xxh3_128", {}).get(file)
            if fast:
                ends = self.line_ends if file == SERVICES else None
                self._sound[file] = manifest.quick(path, ends) == fast
            else:
                self._sound[file] = manifest.about(path)["sha256"] == self.listed["files"][file]["sha256"]
        return self._sound[file]

    def about(self, file: str) -> dict[str, Any]:
        """As manifest.about. Only of what a writer of this kind made."""
        return {**self.listed["files"][file], "quick": self._made["xxh3_128"][file]}

    def damaged(self) -> list[str]:
        return [file for file in self.listed["files"] if not self.sound(file)]

    def frame(self, name: str) -> pl.DataFrame | None:
        """Rows as frames.Frames gives those of a stage. None where the file is damaged."""
        entity = entities()[name]
        if name not in self._frames:
            if not self.sound(entity.csv):
                return None
            self._frames[name] = rows_of(self.folder, entity)
        return self._frames[name]

    def ids(self, name: str) -> pl.Series:
        """Ids of all rows in order, of a file that is sound."""
        if name in self._frames:
            return self._frames[name]["id"]
        return csv_ids(self.folder, entities()[name])


def shown(folder: Path) -> Shown | None:
    """folder: of the package, or a link there."""
    found = folder.resolve()
    listed = manifest.read(found)
    return Shown(found, listed) if listed else None


def table_versions(partition: StagePartition) -> dict[str, str]:
    """By entity, of the tables whose version is known."""
    known = {
        name: partition.versions.get(name) if name in partition.entities else ABSENT for name in entities()
    }
    return {name: version for name, version in known.items() if version is not None}


def rows_of(folder: Path, entity: Entity) -> pl.DataFrame:
    frame = pl.read_csv(folder / entity.csv, infer_schema=False)
    return frame.with_columns(
        pl.col(f.name).str.strip_suffix(_SECONDS) for f in entity.fields if f.type == "time"
    )


def csv_ids(folder: Path, entity: Entity) -> pl.Series:
    return pl.read_csv(folder / entity.csv, columns=["id"], infer_schema=False).to_series()
