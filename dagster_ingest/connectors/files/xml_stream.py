"""An XML document fed to a target piece by piece, with everything refused that is an attack or is cut off.

No DTD, no entity, nothing fetched from elsewhere; elements no deeper than `MAX_DEPTH`; no tag, text or
comment that goes on for ever. The document's own declaration says its encoding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol
from xml.etree.ElementTree import ParseError  # the exception alone; defusedxml parses

from defusedxml.common import DTDForbidden, EntitiesForbidden, ExternalReferenceForbidden
from defusedxml.ElementTree import DefusedXMLParser

from dagster_ingest.connectors.files.folder import NOTHING, Drop
from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.connectors.files.streams import unpacked
from dagster_ingest.errors import DataError

MAX_DEPTH = 64
MAX_TOKEN = 4 * 2**20  # bytes without the start or the end of an element
_CHUNK = 2**16


class Target(Protocol):
    """What the parser calls. `events` grows with each call, so that a document that stalls is seen."""

    events: int

    def start(self, tag: str, attrs: dict[str, str]) -> None: ...

    def end(self, tag: str) -> None: ...

    def data(self, text: str) -> None: ...


def feeding(drop: Drop, settings: FilesSettings, target: Target) -> Iterator[None]:
    """Parse the drop, a piece at each step. Raises DataError with line and column of what is wrong."""
    parser = _parser(target, settings)
    size = seen = since = 0
    with unpacked(drop, settings.max_bytes) as stream:
        try:
            while data := stream.read(_CHUNK):
                size += len(data)
                parser.feed(data)
                yield
                since = size if target.events != seen else since
                seen = target.events
                if size - since > MAX_TOKEN:
                    raise fault(drop, "file|record_size", f"{MAX_TOKEN:,} bytes hold no element's end")
        except ParseError as error:
            raise _malformed(drop, error, settings) from None
        except (DTDForbidden, EntitiesForbidden, ExternalReferenceForbidden) as error:
            raise _forbidden(drop, error) from None
        except (LookupError, ValueError) as error:  # an encoding that nobody knows, or of several bytes
            raise fault(drop, "file|encoding", f"the document cannot be decoded: {error}") from None
        try:
            parser.close()
            yield
        except ParseError as error:
            if size == 0:
                raise fault(drop, "file|empty", "the file is empty (0 bytes)") from None
            raise _cut_off(drop, error, size) from None


def _parser(target: Target, settings: FilesSettings) -> DefusedXMLParser:
    """The parser refuses; its calls go to the target at once, which halves the time. Names come as
    `namespace}name`."""
    encoding = None if settings.encoding == "auto" else settings.encoding
    parser = DefusedXMLParser(target=target, forbid_dtd=True, encoding=encoding)
    inner = parser.parser
    inner.ordered_attributes = False
    inner.StartElementHandler, inner.EndElementHandler = target.start, target.end
    inner.CharacterDataHandler = target.data
    return parser


def local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


def fault(drop: Drop, rule: str, problem: str, fix: str | None = None) -> DataError:
    fix = fix or "have the document exported again; nothing in it is repaired by guessing"
    return DataError(problem, rule=rule, where=drop.uri, not_done=NOTHING, fix=fix)


def _malformed(drop: Drop, error: ParseError, settings: FilesSettings) -> DataError:
    line, column = error.position
    problem = f"the document is not well-formed at line {line:,}, column {column:,}: {_words(error)}"
    if "invalid token" in str(error) and settings.encoding == "auto":
        fix = "have it exported with the encoding that it declares, or set `encoding: cp1252`"
        return fault(drop, "file|readable", problem, fix)
    return fault(drop, "file|readable", problem)


def _cut_off(drop: Drop, error: ParseError, size: int) -> DataError:
    line, _ = error.position
    problem = f"the document breaks off in line {line:,}, after {size:,} bytes: {_words(error)}"
    fix = "deliver it again; an export or upload that broke off leaves one like this"
    return fault(drop, "file|truncated", problem, fix)


def _forbidden(drop: Drop, error: Any) -> DataError:
    what = {
        DTDForbidden: "a document type definition (DTD)",
        EntitiesForbidden: "an entity of its own",
        ExternalReferenceForbidden: "a reference to another file",
    }[type(error)]
    name = str(getattr(error, "name", "") or getattr(error, "sysid", "") or "")[:100]
    problem = f"the document has {what}" + (f", {name!r}" if name else "")
    fix = "have it exported without: data needs none, and with one a document can reach for files or memory"
    return fault(drop, "file|forbidden", problem, fix)


def _words(error: ParseError) -> str:
    return str(error).split(": line")[0]
