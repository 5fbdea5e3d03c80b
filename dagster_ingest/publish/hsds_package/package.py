"""Writes the files of one package into a folder and reads them back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from dagster_ingest.errors import PublishError
from dagster_ingest.hsds import Entity, entities
from dagster_ingest.hsds.descriptor import descriptor
from dagster_ingest.hsds.json_schema import json_schema
from dagster_ingest.publish.hsds_package import manifest
from dagster_ingest.publish.hsds_package.members import SERVICES
from dagster_ingest.publish.hsds_package.nested import Nester
from dagster_ingest.publish.hsds_package.store import sync

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition


def write_tables(folder: Path, frames: Mapping[str, pl.DataFrame]) -> None:
    """One CSV an entity, with a heading even when there are no rows."""
    for name, entity in entities().items():
        times = [pl.col(f.name) + ":00" for f in entity.fields if f.type == "time"]
        frames[name].with_columns(times).write_csv(folder / entity.csv)


def write_documents(folder: Path, partition: StagePartition, frames: Mapping[str, pl.DataFrame]) -> None:
    """Nested services, the descriptor and the schema."""
    with open(folder / SERVICES, "wb") as file:
        for part in Nester(frames).services():
            file.write(("\n".join(part) + "\n").encode())
    about = descriptor(partition.tenant, partition.display_name, partition.state, partition.version)
    write_json(folder / "datapackage.json", about)
    write_json(folder / "service.schema.json", json_schema("service"))


def seal(folder: Path, partition: StagePartition, frames: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """Read back every file, list it in the manifest, and make all of it durable."""
    where = f"{partition.tenant}/{partition.state}"
    for name, entity in entities().items():
        if not _ids(folder, entity).equals(frames[name]["id"]):
            raise _lost(entity.csv, where)
    if _lines(folder / SERVICES) != frames["service"].height:
        raise _lost(SERVICES, where)
    listed = manifest.manifest(
        folder,
        tenant=partition.tenant,
        state=partition.state,
        version=partition.version,
        rows={name: frame.height for name, frame in frames.items()},
    )
    write_json(folder / manifest.FILE, listed)
    for path in folder.iterdir():
        sync(path)
    return listed


def write_json(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def _ids(folder: Path, entity: Entity) -> pl.Series:
    return pl.read_csv(folder / entity.csv, columns=["id"], infer_schema=False).to_series()


def _lines(path: Path) -> int:
    with open(path, "rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def _lost(file: str, where: str) -> PublishError:
    return PublishError(
        f"{file} does not hold the rows that were written to it",
        where=where,
        not_done="the package was not replaced",
        fix="look for a full or failing disk, then publish again",
    )
