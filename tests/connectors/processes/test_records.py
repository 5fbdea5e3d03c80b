"""Records into batches: text, places, and what has no place among the columns."""

from __future__ import annotations

import polars as pl
import pytest

from dagster_ingest.connectors.processes import records
from dagster_ingest.connectors.processes.records import KNOWN_FIELDS, Records, parsed
from dagster_ingest.connectors.processes.schema import json_type


def batches(made: Records, items: list[dict]) -> list:
    return [batch for item in items for batch in made.add(item, 10)] + list(made.rest())


def test_values_are_text_and_absent_ones_null():
    made = Records(["id", "price", "tags"], (), "singer://tap/items")

    (batch,) = batches(made, [parsed(b'{"id": 1, "price": 1.50, "tags": {"b": [1.50]}}'), {"id": "2"}])

    assert batch.frame.rows() == [("1", "1.50", '{"b":[1.50]}'), ("2", None, None)]
    assert set(batch.frame.dtypes) == {pl.String}
    assert (batch.uri, batch.first_row, batch.row_numbers) == ("singer://tap/items", 1, None)


def test_a_record_with_an_unknown_field_is_malformed_and_its_number_stays_free():
    made = Records(["id"], ("_sdc_*",), "uri")

    (batch,) = batches(made, [{"id": "1"}, {"id": "2", "new": "x"}, {"id": "3", "_sdc_at": "now"}])

    assert batch.frame["id"].to_list() == ["1", "3"]
    assert batch.row_numbers.to_list() == [1, 3]
    (malformed,) = batch.malformed
    assert (malformed.row_number, malformed.rule) == (2, KNOWN_FIELDS)
    assert malformed.text == 'new: {"id":"2","new":"x"}'


@pytest.mark.parametrize(("limit", "value"), [("BATCH_ROWS", 2), ("BATCH_BYTES", 20)])
def test_batches_are_bounded_by_rows_and_by_bytes(monkeypatch: pytest.MonkeyPatch, limit: str, value: int):
    monkeypatch.setattr(records, limit, value)
    made = Records(["id"], (), "uri")

    found = batches(made, [{"id": str(n)} for n in range(5)])

    assert [b.frame.height for b in found] == [2, 2, 1]
    assert [b.first_row for b in found] == [1, 3, 5]


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": ["null", "string"], "format": "date-time"}, ("string (date-time)", True)),
        ({"type": "integer"}, ("integer", False)),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, ("number", True)),
        ({}, (None, None)),
    ],
)
def test_types_in_words(schema: dict, told: tuple):
    assert json_type(schema) == told
