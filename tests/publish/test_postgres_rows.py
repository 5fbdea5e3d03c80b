"""Rows made ready for COPY, and the delta, without a server."""

import datetime as dt
import struct

import polars as pl
import pyarrow as pa
import pytest

from dagster_ingest.errors import PublishError
from dagster_ingest.publish.postgres import rows
from dagster_ingest.publish.postgres.flat import flat_table
from dagster_ingest.publish.postgres.tables import ROW_HASH, Column, Table


def frame_of(columns: dict[str, list], state: str = "IA") -> tuple[pl.DataFrame, Table]:
    arrow = pa.table(columns)
    table = flat_table("search_record", arrow.schema)
    return rows.prepared(arrow, table, state), table


def text_of(columns: dict[str, list]) -> str:
    frame, _ = frame_of(columns)
    return b"".join(rows.csv_chunks(frame.drop("_state", ROW_HASH))).decode()


def packed(frame: pl.DataFrame) -> tuple[bytes, bytes, bytes]:
    """Keys, their lengths and hashes, as the server sends them."""
    keys = [key.encode() for key in frame["id"]]
    lengths, hashes = (
        struct.pack(f">{frame.height}q", *numbers) for numbers in (map(len, keys), frame[ROW_HASH])
    )
    return b"".join(keys), lengths, hashes


def test_null_and_empty_text_stay_apart() -> None:
    assert text_of({"id": ["a", "b"], "note": [None, ""]}) == 'a,\nb,""\n'


def test_lists_become_array_literals() -> None:
    text = text_of({"id": ["a", "b", "c"], "codes": [["x", None, 'q"\\'], [], None]})
    assert text == 'a,"{""x"",NULL,""q\\""\\\\""}"\nb,{}\nc,\n'


def test_nested_values_become_json() -> None:
    text = text_of({"id": ["a", "b"], "terms": [[{"code": "x"}], None], "point": [{"lat": 1.5}, None]})
    assert text == 'a,"[{""code"":""x""}]","{""lat"":1.5}"\nb,,\n'


def test_times_with_a_zone_are_written_as_utc() -> None:
    zone = dt.timezone(dt.timedelta(hours=-6))
    text = text_of({"id": ["a"], "at": [dt.datetime(2026, 1, 1, 20, 0, tzinfo=zone)]})
    assert text == "a,2026-01-02T02:00:00.000000\n"


def test_the_hash_tells_rows_apart_by_value_and_place() -> None:
    frame, _ = frame_of({"id": ["a", "b", "c", "d"], "x": ["1", None, "1", ""], "y": [None, "1", "1", ""]})
    assert frame[ROW_HASH].n_unique() == 4


def test_the_hash_changes_when_a_column_goes() -> None:
    """Else rows that lost a column would pass for unchanged and keep its old values in the store."""
    table = Table("t", (Column("id", "text"), Column("gone", "text")), key="id")
    before = rows.prepared(pa.table({"id": ["a"], "gone": pa.array([None], pa.string())}), table, "IA")
    after = rows.prepared(pa.table({"id": ["a"]}), table, "IA")
    assert before[ROW_HASH].item() != after[ROW_HASH].item()


def test_the_delta_is_what_differs_and_what_is_gone() -> None:
    before, table = frame_of({"id": ["a", "b", "c"], "x": ["1", "2", "3"]})
    after, _ = frame_of({"id": ["a", "b", "d"], "x": ["1", "9", "4"]})
    shown = rows.known([packed(before)], table)
    changed, gone = rows.delta(after, shown, "id")
    assert changed["id"].to_list() == ["b", "d"]
    assert gone == ["c"]


def test_keys_of_any_length_come_back_from_the_store() -> None:
    frame, table = frame_of({"id": ["a", "", 'ä,\n"b"', "long" * 9]})
    halves = [packed(frame[:1]), packed(frame[1:])]
    assert rows.known(halves, table).equals(frame.select("id", ROW_HASH))


def test_a_store_without_rows_knows_none() -> None:
    frame, table = frame_of({"id": ["a"]})
    changed, gone = rows.delta(frame, rows.known([], table), "id")
    assert (changed.height, gone) == (1, [])


@pytest.mark.parametrize(
    ("ids", "message"), [(["a", "a"], "a stands twice"), (["a", None], "a row has none")]
)
def test_a_bad_key_is_refused(ids: list, message: str) -> None:
    with pytest.raises(PublishError, match=message):
        frame_of({"id": ids})
