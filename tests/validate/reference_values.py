"""Text to value, one cell at a time, in plain Python: what the documents call an integer, a date ...

Written from what spec/contract.py and the standards say, not from validate/: digits are ASCII digits, a
number is finite, a year has four digits, ISO 8601 is read where no format is declared.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import ip_address
from typing import Any
from zoneinfo import ZoneInfo

# The characters with the Unicode property White_Space.
BLANKS = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    chr(code) for code in range(0x2000, 0x200B)
)
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
          "november", "december")  # fmt: skip
BOOLEANS = {
    "yes": True,
    "true": True,
    "1": True,
    "y": True,
    "no": False,
    "false": False,
    "0": False,
    "n": False,
}
F32_MAX = 3.4028235e38
NUMBER = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"

_NAMES = "|".join((*MONTHS, *(name[:3] for name in MONTHS)))
_DIRECTIVES = {
    "%Y": "(?P<Y>[0-9]{4})", "%y": "(?P<y>[0-9]{2})", "%m": "(?P<m>[0-9]{1,2})", "%d": "(?P<d>[0-9]{1,2})",
    "%b": f"(?P<b>{_NAMES})", "%B": f"(?P<b>{_NAMES})", "%H": "(?P<H>[0-9]{1,2})", "%I": "(?P<I>[0-9]{1,2})",
    "%M": "(?P<M>[0-9]{1,2})", "%S": "(?P<S>[0-9]{1,2})", "%p": "(?P<p>am|pm)", "%.f": "(?P<f>[.][0-9]+)?",
    "%z": "(?P<z>[+-][0-9]{2}:?[0-9]{2})", "%:z": "(?P<z>[+-][0-9]{2}:?[0-9]{2})",
}  # fmt: skip
_ISO_DATE = "(?P<Y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})"
_ISO_TIME = "(?P<H>[0-9]{1,2}):(?P<M>[0-9]{1,2})(?::(?P<S>[0-9]{1,2})(?P<f>[.][0-9]+)?)?"
_ISO_ZONE = "(?P<z>Z|[+-][0-9]{2}(?::?[0-9]{2})?)"
_ISO = {
    "date": [_ISO_DATE],
    "time": [_ISO_TIME],
    "timestamp": [_ISO_DATE, f"{_ISO_DATE}[T ]{_ISO_TIME}{_ISO_ZONE}?"],
}


def trimmed(text: str) -> str:
    return text.strip(BLANKS)


def value(text: str, params: Mapping[str, Any]) -> Any:
    """The value of a trimmed text by a type rule's params, or None where it is none.

    Timestamps are in UTC, without a zone.
    """
    kind = params["type"]
    if kind == "string":
        return text
    if kind == "integer":
        return _integer(text, params.get("format", "i64"))
    if kind == "number":
        found = number(text)
        return None if found is None or (params.get("format") == "f32" and abs(found) > F32_MAX) else found
    if kind == "boolean":
        return BOOLEANS.get(text.lower())
    patterns = [_pattern(form) for form in params.get("formats", ())] or _ISO[kind]
    readers: dict[str, Callable[[dict[str, str]], Any]] = {
        "date": _day,
        "time": _clock,
        "timestamp": lambda part: _moment(part, params.get("zone", "UTC")),
    }
    return next((v for p in patterns if (v := _read(text, p, readers[kind])) is not None), None)


def number(text: str) -> float | None:
    written = re.fullmatch(rf"{NUMBER}([eE][+-]?[0-9]+)?", text)
    return float(text) if written and math.isfinite(float(text)) else None


def plain_decimal(text: str) -> Decimal | None:
    """The exact number of a text without an exponent."""
    return Decimal(text) if re.fullmatch(NUMBER, text) else None


def bound(raw: Any, params: Mapping[str, Any]) -> Any:
    """A bound of a range: a number, or a text in ISO or in the column's own format."""
    if isinstance(raw, int | float) and params["type"] in ("integer", "number"):
        return raw
    found = value(str(raw), {key: v for key, v in params.items() if key != "formats"})
    return found if found is not None else value(str(raw), params)


