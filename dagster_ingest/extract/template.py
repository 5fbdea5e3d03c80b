"""The template row that some vendors write under the headings: it describes columns and is no data.

It is known by what it says (data types, REQUIRED, Unchangeable, EXPORT ONLY, code lists), wherever it
stands: most of its filled cells say such things, and its key holds nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

_FLAG = r"(?:\*?\s*required\s*\*?|unchangeable|read[ -]?only|(?:export|import) only)"
_TYPE = (
    r"(?:text|string|varchar|char|integer|int|bigint|number|numeric|decimal|float|double|boolean|bool"
    r"|date|datetime|timestamp|time|json|array|list|url|e-?mail|phone|memo|longtext|blob)"
    r"(?: ?\(\d+(?:, ?\d+)?\))?"
)
_CODES = r"\[.*=>.*\]"
_MARK = rf"(?is)^\s*(?:(?:{_FLAG}|{_TYPE}|{_CODES})[\s,;:|/-]*)+$"
_CODE = re.compile(r"""\s*("[^"]*"|'[^']*'|[^\s,\["']+)\s*=>\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
_FRONT = 10  # rows at a file's start that are looked at cell by cell


class TemplateRows:
    """Takes template rows out of one table's batches and keeps what they say."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = list(keys)
        self.taken = 0
        self.code_lists: dict[str, dict[str, str]] = {}

    def drop(self, frame: pl.DataFrame, number: str) -> pl.DataFrame:
        """The rows that are data. `number`: the column that holds record numbers; it is not looked at."""
        cells = [c for c in frame.columns if c != number]
        in_key = [pl.col(k).str.contains(_MARK) for k in self._keys if k in cells]
        suspects = frame.filter(pl.any_horizontal(pl.col(number) <= _FRONT, *in_key))
        found = _templates(suspects, cells, [k for k in self._keys if k in cells])
        if found.is_empty():
            return frame
        self.taken += found.height
        for row in found.iter_rows(named=True):
            self._learn({c: row[c] for c in cells})
        return frame.filter(~pl.col(number).is_in(found[number].implode()))

    def _learn(self, row: dict[str, str | None]) -> None:
        for column, text in row.items():
            if text and (codes := code_list(text)):
                self.code_lists[column] = codes


def code_list(text: str) -> dict[str, str]:
    """`[77 => "Active", 78 => "Cancelled"]` as code to label; empty if it is none."""
    start = text.find("[")
    if start < 0 or "=>" not in text or not text.rstrip().endswith("]"):
        return {}
    codes = {}
    for found in _CODE.finditer(text, start + 1):
        label = found[2] if found[2] is not None else found[3]
        codes[found[1].strip("\"'")] = re.sub(r"\\(.)", r"\1", label)
    return codes


def _templates(rows: pl.DataFrame, cells: Sequence[str], keys: Sequence[str]) -> pl.DataFrame:
    """Rows with two marks at least (one, if there is one column), in most of their filled cells."""
    mark = {c: pl.col(c).str.contains(_MARK).fill_null(False) for c in cells}
    filled = {c: (pl.col(c).str.strip_chars() != "").fill_null(False) for c in cells}
    marks, some = pl.sum_horizontal(*mark.values()), pl.sum_horizontal(*filled.values())
    no_key = pl.all_horizontal(pl.lit(True), *(mark[k] | ~filled[k] for k in keys))
    return rows.filter((marks >= min(2, len(cells))) & (marks * 2 > some) & no_key)
