"""A drop as a stream of bytes, unpacked, with every fault of the packing named."""

from __future__ import annotations

import contextlib
import gzip
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from dagster_ingest.connectors.files.folder import NOTHING, Drop, signature
from dagster_ingest.errors import DataError, Unavailable

_BOMB_FROM = 256 * 2**20  # unpacked bytes below which no ratio is suspicious
_BOMB_RATIO = 500


class Unpacked:
    """Reads a drop's content. Raises DataError for a damaged or oversized one."""

    def __init__(self, drop: Drop, stream: Any, packed: int | None, max_bytes: int) -> None:
        self._drop, self._stream, self._packed, self._max = drop, stream, packed, max_bytes
        self.bytes = 0

    def read(self, size: int) -> bytes:
        try:
            data = self._stream.read(size)
        except (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile) as error:
            raise _fault(
                self._drop,
                "file|truncated",
                f"the archive breaks off or is damaged after {self.bytes:,} unpacked bytes ({error})",
                "deliver the file again; an upload that broke off leaves one like this",
            ) from None
        self.bytes += len(data)
        bomb = self._packed is not None and self.bytes > max(_BOMB_FROM, _BOMB_RATIO * self._packed)
        if self.bytes > self._max or bomb:
            raise _fault(
                self._drop,
                "file|size",
                f"it unpacks to more than {min(self.bytes, self._max):,} bytes",
                "raise `max_bytes` if the file is right",
            )
        return data


@contextlib.contextmanager
def unpacked(drop: Drop, max_bytes: int) -> Iterator[Unpacked]:
    """The drop's content from its first byte."""
    with contextlib.ExitStack() as stack:
        stream: Any
        try:
            if drop.member is not None:
                archive = stack.enter_context(zipfile.ZipFile(drop.path))
                info = archive.getinfo(drop.member)
                stream, packed = stack.enter_context(archive.open(info)), info.compress_size
            elif drop.path.name.lower().endswith(".gz"):
                stream, packed = stack.enter_context(gzip.GzipFile(drop.path)), drop.signature[0]
            else:
                stream, packed = stack.enter_context(open(drop.path, "rb", buffering=0)), None
        except FileNotFoundError:
            raise changed(drop) from None
        except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError) as error:
            raise _fault(
                drop,
                "file|archive",
                f"the archive cannot be unpacked: {error}",
                "deliver it again as a plain zip, not encrypted",
            ) from None
        yield Unpacked(drop, stream, packed, max_bytes)


def require_unchanged(drop: Drop) -> None:
    """Raise Unavailable if the file was written to since the drop was found."""
    try:
        same = signature(drop.path) == drop.signature
    except FileNotFoundError:
        same = False
    if not same:
        raise changed(drop)


def changed(drop: Drop) -> Unavailable:
    return Unavailable(
        "the file changed while it was read: it is still being written, or was replaced or removed",
        where=drop.uri,
        not_done=NOTHING,
        fix="run again when the delivery is complete; let senders write under a temporary name and rename",
    )


def _fault(drop: Drop, rule: str, problem: str, fix: str) -> DataError:
    return DataError(problem, rule=rule, where=drop.uri, not_done=NOTHING, fix=fix)
