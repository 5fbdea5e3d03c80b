"""What the values of one column look like: type, formats, pattern, enum, bounds. Guesses with evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from math import floor, log10
from typing import Any, cast

import polars as pl

from dagster_ingest.evolution import secrecy
from dagster_ingest.validate.compile import NAMED_FORMATS
from dagster_ingest.validate.parse import steps

LEAST_VALUES = 20  # below it nothing is guessed from what values look like
LEAST_ROWS = 50  # below it nothing is said of what is always there
ENUM_VALUES, ENUM_ROWS, ENUM_LENGTH = 20, 10, 60  # at most so many, each standing for so many rows
UNSEEN = 0.01
"""Good and Turing: the share of rows with a value yet unseen is about that of values seen once."""

DATES = (
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%m/%d/%y",
    "%Y/%m/%d",
    "%m-%d-%Y",
    "%d.%m.%Y",
    "%d-%b-%Y",
    "%b %d, %Y",
    "%B %d, %Y",
)
TIMES = (
    "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%:z", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p",
)  # fmt: skip
_INTEGER = r"^-?(?:0|[1-9][0-9]{0,17})$"
_NUMBER = r"^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]+)?$"
_PHONE_DIGITS = r"^1?[2-9][0-9]{9}$"
_YES_NO = ({"yes", "no"}, {"true", "false"}, {"y", "n"})
_DATED = r"^[0-9A-Za-z][0-9A-Za-z ,./:+\-]{5,34}$"
PATTERNS = {
    "zip codes": ("pattern", r"^[0-9]{5}(-[0-9]{4})?$"),
    "phone numbers": ("pattern", r"^(\+?1[-. ]?)?\(?[0-9]{3}\)?[-. ]{0,2}[0-9]{3}[-. ]?[0-9]{4}$"),
    "e-mail addresses": ("format", "email"),
    "URLs": ("format", "uri"),
    "UUIDs": ("format", "uuid"),
}
_PERSONAL = ("phone numbers", "e-mail addresses")
_IDS = {"id", "ids", "key", "uuid", "guid", "no", "num", "number", "code"}
# Digits that nobody adds up: they stay text, leading noughts and all.
_CODES = _IDS | {
    "cell", "ein", "fax", "fips", "mobile", "phone", "postal", "postcode", "ssn", "tel", "zip", "zipcode",
}  # fmt: skip
_PLACES = {"lat": 90, "latitude": 90, "lon": 180, "lng": 180, "long": 180, "longitude": 180}


@dataclass(slots=True)
class Guess:
    """One column. `prop`: the ODCS property without its name. `evidence`: sentences without any cell of
    a private column. `unique`: every row has a value of its own."""

    heading: str
    prop: dict[str, Any] = field(default_factory=dict)
    evidence: list[str] = field(default_factory=list)
    unique: bool = False

    @property
    def private(self) -> bool:
        return self.prop.get("classification") == "private"

    @property
    def words(self) -> list[str]:
        return secrecy.words(self.heading)

    @property
    def like_an_id(self) -> bool:
        return bool(self.words) and self.words[-1] in _IDS


def guess_column(heading: str, values: pl.Series, rows: int, *, private: str | None = None) -> Guess:
    """`values`: the cells that are not null, stripped; `rows`: how many rows there are with them.

    private  the reason why the column is to be taken for private whatever it holds
    """
    counts = values.value_counts(sort=True, name="n")
    distinct, filled = counts.height, values.len()
    found = Guess(heading, unique=distinct == filled == rows)
    found.evidence.append(
        f"{filled:,} of {rows:,} rows have a value, {distinct:,} different,"
        f" at most {_longest(values)} characters"
    )
    _classify(found, values, private)
    kind = _type(found, values, counts) if filled >= LEAST_VALUES else "string"
    if filled < LEAST_VALUES:
        found.evidence.append("too few values to guess more")
    found.prop = {"logicalType": kind, **found.prop}
    if filled == rows >= LEAST_ROWS:
        found.prop["required"] = True
    if kind == "string" and filled >= LEAST_VALUES:
        _text(found, values, counts)
    elif kind in ("integer", "number") and not found.private:
        _numbers(found, values, kind)
    return found


def formats_of(texts: pl.Series, candidates: Sequence[str], kind: str) -> list[str]:
    """The first of `candidates` that reads every text, else several that do together, else none."""
    used, left = [], texts.unique()
    for pattern in candidates:
        if _parsed(left, kind, (pattern,)).is_not_null().all():
            return [pattern]
    for pattern in candidates:
        if left.is_empty():
            break
        read = _parsed(left, kind, (pattern,)).is_not_null()
        if read.any():
            used.append(pattern)
            left = left.filter(~read)
    return used if left.is_empty() else []


def _parsed(texts: pl.Series, kind: str, formats: Sequence[str]) -> pl.Series:
    frame = texts.to_frame("text")
    for step in steps(pl.col("text"), pl.col("value"), kind, formats):
        frame = frame.with_columns(step.alias("value"))
    return frame["value"]


def _classify(found: Guess, values: pl.Series, given: str | None) -> None:
    """Private where the heading or the cells give a reason."""
    reason = given or secrecy.by_name(found.heading)
    for what, (pattern, share) in secrecy.CONTENT.items():
        if reason is None and values.len():
            hits = values.str.contains(pattern).sum()
            if hits and hits > share * values.len():
                reason = f"{hits:,} cells hold {what}"
    if reason is not None:
        found.prop["classification"] = "private"
        found.evidence.append(f"private: {reason}; take it out when a person has looked")


def _type(found: Guess, values: pl.Series, counts: pl.DataFrame) -> str:
    texts = counts[values.name]
    code = bool(_CODES & set(found.words)) or texts.str.contains(_PHONE_DIGITS).all()
    if texts.str.contains(_NUMBER).all() and not code:
        return "integer" if texts.str.contains(_INTEGER).all() else "number"
    if any(set(texts.str.to_lowercase()) == pair for pair in _YES_NO):
        return "boolean"
    if not texts.str.contains(_DATED).all():
        return "string"
    for kind, candidates in (("date", DATES), ("timestamp", TIMES)):
        formats = formats_of(texts, candidates, kind)
        if 0 < len(formats) <= 3:
            _dates(found, texts, kind, formats)
            return kind
    return "string"


def _dates(found: Guess, texts: pl.Series, kind: str, formats: list[str]) -> None:
    if len(formats) == 1:
        found.prop["logicalTypeOptions"] = {"format": formats[0]}
    else:
        _custom(found, "formats", formats)
    if "%m/%d/%Y" in formats and formats_of(texts, ("%d/%m/%Y",), "date"):
        found.evidence.append("no day is above the 12th: day and month may stand the other way round")
    if found.private:
        return
    value = _parsed(texts, kind, formats)
    low, high = cast(date, value.min()), cast(date, value.max())
    found.prop.setdefault("logicalTypeOptions", {}).update(
        {
            "minimum": f"{max(low.year - 10, 1):04}-01-01",
            "maximum": f"{min(high.year + 10, 9999):04}-12-31",
        }
    )
    found.evidence.append(f"from {low:%Y-%m-%d} to {high:%Y-%m-%d}")
    _warn(found, "range")


def _text(found: Guess, values: pl.Series, counts: pl.DataFrame) -> None:
    texts = counts[values.name]
    options: dict[str, Any] = {}
    for what, (kind, written) in PATTERNS.items():
        pattern = written if kind == "pattern" else NAMED_FORMATS[written]
        if what == "phone numbers" and _is_code(found, texts):
            continue
        share = values.str.contains(pattern).sum() / values.len()
        if share == 1.0:
            options[kind] = written
            found.evidence.append(f"all look like {what}")
            _warn(found, kind)
            if what in _PERSONAL and not found.private:
                found.prop["classification"] = "private"
                found.evidence.append(
                    f"private: {what} may be a person's; take it out when a person has looked"
                )
            break
        if share >= 0.9:
            found.evidence.append(f"{share:.1%} look like {what}")
    if not options and not found.private and not found.unique and _is_vocabulary(values, counts):
        found.prop["enum"] = [{"value": text} for text in sorted(texts)]
        once = counts.filter(pl.col("n") == 1).height
        found.evidence.append(f"{len(texts)} values for {values.len():,} rows, {once} of them seen once")
        _warn(found, "enum")
    elif "pattern" not in options and "format" not in options:
        options["maxLength"] = _round_up(2 * _longest(values))
        _warn(found, "length")
    if options:
        found.prop["logicalTypeOptions"] = options


def _is_code(found: Guess, texts: pl.Series) -> bool:
    """Ten digits without a sign between them, in a column that is called an id and no phone."""
    named = found.words[-1:] and found.words[-1] in ("id", "ids", "key", "code")
    return bool(named) and texts.str.contains(_PHONE_DIGITS).all() and not secrecy.by_name(found.heading)


def _is_vocabulary(values: pl.Series, counts: pl.DataFrame) -> bool:
    once = counts.filter(pl.col("n") == 1).height
    return (
        counts.height <= ENUM_VALUES
        and values.len() >= max(LEAST_ROWS, ENUM_ROWS * counts.height)
        and once <= UNSEEN * values.len()
        and _longest(values) <= ENUM_LENGTH
    )


def _numbers(found: Guess, values: pl.Series, kind: str) -> None:
    numbers = values.cast(pl.Float64, strict=False)
    low, high = cast(float, numbers.min()), cast(float, numbers.max())
    bound = next((_PLACES[word] for word in found.words if word in _PLACES), 0)
    if bound and -bound <= low and high <= bound:
        found.prop["logicalTypeOptions"] = {"minimum": -bound, "maximum": bound}
        _warn(found, "range")
        return
    if low == high:
        return
    slack = (high - low) / 2
    least = 0 if low >= 0 else _outwards(low - slack, down=True)
    bounds = {"minimum": least, "maximum": _outwards(high + slack, down=False)}
    found.prop["logicalTypeOptions"] = bounds
    found.evidence.append(f"from {low:g} to {high:g}")
    _warn(found, "range")


def _longest(values: pl.Series) -> int:
    return cast(int, values.str.len_chars().max() or 0)


def _outwards(number: float, *, down: bool) -> int:
    """The next round number away from the values: two digits, then noughts."""
    if number == 0:
        return 0
    size = 10 ** max(0, floor(log10(abs(number))) - 1)
    return int((floor(number / size) if down else -floor(-number / size)) * size)


def _round_up(count: int) -> int:
    size = 10 ** floor(log10(max(1, count)))
    return next(step * size for step in (1, 2, 5, 10) if step * size >= count)


def _warn(found: Guess, kind: str) -> None:
    """A guess at bounds is no reason to refuse a row."""
    for item in found.prop.setdefault("customProperties", []):
        if item["property"] == "severity":
            item["value"][kind] = "warn"
            return
    _custom(found, "severity", {kind: "warn"})


def _custom(found: Guess, name: str, value: Any) -> None:
    found.prop.setdefault("customProperties", []).append({"property": name, "value": value})
