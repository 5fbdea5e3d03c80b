"""The reader: build a version aside, check it, show it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_ingest import faults
from dagster_ingest.errors import PublishError
from dagster_ingest.publish.base import Plan, Publication, StagePartition, Verified
from dagster_ingest.publish.guard import check_deletes
from dagster_ingest.publish.hsds_package import manifest
from dagster_ingest.publish.hsds_package.store import VersionedFolder, writable

if TYPE_CHECKING:
    from dagster_ingest.publish.hsds_package.difference import Difference

_FIRST = "no whole package is shown"
_OTHER = "the package that is shown was made by another version of the reader"


class HsdsPackageReader:
    """Publishes to `<root>/<tenant>/<STATE>/hsds_package`. Implements publish.base.Reader.

    max_delete_share, keep_previous  as in HsdsPackageTarget
    """

    name = "hsds_package"

    def __init__(self, root: Path, *, max_delete_share: float = 0.5, keep_previous: bool = True) -> None:
        self._root = root
        self._share, self._keep = max_delete_share, keep_previous

    def folder(self, tenant: str, state: str) -> Path:
        """Where the package of a tenant's state is read: a link, to be followed once."""
        return self._root / tenant / state / self.name

    def published(self, tenant: str, state: str) -> str | None:
        """The version shown now; None also when its files are damaged or of an older format."""
        shown = manifest.read(self.folder(tenant, state))
        return shown["version"] if shown else None

    def plan(self, partition: StagePartition) -> Plan:
        """Rows by entity that are new or differ, that go, and that stay as they are."""
        from dagster_ingest.publish.hsds_package.difference import against
        from dagster_ingest.publish.hsds_package.frames import read_frames
        from dagster_ingest.publish.hsds_package.shown import shown, table_versions

        folder = self.folder(partition.tenant, partition.state)
        if same := _same(folder, partition.version):
            return Plan("", {}, {}, {name: rows for name, rows in same.rows.items() if rows})
        before = shown(folder)
        found = against(before, read_frames(partition), table_versions(partition))
        why = _FIRST if before is None else "" if before.alike else _OTHER
        return Plan(why, found.written, found.deleted, found.unchanged)

    def publish(self, partition: StagePartition) -> Publication:
        return self.apply(partition)

    def apply(
        self, partition: StagePartition, *, allow_deletes: bool = False, bulk: bool = False
    ) -> Publication:
        """Show `partition`. PublishError if it breaks the HSDS model; the old version then stays."""
        folder = self.folder(partition.tenant, partition.state)
        versions = VersionedFolder(folder)
        with writable(folder), versions.lock():
            versions.clean()  # first of all: a killed publisher may have left the version before
            if not self._keep:  # from now on, even where there is nothing new
                versions.forget()
            if not bulk and (same := _same(folder, partition.version)):
                return same
            listed, changed = self._build(versions, partition, allow_deletes=allow_deletes, bulk=bulk)
            versions.clean()
        return _publication(listed, changed)

    def verify(self, partition: StagePartition) -> Verified:
        """Checksums of every file and all rows, read back from the disk."""
        from dagster_ingest.publish.hsds_package.checking import verify

        return verify(self.folder(partition.tenant, partition.state), partition)

    def rollback(self, tenant: str, state: str | None = None) -> str:
        """Show the package that is kept back, of one state or of all that have one."""
        states = [state] if state else sorted(p.name for p in (self._root / tenant).glob("*") if p.is_dir())
        done = [f"{each} shows {version}" for each in states if (version := self._roll_back(tenant, each))]
        if not done:
            raise PublishError(
                "no package is kept that could be shown again",
                where=f"{tenant}/{state or '*'}, reader {self.name}",
                not_done="the last publication stands",
                fix="roll the stage back (dagster-ingest rollback) and publish that",
            )
        return ", ".join(done)

    def withdraw(self, tenant: str, state: str) -> int:
        """Remove the package and what is kept of it. Rows that were shown."""
        folder = self.folder(tenant, state)
        if not folder.parent.is_dir():
            return 0
        shown = manifest.read(folder)
        versions = VersionedFolder(folder)
        with versions.lock():
            faults.reach("publish.withdraw.planned")
            versions.remove()
            faults.reach("publish.withdraw.done")
        return sum(shown["rows"].values()) if shown else 0

    def _roll_back(self, tenant: str, state: str) -> str | None:
        """The version that is shown again, if one was kept and is what was written."""
        from dagster_ingest.publish.hsds_package.shown import shown

        versions = VersionedFolder(self.folder(tenant, state))
        if versions.previous() is None:
            return None
        with versions.lock():
            folder = versions.previous()
            kept = shown(folder) if folder else None
            if kept is None or kept.damaged():
                return None
            faults.reach("publish.rollback.planned")
            versions.show_previous()
            versions.clean()
            faults.reach("publish.rollback.done")
        return kept.version

    def _build(
        self, versions: VersionedFolder, partition: StagePartition, *, allow_deletes: bool, bulk: bool
    ) -> tuple[dict[str, Any], Difference]:
        from dagster_ingest.publish.hsds_package.audit import audit
        from dagster_ingest.publish.hsds_package.difference import against
        from dagster_ingest.publish.hsds_package.frames import read_frames
        from dagster_ingest.publish.hsds_package.keeping import keep
        from dagster_ingest.publish.hsds_package.package import Package
        from dagster_ingest.publish.hsds_package.shown import shown, table_versions

        frames, before, made = read_frames(partition), shown(versions.folder), table_versions(partition)
        changed = against(before, frames, {} if bulk else made)
        audit(frames, changed, f"{partition.tenant}/{partition.state}")
        self._guard(partition, changed, allowed=allow_deletes)
        base = before if before and before.alike and not bulk else None
        package = Package(versions.begin(), partition, frames, made, changed, base)
        package.write_tables()
        faults.reach("publish.building")
        package.write_documents()
        listed = package.seal()
        kept = None
        if not self._keep or not before or before.version != partition.version or changed.changes:
            if self._keep and before:
                kept = keep(versions, before, changed, frames, partition)
            versions.forget()  # it was made against the version before, and may hold what this one withholds
        faults.reach("publish.swap")
        versions.show(package.folder)
        faults.reach("publish.shown")
        if kept:
            versions.keep(kept)
        return listed, changed

    def _guard(self, partition: StagePartition, changed: Difference, *, allowed: bool) -> None:
        for what, names in (("services", ["service"]), ("rows", list(changed.before))):
            check_deletes(
                partition.tenant,
                partition.state,
                shown=sum(changed.before.get(name, 0) for name in names),
                gone=sum(changed.deleted.get(name, 0) for name in names),
                share=self._share,
                allowed=allowed,
                what=what,
            )


def _same(folder: Path, version: str) -> Publication | None:
    shown = manifest.read(folder)
    return _publication(shown, None) if shown and shown["version"] == version else None


def _publication(listed: Mapping[str, Any], changed: Difference | None) -> Publication:
    """changed: rows that a publish wrote and took away; None where it did nothing."""
    return Publication(
        changed=changed is not None,
        version=listed["version"],
        rows=dict(listed["rows"]),
        written=sum(changed.written.values()) if changed else 0,
        deleted=sum(changed.deleted.values()) if changed else 0,
        bytes=sum(file["bytes"] for file in listed["files"].values()),
        details={"written": changed.written, "deleted": changed.deleted} if changed else {},
    )
