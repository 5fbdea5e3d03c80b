"""The reader: build a version aside, check it, show it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagster_ingest import faults
from dagster_ingest.publish.base import Publication, StagePartition
from dagster_ingest.publish.hsds_package import manifest
from dagster_ingest.publish.hsds_package.store import VersionedFolder


class HsdsPackageReader:
    """Publishes to `<root>/<tenant>/<STATE>/hsds_package`."""

    name = "hsds_package"

    def __init__(self, root: Path) -> None:
        self._root = root

    def folder(self, tenant: str, state: str) -> Path:
        """Where the package of a tenant's state is read: a link, to be followed once."""
        return self._root / tenant / state / self.name

    def published(self, tenant: str, state: str) -> str | None:
        """The version shown now; None also when its files are damaged or of an older format."""
        shown = manifest.read(self.folder(tenant, state))
        return shown["version"] if shown else None

    def publish(self, partition: StagePartition) -> Publication:
        """Show `partition`. PublishError if it breaks the HSDS model; the old version then stays."""
        folder = self.folder(partition.tenant, partition.state)
        versions = VersionedFolder(folder)
        with versions.lock():
            versions.clean()  # first of all: a killed publisher may have left the version before
            if same := _same(folder, partition.version):
                return same
            listed = self._build(versions, partition)
            versions.clean()
        return _publication(listed, changed=True)

    def withdraw(self, tenant: str, state: str) -> int:
        """Remove the package. Rows that were shown."""
        folder = self.folder(tenant, state)
        if not folder.parent.is_dir():
            return 0
        shown = manifest.read(folder)
        versions = VersionedFolder(folder)
        with versions.lock():
            versions.remove()
        return sum(shown["rows"].values()) if shown else 0

    def _build(self, versions: VersionedFolder, partition: StagePartition) -> dict[str, Any]:
        from dagster_ingest.publish.hsds_package.audit import audit
        from dagster_ingest.publish.hsds_package.frames import read_frames
        from dagster_ingest.publish.hsds_package.package import seal, write_documents, write_tables

        frames = read_frames(partition)
        audit(frames, f"{partition.tenant}/{partition.state}")
        built = versions.begin()
        write_tables(built, frames)
        faults.reach("publish.building")
        write_documents(built, partition, frames)
        listed = seal(built, partition, frames)
        faults.reach("publish.swap")
        versions.show(built)
        faults.reach("publish.shown")
        return listed


def _same(folder: Path, version: str) -> Publication | None:
    shown = manifest.read(folder)
    return _publication(shown, changed=False) if shown and shown["version"] == version else None


def _publication(listed: Mapping[str, Any], *, changed: bool) -> Publication:
    return Publication(
        changed=changed,
        version=listed["version"],
        rows=dict(listed["rows"]),
        written=sum(listed["rows"].values()) if changed else 0,
        bytes=sum(file["bytes"] for file in listed["files"].values()),
    )
