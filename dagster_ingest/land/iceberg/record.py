"""What an Iceberg table and its snapshots say of themselves: partitions, tags, ownership.

table property     ingest.partition.<STATE>   the partition's record, JSON; in the commit of its rows
                   finops.*, governance.*     from the specs
snapshot summary   ingest.*                   tenant, state, load, rows, contract, the record
                   finops.*                   cost tags
                   ingest.tag.*               what the step said of itself: run, layer ...
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_ingest.land import tags
from dagster_ingest.land.base import PartitionVersion

if TYPE_CHECKING:
    from dagster_ingest.land.backing import Landed
    from dagster_ingest.spec.resolved import SourceSpec, TableSpec, TenantSpec
    from dagster_ingest.spec.warehouse import IcebergWarehouse

PARTITION = "ingest.partition."
RECORD, STATE, LOAD, SUMS = "ingest.record", "ingest.state", "ingest.load-id", "ingest.sums"
_LONGEST = 500  # characters of one tag or governance value


@dataclass(frozen=True, slots=True)
class Record:
    """A partition as its load published it.

    columns  names of the part's columns, in its order, to field ids
    said     what the part told of its delivery (see land/delivery.py), where no data file can: it has no rows
    """

    version: PartitionVersion
    columns: dict[str, int]
    said: str = ""

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Record:
        told = json.loads(text)
        return cls(PartitionVersion(**told["version"]), told["columns"], told["said"])


def partitions(properties: Mapping[str, str]) -> dict[str, Record]:
    """Of a table: state to what it holds."""
    return {
        name.removeprefix(PARTITION): Record.from_json(text)
        for name, text in properties.items()
        if name.startswith(PARTITION)
    }


def of_partition(record: Record) -> dict[str, str]:
    """The property that says what a partition holds."""
    return {PARTITION + record.version.state: record.to_json()}


def summary(landed: Landed, record: Record, about: Mapping[str, str], sums: str) -> dict[str, str]:
    """What the snapshot of a publish says. `about`: see `costs`; `sums`: what the audit compared."""
    version = landed.version
    told = {
        "ingest.tenant": tags.current().get("tenant", ""),
        "ingest.table": version.table,
        STATE: version.state,
        LOAD: version.load_id,
        "ingest.replaces": landed.replaces,
        "ingest.rows": str(version.rows),
        "ingest.data-version": version.data_version,
        "ingest.contract": landed.contract,
        SUMS: sums,
        RECORD: record.to_json(),
    }
    said = {f"ingest.tag.{name}": value[:_LONGEST] for name, value in tags.current().items()}
    return {name: value for name, value in {**about, **said, **told}.items() if value}


def costs(target: IcebergWarehouse, spec: TenantSpec) -> dict[str, str]:
    """The cost tags of a tenant; its own win over the target's."""
    merged = {"tenant": spec.name, **target.tags, **dict(spec.model.cost.items())}
    return {f"finops.{name}": value for name, value in merged.items()}


def properties(target: IcebergWarehouse, spec: TenantSpec, table: str) -> dict[str, str]:
    """What a table says of its cost and its owners. Of a table that the spec does not know, the tenant's."""
    found = table_of(spec, table)
    told = {
        "governance.tenant": spec.model.display_name,
        "governance.owners": ",".join(spec.model.owners),
        "governance.cost-center": dict(spec.model.cost.items()).get("cost_center", ""),
        "governance.layer": "raw",
    }
    if found is not None:
        source, known = found
        contract = known.contract
        private = [column.field for column in contract.columns if column.private]
        classes = {column.classification for column in contract.columns if column.classification}
        told |= {
            "comment": contract.description or "",
            "governance.source": source.name,
            "governance.source-system": source.system,
            "governance.contract-id": contract.id,
            "governance.contract-version": contract.version,
            "governance.contract-owners": ",".join(contract.owners),
            "governance.classification": ",".join(sorted(classes)) or ("private" if private else ""),
            "governance.private-columns": ",".join(private),
        }
    return {**costs(target, spec), **{name: value for name, value in told.items() if value}}


def table_of(spec: TenantSpec, table: str) -> tuple[SourceSpec, TableSpec] | None:
    """Source and table of a raw table."""
    return next(((s, t) for s in spec.sources for t in s.tables if t.raw == table), None)
