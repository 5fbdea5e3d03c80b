"""SQL as text, for the statements that are known by how they begin."""

from __future__ import annotations

import re

_END = re.compile(r"(?:\s|;|/\*(?:(?!\*/).)*\*/)+\Z", re.DOTALL)
_SPACE = re.compile(r"\s+|--[^\n]*(?:\n|$)|//[^\n]*(?:\n|$)|/\*.*?\*/", re.DOTALL)


def bare(sql: str) -> str:
    """Without comments and blanks around it, and without the semicolon at the end."""
    position = 0
    while found := _SPACE.match(sql, position):
        position = found.end()
    return _END.sub("", sql[position:])


def literal(value: object) -> str:
    """As a literal of DuckDB."""
    return "null" if value is None else "'" + str(value).replace("'", "''") + "'"


def unquoted(text: str) -> str:
    """The value of a literal of Snowflake's, or the text itself."""
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return re.sub(r"\\(.)|''", lambda m: m[1] or "'", text[1:-1])
    return text


def rows(columns: tuple[str, ...], values: list[tuple[object, ...]]) -> str:
    """A query of DuckDB that gives these rows of text."""
    names = ", ".join(f'"{column}"' for column in columns)
    if not values:
        empty = ", ".join(f'null::varchar as "{column}"' for column in columns)
        return f"select {empty} where false"
    listed = ", ".join(f"({', '.join(map(literal, row))})" for row in values)
    return f"select * from (values {listed}) as t({names})"


def said(message: str) -> str:
    """A query of DuckDB that gives the one-line answer of a statement without rows."""
    return rows(("status",), [(message,)])
