"""Answers as records: JSON, JSON lines, CSV and XML."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from dagster_ingest.connectors.headings import unique_headings
from dagster_ingest.connectors.http import elements
from dagster_ingest.connectors.http.settings import HttpSettings

COLUMN_COUNT = "*|column_count"
_MAX_TEXT = 16_384  # characters of a malformed record that are kept
MISSING = object()
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
csv.field_size_limit(2**24)


class Unreadable(Exception):
    """The body is no such document, or breaks off. The words say where."""


class NoRecords(Exception):
    """The body is sound, but has no list of records where the settings say."""


@dataclass(slots=True)
class Body:
    """records: in the order of the answer. malformed: (position among all records, text). envelope: the
    JSON around the records; MISSING where there is none. columns: headings of a body that has its own."""

    records: list[dict[str, Any]]
    envelope: Any = MISSING
    malformed: list[tuple[int, str]] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)


def parse(
    content: bytes, headers: Mapping[str, str], settings: HttpSettings, records: str, *, single: bool = False
) -> Body:
    """Raises Unreadable or NoRecords. records: path of the list, or the name of the element.

    single: the whole answer may be one record. Otherwise it would be hard to tell from an error message.
    """
    kind = settings.format if settings.format != "auto" else _kind(headers.get("content-type", ""))
    if kind == "csv":
        return _csv(_text(content, headers), settings.delimiter)
    if kind == "xml":
        return _xml(content, records)
    if kind == "jsonl":
        lines = _text(content, headers).split("\n")  # no other line end: strings hold U+2028 as it is
        return Body([_record(loads(line)) for line in lines if line.strip()])
    envelope = loads(content)
    return Body(_found(envelope, records, single), envelope)


def dig(value: Any, path: str) -> Any:
    """The value at a dotted path, MISSING if there is none; positions in lists are numbers. A name that has
    dots of its own is found, too."""
    if path and isinstance(value, Mapping) and path in value:
        return value[path]
    for name in path.split(".") if path else ():
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return MISSING
    return value


def loads(content: bytes | str) -> Any:
    """JSON with numbers that keep their digits. NaN and Infinity are none. Half of a surrogate pair, which
    no text can hold, stays the escape that the source wrote: `\\ud83d`."""
    try:
        if isinstance(content, bytes):
            content = content.decode(json.detect_encoding(content))
        found = json.loads(content.removeprefix("\ufeff"), parse_float=_number, parse_constant=_no_number)
        return _whole(found) if _SURROGATE.search(content) else found
    except RecursionError:
        raise Unreadable("the JSON is nested too deeply") from None
    except ValueError as error:  # JSONDecodeError, UnicodeDecodeError, an integer of thousands of digits
        raise Unreadable(f"the body is no JSON: {error}") from None


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_whole(name): _whole(part) for name, part in value.items()}
    return [_whole(part) for part in value] if isinstance(value, list) else value


def _number(text: str) -> Decimal | float:
    return float(text) if "e" in text or "E" in text else Decimal(text)


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no JSON number")


def _found(envelope: Any, path: str, single: bool) -> list[dict[str, Any]]:
    found = dig(envelope, path)
    if found is MISSING:
        there = f"; there is {', '.join(list(envelope)[:12])}" if isinstance(envelope, dict) else ""
        raise NoRecords(f"the answer has nothing at {path!r}{there}")
    if found is None:
        return []
    if isinstance(found, list):
        return [_record(value) for value in found]
    if isinstance(found, dict) and (path or single):
        return [found]
    there = (
        f"an object with {', '.join(list(found)[:12])}" if isinstance(found, dict) else type(found).__name__
    )
    raise NoRecords(f"the answer has no list of records at {path!r} but {there}")


def _record(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"value": value}


def _kind(content_type: str) -> str:
    kind = content_type.split(";")[0].strip().lower()
    if kind in ("text/csv", "application/csv"):
        return "csv"
    if kind in ("application/x-ndjson", "application/jsonl", "application/jsonlines", "application/ndjson"):
        return "jsonl"
    return "xml" if kind in ("text/xml", "application/xml") or kind.endswith("+xml") else "json"


def _text(content: bytes, headers: Mapping[str, str]) -> str:
    _, _, charset = headers.get("content-type", "").lower().partition("charset=")
    name = charset.split(";")[0].strip(" \"'") or "utf-8"
    try:
        return content.decode("utf-8-sig" if name in ("utf-8", "utf8") else name)
    except (UnicodeError, LookupError) as error:
        raise Unreadable(f"the body is no text in {name}: {error}") from None


def _csv(text: str, delimiter: str) -> Body:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found = Body([])
    try:
        heading = next((line for line in lines if line), None)
        if heading is None:
            return found
        found.columns = unique_headings(heading)
        for number, line in enumerate((line for line in lines if line), start=1):
            if len(line) == len(found.columns):
                found.records.append(dict(zip(found.columns, line, strict=True)))
            else:
                found.malformed.append((number, delimiter.join(line)[:_MAX_TEXT]))
    except csv.Error as error:
        raise Unreadable(f"the body is no CSV: {error} in line {lines.line_num}") from None
    if found.malformed and found.malformed[-1][0] == number and not text.endswith(("\n", "\r")):
        raise Unreadable(f"the body breaks off in record {number:,}, inside a row")
    return found


def _xml(content: bytes, name: str) -> Body:
    from defusedxml import DefusedXmlException, ElementTree

    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise Unreadable(f"the body is no XML: {error}") from None
    except DefusedXmlException as error:
        raise Unreadable(f"the XML declares entities or a document type and is refused: {error!r}") from None
    except (LookupError, ValueError) as error:  # an encoding that nobody knows, or of several bytes
        raise Unreadable(f"the XML cannot be decoded: {error}") from None
    found = (e for e in root.iter() if isinstance(e.tag, str) and elements.local(e.tag) == name)
    try:
        return Body([elements.row(e) for e in found])
    except RecursionError:
        raise Unreadable("the XML is nested too deeply") from None
