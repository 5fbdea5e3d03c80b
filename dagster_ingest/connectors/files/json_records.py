"""Values of JSON as rows of text: one column a key, nested values as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from dagster_ingest.connectors.base import Batch, Malformed
from dagster_ingest.connectors.files.folder import Drop
from dagster_ingest.connectors.files.typed import MAX_COLUMNS, fault, record_batch

_BATCH_ROWS = 10_000
_BATCH_CELLS = 500_000
_BATCH_SIGNS = 16 * 2**20


def record(value: Any) -> Mapping[str, Any]:
    """An element of a list as a record; what is no object has the one column `value`."""
    return value if isinstance(value, dict) else {"value": value}


class Value(NamedTuple):
    """An element of the list that a file is: its number, what it is, and how many signs it takes there."""

    number: int
    held: Any
    signs: int


def column_names(values: Iterable[Value], drop: Drop) -> list[str]:
    """The keys of all records in order of appearance."""
    names: dict[str, None] = {}
    count = 0
    for value in values:
        count += 1
        if isinstance(value.held, Malformed):
            continue
        names.update(dict.fromkeys(record(value.held)))
        if len(names) > MAX_COLUMNS:
            fix = "check `records`: keys that are values make an object a table of their own"
            raise fault(drop, "file|columns", f"the records have more than {MAX_COLUMNS:,} keys", fix)
    if not names:
        problem = f"the file has no record with a key ({count:,} records), so it has no columns"
        raise fault(drop, "file|empty", problem, "have it delivered again, with its records")
    for name in names:
        if "\0" in name or not _is_text(name):
            raise fault(drop, "file|columns", f"the key {name[:100]!r} is no text", "have it exported anew")
    return list(names)


def collected(values: Iterable[Value], columns: list[str], uri: str) -> Iterator[Batch]:
    """Values in batches; a Malformed among them is passed on."""
    most = max(1, min(_BATCH_ROWS, _BATCH_CELLS // len(columns)))
    records: list[Mapping[str, Any]] = []
    numbers: list[int] = []
    malformed: list[Malformed] = []
    signs = 0
    for value in values:
        signs += value.signs
        if isinstance(value.held, Malformed):
            malformed.append(value.held)
        else:
            records.append(record(value.held))
            numbers.append(value.number)
        if len(records) + len(malformed) >= most or signs >= _BATCH_SIGNS:
            yield record_batch(records, numbers, columns, uri, malformed)
            records, numbers, malformed, signs = [], [], [], 0
    yield record_batch(records, numbers, columns, uri, malformed)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
