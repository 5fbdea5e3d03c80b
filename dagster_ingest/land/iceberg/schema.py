"""Columns of raw tables: by field id, so that names may change and order does not matter.

Source columns are text. `_row_hash` is a 64-bit number without a sign, which Iceberg lacks: it is kept
as the signed number of the same bits, and comes back as what it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagster_ingest.naming import SYSTEM_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa
    from pyiceberg.partitioning import PartitionSpec
    from pyiceberg.schema import Schema
    from pyiceberg.table.update.schema import UpdateSchema
    from pyiceberg.types import PrimitiveType

    from dagster_ingest.spec.contract import Contract

STATE = "_state"
HASH = "_row_hash"
DOCS = {
    "_tenant": "Tenant of the row",
    "_state": "State of the row; tables are partitioned by it",
    "_load_id": "Load that brought the row",
    "_loaded_at": "When it was loaded, UTC",
    "_source_uri": "File or request that the row came from",
    "_row_number": "Position of the record in its source",
    "_row_hash": "xxh3 of the row's text; an unsigned 64-bit number, as the signed one of the same bits",
}


def type_of(name: str) -> PrimitiveType:
    from pyiceberg.types import LongType, StringType, TimestampType

    if name in ("_row_number", HASH):
        return LongType()
    return TimestampType() if name == "_loaded_at" else StringType()


def created(names: list[str], contract: Contract | None) -> Schema:
    """The schema of a new table."""
    from pyiceberg.schema import Schema
    from pyiceberg.types import NestedField

    return Schema(
        *(
            NestedField(number, name, type_of(name), required=False, doc=doc_of(name, contract))
            for number, name in enumerate(names, 1)
        )
    )


def by_state(schema: Schema) -> PartitionSpec:
    from pyiceberg.partitioning import PARTITION_FIELD_ID_START, PartitionField, PartitionSpec
    from pyiceberg.transforms import IdentityTransform

    source = schema.find_field(STATE).field_id
    return PartitionSpec(PartitionField(source, PARTITION_FIELD_ID_START, IdentityTransform(), STATE))


def evolve(update: UpdateSchema, schema: Schema, names: list[str], contract: Contract | None) -> None:
    """Bring a table's columns up to a part's: renames that the contract declares, then new columns.

    Nothing is ever dropped: a column that the source gave up stays and is null from now on.
    """
    known = {field.name.lower(): field for field in schema.fields}
    arriving = {name.lower() for name in names}
    renamed = dict[str, str]()
    for column in contract.columns if contract else ():
        was, now = (column.was or "").lower(), column.field.lower()
        if was in known and now not in known and now in arriving and was not in arriving:
            update.rename_column(known[was].name, column.field)
            renamed[now] = known[was].name
    former = _renames(contract)
    for name in names:
        lower = name.lower()
        if lower not in known and lower not in renamed and former.get(lower) not in known:
            update.add_column(name, type_of(name), doc=doc_of(name, contract))
    for name, field in known.items():
        doc = doc_of(field.name, contract)
        if doc is not None and doc != field.doc and name not in renamed.values():
            update.update_column(field.name, doc=doc)


def field_ids(schema: Schema, names: list[str], contract: Contract | None) -> dict[str, int]:
    """A part's columns to field ids. A column under its former name belongs to the renamed field."""
    known = {field.name.lower(): field.field_id for field in schema.fields}
    former = _renames(contract)
    return {name: known[n if (n := name.lower()) in known else former[n]] for name in names}


def _renames(contract: Contract | None) -> dict[str, str]:
    """Former names to present ones, in small letters."""
    return {c.was.lower(): c.field.lower() for c in contract.columns if c.was} if contract else {}


def doc_of(name: str, contract: Contract | None) -> str | None:
    if name in DOCS:
        return DOCS[name]
    column = contract.column(name) if contract else None
    if column is None:
        return None
    marks = [mark for mark, on in (("key", column.key), ("private", column.private)) if on]
    told = (column.description or column.name).strip()
    return f"{told} [{', '.join(marks)}]" if marks else told


def arrow_schema(names: dict[str, int], schema: Schema) -> pa.Schema:
    """Of a data file: the table's names and field ids, in the part's order."""
    import pyarrow as pa

    fields = []
    for number in names.values():
        field = schema.find_field(number)
        metadata = {b"PARQUET:field_id": str(number).encode()}
        fields.append(pa.field(field.name, arrow_type(field.name), metadata=metadata))
    return pa.schema(fields)


def arrow_type(name: str) -> pa.DataType:
    """As a data file holds a column."""
    import pyarrow as pa

    if name in ("_row_number", HASH):
        return pa.int64()
    return pa.timestamp("us") if name == "_loaded_at" else pa.large_string()


def to_stored(column: Any, name: str) -> Any:
    """An Arrow array of a part, or of another data file, as a data file holds it."""
    import pyarrow as pa

    if name == HASH and column.type != pa.int64():
        return column.cast(pa.uint64()).view(pa.int64())
    return column.cast(arrow_type(name))


def to_part(column: Any, name: str) -> Any:
    """An Arrow array of a data file, as a part holds it."""
    if name == HASH:
        import pyarrow as pa

        return column.cast(pa.int64()).view(pa.uint64())
    return column.cast(arrow_type(name))


def part_type(name: str) -> pa.DataType:
    import pyarrow as pa

    return pa.uint64() if name == HASH else arrow_type(name)


assert set(DOCS) == set(SYSTEM_COLUMNS)
