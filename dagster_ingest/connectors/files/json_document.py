"""A JSON document: the records of one list in it, read one after the other.

A document is read twice: once to know its columns and that it is whole, once for its rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dagster_ingest.connectors.base import Batch
from dagster_ingest.connectors.files.folder import Drop
from dagster_ingest.connectors.files.json_records import Value, collected, column_names
from dagster_ingest.connectors.files.json_values import Values
from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.connectors.files.streams import unpacked
from dagster_ingest.connectors.files.typed import fault, first_bytes, wrong_format


class Document:
    def __init__(self, drop: Drop, settings: FilesSettings) -> None:
        self._drop, self._settings = drop, settings
        self.incomplete: str | None = None
        start = first_bytes(drop, settings)
        if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] not in (b"{", b"["):
            raise wrong_format(drop, start, "JSON with records")
        self.columns = column_names(self._records(), drop)

    def batches(self) -> Iterator[Batch]:
        return collected(self._records(), self.columns, self._drop.uri)

    def _records(self) -> Iterator[Value]:
        """Every element of the list, whatever it is."""
        with unpacked(self._drop, self._settings.max_bytes) as stream:
            values = Values(self._drop, stream, self._settings)
            path = self._settings.records
            before = 0
            for number, held in enumerate(self._below(values, path.split(".") if path else []), start=1):
                yield Value(number, held, values.taken - before)
                before = values.taken
            values.end()

    def _below(self, values: Values, path: list[str]) -> Iterator[Any]:
        sign = values.peek()
        if not path:
            yield from values.elements() if sign == "[" else self._single(values)
            return
        if sign != "{":
            raise self._nothing_there([])
        names, found = [], False
        for name in values.members():
            names.append(name)
            if name == path[0]:
                found = True
                yield from self._below(values, path[1:])
            else:
                values.value()
        if not found:
            raise self._nothing_there(names)

    def _single(self, values: Values) -> Iterator[Any]:
        """No list: null holds nothing, an object that was asked for by `records` is a record."""
        held = values.value()
        if held is None:
            return
        if isinstance(held, dict) and self._settings.records:
            yield held
            return
        lists = (
            [name for name, part in held.items() if isinstance(part, list)] if isinstance(held, dict) else []
        )
        there = f"; lists in it: {', '.join(lists[:8])}" if lists else ""
        problem = f"the document is no list of records at {self._settings.records or 'its top'!r}{there}"
        fix = f"set `records: {lists[0]}`" if lists else "set `records` to the path of the list"
        raise fault(self._drop, "file|readable", problem, fix)

    def _nothing_there(self, names: list[str]) -> Exception:
        there = f"; there is {', '.join(names[:12])}" if names else ""
        problem = f"the document has nothing at {self._settings.records!r}{there}"
        return fault(self._drop, "file|readable", problem, "set `records` to the path of the list of records")


opened = Document
