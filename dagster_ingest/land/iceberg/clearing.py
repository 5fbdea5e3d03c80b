"""What killed publishes leave: branches of Nessie, and data files that no table names."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_ingest.land.iceberg import files, journal, loads, staging
from dagster_ingest.land.iceberg.journal import Entry
from dagster_ingest.land.iceberg.publish import BRANCHES, made_at

if TYPE_CHECKING:
    from dagster_ingest.land.iceberg.catalogs import Catalogs
    from dagster_ingest.land.iceberg.nessie import Nessie

# Of branches of other machines, whose processes cannot be seen from here.
GRACE = 24 * 3600.0


def recover(catalogs: Catalogs, tenant: str, journals: Path) -> list[str]:
    """Clear up after publishes of this machine that died, and old branches of others. Names what is gone."""
    removed = []
    nessie = catalogs.nessie
    for path, entries in journal.dead(journals):
        for entry in entries:
            if entry.branch and nessie is not None and nessie.delete(entry.branch):
                removed.append(f"branch {entry.branch}")
        for entry in entries:
            if entry.paths and not _arrived(catalogs, tenant, entry):
                removed += files.remove(_io(catalogs, entry.paths[0]), entry.paths)
        path.unlink(missing_ok=True)
    if nessie is not None:
        removed += _old_branches(nessie, tenant)
    return removed


def _arrived(catalogs: Catalogs, tenant: str, entry: Entry) -> bool:
    """Whether the load is in its table after all: its files belong to it then."""
    table = staging.load(catalogs.main(), tenant, entry.table)
    if table is None:
        return False
    return any(told.version.load_id == entry.load_id for told, _ in loads.find(catalogs, table, entry.state))


def _io(catalogs: Catalogs, path: str):
    from pyiceberg.io import load_file_io

    return load_file_io(catalogs.main().properties, path)


def _old_branches(nessie: Nessie, tenant: str) -> list[str]:
    old = time.time() - GRACE
    names = [name for name in nessie.branches(f"{BRANCHES}/{tenant}/") if made_at(name) < old]
    return [f"branch {name}" for name in names if nessie.delete(name)]
