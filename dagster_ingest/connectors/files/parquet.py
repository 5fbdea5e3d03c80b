"""Parquet: row groups in pieces, typed values as text."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_ingest.connectors import text
from dagster_ingest.connectors.base import Batch
from dagster_ingest.connectors.files.folder import Drop
from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.connectors.files.typed import MAX_COLUMNS, fault, frame_batch, on_disk, wrong_format
from dagster_ingest.connectors.headings import unique_headings

if TYPE_CHECKING:
    from pyarrow import parquet

_BATCH_CELLS = 1_000_000
_BATCH_ROWS = 65_536
_BATCH_BYTES = 8 * 2**20
_MAGIC = b"PAR1"


class Table:
    def __init__(self, drop: Drop, settings: FilesSettings) -> None:
        self._drop, self._settings = drop, settings
        self.incomplete: str | None = None
        with on_disk(drop, settings) as path, self._opened(path) as file:
            names = list(file.schema_arrow.names)
        if not names or len(names) > MAX_COLUMNS:
            problem = f"the file has {len(names):,} columns; 1 to {MAX_COLUMNS:,} are allowed"
            raise fault(drop, "file|columns", problem, "have it exported anew")
        self.columns = unique_headings(names)

    def batches(self) -> Iterator[Batch]:
        at = 1
        with on_disk(self._drop, self._settings) as path, self._opened(path) as file:
            rows = _batch_rows(file.metadata, len(self.columns))
            for piece in file.iter_batches(batch_size=rows, use_threads=False):
                frame = text.of_arrow(piece.rename_columns(self.columns))
                yield frame_batch(frame, self._drop.uri, at)
                at += frame.height
            if at - 1 != (told := file.metadata.num_rows):
                raise self._damaged(f"it says that it has {told:,} rows; {at - 1:,} could be read")

    @contextlib.contextmanager
    def _opened(self, path: Path) -> Iterator[parquet.ParquetFile]:
        import pyarrow as pa
        from pyarrow import parquet

        self._require_whole(path)
        try:
            with parquet.ParquetFile(
                path, page_checksum_verification=True, pre_buffer=False, buffer_size=2**20
            ) as file:
                yield file
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise self._damaged(
                str(error).splitlines()[0][:300] if str(error) else type(error).__name__
            ) from None

    def _require_whole(self, path: Path) -> None:
        with open(path, "rb") as file:
            start = file.read(512)
            if not start.startswith(_MAGIC):
                raise wrong_format(self._drop, start, "Parquet")
            size = file.seek(0, 2)
            file.seek(max(0, size - 4))
            if size < 12 or file.read(4) != _MAGIC:
                problem = f"the file has no footer; it breaks off after {size:,} bytes"
                fix = "deliver it again; an upload that broke off leaves one like this"
                raise fault(self._drop, "file|truncated", problem, fix)

    def _damaged(self, told: str) -> Exception:
        return fault(self._drop, "file|readable", f"the file is damaged: {told}", "have it delivered again")


def _batch_rows(told: parquet.FileMetaData, columns: int) -> int:
    """Rows of a batch, so that it is of bounded size by what the file says of itself."""
    size = sum(told.row_group(n).total_byte_size for n in range(told.num_row_groups))
    each = max(1, size // max(1, told.num_rows))
    return max(1, min(_BATCH_ROWS, _BATCH_CELLS // columns, _BATCH_BYTES // each))


opened = Table
