"""The raw tables of one tenant in an Iceberg catalog; see land/backing.py for what each method promises."""

from __future__ import annotations

import secrets as chance
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_ingest.errors import LandError
from dagster_ingest.land.backing import Key, Landed, Receipt
from dagster_ingest.land.base import PartitionVersion
from dagster_ingest.land.iceberg import clearing, errors, journal, loads, reading, record, staging
from dagster_ingest.land.iceberg.catalogs import Catalogs
from dagster_ingest.land.iceberg.publish import Publisher

if TYPE_CHECKING:
    import pyarrow as pa
    from pyiceberg.table import Table

    from dagster_ingest.spec.resolved import TenantSpec
    from dagster_ingest.spec.warehouse import IcebergWarehouse

_THREADS = 4
_NOT_READ = "nothing was read"


class IcebergBacking:
    """Safe across processes and threads; opening it costs nothing."""

    kind = "iceberg"
    layers = frozenset({"raw"})

    def __init__(
        self, target: IcebergWarehouse, spec: TenantSpec, secrets: Callable[[str], str], folder: Path
    ) -> None:
        self.target, self.spec = target, spec
        self.journals = folder / "iceberg" / "publishing"
        self.catalogs = Catalogs(target, spec.name, secrets, folder)

    def versions(self, state: str | None = None) -> dict[Key, PartitionVersion]:
        found: dict[Key, PartitionVersion] = {}
        for name, table in self.tables().items():
            for its, told in record.partitions(table.metadata.properties).items():
                if state in (None, its):
                    found["raw", name, its] = told.version
        return found

    def publish(self, parts: Sequence[Landed]) -> Receipt:
        if not parts:
            return Receipt()
        with errors.told(self.spec.name), journal.opened(self.journals, chance.token_hex(8)) as writing:
            self.catalogs.namespace()
            return Publisher(self.catalogs, self.spec, writing).run(parts)

    def fetch(self, version: PartitionVersion, into: Path) -> None:
        with errors.told(f"{version.table} {version.state}", "no part was written"):
            table = self._table(version.layer, version.table)
            for told, load in loads.find(self.catalogs, table, version.state):
                if told.version.load_id == version.load_id:
                    then = loads.at(self.catalogs, table, load)
                    assert then is not None
                    return reading.part(then, told, load.snapshot, into)
        raise LandError(
            f"load {version.load_id} is not there any more",
            where=f"{version.table} {version.state}",
            not_done="no part was written",
            fix=f"the target keeps {self.target.keep} snapshots of a table: choose a later load",
        )

    def history(self, table: str, state: str) -> list[PartitionVersion]:
        with errors.told(f"{table} {state}", _NOT_READ):
            found = staging.load(self.catalogs.main(), self.spec.name, table)
            if found is None:
                return []
            return [told.version for told, _ in loads.find(self.catalogs, found, state)]

    def read(
        self, layer: str, table: str, state: str | None, columns: Sequence[str] | None = None
    ) -> pa.Table:
        with errors.told(f"{layer}.{table}", _NOT_READ):
            return reading.arrow(self._table(layer, table), state, columns)

    def content_versions(
        self, names: Sequence[tuple[str, str]], state: str, exclude: Sequence[str] = ()
    ) -> dict[tuple[str, str], tuple[str, int]]:
        found = {}
        for layer, table in names:
            with errors.told(f"{layer}.{table}", _NOT_READ):
                found[layer, table] = reading.digest(self._table(layer, table), state, exclude)
        return found

    def recover(self) -> list[str]:
        with errors.told(self.spec.name, "what killed publishes left is still there"):
            return clearing.recover(self.catalogs, self.spec.name, self.journals)

    def close(self) -> None:
        """Let go of connections. It opens them again when it is asked for something."""
        self.catalogs.close()

    def tables(self) -> dict[str, Table]:
        """Every raw table of the tenant, as it stands now: one read of metadata each."""
        with errors.told(self.spec.name, _NOT_READ):
            catalog = self.catalogs.main()
            if not catalog.namespace_exists(self.spec.name):
                return {}
            names = sorted(name for _, name in catalog.list_tables(self.spec.name))
            with ThreadPoolExecutor(_THREADS) as pool:
                found = pool.map(lambda name: staging.load(catalog, self.spec.name, name), names)
                return {name: table for name, table in zip(names, found, strict=True) if table is not None}

    def _table(self, layer: str, table: str) -> Table:
        found = staging.load(self.catalogs.main(), self.spec.name, table) if layer in self.layers else None
        if found is None:
            raise LandError(
                f"there is no table {layer}.{table}",
                where=f"{self.target.catalog.type} catalog, namespace {self.spec.name}",
                not_done=_NOT_READ,
                fix="run the step that makes it",
            )
        return found
