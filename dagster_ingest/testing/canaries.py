"""Looks for planted values in every byte below a folder, compressed and columnar files included."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

_BLOCK = 1 << 24  # bytes read at once
_ROWS = 10_000  # rows of a columnar file turned into text at once

Found = tuple[str, str]


def find_tokens(root: Path, tokens: Iterable[str]) -> list[Found]:
    """(token, file) for each token found below `root`, which may be a file. Letter case is ignored.

    Every file is searched byte by byte; beside that zip and gzip are unpacked, and parquet and DuckDB
    files are read, since their text may be compressed. A member is named `file!member`. A file that
    cannot be read raises: what was not searched was not found clean.
    """
    wanted = {token: token.lower().encode() for token in tokens}
    if not all(wanted.values()):
        raise ValueError("an empty token would be found everywhere")
    found: dict[Found, None] = {}
    for path in [root] if root.is_file() else _files(root):
        for name, texts in _views(path):
            for token in _search(texts, wanted):
                found[(token, name)] = None
    return sorted(found)


def occurring(text: bytes, tokens: Iterable[str]) -> set[str]:
    """Those of the tokens that stand somewhere in a text. Letter case is ignored."""
    return set(_search(iter([text]), {token: token.lower().encode() for token in tokens}))


def _files(root: Path) -> Iterator[Path]:
    if not root.is_dir():
        raise FileNotFoundError(root)
    for folder, _, names in os.walk(root):
        for name in sorted(names):
            path = Path(folder, name)
            if not path.is_symlink() or path.exists():
                yield path


def _views(path: Path) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The file's own bytes, and what they say once unpacked."""
    yield str(path), _blocks(path)
    with open(path, "rb") as file:
        head = file.read(12)
        if head[:4] == b"PAR1":
            yield str(path), _queried(f"read_parquet({_quoted(path)})")
        elif head[8:12] == b"DUCK":
            yield from _tables(path)
        else:
            file.seek(0)
            yield from _unpacked(str(path), file, head)


def _unpacked(name: str, file: BinaryIO, head: bytes) -> Iterator[tuple[str, Iterator[bytes]]]:
    if head[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(file) as archive:
            members = [(f"{name}!{m.filename}", archive.read(m)) for m in archive.infolist()]
    elif head[:2] == b"\x1f\x8b":
        members = [(f"{name}!", gzip.decompress(file.read()))]
    else:
        return
    for inner, content in members:
        yield inner, iter([content])
        yield from _unpacked(inner, io.BytesIO(content), content[:12])


def _tables(path: Path) -> Iterator[tuple[str, Iterator[bytes]]]:
    import duckdb

    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        for schema, table in names:
            source = f'"{schema}"."{table}"'
            yield f"{path}!{schema}.{table}", _queried(source, connection)


def _queried(source: str, connection=None) -> Iterator[bytes]:
    import duckdb

    cursor = (connection or duckdb.connect()).cursor()
    cursor.execute(f"select columns(*)::varchar from {source}")
    while rows := cursor.fetchmany(_ROWS):
        yield "\n".join(value for row in rows for value in row if value is not None).encode()


def _blocks(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _search(texts: Iterator[bytes], wanted: dict[str, bytes]) -> Iterator[str]:
    """Tokens that occur, also across the border of two blocks. All are looked for in one pass."""
    import polars as pl

    overlap = max(map(len, wanted.values()), default=1) - 1
    tail, left = b"", {raw.decode("latin-1"): token for token, raw in wanted.items()}
    for text in texts:
        if not left:
            return
        block = (tail + text).lower()
        seen = pl.Series([block.decode("latin-1")]).str.extract_many([*left], overlapping=True)
        for raw in seen.explode().drop_nulls().unique():
            yield left.pop(raw)
        tail = block[-overlap:] if overlap else b""


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