def is_named(text: str, form: str) -> bool:
    """Whether a text has the form that ODCS names."""
    if form in ("ipv4", "ipv6"):
        try:
            return "%" not in text and ip_address(text).version == int(form[-1])  # a scope is no address
        except ValueError:
            return False
    if form == "byte":
        return bool(re.fullmatch(r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", text))
    if form == "uuid":
        groups = text.split("-")
        hexadecimal = all(c in "0123456789abcdefABCDEF" for g in groups for c in g)
        return hexadecimal and [len(g) for g in groups] == [8, 4, 4, 4, 12]
    if form == "hostname":
        return all(_is_label(label) for label in text.split("."))
    if form == "email":
        name, at, domain = text.partition("@")
        plain = not any(c in ",;@" or c in BLANKS for c in name + domain)
        host, dot, top = domain.rpartition(".")
        return bool(at and plain and name and host and dot and top)
    if form == "uri":
        scheme, colon, rest = text.partition(":")
        begins = bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme))
        return bool(colon and rest and begins and not any(c in BLANKS for c in rest))
    raise AssertionError(f"the reference does not know the format {form!r}")


def _integer(text: str, width: str) -> int | None:
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        return None
    if width[0] == "u" and text[0] == "-":
        return None
    bits = int(width[1:])
    low, high = (0, 2**bits) if width[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1))
    return int(text) if low <= int(text) < high else None


def _is_label(label: str) -> bool:
    signs = bool(re.fullmatch(r"[A-Za-z0-9-]+", label))
    return signs and not label.startswith("-") and not label.endswith("-")


def _pattern(form: str) -> str:
    pieces = re.findall(r"%\.f|%:z|%.|[^%]", form)
    return "".join(_DIRECTIVES[p] if p.startswith("%") and p != "%%" else re.escape(p[-1]) for p in pieces)


def _read(text: str, pattern: str, make: Callable[[dict[str, str]], Any]) -> Any:
    match = re.fullmatch(pattern, text, re.IGNORECASE | re.ASCII)
    if match is None:
        return None
    try:
        return make({name: found for name, found in match.groupdict().items() if found is not None})
    except (ValueError, OverflowError):
        return None


def _day(part: dict[str, str]) -> date:
    year = int(part.get("Y") or part["y"])
    if "y" in part:  # 70 to 99 are of the last century
        year += 1900 if year >= 70 else 2000
    if "b" in part:
        month = next(i for i, name in enumerate(MONTHS, 1) if name.startswith(part["b"].lower()[:3]))
    else:
        month = int(part["m"])
    return date(year, month, int(part["d"]))


def _clock(part: dict[str, str]) -> time:
    micros = int((part.get("f", ".")[1:] + "000000")[:6])
    return time(_hour(part), int(part.get("M", 0)), int(part.get("S", 0)), micros)


def _moment(part: dict[str, str], zone: str) -> datetime:
    leap = part.get("S") == "60"  # ISO 8601 has leap seconds; they are the first of the next minute
    local = datetime.combine(_day(part), _clock({**part, "S": "59"} if leap else part)) + timedelta(
        seconds=leap
    )
    if "z" in part:
        return local - _offset(part["z"])
    moment = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)  # fold 0: the earlier of two
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local:
        raise ValueError("the clock skipped that moment")
    return moment.replace(tzinfo=None)


def _hour(part: dict[str, str]) -> int:
    if "I" not in part:
        return int(part.get("H", 0))
    if not 1 <= int(part["I"]) <= 12:
        raise ValueError("no hour of a clock with twelve")
    return int(part["I"]) % 12 + (12 if part["p"].lower() == "pm" else 0)


def _offset(zone: str) -> timedelta:
    if zone in ("Z", "z"):
        return timedelta()
    digits = zone[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        raise ValueError("no offset")
    offset = timedelta(hours=hours, minutes=minutes)
    return offset if zone[0] == "+" else -offset
