"""Arrow rows made ready for COPY: text that PostgreSQL reads, a hash for each row, and the delta.

The hash is polars' own: equal within one polars version. A new version therefore rewrites rows
once and is never wrong.
"""

from __future__ import annotations

import io
import sys
from array import array
from collections.abc import Iterable, Iterator

import polars as pl
import pyarrow as pa
import xxhash

from dagster_ingest.errors import PublishError
from dagster_ingest.publish.postgres.tables import ROW_HASH, STATE, Table

HASHED_BY = ("polars", pl.__version__)

_CHUNK = 50_000  # rows turned into text at a time
_NUMBER = 8  # bytes
_THEIRS = "_shown"


def prepared(rows: pa.Table, table: Table, state: str) -> pl.DataFrame:
    """`rows` with the columns of `table.stored`, in order; others are left out.

    Raises PublishError if a key is missing or stands twice.
    """
    frame = pl.DataFrame(pl.from_arrow(rows))
    body = frame.select(_readable(c.name, c.type, frame.schema.get(c.name)) for c in table.columns)
    key = pl.col(table.key).cast(pl.String)  # as the store's own keys are read
    body = body.with_columns(key.str.to_lowercase() if table.key_type == "uuid" else key)
    _check_key(body, table)
    return body.with_columns(
        pl.lit(state).alias(STATE),
        body.hash_rows(seed=_seed(frame.columns)).reinterpret(signed=True).alias(ROW_HASH),
    )


def known(packed: Iterable[tuple[bytes, bytes, bytes]], table: Table) -> pl.DataFrame:
    """Key and hash of the rows that a store shows.

    packed    keys one after the other in UTF-8, their lengths and their hashes, 8 bytes each
    """
    parts = []
    for keys, lengths, hashes in packed:
        ends = pl.concat([pl.Series([0], dtype=pl.Int64), _numbers(lengths).cum_sum()])
        offsets = ends.rechunk().to_arrow().buffers()[1]
        text = pa.Array.from_buffers(
            pa.large_string(), len(hashes) // _NUMBER, [None, offsets, pa.py_buffer(keys)]
        )
        text.validate(full=True)  # polars takes it as it is
        parts.append(pl.DataFrame({table.key: pl.from_arrow(text), ROW_HASH: _numbers(hashes)}))
    if not parts:
        return pl.DataFrame(schema={table.key: pl.String, ROW_HASH: pl.Int64})
    return pl.concat(parts) if len(parts) > 1 else parts[0]


def _numbers(sent: bytes) -> pl.Series:
    """As the server sends them: 8 bytes each, the highest first."""
    numbers = array("q", sent)
    if sys.byteorder == "little":
        numbers.byteswap()
    held = pa.Array.from_buffers(pa.int64(), len(numbers), [None, pa.py_buffer(numbers)])
    return pl.Series(pl.from_arrow(held))


def digest(frame: pl.DataFrame) -> tuple[int, int]:
    """How many rows `frame` has, and the sum of their hashes."""
    return frame.height, int(frame[ROW_HASH].cast(pl.Int128).sum())


def delta(frame: pl.DataFrame, shown: pl.DataFrame, key: str) -> tuple[pl.DataFrame, list[str]]:
    """Rows of `frame` that are new or differ, and keys that are gone."""
    there = frame.select(key, ROW_HASH).join(shown, on=key, how="left", maintain_order="left", suffix=_THEIRS)
    theirs = there[ROW_HASH + _THEIRS]
    changed = frame.filter(theirs.ne_missing(there[ROW_HASH]))
    if theirs.len() - theirs.null_count() == shown.height:
        return changed, []
    gone = shown.join(frame.select(key), on=key, how="anti", maintain_order="left")
    return changed, gone[key].to_list()


def csv_chunks(frame: pl.DataFrame) -> Iterator[bytes]:
    """CSV as COPY reads it: an empty cell is null, an empty text is quoted."""
    for part in frame.iter_slices(_CHUNK):
        text = io.BytesIO()
        part.write_csv(text, include_header=False, datetime_format="%Y-%m-%dT%H:%M:%S%.6f")
        yield text.getvalue()


def _seed(columns: list[str]) -> int:
    # A column that no longer comes must rewrite its rows, else its old values would stay.
    return xxhash.xxh3_64_intdigest("\n".join(sorted(columns)).encode())


def _readable(name: str, kind: str, given: pl.DataType | None) -> pl.Expr:
    column = pl.col(name)
    if given is None:
        return pl.lit(None, dtype=pl.String).alias(name)
    if kind.endswith("[]"):
        return _array(name)
    if kind == "jsonb":
        return _json(name, given)
    if kind == "bytea":
        return pl.concat_str(pl.lit("\\x"), column.bin.encode("hex")).alias(name)
    if kind == "uuid":
        return column.cast(pl.String)
    if isinstance(given, pl.Datetime) and given.time_zone:
        return column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    if isinstance(given, pl.Categorical | pl.Enum | pl.Null):
        return column.cast(pl.String)
    return column


def _array(name: str) -> pl.Expr:
    """A list as PostgreSQL's array literal: {"a","b"}."""
    item = pl.element().cast(pl.String)
    quoted = pl.concat_str(pl.lit('"'), item.str.replace_all(r'(["\\])', r"\${1}"), pl.lit('"'))
    items = pl.col(name).list.eval(pl.when(item.is_null()).then(pl.lit("NULL")).otherwise(quoted))
    return pl.concat_str(pl.lit("{"), items.list.join(","), pl.lit("}")).alias(name)


def _json(name: str, given: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(given, pl.Struct):
        text = column.struct.json_encode()
    else:  # only structs encode themselves: wrap as {"v": ...} and take what stands after the colon
        text = pl.struct(column.alias("v")).struct.json_encode().str.slice(5).str.head(-1)
    return pl.when(column.is_not_null()).then(text).alias(name)


def _check_key(body: pl.DataFrame, table: Table) -> None:
    keys = body[table.key]
    if keys.null_count() or keys.n_unique() < len(keys):
        repeated = keys.filter(keys.is_duplicated() & keys.is_not_null())
        culprit = f"{repeated[0]} stands twice" if len(repeated) else "a row has none"
        raise PublishError(
            f"stage entity {table.name!r} is not unique by {table.key}: {culprit}",
            not_done="nothing was published, the last publication stands",
            fix=f"mend the stage model; its uniqueness test on {table.key} should have caught it",
        )
