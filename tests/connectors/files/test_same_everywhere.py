"""One small table, written in each format, put into each place: the same frames and row numbers."""

from __future__ import annotations

import csv
import io
import json

import pyarrow as pa
import pytest
from pyarrow import parquet

from dagster_ingest.testing.workbooks import xlsx

COLUMNS = ["ID", "Name", "Count", "Notes"]
ROWS = [
    ("00123", "Café Ñandú", "7", ""),
    ("4", 'He said "no"', "-12", "two\nlines"),
    ("x|y", "comma, semicolon;", "1000000", " kept "),
]
FORMATS = ["csv", "xlsx", "json", "jsonl", "parquet"]


def written(kind: str) -> bytes:
    records = [{**dict(zip(COLUMNS, row, strict=True)), "Count": int(row[2])} for row in ROWS]
    if kind == "csv":
        text = io.StringIO()
        csv.writer(text).writerows([COLUMNS, *ROWS])
        return text.getvalue().encode()
    if kind == "xlsx":
        return xlsx({"S": [COLUMNS, *([a, b, float(c), d or None] for a, b, c, d in ROWS)]})
    if kind == "json":
        return json.dumps(records).encode()
    if kind == "jsonl":
        return "".join(json.dumps(record) + "\n" for record in records).encode()
    buffer = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(records), buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", FORMATS)
def test_local(drops, kind):
    drops.put(f"table.{kind}", written(kind))

    _assert_same(drops.read(pattern=f"table.{kind}"))


@pytest.mark.parametrize("kind", FORMATS)
def test_sftp(drops, sftp_folder, kind):
    sftp_folder.put(f"out/table.{kind}", written(kind))

    _assert_same(drops.read(**sftp_folder.settings(path="/out"), pattern=f"table.{kind}"))


@pytest.mark.parametrize("kind", FORMATS)
def test_s3(drops, bucket, kind):
    bucket.put(f"table.{kind}", written(kind))

    _assert_same(drops.read(**bucket.settings(), pattern=f"table.{kind}"))


@pytest.mark.parametrize("kind", FORMATS)
def test_http(drops, web, kind):
    web.put(f"table.{kind}", written(kind))

    _assert_same(drops.read(**web.settings(f"table.{kind}")))


def _assert_same(found) -> None:
    assert found.columns == COLUMNS
    assert found.rows == ROWS
    assert found.numbers == [1, 2, 3]
    assert found.malformed == []
    assert found.completeness.complete
