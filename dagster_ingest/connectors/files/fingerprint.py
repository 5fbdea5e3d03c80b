"""Identity of a delivery by content: xxh3 of the bytes as they lie on disk, nothing unpacked."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

import xxhash

from dagster_ingest.connectors.files.folder import NOTHING, Drop
from dagster_ingest.errors import DataError

_CHUNK = 2**20
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature, length of name, length of extra field


def content_hash(drop: Drop) -> tuple[str, int]:
    """(hex digest, bytes on disk) of a file, or of an archive member's packed bytes."""
    digest = xxhash.xxh3_128()
    size = 0
    with open(drop.path, "rb", buffering=0) as file:
        for chunk in _whole(file) if drop.member is None else _member(file, drop):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def _whole(file: BinaryIO) -> Iterator[memoryview]:
    buffer = memoryview(bytearray(_CHUNK))
    while count := file.readinto(buffer):  # type: ignore[attr-defined]
        yield buffer[:count]


def _member(file: BinaryIO, drop: Drop) -> Iterator[bytes]:
    with zipfile.ZipFile(drop.path) as archive:
        info = archive.getinfo(drop.member or "")
    file.seek(info.header_offset)
    header = file.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
        raise DataError(
            "the archive's directory points to bytes that are no member",
            rule="file|truncated",
            where=drop.uri,
            not_done=NOTHING,
            fix="deliver the archive again",
        )
    _, name, extra = _LOCAL_HEADER.unpack(header)
    file.seek(name + extra, 1)
    yield f"{info.compress_type}:{info.CRC:08x}:{info.file_size}".encode()
    left = info.compress_size
    while left > 0 and (chunk := file.read(min(_CHUNK, left))):
        left -= len(chunk)
        yield chunk
