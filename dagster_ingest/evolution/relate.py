"""How what a rule asks now relates to what it asked before: containment of what it lets pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from dagster_ingest.spec.odcs_type import LOCAL, ZONED

Relation = Literal["same", "wider", "narrower", "changed"]
Params = Mapping[str, Any]

# Each type to those whose values it holds besides its own. Every value is a text.
HOLDS = {
    "string": frozenset({"integer", "number", "boolean", "date", "timestamp", "time"}),
    "number": frozenset({"integer"}),
    "timestamp": frozenset({"date"}),
}
# What a date or timestamp that declares no formats is read by; validate/parse.py executes it.
DEFAULT_FORMATS = {
    "date": ("%Y-%m-%d",),
    "time": ("%H:%M:%S", "%H:%M", "%H:%M:%S%.f"),
    "timestamp": (*LOCAL, *ZONED),
}


def relation(kind: str, old: Params, new: Params) -> Relation:
    """New params against old. A kind without a comparison of its own is `same` or `changed`."""
    if old == new:
        return "same"
    return COMPARISONS.get(kind, _opaque)(old, new)


def types(old: str, new: str) -> Relation:
    """One column type against another, formats left aside."""
    if old == new:
        return "same"
    if old in HOLDS.get(new, ()):
        return "wider"
    return "narrower" if new in HOLDS.get(old, ()) else "changed"


def formats(kind: str, old: Params, new: Params, was: str | None = None) -> Relation:
    """Declared formats of a date or timestamp. was: the old type, where it differs."""
    before = old.get("formats") or DEFAULT_FORMATS.get(was or kind, ())
    after = new.get("formats") or DEFAULT_FORMATS.get(kind, ())
    return _contained(frozenset(before), frozenset(after))


def width(old: str | None, new: str | None) -> Relation:
    """How large an integer or a number may be: i8 .. u128, f32, f64."""
    before, after = _span(old), _span(new)
    if before is None or after is None:
        return "same" if old == new else "changed"
    if before == after:
        return "same"
    if after[0] <= before[0] and before[1] <= after[1]:
        return "wider"
    return "narrower" if before[0] <= after[0] and after[1] <= before[1] else "changed"


def _span(name: str | None) -> tuple[float, float] | None:
    if name is None or not name[1:].isdigit():
        return None
    bits = int(name[1:])
    if name[0] == "f":
        return -bits, bits
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if name[0] == "i" else (0, 2**bits - 1)


def _values(old: Params, new: Params) -> Relation:
    """Lists of allowed values; anything else that differs cannot be compared."""
    if _rest(old, ("values",)) != _rest(new, ("values",)):
        return "changed"
    return _contained(frozenset(old.get("values", ())), frozenset(new.get("values", ())))


def _refused(old: Params, new: Params) -> Relation:
    """Lists of values that count as missing: the longer the list, the less passes."""
    if _rest(old, ("values", "null")) != _rest(new, ("values", "null")):
        return "changed"
    before, after = ({*p.get("values", ()), *([None] if p.get("null") else [])} for p in (old, new))
    return _contained(frozenset(after), frozenset(before))


def _bounds(old: Params, new: Params) -> Relation:
    """Intervals: `min` and `max` belong to them, `above` and `below` do not; an absent bound is open."""
    keys = ("min", "max", "above", "below")
    if _rest(old, keys) != _rest(new, keys):
        return "changed"
    try:
        moved = _low(old, new), _high(old, new)
    except (TypeError, ValueError):
        return "changed"
    return _moved(moved)


def _moved(moved: tuple[int, ...]) -> Relation:
    """Of several bounds, 1 for each that is stricter than before and -1 for each that is laxer."""
    if not any(moved):
        return "same"
    if max(moved) <= 0:
        return "wider"
    return "narrower" if min(moved) >= 0 else "changed"


def _low(old: Params, new: Params) -> int:
    before, after = (max(_given(p, "min", "above"), default=None) for p in (old, new))
    if before is None or after is None:
        return (before is None) - (after is None)
    return (after > before) - (after < before)


def _high(old: Params, new: Params) -> int:
    # Of two equal upper bounds the exclusive one is the stricter.
    before, after = (
        min(((value, not open_) for value, open_ in _given(p, "max", "below")), default=None)
        for p in (old, new)
    )
    if before is None or after is None:
        return (before is None) - (after is None)
    return (after < before) - (after > before)


def _given(params: Params, closed: str, open_: str) -> list[tuple[Any, bool]]:
    return [(_value(params[key]), key == open_) for key in (closed, open_) if key in params]


def _value(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return time.fromisoformat(value)


def _age(old: Params, new: Params) -> Relation:
    """How old a value may be."""
    if _rest(old, ("minutes",)) != _rest(new, ("minutes",)):
        return "changed"
    return "wider" if new["minutes"] > old["minutes"] else "narrower"


def _multiple(old: Params, new: Params) -> Relation:
    """Multiples of 0.2 are multiples of 0.1."""
    try:
        before, after = Decimal(str(old["of"])), Decimal(str(new["of"]))
        if after % before == 0:
            return "same" if after == before else "narrower"
        return "wider" if before % after == 0 else "changed"
    except (InvalidOperation, ZeroDivisionError):
        return "changed"


def _decimal(old: Params, new: Params) -> Relation:
    """Digits before and after the point."""
    before = old["precision"] - old["scale"], old["scale"]
    after = new["precision"] - new["scale"], new["scale"]
    return _moved(tuple((a < b) - (a > b) for b, a in zip(before, after, strict=True)))


_TOP = {"mustBeLessThan": "below", "mustBeLessOrEqualTo": "max"}
_MUST = {"mustBeGreaterThan": "above", "mustBeGreaterOrEqualTo": "min", **_TOP}


def _counts(old: Params, new: Params) -> Relation:
    """How many rows may be bad: by the threshold, or with the same one by what counts as bad."""
    if _rest(old, ("must",)) == _rest(new, ("must",)):
        before, after = _interval(old["must"]), _interval(new["must"])
        return "changed" if before is None or after is None else _bounds(before, after)
    limited = old["must"] == new["must"] and ({*old["must"]} <= {*_TOP} or old["must"] == {"mustBe": 0})
    return _values(old, new) if limited and "pattern" not in {*old, *new} else "changed"


def _missing_counts(old: Params, new: Params) -> Relation:
    by_threshold = _rest(old, ("must",)) == _rest(new, ("must",))
    if by_threshold or old["must"] != new["must"] or not {*old["must"]} <= {*_TOP, "mustBe"}:
        return _counts(old, new) if by_threshold else "changed"
    return _refused(old, new) if old["must"].get("mustBe", 0) == 0 else "changed"


def _interval(must: Params) -> dict[str, Any] | None:
    """ODCS operators as bounds; None where they leave holes."""
    found: dict[str, Any] = {}
    for operator, value in must.items():
        if operator == "mustBe":
            given = {"min": value, "max": value}
        elif operator == "mustBeBetween":
            given = {"min": value[0], "max": value[1]}
        elif operator in _MUST:
            given = {_MUST[operator]: value}
        else:
            return None
        if given.keys() & found.keys():
            return None
        found |= given
    return found


def _contained(old: frozenset[Any], new: frozenset[Any]) -> Relation:
    if old == new:
        return "same"
    if old < new:
        return "wider"
    return "narrower" if new < old else "changed"


def _rest(params: Params, keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in params.items() if key not in keys}


def _opaque(old: Params, new: Params) -> Relation:
    return "changed"


COMPARISONS: dict[str, Callable[[Params, Params], Relation]] = {
    "enum": _values,
    "missing": _refused,
    "range": _bounds,
    "length": _bounds,
    "multiple": _multiple,
    "decimal": _decimal,
    "retention": _age,
    "freshness": _age,
    "row_count": _bounds,
    "row_count_ratio": _bounds,
    "null_values": _counts,
    "missing_values": _missing_counts,
    "invalid_values": _counts,
    "duplicate_values": _counts,
}
