"""`python -m benchmarks.snowflake_job SMALL_CSV TABLES LARGE_CSV`: publishes to a stand-in, says figures."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def main(small: str, tables: str, large: str) -> None:
    from dagster_ingest.land.snowflake import sessions
    from dagster_ingest.testing.snowflake import running

    with running() as server, tempfile.TemporaryDirectory() as folder:
        backing = _backing(server, Path(folder))
        said: dict[str, Any] = {}
        names = [f"table_{n:03}" for n in range(int(tables))]
        for key, before in (("first", ""), ("again", "first")):
            started = time.perf_counter()
            parts = [_part(Path(folder), small, name, key, before) for name in names]
            said["parquet"] = time.perf_counter() - started
            said |= _timed(key, lambda parts=parts: backing.publish(parts), server)
        started = time.perf_counter()
        part = _part(Path(folder), large, "large", "whole", "")
        said["large_parquet"] = time.perf_counter() - started
        said |= _timed("large", lambda: backing.publish([part]), server)
        into = Path(folder) / "fetched.parquet"
        said |= _timed("fetch", lambda: backing.fetch(part.version, into), server)
        sessions.close_all()
    print(json.dumps(said))


def _timed(key: str, do: Callable[[], Any], server) -> dict[str, Any]:
    server.forget()
    wall, cpu = time.perf_counter(), time.process_time()
    do()
    return {
        f"{key}_wall": time.perf_counter() - wall,
        f"{key}_cpu": time.process_time() - cpu,
        f"{key}_statements": len(server.history()),
    }


def _backing(server, folder: Path):
    import snowflake.connector

    from dagster_ingest.land.snowflake import SnowflakeBacking
    from dagster_ingest.settings import Settings
    from dagster_ingest.spec.load import load_tenants
    from dagster_ingest.spec.warehouse import SnowflakeWarehouse

    with snowflake.connector.connect(**server.options()) as connection:
        connection.cursor().execute("create database BENCH")
    [spec] = load_tenants(Settings.load(root=ROOT, tenants=("gulf",))).tenants
    target = {
        "type": "snowflake",
        "account": "standin",
        "host": "127.0.0.1",
        "port": server.port,
        "protocol": "http",
        "user": "BENCH",
        "authentication": {"by": "password", "password": {"secret": "NONE"}},
        "database": "BENCH",
        "timeout": 3600,
    }
    made = SnowflakeWarehouse.model_validate(target)
    return SnowflakeBacking(made, spec, lambda name: "no password is asked for", folder)


def _part(folder: Path, csv: str, table: str, load_id: str, replaces: str, state: str = "FL"):
    """The export as a load's part, written as a load writes it."""
    import polars as pl

    from dagster_ingest.land.backing import Landed
    from dagster_ingest.land.base import PartitionVersion
    from dagster_ingest.land.parts import PartWriter

    rows = pl.read_csv(csv, infer_schema=False)
    rows = rows.with_columns(
        _tenant=pl.lit("gulf"),
        _state=pl.lit(state),
        _load_id=pl.lit(load_id),
        _loaded_at=pl.datetime(2026, 1, 2, time_unit="us"),
        _source_uri=pl.lit("export.csv"),
        _row_number=pl.int_range(1, rows.height + 1, dtype=pl.Int64),
        _row_hash=pl.struct(rows.columns).hash(),
    )
    writer = PartWriter(folder / "raw" / table / state, load_id, rows.columns)
    writer.write(rows)
    writer.close()
    size = writer.publish()
    writer.release()
    version = PartitionVersion(
        "raw", table, state, load_id, "d", f"inputs of {load_id}", rows.height, size, "2026-01-02T00:00:00Z"
    )
    return Landed(version, writer.final, replaces)


if __name__ == "__main__":
    main(*sys.argv[1:])
