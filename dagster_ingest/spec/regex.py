"""Regular expressions of contracts: whether the audit's engine, which is not at hand here, would take them.

The engine is Rust's regex crate. A pattern is read by Python first, so what only one of the two knows
is refused, and so is what both know and mean differently. A pattern that would compile to more than the
engine's 10 MB is refused as well.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from typing import Any

MAX_SIGNS = 1000
_MAX_BYTES = 8_000_000
# Look-around, back references, comments, atomic groups, Python's own flags, \Z, \N{..}, possessive repeats.
_FOREIGN = re.compile(r"\(\?(?:[=!#(>]|<[=!]|P[=>]|[a-zA-Z-]*[aLu])|\\[1-9ZN]|[*+?}]\+|\{,\d")
_ESCAPE = re.compile(r"\\.", re.DOTALL)
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_SETS = re.compile(r"\[|&&|~~|--")
_BRACE = re.compile(r"\{(?!\d+(?:,\d*)?\})")
# About how many bytes the engine makes of one sign; of classes of Unicode, whole automata.
_WEIGHTS = {"WORD": 40_000, "NOT_DIGIT": 9_000, "DIGIT": 5_000, "SPACE": 1_500}
_SIGN = 600


def fault(pattern: Any) -> str | None:
    """What is wrong with a pattern, or None."""
    if not isinstance(pattern, str) or not pattern or len(pattern) > MAX_SIGNS:
        return f"a pattern is a text of 1 to {MAX_SIGNS:,} signs"
    if foreign := _foreign(pattern):
        never = "look-around, back references and classes in classes"
        return f"the pattern uses {foreign!r}; {never} are not supported"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # sets in classes: the engine has them
            re.compile(pattern)
            size = _bytes(re._parser.parse(pattern))  # type: ignore[attr-defined]
    except (re.error, RecursionError, OverflowError) as error:
        return f"not a regular expression: {error}"
    if size > _MAX_BYTES:
        return (
            "the pattern repeats too much for the engine; check lengths by `maxLength`, write [0-9] for \\d"
        )
    return None


def _foreign(pattern: str) -> str | None:
    """The first part that the engine does not know, or reads otherwise."""
    plain = _CLASS.sub("", _ESCAPE.sub("", pattern))
    classes = "".join(_CLASS.findall(pattern))
    if match := _FOREIGN.search(_CLASS.sub("_", pattern)) or _BRACE.search(plain):
        return match[0]
    if r"\b" in classes.replace("\\\\", ""):
        return r"\b"
    # The engine nests classes and has sets of them; Python reads the signs as they stand.
    inner = (_ESCAPE.sub("", found[1:-1]) for found in _CLASS.findall(pattern))
    return next((match[0] for text in inner if (match := _SETS.search(text))), None)


def _bytes(tree: Iterable[tuple[Any, Any]]) -> int:
    """An estimate of the compiled size, from Python's parse tree."""
    return sum(_node(str(kind), value) for kind, value in tree)


def _node(kind: str, value: Any) -> int:
    if kind in ("MAX_REPEAT", "MIN_REPEAT"):
        low, high, body = value
        return max(1, int(low) if str(high) == "MAXREPEAT" else int(high)) * _bytes(body)
    if kind == "SUBPATTERN":
        return _bytes(value[-1])
    if kind == "BRANCH":
        return sum(_bytes(branch) for branch in value[1])
    if kind == "IN":
        return sum(_node(str(k), v) for k, v in value)
    if kind == "CATEGORY":
        return next((w for word, w in _WEIGHTS.items() if word in str(value)), _SIGN)
    return _SIGN
