"""Date and time formats: what contracts write (JDK patterns or strptime) as strptime."""

from __future__ import annotations

import re
from functools import lru_cache

# JDK pattern letters by strptime directive. One or two digits are read alike when parsing.
_JDK = {
    "yyyy": "%Y", "uuuu": "%Y", "yy": "%y", "MM": "%m", "M": "%m", "MMM": "%b", "MMMM": "%B",
    "dd": "%d", "d": "%d", "HH": "%H", "H": "%H", "hh": "%I", "h": "%I", "mm": "%M", "m": "%M",
    "ss": "%S", "s": "%S", "a": "%p", "XXX": "%:z", "XX": "%z", "X": "%#z", "Z": "%#z",
}  # fmt: skip
_DIRECTIVES = frozenset(
    ["Y", "y", "m", "d", "b", "B", "H", "I", "M", "S", "p", "z", "F", "T", "D", "R", "e", "k", "l"]
)
_TOKEN = re.compile(r"'(?P<text>[^']*)'|(?P<letters>([A-Za-z])\3*)|(?P<sign>[^A-Za-z'])")
_STRPTIME = re.compile(r"%(\.f|:z|#z|.)?")
_TIME = re.compile(r"%(?:[HIMSpfTRkl]|\.f|[:#]?z)")
_YEAR = re.compile(r"%[YyFD]")
_DAY = re.compile(r"%(?:[YymdbBFDe]|[:#]?z)")
_HOUR = re.compile(r"%[HITRkl]")
_OFFSET = re.compile(r"%[:#]?z")


class BadFormat(ValueError):
    """Says what is wrong with a format."""


@lru_cache(maxsize=1024)
def strptime(text: str, kind: str) -> str:
    """A format as strptime. `kind`: date, timestamp or time. Raises BadFormat."""
    if not text.strip() or len(text) > 80:
        raise BadFormat("is empty or longer than 80 signs")
    directives = _checked(text) if "%" in text else _from_jdk(text)
    if kind == "time":
        if _DAY.search(directives):
            raise BadFormat("holds more than a time of day; the logicalType for that is timestamp")
        if not _HOUR.search(directives):
            raise BadFormat("names no hour")
        return directives
    if not _YEAR.search(directives):
        raise BadFormat("names no year")
    if kind == "date" and _TIME.search(directives):
        raise BadFormat("holds a time of day; the logicalType for that is timestamp")
    return directives


def has_offset(pattern: str) -> bool:
    """Whether a strptime pattern reads an offset from UTC."""
    return _OFFSET.search(pattern) is not None


def _checked(text: str) -> str:
    text = text.replace(".%f", "%.f")  # as Python writes it; the engine would read .5 as 5 nanoseconds
    for match in _STRPTIME.finditer(text):
        if match[1] not in _DIRECTIVES and match[1] not in (".f", ":z", "#z", "%"):
            raise BadFormat(f"the directive {match[0]!r} is not supported")
    return text


def _from_jdk(text: str) -> str:
    parts: list[str] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadFormat("has a quote that does not end")
        parts.append(_directive(match, parts))
        at = match.end()
    return "".join(parts)


def _directive(match: re.Match[str], before: list[str]) -> str:
    if match["text"] is not None:
        return match["text"] or "'"
    if match["sign"] is not None:
        if match["sign"] in "[]{}#%":
            raise BadFormat(f"the sign {match['sign']!r} is not supported; give several formats instead")
        return match["sign"]
    letters = match["letters"]
    if letters == "T":
        return "T"
    if set(letters) == {"S"}:
        if before and before[-1] == ".":
            before.pop()
            return "%.f"
        raise BadFormat("fractions of a second must follow a point: ss.SSS")
    if letters not in _JDK:
        raise BadFormat(f"the letters {letters!r} are not supported")
    return _JDK[letters]
