"""Upkeep of a tenant's tables: many small files into few, old snapshots away, files that nobody names.

What a rollback may need stays: of each table the newest `target.keep` loads, and of each state the
present load and the one before it (see loads.retained). Nessie keeps its own history of commits;
there the files of loads beyond those go, unless one of its branches or tags still shows them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from dagster_ingest.errors import IngestError, LandError
from dagster_ingest.land.iceberg import compaction, errors, loads, staging

if TYPE_CHECKING:
    from pyiceberg.table import Table

    from dagster_ingest.land.iceberg.backing import IcebergBacking
    from dagster_ingest.land.iceberg.catalogs import Catalogs

# Younger files may be of a publish that has not ended.
GRACE = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Kept:
    """What upkeep did to one table.

    compacted  states whose files became fewer
    expired    snapshots that are gone
    removed    files that nobody named any more, and their bytes
    problem    why the table was left as it was, "" where it was not
    """

    table: str
    compacted: tuple[str, ...] = ()
    expired: int = 0
    removed: int = 0
    bytes: int = 0
    problem: str = ""

    def as_row(self) -> dict[str, Any]:
        return {**asdict(self), "compacted": ", ".join(self.compacted)}


def maintain(backing: IcebergBacking, *, grace: float | None = None) -> list[Kept]:
    """Every raw table of a tenant, one after the other; a table that fails leaves the others to be done."""
    done = []
    for name in backing.tables():
        try:
            with errors.told(name, "the table was left as it is"):
                done.append(_table(backing, name, GRACE if grace is None else grace))
        except IngestError as error:
            done.append(Kept(name, problem=error.problem))
    return done


def _table(backing: IcebergBacking, name: str, grace: float) -> Kept:
    catalogs = backing.catalogs
    compacted = compaction.compact(catalogs, backing.spec, name)
    table = staging.load(catalogs.main(), backing.spec.name, name)
    if table is None:
        return Kept(name)
    expired = 0 if catalogs.nessie else _expire(catalogs, table)
    table = staging.load(catalogs.main(), backing.spec.name, name)
    assert table is not None
    removed, size = _remove_orphans(table, set(_reachable(catalogs, table)), time.time() - grace)
    return Kept(name, tuple(compacted), expired, removed, size)


def _expire(catalogs: Catalogs, table: Table) -> int:
    """Snapshots that are of no load that stays. A commit that comes in between is no matter."""
    from pyiceberg.exceptions import CommitFailedException

    current = table.metadata.current_snapshot()
    kept = {load.snapshot for load in loads.of_table(catalogs, table)}
    kept |= {ref.snapshot_id for ref in table.metadata.refs.values()}
    kept.add(current.snapshot_id if current else None)
    old = [s.snapshot_id for s in table.metadata.snapshots if s.snapshot_id not in kept]
    if not old:
        return 0
    try:
        table.maintenance.expire_snapshots().by_ids(old).commit()
    except CommitFailedException:
        return 0  # the next time
    return len(old)


def _reachable(catalogs: Catalogs, table: Table) -> Iterator[str]:
    """Every file that some snapshot, or commit of Nessie, that stays still names."""
    for shown in _shown(catalogs, table):
        yield shown.metadata_location
        yield from (entry.metadata_file for entry in shown.metadata.metadata_log)
        for snapshot in shown.metadata.snapshots:
            yield snapshot.manifest_list
            for manifest in snapshot.manifests(shown.io):
                yield manifest.manifest_path
                for entry in manifest.fetch_manifest_entry(shown.io, discard_deleted=True):
                    yield entry.data_file.file_path


def _shown(catalogs: Catalogs, table: Table) -> Iterable[Table]:
    nessie = catalogs.nessie
    if nessie is None:
        return [table]
    namespace, name = table.name()
    refs = [load.ref for load in loads.of_table(catalogs, table)]
    refs += [f"{ref}@{head}" for ref, head in nessie.references().items()]
    found = (staging.load(catalogs.at(ref), namespace, name) for ref in dict.fromkeys(refs))
    # A table of the same name that was dropped has a place of its own, and maybe no files any more.
    return [table, *(then for then in found if then is not None and then.location() == table.location())]


def _remove_orphans(table: Table, named: set[str], before: float) -> tuple[int, int]:
    """Files below the table's place that are not `named` and older than `before`. How many, and bytes."""
    from pyarrow.fs import FileSelector, FileType
    from pyiceberg.io.pyarrow import PyArrowFileIO

    io, location = table.io, table.location()
    if not isinstance(io, PyArrowFileIO):
        raise LandError(f"files are reached by {type(io).__name__}", not_done="no file was removed")
    scheme, netloc, path = io.parse_location(location)
    keep = {io.parse_location(name)[2] for name in named}
    system = io.fs_by_scheme(scheme, netloc)
    found = system.get_file_info(FileSelector(path, recursive=True, allow_not_found=True))
    removed = size = 0
    for info in found:
        old = info.mtime is not None and info.mtime.timestamp() < before
        if info.type != FileType.File or info.path in keep or not old:
            continue
        if info.path.endswith(".metadata.json") and table.properties.get("nessie.commit.id"):
            continue  # Nessie's own
        system.delete_file(info.path)
        removed, size = removed + 1, size + (info.size or 0)
    return removed, size
