"""Queries of contracts, run where there is nothing but the candidate: no files, no settings, no network.

Each time a DuckDB instance of its own, in memory: rows are copied into one table, the door is locked,
and then the queries run, each within a time. The rows may spill into a temporary folder that is
removed at the end.
"""

from __future__ import annotations

import contextlib
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dagster_ingest.errors import LandError
from dagster_ingest.naming import quoted

if TYPE_CHECKING:
    import duckdb
    import polars as pl

Answer = tuple[Any, str | None]
SECONDS = 60.0
MEMORY = "512MB"
SPILL = "10GB"
THREADS = 2
_LOCK = ("enable_external_access = false", "lock_configuration = true")


def ask(
    frames: Iterable[pl.DataFrame],
    table: str,
    queries: Mapping[str, str],
    casts: Mapping[str, str] | None = None,
    *,
    seconds: float = SECONDS,
    memory: str = MEMORY,
) -> dict[str, Answer]:
    """Each query's one value, or why there is none: {name: (value, None) or (None, reason)}.

    frames  the rows, all of the same columns; at least one frame, perhaps of no rows
    table   the name that the queries call them by
    casts   columns that are text here and get another type there; what cannot be cast is null
    seconds how long one query may take
    """
    with _instance(memory) as connection:
        _fill(connection, frames, table, casts or {})
        for setting in _LOCK:
            connection.execute(f"set {setting}")
        return {name: _answer(connection, query, seconds) for name, query in queries.items()}


@contextlib.contextmanager
def _instance(memory: str) -> Iterator[duckdb.DuckDBPyConnection]:
    import duckdb

    with tempfile.TemporaryDirectory(prefix="dagster-ingest-sql-") as folder:
        config: dict[str, Any] = {
            "threads": THREADS,
            "memory_limit": memory,
            "temp_directory": folder,
            "max_temp_directory_size": SPILL,
            "python_enable_replacements": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        connection = duckdb.connect(":memory:", config=config)
        try:
            yield connection
        finally:
            connection.close()


def _fill(
    connection: duckdb.DuckDBPyConnection,
    frames: Iterable[pl.DataFrame],
    table: str,
    casts: Mapping[str, str],
) -> None:
    import duckdb

    name, made = quoted(table), False
    for frame in frames:
        listed = ", ".join(_column(c, casts.get(c)) for c in frame.columns) or "null as nothing"
        connection.register("incoming", frame.to_arrow() if frame.columns else _rows(frame))
        try:
            verb = f"insert into {name}" if made else f"create table {name} as"
            connection.execute(f"{verb} select {listed} from incoming")
        except duckdb.Error as error:
            raise LandError(
                f"the rows for sql rules could not be held: {error}",
                where=table,
                not_done="nothing was committed",
                fix="let the rules read fewer columns, or write library metrics instead",
            ) from error
        finally:
            connection.unregister("incoming")
        made = True
    if not made:
        raise LandError("there are no rows to ask, not even none", where=table, not_done="no query was run")


def _column(name: str, cast: str | None) -> str:
    column = quoted(name)
    return f"try_cast({column} as {cast}) as {column}" if cast else column


def _rows(frame: pl.DataFrame) -> Any:
    """As many rows as `frame` has, for queries that read no column."""
    import pyarrow as pa

    return pa.table({"nothing": pa.nulls(frame.height)})


def _answer(connection: duckdb.DuckDBPyConnection, query: str, seconds: float) -> Answer:
    import duckdb

    late = threading.Event()
    timer = threading.Timer(seconds, _interrupt(connection, late))
    timer.start()
    connection.execute("begin transaction read only")
    try:
        rows = connection.execute(query).fetchmany(2)
    except duckdb.Error as error:
        if late.is_set():
            return None, f"it took longer than {seconds:g} seconds"
        return None, f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
    finally:
        timer.cancel()
        connection.execute("rollback")
    if len(rows) != 1 or len(rows[0]) != 1:
        return None, f"it gave {_shape(rows)} instead of one value"
    return rows[0][0], None


def _interrupt(connection: duckdb.DuckDBPyConnection, late: threading.Event) -> Callable[[], None]:
    def interrupt() -> None:
        late.set()
        connection.interrupt()

    return interrupt


def _shape(rows: list[Any]) -> str:
    if not rows:
        return "no row"
    return "several rows" if len(rows) > 1 else f"{len(rows[0])} columns"
