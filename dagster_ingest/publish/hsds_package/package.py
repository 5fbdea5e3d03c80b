"""Writes the files of one package into a folder and reads them back."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from dagster_ingest.errors import PublishError
from dagster_ingest.hsds import entities
from dagster_ingest.hsds.descriptor import descriptor
from dagster_ingest.hsds.json_schema import json_schema
from dagster_ingest.publish.hsds_package import manifest, splice
from dagster_ingest.publish.hsds_package.members import SERVICES
from dagster_ingest.publish.hsds_package.nested import Nester
from dagster_ingest.publish.hsds_package.reach import rows_reached, services_reached
from dagster_ingest.publish.hsds_package.shown import csv_ids
from dagster_ingest.publish.hsds_package.store import link, sync

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition
    from dagster_ingest.publish.hsds_package.difference import Difference
    from dagster_ingest.publish.hsds_package.frames import Frames
    from dagster_ingest.publish.hsds_package.shown import Shown

_MANY = 0.4  # share of lines; with more of them it costs less to make all


@dataclass(slots=True)
class Package:
    """What a folder shall hold.

    partition  tenant, state and version
    versions   by entity, of tables whose version is known
    since      what is not the same as in the base
    base       a package made by this writer whose files may be taken over; None: all is made anew
    """

    folder: Path
    partition: StagePartition
    frames: Frames
    versions: Mapping[str, str]
    since: Difference
    base: Shown | None
    linked: dict[str, dict[str, Any]] = field(default_factory=dict)
    meant: dict[str, str] = field(default_factory=dict)

    def write(self) -> None:
        """All files, without the manifest."""
        self.write_tables()
        self.write_documents()

    def write_tables(self) -> None:
        """Those that are the same as in the base are its very files."""
        fresh = []
        for name, entity in entities().items():
            if self._same(name) and self.base and self.base.sound(entity.csv):
                self._take_over(self.base, entity.csv)
            else:
                fresh.append(name)
        write_tables(self.folder, self.frames, fresh)

    def write_documents(self) -> None:
        """Nested services, the descriptor and the schema."""
        partition = self.partition
        self._write_services()
        about = descriptor(partition.tenant, partition.display_name, partition.state, partition.version)
        write_json(self.folder / "datapackage.json", about)
        write_json(self.folder / "service.schema.json", json_schema("service"))

    def seal(self) -> dict[str, Any]:
        """Read back every file that was written, list all in the manifest, and make them durable."""
        rows = {name: self._height(name) for name in entities()}
        files = dict(self.linked)
        for path in sorted(self.folder.iterdir()):
            if path.name not in files:
                files[path.name] = found = manifest.about(path)
                if self.meant.get(path.name, found["quick"]) != found["quick"]:
                    raise self._lost(path.name)
        for name, entity in entities().items():
            written = entity.csv not in self.linked
            if written and not csv_ids(self.folder, entity).equals(self.frames[name]["id"]):
                raise self._lost(entity.csv)
        listed = manifest.manifest(
            tenant=self.partition.tenant,
            state=self.partition.state,
            version=self.partition.version,
            rows=rows,
            tables=self.versions,
            files=files,
        )
        write_json(self.folder / manifest.FILE, listed)
        for name in {*files, manifest.FILE} - set(self.linked):
            sync(self.folder / name)
        return listed

    def _write_services(self) -> None:
        path, base = self.folder / SERVICES, self.base
        if base is None or self.since.unknown or not base.sound(SERVICES):
            made = splice.write_anew(path, Nester(self.frames).services())
        elif (reached := services_reached(self.since.changes, self.frames)).is_empty():
            return self._take_over(base, SERVICES)
        elif reached.len() > _MANY * base.rows["service"]:
            made = splice.write_anew(path, Nester(self.frames).services())
        else:
            before = self._ids_before(base)
            made = splice.write_spliced(
                path,
                base.folder / SERVICES,
                base.line_ends,
                before=before,
                after=before if self._same("service") else self.frames["service"]["id"],
                reached=reached,
                fresh=Nester(rows_reached(reached, self.frames)).services(),
            )
        if made.lines != self._height("service"):
            raise self._lost(SERVICES)
        self.meant[SERVICES] = made.quick

    def _ids_before(self, base: Shown) -> pl.Series:
        if base.sound(entities()["service"].csv):
            return base.ids("service")
        return self.frames["service"]["id"]  # its rows are the same; else nobody would know what they were

    def _take_over(self, base: Shown, file: str) -> None:
        self.linked[file] = base.about(file)
        if not link(base.folder / file, self.folder / file):
            self.meant[file] = self.linked.pop(file)["quick"]  # a copy is read back as what is written is

    def _height(self, name: str) -> int:
        return self.base.rows[name] if self.base and self._same(name) else self.frames[name].height

    def _same(self, name: str) -> bool:
        return self.base is not None and name not in self.since.changes and name not in self.since.unknown

    def _lost(self, file: str) -> PublishError:
        return PublishError(
            f"{file} does not hold the rows that were written to it",
            where=f"{self.partition.tenant}/{self.partition.state}",
            not_done="the package was not replaced",
            fix="look for a full or failing disk, then publish again",
        )


def write_tables(
    folder: Path, frames: Mapping[str, pl.DataFrame], names: Collection[str] | None = None
) -> None:
    """One CSV an entity, with a heading even when there are no rows. names: which; else all."""
    for name in entities() if names is None else names:
        entity = entities()[name]
        times = [pl.col(f.name) + ":00" for f in entity.fields if f.type == "time"]
        frames[name].with_columns(times).write_csv(folder / entity.csv)


def write_json(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
