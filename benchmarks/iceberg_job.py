"""`python -m benchmarks.iceberg_job SMALL_CSV TABLES LARGE_CSV`: publishes to Iceberg, says figures."""

from __future__ import annotations

import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.snowflake_job import ROOT
from benchmarks.snowflake_job import _part as part_of

COMMITS, OVER_HTTP = 40, 16
STATES = ("FL", "AL", "GA", "TX")
Place = tuple[dict[str, Any], dict[str, str]]
"""A target and its secrets."""


def main(small: str, tables: str, large: str) -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        said: dict[str, Any] = {}
        where: Place = ({}, {})
        backing = opened(where, folder)
        names = [f"table_{n:03}" for n in range(int(tables))]
        for key, before in (("first", ""), ("again", "first")):
            parts = [part_of(Path(folder), small, name, key, before) for name in names]
            said |= _timed(key, lambda parts=parts: backing.publish(parts))
            said[f"{key}_parquet"] = _parquet(parts, folder)
        whole = part_of(Path(folder), large, "large", "whole", "")
        said |= _timed("large", lambda: backing.publish([whole]))
        said["large_parquet"] = _parquet([whole], folder)
        said |= _timed("fetch", lambda: backing.fetch(whole.version, Path(folder) / "back.parquet"))
        backing.close()
        said |= _writers("sqlite", where, folder, small, COMMITS)
        nessie = stack.enter_context(_nessie())
        if nessie is not None:
            said |= _writers("nessie", nessie, folder, small, OVER_HTTP)
    print(json.dumps(said))


def opened(where: Place, folder: str):
    from dagster_ingest.land.iceberg import IcebergBacking
    from dagster_ingest.settings import Settings
    from dagster_ingest.spec.load import load_tenants
    from dagster_ingest.spec.warehouse import IcebergWarehouse

    [spec] = load_tenants(Settings.load(root=ROOT, tenants=("gulf",))).tenants
    target = IcebergWarehouse.model_validate({"type": "iceberg", **where[0]})
    return IcebergBacking(target, spec, where[1].__getitem__, Path(folder))


def write(where: Place, folder: str, csv: str, table: str, state: str, count: int) -> float:
    """As many loads of one partition, one after the other. Seconds, from the second load on."""
    backing, before, started = opened(where, folder), "", 0.0
    home = Path(folder) / f"writer-{table}-{state}"
    for number in range(count + 1):
        made = part_of(home, csv, table, f"{state}-{number}", before, state)
        if number == 1:
            started = time.perf_counter()
        backing.publish([made])
        before = f"{state}-{number}"
    backing.close()
    return time.perf_counter() - started


def _writers(name: str, where: Place, folder: str, csv: str, count: int) -> dict[str, float]:
    """Commits in a second: of one process, of four on one table, of four on a table each."""
    said = {f"{name}_one": count / write(where, folder, csv, f"{name}_one", "FL", count)}
    each = count // len(STATES)
    write(where, folder, csv, f"{name}_same", "IA", 1)
    for key, tables in (
        ("same", [f"{name}_same"] * 4),
        ("own", [f"{name}_own_{state.lower()}" for state in STATES]),
    ):
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(4, mp_context=context) as pool:
            running = [
                pool.submit(write, where, folder, csv, table, state, each)
                for table, state in zip(tables, STATES, strict=True)
            ]
            said[f"{name}_{key}"] = count / max(future.result() for future in running)
    return said


def _parquet(parts, folder: str) -> float:
    """Seconds to write the parts' rows as parquet, with pyarrow's defaults and nothing else."""
    import pyarrow.parquet as pq

    frames = [pq.read_table(part.path) for part in parts]
    started = time.perf_counter()
    for number, frame in enumerate(frames):
        pq.write_table(frame, Path(folder) / f"plain-{number}.parquet")
    return time.perf_counter() - started


@contextmanager
def _nessie() -> Iterator[Place | None]:
    from dagster_ingest.testing import nessie
    from dagster_ingest.testing.noserver import NoServer
    from dagster_ingest.testing.places.s3 import S3Bucket

    try:
        with S3Bucket() as bucket, nessie.running(bucket.endpoint) as uri:
            yield nessie.target(uri, bucket.endpoint), nessie.secrets()
    except NoServer:
        yield None


def _timed(key: str, do: Callable[[], Any]) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    do()
    return {f"{key}_wall": time.perf_counter() - wall, f"{key}_cpu": time.process_time() - cpu}


if __name__ == "__main__":
    main(*sys.argv[1:])
