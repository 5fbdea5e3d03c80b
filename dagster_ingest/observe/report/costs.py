"""Cost for the report, summed where it lies: a file of each day that `platform/cost` wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_ingest.observe.cost.store import CostStore
from dagster_ingest.observe.report.values import Costs, Spent

if TYPE_CHECKING:
    import pyarrow as pa

_SUMS = ("steps", "seconds", "cpu_seconds", "credits", "money", "bytes_read", "bytes_written")
_PLACE = ("day", "tenant", "layer", "table", "owner")


def costs_of(home: Path, since: str, tenants: Mapping[str, str] | None = None) -> Costs:
    """Sums of the days from `since` on. tenants: only of these; None: of all, and of what is nobody's."""
    store = CostStore(home)
    days = [day for day in store.days() if day >= since]
    if not days:
        return Costs()
    import pyarrow as pa
    import pyarrow.compute as pc

    table = pa.concat_tables([_read(store.folder / f"{day}.parquet") for day in days])
    if tenants is not None:
        table = table.filter(pc.is_in(table["tenant"], pa.array(list(tenants), pa.string())))
    return Costs(
        days=tuple(days),
        by_day=_summed(table, ("day", "tenant", "layer")),
        by_tenant=_summed(table, ("tenant",)),
        by_layer=_summed(table, ("layer",)),
        by_owner=_summed(table, ("owner",)),
        assets=_summed(table, ("tenant", "layer", "table")),
    )


def _read(path: Path) -> pa.Table:
    """A day with every column; older days lack later measures."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = pq.read_table(path, partitioning=None)
    kinds = {**dict.fromkeys(_PLACE, pa.string()), **dict.fromkeys(_SUMS, pa.float64())}
    columns: dict[str, Any] = {
        name: found[name].cast(kind) if name in found.column_names else pa.nulls(found.num_rows, kind)
        for name, kind in kinds.items()
    }
    # A day in pieces costs more than it holds: the states of a table are one here.
    return _grouped(pa.table(columns), _PLACE)


def _grouped(table: pa.Table, by: Sequence[str]) -> pa.Table:
    summed = table.group_by(list(by)).aggregate([(name, "sum") for name in _SUMS])
    return summed.rename_columns([name.removesuffix("_sum") for name in summed.column_names])


def _summed(table: pa.Table, by: Sequence[str]) -> tuple[Spent, ...]:
    rows = _grouped(table, by).to_pylist()
    found = [
        Spent(tuple(row[name] or "" for name in by), *(_number(row[name]) for name in _SUMS)) for row in rows
    ]
    return tuple(sorted(found, key=lambda one: one.key))


def _number(value: float | None) -> Any:
    found = value or 0.0
    return int(found) if found.is_integer() else found
