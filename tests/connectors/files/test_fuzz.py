"""Whatever bytes arrive: rows and malformed records, each record counted, or an error that is a clear one."""

from __future__ import annotations

import io
import json

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from dagster_ingest.errors import DataError
from dagster_ingest.testing.workbooks import xlsx

FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
records = st.lists(
    st.dictionaries(st.text(min_size=1, max_size=5), values, min_size=1, max_size=4), min_size=1
)
scraps = st.sampled_from(
    [b"{", b"}", b"[", b"]", b'"', b":", b",", b"\\", b"\\ud800", b"1e999", b"-", b"NaN", b"\n"]
)
jsonish = st.lists(scraps | st.binary(max_size=4) | values.map(lambda v: json.dumps(v).encode()), max_size=12)
signs = st.sampled_from(list(",;|\t'\"\\^"))


def read(drops, name: str, content: bytes, **how) -> object:
    drops.put(name, content)
    try:
        return drops.read(pattern=name, **how)
    except DataError as raised:
        error = raised
    assert error.rule.startswith(("file|", "*|"))
    assert error.fix
    assert error.where
    return None


@FEW
@given(rows=records, indent=st.sampled_from([None, 1]))
def test_json_that_is_sound_is_read_whole(new_drops, rows, indent):
    drops = new_drops()
    document = json.dumps({"a": [1], "items": rows, "z": {}}, indent=indent, ensure_ascii=bool(indent))
    try:
        content = document.encode()
    except UnicodeEncodeError:
        return
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()

    one, other = read(drops, "a.json", content, records="items"), read(drops, "b.jsonl", lines)

    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert len(one.rows) + len(one.malformed) == len(rows)
        assert (one.columns, one.rows, one.numbers) == (other.columns, other.rows, other.numbers)


@FEW
@given(pieces=jsonish)
def test_json_that_is_not_is_an_error_or_rows(new_drops, pieces):
    content = b"".join(pieces)
    drops = new_drops()

    read(drops, "a.json", b"[" + content)
    read(drops, "b.json", content, records="a.b")
    found = read(drops, "c.jsonl", b'{"a":1}\n' + content + b"\n")

    if found is not None:
        assert len(found.rows) + len(found.malformed) >= 1


@FEW
@given(
    content=st.lists(signs | st.sampled_from(["\n", "\r\n", "a", "é", "\0", "\x85"]), max_size=60).map(
        "".join
    ),
    signs=st.lists(signs, min_size=3, max_size=3, unique=True),
    quoted=st.booleans(),
    escaped=st.booleans(),
    encoding=st.sampled_from(["utf-8", "cp1252"]),
)
def test_delimited_text_of_any_dialect_is_an_error_or_rows(
    new_drops, content, signs, quoted, escaped, encoding
):
    drops = new_drops()
    how = {
        "delimiter": signs[0],
        "quote": signs[1] if quoted else None,
        "escape": signs[2] if escaped else None,
    }

    found = read(drops, "a.csv", ("h1" + signs[0] + "h2\n" + content).encode(encoding, "replace"), **how)

    if found is not None:
        assert len(found.columns) == 2
        assert len(set(found.numbers)) == len(found.numbers)


@FEW
@given(data=st.data())
def test_damaged_workbooks_and_parquet_are_an_error_or_rows(new_drops, data):
    drops = new_drops()
    buffer = io.BytesIO()
    parquet.write_table(pa.table({"a": ["x", "y"] * 20, "n": range(40)}), buffer)
    for name, content in (
        ("a.parquet", buffer.getvalue()),
        ("a.xlsx", xlsx({"S": [["a", "n"], ["x", 1.0]]})),
    ):
        broken = bytearray(content[: data.draw(st.integers(0, len(content)))])
        for _ in range(data.draw(st.integers(0, 3)) if broken else 0):
            broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))

        read(drops, name, bytes(broken))
