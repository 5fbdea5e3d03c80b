"""Cells that hold Python literals or JSON, as valid JSON text in a companion column.

A cell that does not decode has a null companion; the contract's rule `COLUMN|decodes` tells of it.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from dagster_ingest.errors import SpecError, among

MAX_TEXT = 2**20  # characters of a cell
MAX_DEPTH = 64
_CACHE = 20_000  # texts remembered over batches, short ones alone
_SHORT = 512

_PYTHON_WORDS = {"None": "null", "True": "true", "False": "false"}
_WORD = re.compile(r"[A-Za-z_]+")
_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_STRUCTURE = re.compile(r"[\[\]{}(),:\s\w.+\-]*")
_SIGNS = re.compile(r"[+\-]\s*[+\-]")


def companion(column: str) -> str:
    """The name of the column that holds the decoded cell."""
    return f"{column}_json"


class Decoder:
    """Adds companions to batches of one table. `codecs`: raw column to codec name."""

    def __init__(self, codecs: Mapping[str, str]) -> None:
        for column, codec in codecs.items():
            if codec not in CODECS:
                raise SpecError(
                    f"there is no codec {codec!r} for column {column!r}",
                    not_done="nothing was read",
                    fix=among(codec, CODECS),
                )
        self._codecs = dict(codecs)
        self._known: dict[str, dict[str, str | None]] = {codec: {} for codec in CODECS}

    @property
    def companions(self) -> tuple[str, ...]:
        return tuple(companion(c) for c in self._codecs)

    def __call__(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(
            self._decoded(frame[column], codec).alias(companion(column))
            for column, codec in self._codecs.items()
        )

    def _decoded(self, cells: pl.Series, codec: str) -> pl.Series:
        texts = cells.unique()
        known, decode = self._known[codec], CODECS[codec]
        decoded = []
        for text in texts:
            value = known.get(text, "") if text is not None else None
            if value == "":
                value = decode(text)
                if len(text) <= _SHORT and len(known) < _CACHE:
                    known[text] = value
            decoded.append(value)
        values = pl.Series(decoded, dtype=pl.String)
        if values.null_count() == values.len():
            return pl.Series([None], dtype=pl.String).new_from_index(0, cells.len())
        return cells.replace_strict(texts, values, default=None, return_dtype=pl.String)


def python_literal(text: str) -> str | None:
    """A Python literal as JSON text, or None. Tuples become lists; sets, bytes and the rest do not decode."""
    if not text.strip() or len(text) > MAX_TEXT:
        return None
    if (fast := _plain_quotes(text)) is not None:
        return fast
    structure = _STRING.sub("", text)
    if not _STRUCTURE.fullmatch(structure) or _SIGNS.search(structure) or _depth(structure) > MAX_DEPTH:
        return None
    try:
        return _dump(ast.literal_eval(text.strip()))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def json_text(text: str) -> str | None:
    """JSON as it stands if it is valid, or None. Raw control signs inside strings are escaped."""
    if not text.strip() or len(text) > MAX_TEXT:
        return None
    if _depth(text) > MAX_DEPTH and _depth(_STRING.sub("", text)) > MAX_DEPTH:
        return None
    try:
        if "\\u" not in text:
            json.loads(text, parse_constant=_refuse)
            return text
    except (ValueError, RecursionError):
        pass
    try:
        return _dump(json.loads(text, strict=False, parse_constant=_refuse))
    except (ValueError, RecursionError):
        return None


CODECS: dict[str, Callable[[str], str | None]] = {"python_literal": python_literal, "json": json_text}


def _plain_quotes(text: str) -> str | None:
    """The common literal, in which every string stands in single quotes and holds no escape.

    Splitting at the quotes then gives structure and strings in turn, ten times faster than a parse of
    Python. None for whatever is not certain to be that.
    """
    if '"' in text or "\\" in text or _control(text):
        return None
    pieces = text.split("'")
    if len(pieces) % 2 == 0:
        return None
    try:
        pieces[::2] = [_WORD.sub(lambda w: _PYTHON_WORDS[w[0]], piece) for piece in pieces[::2]]
        joined = '"'.join(pieces)
        return _dump(json.loads(joined, parse_constant=_refuse)) if _depth(joined) <= MAX_DEPTH else None
    except (KeyError, ValueError, RecursionError):
        return None


def _control(text: str) -> bool:
    return not text.isprintable() and any(ord(sign) < 32 for sign in text)


def _depth(structure: str) -> int:
    """How deep brackets nest; counted exactly only where they are many."""
    if structure.count("[") + structure.count("{") + structure.count("(") <= MAX_DEPTH:
        return 0
    deep = most = 0
    for sign in structure:
        if sign in "[{(":
            deep += 1
            most = max(most, deep)
        elif sign in "]})":
            deep -= 1
    return most


def _dump(value: Any) -> str | None:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair is no text
        return None
    return text


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
