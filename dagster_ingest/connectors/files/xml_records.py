"""Records of an XML document: which elements are rows, and their content as columns.

Works as the target of a parser and holds only the records that are open: what a record's children of
other tables hold is never kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from dagster_ingest.connectors.files.folder import Drop
from dagster_ingest.connectors.files.xml_keys import Keys
from dagster_ingest.connectors.files.xml_settings import XmlRecord
from dagster_ingest.connectors.files.xml_stream import MAX_DEPTH, fault, local

Row = dict[str, str | None]
MAX_RECORD = 8 * 2**20  # characters of one record, names included
MAX_COLUMNS = 4_096
_XSI = "http://www.w3.org/2001/XMLSchema-instance}"


class Element:
    """An open element. `content` is None where it is no part of a record."""

    __slots__ = ("attributes", "content", "name", "nil", "number", "size", "text")

    def __init__(self, name: str) -> None:
        self.name = name
        self.number = self.size = 0
        self.text: list[str] | None = None
        self.content: list[tuple[str, Any]] | None = None
        self.attributes: dict[str, str] = {}
        self.nil = False


_SKIPPED = Element("")


class Records:
    """Calls `found(row, number)` at each record's end; numbers count the records' starts, from 1."""

    def __init__(self, record: XmlRecord, keys: Keys, drop: Drop, found: Callable[[Row, int], None]) -> None:
        self._elements, self._root = frozenset(record.elements), record.root
        self._apart = frozenset(record.apart)
        self._rows = Rows(record)
        self._keys, self._drop, self._found = keys, drop, found
        self._stack: list[Element] = []
        self._open: list[Element] = []
        self._count = self.events = 0

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        self.events += 1
        name, depth = local(tag), len(self._stack)
        parent = self._stack[-1] if depth else None
        if depth >= MAX_DEPTH:
            raise fault(self._drop, "file|depth", f"elements are nested more than {MAX_DEPTH} deep")
        if depth == 0 and self._root and name not in self._root:
            fix = f"deliver a document whose first element is {' or '.join(self._root)}"
            raise fault(self._drop, "file|document", f"the document is one of {name!r}", fix)
        is_record = name in self._elements if self._elements else depth == 1
        inside = parent is not None and parent.content is not None
        built = is_record or (inside and not (parent.number and name in self._apart))  # type: ignore[union-attr]
        is_key = self._keys.wanted(name)
        self._keys.start(name, attrs)
        element = Element(name) if built or is_key else _SKIPPED
        self._stack.append(element)
        if element is not _SKIPPED:
            element.text = []
        if not built:
            return
        element.content = []
        if is_record:
            self._count += 1
            element.number = self._count
            self._open.append(element)
        size = len(name)
        for key, cell in attrs.items():
            size += len(key) + len(cell)
            if not key.startswith(_XSI):
                element.attributes[local(key)] = cell
            elif key == _XSI + "nil":
                element.nil = cell.strip() in ("true", "1")
        self._grow(size)

    def data(self, text: str) -> None:
        if not self._stack:
            return
        element = self._stack[-1]
        if element.text is not None:
            element.text.append(text)
            if element.content is not None:
                self._grow(len(text))

    def end(self, tag: str) -> None:
        self.events += 1
        element = self._stack.pop()
        if element is _SKIPPED:
            self._keys.skip()
            return
        text = "".join(element.text) if element.text is not None else None
        row_keys = self._keys.end(element.name, text, bool(element.number))
        if element.number:
            self._open.pop()
            row = self._rows.row(element, text or "", row_keys)
            if len(row) > MAX_COLUMNS:
                raise fault(self._drop, "file|columns", f"a record has more than {MAX_COLUMNS:,} columns")
            self._found(row, element.number)
        elif element.content is not None:
            self._stack[-1].content.append((element.name, value(element, text or "")))  # type: ignore[union-attr]

    def close(self) -> None:
        """The parser asks for a result; rows were handed over one by one."""

    def _grow(self, size: int) -> None:
        record = self._open[-1]
        record.size += size
        if record.size > MAX_RECORD:
            problem = f"a {record.name} holds more than {MAX_RECORD:,} characters of its own"
            raise fault(self._drop, "file|record_size", problem)


class Rows:
    """A record's element as cells by heading."""

    def __init__(self, record: XmlRecord) -> None:
        self._nested = frozenset(record.nested)
        own = {path[2:]: heading for heading, path in record.keys.items() if path.startswith("./")}
        self._own = {part.removeprefix("@"): heading for part, heading in own.items()}
        self._taken = frozenset(record.keys) - frozenset(self._own.values())

    def row(self, element: Element, text: str, keys: Row) -> Row:
        """Key columns, attributes, then children by name, in the order in which they stand there."""
        row: Row = {}
        for name, cell in element.attributes.items():
            heading = self._own.get(name, name)
            row[f"@{name}" if name in self._nested or heading in self._taken else heading] = cell
        lists: dict[str, list[Any]] = {}
        for name, item in element.content or ():
            if name in self._nested:
                lists.setdefault(name, []).append(item)
            else:
                self._child(row, lists, name, item, element)
        if text.strip():
            row["#text"] = text
        row.update((name, _json(items)) for name, items in lists.items())
        return keys | dict.fromkeys(self._own.values()) | row

    def _child(self, row: Row, lists: dict[str, list[Any]], name: str, item: Any, element: Element) -> None:
        heading = self._own.get(name, name)
        if name in element.attributes or heading in self._taken:
            heading = f"{name} (element)"
        if heading in row:
            lists.setdefault(f"{name} (more)", []).append(item)
        elif not isinstance(item, dict):
            row[heading] = item
        elif all(key.startswith(("@", "#")) for key in item):
            row[heading] = item.get("#text", "")
            row.update((heading + key, cell) for key, cell in item.items() if key != "#text")
        else:
            row[heading] = _json(item)


def value(element: Element, text: str) -> Any:
    """Text where there is nothing else; else attributes as `@name`, children by name (an array where
    there are several) and text of its own as `#text`. None where the element says that it is nil."""
    if not element.attributes and not element.content:
        return None if element.nil and not text else text
    made: dict[str, Any] = {f"@{name}": cell for name, cell in element.attributes.items()}
    several: set[str] = set()
    for name, item in element.content or ():
        if name in several:
            made[name].append(item)
        elif name in made:
            made[name] = [made[name], item]
            several.add(name)
        else:
            made[name] = item
    if text.strip() or (text and not element.content):
        made["#text"] = text
    return made


def _json(item: Any) -> str:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":"))
