"""What a column's logicalType and its options say of the values: params of its type rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dagster_ingest.errors import guess
from dagster_ingest.spec.contract import INTEGER_FORMATS, NUMBER_FORMATS, Column
from dagster_ingest.spec.draft import Draft, is_texts
from dagster_ingest.spec.formats import BadFormat, has_offset, strptime
from dagster_ingest.spec.problem import Loc, shown

DATED = ("date", "timestamp", "time")
_WIDTHS = {"integer": INTEGER_FORMATS, "number": NUMBER_FORMATS}
# ISO 8601 with an offset and without; tried in this order.
ZONED = (
    "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z", "%Y-%m-%d %H:%M%#z",
)  # fmt: skip
LOCAL = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d",
)  # fmt: skip
_DECIMAL = re.compile(r"\s*(?:decimal|numeric|number|dec)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*", re.I)
MAX_DIGITS = 38


def type_params(
    draft: Draft, column: Column, options: Mapping[str, Any], custom: Mapping[str, Any], loc: Loc
) -> dict[str, Any]:
    """Params of the type rule; what cannot be executed is noted."""
    params: dict[str, Any] = {"type": column.type}
    here = (*loc, "logicalTypeOptions")
    if column.type in DATED:
        formats = _formats(draft, column, options, custom, loc)
        if "timezone" in options:
            formats = _with_timezone(draft, column, options["timezone"], formats, here)
        if formats:
            params["formats"] = formats
        if column.type == "timestamp" and "defaultTimezone" in options:
            zone = options["defaultTimezone"]
            if _is_zone(draft, zone, (*here, "defaultTimezone")) and zone not in ("UTC", "Etc/UTC"):
                params["zone"] = zone
        return params
    if "formats" in custom:
        draft.refuse((*loc, "customProperties"), "'formats' is for dates and times", on_key=True)
    widths = _WIDTHS.get(column.type)
    if widths and "format" in options:
        width = options["format"]
        if width in widths:
            params["format"] = width
        else:
            problem = f"the format of {'an integer' if column.type == 'integer' else 'a number'}"
            problem += f" cannot be {shown(width)}"
            draft.refuse((*here, "format"), problem, value=width, allowed=widths)
    return params


def decimal_size(draft: Draft, column: Column, physical: str, loc: Loc) -> dict[str, int] | None:
    """Precision and scale where `physicalType` is a decimal; other physical types say what the source has."""
    found = _DECIMAL.fullmatch(physical)
    if found is None or found[1] is None:
        return None
    where = (*loc, "physicalType")
    precision, scale = int(found[1]), int(found[2] or 0)
    if column.type not in _WIDTHS:
        problem = f"a {column.type} cannot be the decimal {physical!r}"
        draft.refuse(where, problem, value=physical, fix="set `logicalType: number`")
        return None
    if not 1 <= precision <= MAX_DIGITS or scale > precision or (column.type == "integer" and scale):
        fix = f"1 to {MAX_DIGITS} digits, of them those after the point; an integer has none"
        draft.refuse(where, f"{physical!r} is no decimal", value=physical, fix=fix)
        return None
    return {"precision": precision, "scale": scale}


def _formats(
    draft: Draft, column: Column, options: Mapping[str, Any], custom: Mapping[str, Any], loc: Loc
) -> list[str]:
    """The strptime formats of a date, timestamp or time; none declared means ISO 8601."""
    one = options.get("format")
    declared = [] if one is None else one if is_texts(one) else [one]
    texts: list[Any] = custom.get("formats") or declared
    where = (*loc, "customProperties" if "formats" in custom else "logicalTypeOptions")
    found = []
    for text in texts:
        try:
            found.append(strptime(text if isinstance(text, str) else "", column.type))
        except BadFormat as error:
            fix = "write it as yyyy-MM-dd HH:mm:ss or as %Y-%m-%d %H:%M:%S"
            draft.refuse((*where, "format"), f"the format {shown(text)} {error}", value=text, fix=fix)
    return found


def _with_timezone(draft: Draft, column: Column, wanted: Any, formats: list[str], loc: Loc) -> list[str]:
    """The formats that carry an offset (`timezone: true`), or that carry none."""
    where = (*loc, "timezone")
    if not isinstance(wanted, bool):
        draft.refuse(where, "'timezone' is not true or false", value=wanted)
        return formats
    if column.type == "time":
        if wanted:
            fix = "load it as text with a pattern, or have a timestamp delivered"
            draft.refuse(where, "a time of day with a time zone cannot be compared", value=wanted, fix=fix)
        return formats
    for pattern in formats:
        if has_offset(pattern) != wanted:
            what = "names no offset" if wanted else "names an offset"
            problem = f"timezone is {str(wanted).lower()}, but the format {pattern!r} {what}"
            draft.refuse(where, problem, value=wanted, fix="mend one of the two")
    return formats or list(ZONED if wanted else LOCAL)


def _is_zone(draft: Draft, value: Any, loc: Loc) -> bool:
    import zoneinfo

    try:
        if value in ("localtime", "Factory", "posixrules") or str(value).startswith(("posix/", "right/")):
            raise ValueError("a file of this machine, and no zone")
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError, TypeError):
        near = guess(value, zoneinfo.available_timezones()) if isinstance(value, str) else None
        problem = f"there is no time zone {shown(value)}"
        draft.refuse(loc, problem, value=value, near=near, fix="give an IANA name")
        return False
    return True
