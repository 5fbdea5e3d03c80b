"""What fakesnow does otherwise than Snowflake, put right in this process: NULL timestamps, large numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlglot import Expr


def mend() -> None:
    """Replace what is wrong in fakesnow. Done once, in the process of the stand-in."""
    import fakesnow.arrow
    import fakesnow.transforms

    fakesnow.arrow.timestamp_to_sf_struct = timestamps  # type: ignore[assignment]
    fakesnow.transforms.numeric_agg_implicit_cast = named_aggregate  # type: ignore[attr-defined]
    upstream = fakesnow.transforms.integer_precision
    fakesnow.transforms.integer_precision = lambda e: (  # type: ignore
        large_cast(e) or half_of_md5(e) or upstream(e)
    )


def timestamps(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Epoch seconds, nanoseconds and, with a zone, its offset; NULL where the timestamp is NULL."""
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    micro = whole.cast(pa.timestamp("us", whole.type.tz))
    ticks = pc.fill_null(micro.cast(pa.int64()), 0)
    floored = pc.fill_null(pc.floor_temporal(micro, unit="second").cast(pa.int64()), 0)
    names = ["epoch", "fraction"]
    arrays = [
        pc.divide(floored, 1_000_000),
        pc.multiply(pc.subtract(ticks, floored), 1000).cast(pa.int32()),
    ]
    if whole.type.tz:
        names.append("timezone")
        arrays.append(pa.array([1440] * len(whole), type=pa.int32()))
    fields = [pa.field(n, a.type, nullable=False) for n, a in zip(names, arrays, strict=True)]
    return pa.StructArray.from_arrays(arrays, fields=fields, mask=pc.is_null(whole))


def named_aggregate(expression: Expr) -> Expr:
    """An aggregate of numbers keeps its type: fakesnow makes doubles of them, which lose digits."""
    from fakesnow.transforms.transforms import _numeric_agg_col_name
    from sqlglot import exp

    if isinstance(expression, exp.AggFunc) and isinstance(expression.parent, exp.Select):
        name = _numeric_agg_col_name(expression, expression.this) if expression.this else None
        return exp.alias_(expression, name, quoted=True) if name else expression
    return expression


def large_cast(expression: Expr) -> Expr | None:
    """A cast to NUMBER(38,0) holds 38 digits; None for what is no such cast."""
    from sqlglot import exp

    if (
        isinstance(expression, exp.DataType)
        and expression.this == exp.DataType.Type.DECIMAL
        and isinstance(expression.parent, (exp.Cast, exp.TryCast))
        and [part.name for part in expression.expressions] == ["38", "0"]
    ):
        return exp.DataType(this=exp.DataType.Type.INT128, nested=False)
    return None


def half_of_md5(expression: Expr) -> Expr | None:
    """MD5_NUMBER_LOWER64 and MD5_NUMBER_UPPER64 as Snowflake counts them; None for anything else."""
    from sqlglot import exp

    if not isinstance(expression, (exp.MD5NumberLower64, exp.MD5NumberUpper64)):
        return None
    first = 17 if isinstance(expression, exp.MD5NumberLower64) else 1
    digits = exp.Substring(
        this=exp.MD5(this=expression.this), start=exp.Literal.number(first), length=exp.Literal.number(16)
    )
    whole = exp.DataType(this=exp.DataType.Type.INT128, nested=False)
    return exp.Cast(this=exp.DPipe(this=exp.Literal.string("0x"), expression=digits, safe=True), to=whole)
