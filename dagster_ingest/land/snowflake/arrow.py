"""Arrow as the connector gives it, in the types and names that the tenant's own file would give.

Snowflake sends a number in the smallest integers that hold a batch, or as decimals, and timestamps in
nanoseconds or seconds: batches of one result may differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dagster_ingest.errors import LandError

if TYPE_CHECKING:
    import pyarrow as pa


def table(batches: Iterator[tuple[list[Any], pa.Table | None]], names: Sequence[str]) -> pa.Table:
    """All batches as one table; names: of its columns, in the order of the statement."""
    import pyarrow as pa

    shaped = [_shaped(description, batch, names) for description, batch in batches]
    return pa.concat_tables(shaped)


def tables(batches: Iterator[tuple[list[Any], pa.Table | None]], names: Sequence[str]) -> Iterator[pa.Table]:
    """As they come."""
    for description, batch in batches:
        yield _shaped(description, batch, names)


def _shaped(description: list[Any], batch: pa.Table | None, names: Sequence[str]) -> pa.Table:
    import pyarrow as pa

    fields = [pa.field(name, _type(name, d)) for name, d in zip(names, description, strict=True)]
    schema = pa.schema(fields)
    if batch is None:
        return schema.empty_table()
    columns = [
        _cast(column, field.type, field.name) for column, field in zip(batch.columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _type(name: str, description: Any) -> pa.DataType:
    import pyarrow as pa
    from snowflake.connector.constants import FIELD_ID_TO_NAME

    kind = FIELD_ID_TO_NAME[description.type_code]
    if name == "_row_hash":
        return pa.uint64()
    if kind == "FIXED":
        return (
            pa.decimal128(description.precision or 38, description.scale) if description.scale else pa.int64()
        )
    return {
        "REAL": pa.float64(),
        "DATE": pa.date32(),
        "TIMESTAMP": pa.timestamp("us"),
        "TIMESTAMP_NTZ": pa.timestamp("us"),
        "TIMESTAMP_LTZ": pa.timestamp("us", "UTC"),
        "TIMESTAMP_TZ": pa.timestamp("us", "UTC"),
        "BINARY": pa.binary(),
        "TIME": pa.time64("us"),
        "BOOLEAN": pa.bool_(),
    }.get(kind, pa.string())


def _cast(column: pa.ChunkedArray, wanted: pa.DataType, name: str) -> pa.ChunkedArray:
    import pyarrow as pa

    try:
        # Snowflake keeps nanoseconds where a model asked for them; nobody here reads them.
        return column.cast(wanted, safe=not pa.types.is_timestamp(wanted))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise LandError(
            f"column {name} comes as {column.type} and cannot be {wanted}: {str(error)[:120]}",
            not_done="nothing was read",
            fix="cast it in the model that makes it",
        ) from error
