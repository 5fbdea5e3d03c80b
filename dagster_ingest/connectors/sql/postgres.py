"""A session with PostgreSQL by ADBC: rows as Arrow, streamed by COPY."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dagster_ingest.connectors import text
from dagster_ingest.connectors.sql import values
from dagster_ingest.connectors.sql.faults import translated
from dagster_ingest.connectors.sql.query import Query
from dagster_ingest.connectors.sql.settings import SqlSettings
from dagster_ingest.connectors.sql.table import Column

if TYPE_CHECKING:
    import polars as pl

_HINT, _BATCH_BYTES = "adbc.postgresql.batch_size_hint_bytes", 4 * 2**20
_SETTINGS = {"timezone": "UTC", "datestyle": "ISO, YMD", "intervalstyle": "iso_8601"}


class PostgresSession:
    """One read-only transaction after the other. Every fault is one of dagster_ingest.errors."""

    def __init__(self, dsn: str, shown: str, settings: SqlSettings) -> None:
        from adbc_driver_postgresql import dbapi

        self._shown, self._settings = shown, settings
        with self._faults():
            self._connection = dbapi.connect(dsn)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is read inside is of one moment."""
        with self._faults(), self._connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            wait = f"{self._settings.timeout_seconds}s"
            for name, value in {**_SETTINGS, "statement_timeout": wait}.items():
                cursor.execute(f"SET LOCAL {name} = '{value}'")
        try:
            yield
        finally:
            with contextlib.suppress(Exception):  # a lost connection has nothing to roll back
                self._connection.rollback()

    def rows(self, query: Query) -> list[tuple[Any, ...]]:
        with self._faults(), self._connection.cursor() as cursor:
            self._bind(cursor, query)
            cursor.execute(query.text)
            return cursor.fetchall()

    def frames(self, query: Query, columns: Sequence[Column]) -> Iterator[pl.DataFrame]:
        """Rows as text, in batches of what the driver holds at a time."""
        nested = [column.name for column in columns if column.base in ("json", "jsonb")]
        with self._faults(), self._connection.cursor() as cursor:
            self._bind(cursor, query)
            cursor.adbc_statement.set_options(**{_HINT: str(_BATCH_BYTES)})
            cursor.execute(query.text)
            with cursor.fetch_record_batch() as reader:
                for batch in reader:
                    for at in range(0, batch.num_rows, self._settings.page_rows):
                        part = text.of_arrow(batch.slice(at, self._settings.page_rows))
                        yield _with_compact(part, nested)

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._connection.close()

    def _bind(self, cursor: Any, query: Query) -> None:
        for number, value in enumerate(query.params):
            told = text.cell(value)
            cursor.execute(f"SELECT set_config('ingest.p{number}', $1, true)", (told,))
            cursor.fetchall()

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        import pyarrow as pa
        from adbc_driver_postgresql import dbapi

        try:
            yield
        except (dbapi.Error, pa.ArrowException, OSError) as error:
            raise translated(error, self._shown) from None


def _with_compact(frame: pl.DataFrame, nested: list[str]) -> pl.DataFrame:
    import polars as pl

    for name in nested:
        write = values.writer("postgres", Column(name, "json", "json", True))
        cells = [write(value) for value in frame[name].to_list()]
        frame = frame.with_columns(pl.Series(name, cells, pl.String))
    return frame
