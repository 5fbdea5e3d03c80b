"""JSON as it stands in a file: values read one at a time out of a stream, no digit lost, no key twice."""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from dagster_ingest.connectors.files.folder import Drop
from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.connectors.files.streams import Unpacked
from dagster_ingest.connectors.files.survey import encoding_error
from dagster_ingest.connectors.files.typed import fault

MAX_RECORD = 16 * 2**20  # characters of one value
_CHUNK = 2**18
_BLANK = " \t\r\n"
_NUMBER_ENDS = re.compile(r"[,\]}\s]")
_AGAIN = "deliver it again; an export or upload that broke off leaves one like this"


class NotJson(ValueError):
    """What is wrong with a value, in words."""


def _number(text: str) -> Decimal | float | str:
    if "e" not in text and "E" not in text:
        return Decimal(text)
    value = float(text)
    return value if math.isfinite(value) else text


def _constant(text: str) -> Any:
    raise NotJson(f"{text} is no JSON number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise NotJson(f"the key {twice[:100]!r} stands in one object more than once")
    return held


_DECODER = json.JSONDecoder(parse_float=_number, parse_constant=_constant, object_pairs_hook=_object)


def value_of(text: str) -> Any:
    """One JSON text. Raises NotJson."""
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise NotJson("it is nested too deeply") from None
    except NotJson:
        raise
    except ValueError as error:  # JSONDecodeError, and an integer of thousands of digits
        raise NotJson(str(error)) from None


class Values:
    """A document from its first sign on. Memory is bounded by the longest value that is asked for."""

    def __init__(self, drop: Drop, stream: Unpacked, settings: FilesSettings) -> None:
        encoding = "cp1252" if settings.encoding == "cp1252" else "utf-8-sig"
        self._drop, self._stream = drop, stream
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._text, self._at, self._before, self._ended = "", 0, 0, False

    @property
    def taken(self) -> int:
        """Signs up to here."""
        return self._before + self._at

    def peek(self) -> str:
        """The next sign that is not blank; "" at the end. It is not taken."""
        while True:
            while self._at < len(self._text):
                if (sign := self._text[self._at]) not in _BLANK:
                    return sign
                self._at += 1
            if not self._more():
                return ""

    def take(self, allowed: str) -> str:
        """The next sign, which must be one of `allowed`."""
        sign = self.peek()
        if not sign:
            raise fault(
                self._drop, "file|truncated", f"the document breaks off after {self._where()}", _AGAIN
            )
        if sign not in allowed:
            wanted = " or ".join(allowed)
            raise self.broken(f"{wanted} is missing at {self._where()}; there is {sign!r}")
        self._at += 1
        return sign

    def value(self) -> Any:
        """The next value as a whole."""
        if not self.peek():
            raise fault(
                self._drop, "file|truncated", f"the document breaks off after {self._where()}", _AGAIN
            )
        if self._at > 2**20:
            self._before += self._at
            self._text, self._at = self._text[self._at :], 0
        number = self._text[self._at] in "-0123456789"
        while True:
            if number and not _NUMBER_ENDS.search(self._text, self._at) and self._more():
                continue
            try:
                found, self._at = _DECODER.raw_decode(self._text, self._at)
                return found
            except NotJson as error:
                raise self.broken(f"{error}, in the value at {self._where()}") from None
            except RecursionError:
                raise self.broken(f"the value at {self._where()} is nested too deeply") from None
            except json.JSONDecodeError as error:
                self._need_more(error)
            except ValueError as error:
                raise self.broken(f"the value at {self._where()}: {error}") from None

    def members(self) -> Iterator[str]:
        """Keys of the object that comes next. Take each one's value before the next key."""
        self.take("{")
        seen: set[str] = set()
        while self.peek() != "}":
            if self.peek() not in ('"', ""):
                raise self.broken(f"a key is missing at {self._where()}")
            key = self.value()
            if key in seen:
                raise self.broken(f"the key {key[:100]!r} stands in one object more than once")
            seen.add(key)
            self.take(":")
            yield key
            if self.take(",}") == "}":
                return
            if self.peek() == "}":
                raise self.broken(f"a key is missing at {self._where()}")
        self.take("}")

    def elements(self) -> Iterator[Any]:
        """Values of the list that comes next."""
        self.take("[")
        if self.peek() == "]":
            self.take("]")
            return
        while True:
            yield self.value()
            if self.take(",]") == "]":
                return

    def end(self) -> None:
        """Nothing but blanks may follow."""
        if sign := self.peek():
            raise self.broken(f"the document goes on with {sign!r} at {self._where()}, behind its end")

    def broken(self, problem: str) -> Exception:
        return fault(self._drop, "file|readable", problem, "have it exported again as JSON")

    def _where(self) -> str:
        return f"sign {self.taken:,}"

    def _need_more(self, error: json.JSONDecodeError) -> None:
        held = len(self._text) - self._at
        if held > MAX_RECORD:
            problem = f"the value at {self._where()} is longer than {MAX_RECORD:,} signs, or is no JSON"
            raise fault(self._drop, "file|record_size", f"{problem}: {error.msg}", "check `records`")
        more = False
        while len(self._text) - self._at < 2 * held and self._more():
            more = True
        if not more and not self._more():
            cut = error.pos >= len(self._text.rstrip()) or error.msg.startswith("Unterminated")
            if cut:
                problem = f"the document breaks off in the value at {self._where()}: {error.msg}"
                raise fault(self._drop, "file|truncated", problem, _AGAIN)
            raise self.broken(f"the value at {self._where()} is no JSON: {error.msg}")

    def _more(self) -> bool:
        while not self._ended:
            data = self._stream.read(_CHUNK)
            self._ended = not data
            try:
                text = self._decoder.decode(data, final=not data)
            except UnicodeDecodeError as error:
                raise encoding_error(
                    self._drop,
                    f"byte {self._stream.bytes - len(data) + error.start:,} is not {self._decoder_name()}",
                    "have it exported as UTF-8, or set `encoding: cp1252`",
                ) from None
            if text:
                self._text += text
                return True
        return False

    def _decoder_name(self) -> str:
        return "cp1252" if "cp1252" in type(self._decoder).__module__ else "UTF-8"
