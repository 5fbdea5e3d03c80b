"""Stage partitions kept in a folder, so that tests of readers need not run the writers again."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_ingest.publish.base import StagePartition

if TYPE_CHECKING:
    import pyarrow as pa

_ABOUT = "partition.json"


def keep(partition: StagePartition, folder: Path) -> None:
    """A file for each table, and one that says whose they are."""
    import pyarrow as pa

    folder.mkdir(parents=True)
    for entity in partition.entities:
        table = partition.table(entity)
        with pa.ipc.new_file(folder / f"{entity}.arrow", table.schema) as file:
            file.write_table(table)
    about = {
        "tenant": partition.tenant,
        "display_name": partition.display_name,
        "state": partition.state,
        "version": partition.version,
        "locales": partition.locales,
        "entities": partition.entities,
    }
    (folder / _ABOUT).write_text(json.dumps(about))


def kept(folder: Path) -> StagePartition:
    """What `keep` wrote. Tables are read when they are asked for, once."""
    import pyarrow as pa

    about = json.loads((folder / _ABOUT).read_text())

    @cache
    def table(entity: str) -> pa.Table:
        with pa.ipc.open_file(folder / f"{entity}.arrow") as file:
            return file.read_all()

    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in about.items()
    }
    return StagePartition(**given, table=table)
