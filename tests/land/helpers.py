"""Loads for tests, also run as a program: `python helpers.py WAREHOUSE TENANT TABLE STATE FIRST COUNT`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from dagster_ingest.land.backing import Landed
from dagster_ingest.land.base import Held, PartitionVersion
from dagster_ingest.land.candidate import DuckDBCandidate
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.land.parts import PartWriter

COLUMNS = ["ID", "Name"]


def frame(load_id: str, state: str = "FL", start: int = 1, **columns: list[str | None]) -> pl.DataFrame:
    """Rows as extraction hands them over, system columns included."""
    made = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return made.with_columns(
        _tenant=pl.lit("gulf"),
        _state=pl.lit(state),
        _load_id=pl.lit(load_id),
        _loaded_at=pl.datetime(2026, 1, 2, time_unit="us"),
        _source_uri=pl.lit("drops/a.csv"),
        _row_number=pl.int_range(start, start + made.height, dtype=pl.Int64),
        _row_hash=pl.concat_str(pl.all().fill_null("\0"), separator="\x1f").hash(),
    )


def version(load: DuckDBCandidate, data_version: str = "v") -> PartitionVersion:
    return PartitionVersion(
        layer="raw",
        table=load.table,
        state=load.state,
        load_id=load.load_id,
        data_version=data_version,
        inputs="i",
        rows=load.rows,
        bytes=load.bytes,
        committed_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def staged(
    landing: DuckDBLanding,
    load_id: str,
    ids: list[str],
    *,
    table: str = "wellsky_services",
    state: str = "FL",
) -> DuckDBCandidate:
    """A load with rows written and one rejected, not sealed yet."""
    load = landing.begin(table, state, load_id, columns=COLUMNS)
    load.write(frame(load_id, state, ID=ids, Name=[f"name of {i}" for i in ids]))
    bad = frame(load_id, state, start=900, ID=[None], Name=["without id"])
    load.reject(bad.with_columns(_rules=pl.Series([["ID|required"]])))
    return load


def committed(landing: DuckDBLanding, load_id: str, ids: list[str], **where: str) -> None:
    load = staged(landing, load_id, ids, **where)
    load.seal()
    load.commit(version(load))


def sealed(
    folder: Path,
    rows: pl.DataFrame,
    load_id: str,
    *,
    table: str = "wellsky_services",
    state: str = "FL",
    said: str | None = None,
    replaces: str = "",
    contract: str = "1.0.0 abcdef",
    inputs: str | None = None,
) -> Landed:
    """A part of `rows` (system columns included) below `folder`, as a warehouse is handed it."""
    place = folder / table / state
    (place / f"{load_id}.parquet").unlink(missing_ok=True)
    writer = PartWriter(place, load_id, rows.columns)
    if rows.height:
        writer.write(rows)
    writer.said = said
    writer.close()
    size = writer.publish()
    writer.release()
    made = PartitionVersion(
        layer="raw",
        table=table,
        state=state,
        load_id=load_id,
        data_version=f"digest of {load_id}",
        inputs=inputs if inputs is not None else f"inputs of {load_id}",
        rows=rows.height,
        bytes=size,
        committed_at="2026-01-02T03:04:05+00:00",
        fingerprint="f",
        cursor='{"since": "2026"}',
    )
    return Landed(made, writer.final, replaces, contract)


def held(landing: DuckDBLanding, load_id: str, ids: list[str], *, reason="review", **more) -> Held:
    """A load that is held against the partition as it is, with one row in quarantine."""
    where = {name: more.pop(name) for name in ("table", "state") if name in more}
    load = staged(landing, load_id, ids, **where)
    load.seal()
    current = landing.current(load.table, load.state)
    return load.hold(
        version(load, f"rows of {load_id}"),
        reason=reason,
        contract_version="1.0.0",
        why="asked for",
        base=current.data_version if current else "",
        **more,
    )


def ids(landing: DuckDBLanding, table: str = "wellsky_services", state: str = "FL") -> list[str]:
    return sorted(landing.read("raw", table, state, ["ID"]).column("ID").to_pylist())


def files(warehouse: Path) -> list[str]:
    """Everything below the raw folders."""
    return sorted(str(p.relative_to(warehouse)) for p in warehouse.glob("*/raw/**/*") if p.is_file())


if __name__ == "__main__":
    folder, tenant, table, state, first, count = sys.argv[1:]
    store = DuckDBLanding(folder, tenant)
    for number in range(int(first), int(first) + int(count)):
        store.recover()
        committed(store, f"load-{number:04d}", [str(number), "x"], table=table, state=state)
