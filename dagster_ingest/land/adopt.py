"""A ledger that fell behind its warehouse: another installation loaded, or this one lost its file.

What the warehouse holds is the truth. Its rows are fetched, so that the ledger's copies are of the
partition that there is.
"""

from __future__ import annotations

from dagster_ingest.land.backing import Backing
from dagster_ingest.land.catalog import Catalog


def adopt(catalog: Catalog, backing: Backing, state: str | None) -> list[str]:
    """Take over what differs, of one state or of all. Says what was done."""
    theirs = {key: v for key, v in backing.versions(state).items() if key[0] == "raw"}
    entries = catalog.look().entries
    ours = {
        key: entry.version
        for key, entry in entries.items()
        if key[0] == "raw" and state in (None, entry.version.state)
    }
    newer = {key: v for key, v in theirs.items() if key not in ours or ours[key].load_id != v.load_id}
    gone = [key for key in ours if key not in theirs]
    told: list[str] = []
    for (_, table, place), version in newer.items():
        part = catalog.raw / table / place / f"{version.load_id}.parquet"
        if not part.exists():
            part.parent.mkdir(parents=True, exist_ok=True)
            backing.fetch(version, part)
    if not newer and not gone:
        return told
    with catalog.change() as change:
        for key, version in newer.items():
            if _same(change.known.entries.get(key), ours.get(key)):
                change.adopt(f"{version.table}/{version.state}/{version.load_id}.parquet", version)
                told.append(f"{version.table} {version.state} is load {version.load_id} in the warehouse")
        for key in gone:
            if _same(change.known.entries.get(key), ours[key]):
                change.forget(key)
                told.append(f"{key[1]} {key[2]} is not in the warehouse any more")
    return told


def _same(entry, version) -> bool:
    """Whether the ledger still says what it said when the warehouse was asked."""
    return (entry.version if entry is not None else None) == version
