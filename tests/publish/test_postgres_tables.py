"""The tables of a published schema, without a server."""

import pyarrow as pa
import pytest

from dagster_ingest import hsds
from dagster_ingest.errors import PublishError
from dagster_ingest.publish.postgres.flat import arrow_type, flat_table
from dagster_ingest.publish.postgres.tables import hsds_tables


def test_every_hsds_entity_has_a_table_whose_foreign_keys_lead_to_another() -> None:
    tables = {t.name: t for t in hsds_tables()}
    assert list(tables) == list(hsds.entities())
    targets = {k.table for t in tables.values() for k in t.foreign_keys}
    assert targets <= tables.keys()
    assert {k.column for k in tables["service_at_location"].foreign_keys} == {"service_id", "location_id"}


def test_columns_take_the_types_of_the_model() -> None:
    service = next(t for t in hsds_tables() if t.name == "service")
    kinds = {c.name: c.type for c in service.stored}
    assert kinds["id"] == kinds["organization_id"] == "uuid"
    assert kinds["minimum_age"] == "double precision"
    assert kinds["assured_date"] == "date"
    assert kinds["last_modified"] == "timestamp with time zone"
    assert kinds["name"] == kinds["_state"] == "text"
    assert kinds["_row_hash"] == "bigint"


def test_opening_hours_stay_text() -> None:
    schedule = next(t for t in hsds_tables() if t.name == "schedule")
    assert {c.type for c in schedule.columns if c.name in ("opens_at", "closes_at")} == {"text"}


@pytest.mark.parametrize(
    ("arrow", "expected"),
    [
        (pa.string(), "text"),
        (pa.int32(), "bigint"),
        (pa.uint64(), "numeric"),
        (pa.float32(), "double precision"),
        (pa.bool_(), "boolean"),
        (pa.decimal128(9, 2), "numeric"),
        (pa.timestamp("us"), "timestamp with time zone"),
        (pa.date32(), "date"),
        (pa.binary(), "bytea"),
        (pa.dictionary(pa.int8(), pa.string()), "text"),
        (pa.list_(pa.string()), "text[]"),
        (pa.list_(pa.struct([("code", pa.string())])), "jsonb"),
        (pa.list_(pa.list_(pa.string())), "jsonb"),
        (pa.struct([("lat", pa.float64())]), "jsonb"),
    ],
)
def test_arrow_types_map(arrow: pa.DataType, expected: str) -> None:
    assert arrow_type(arrow) == expected


def test_an_arrow_type_without_a_column_type_is_refused() -> None:
    with pytest.raises(PublishError, match="duration"):
        arrow_type(pa.duration("s"))


def test_a_flat_table_joins_with_the_standard_tables_by_its_ids() -> None:
    schema = pa.schema([("id", pa.string()), ("service_id", pa.string()), ("original_id", pa.string())])
    kinds = {c.name: c.type for c in flat_table("search_record", schema).columns}
    assert kinds == {"id": "uuid", "service_id": "uuid", "original_id": "text"}


def test_a_flat_table_needs_a_key() -> None:
    with pytest.raises(PublishError, match="no key column; it has: name"):
        flat_table("search_record", pa.schema([("name", pa.string())]))


@pytest.mark.parametrize("name", ["x" * 64, "_state"])
def test_a_flat_column_that_the_store_would_cut_or_clash_with_is_refused(name: str) -> None:
    with pytest.raises(PublishError, match=name):
        flat_table("search_record", pa.schema([("id", pa.string()), (name, pa.string())]))
