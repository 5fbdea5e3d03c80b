"""Masks the values of secrets in text, whatever text it is. Knows each value from when it was resolved."""

from __future__ import annotations

import base64
import json
import logging
import re
import threading
import warnings
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"
SHORTEST = 4  # characters; a shorter value would mask ordinary text

_lock = threading.Lock()
_forms: set[str] = set()
_pattern: re.Pattern[str] | None = None
_logging: list[bool] = []


def remember(value: str, name: str = "") -> None:
    """From now on `value` is masked: as it is, URL-encoded, as JSON, and in base64."""
    global _pattern
    parts = {value, value.strip()}
    parts |= {line.strip() for line in value.splitlines()}  # a key file is quoted line by line
    long = {part for part in parts if len(part) >= SHORTEST}
    if value and not long:
        warnings.warn(
            f"the secret {name or '(no name)'} is shorter than {SHORTEST} characters and is not masked",
            stacklevel=3,
        )
    forms = {form for part in long for form in _written(part)}
    with _lock:
        if not _logging:
            _mask_log_records()
            _logging.append(True)
        if not forms <= _forms:
            _forms.update(forms)
            _pattern = re.compile("|".join(sorted(_forms, key=len, reverse=True)))


def redact(text: str) -> str:
    """`text` with every remembered value as `***`."""
    return _pattern.sub(MASK, text) if _pattern is not None and text else text


def redact_error(error: BaseException) -> BaseException:
    """The error itself, its texts and those of its causes masked in place. For errors of libraries."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        found = waiting.pop()
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        found.args = tuple(redact(part) if isinstance(part, str) else part for part in found.args)
        waiting += [found.__cause__, found.__context__]
    return error


def _mask_log_records() -> None:
    """Whatever any library logs in this process goes through `redact`."""
    make = logging.getLogRecordFactory()

    def masked(*args: Any, **more: Any) -> logging.LogRecord:
        record = make(*args, **more)
        if _pattern is not None:
            if isinstance(record.exc_info, tuple) and record.exc_info[1] is not None:
                redact_error(record.exc_info[1])
            text = record.getMessage()
            if (shown := redact(text)) != text:
                record.msg, record.args = shown, ()
        return record

    logging.setLogRecordFactory(masked)


def forget() -> None:
    """Drop all remembered values; for tests."""
    global _pattern
    with _lock:
        _forms.clear()
        _pattern = None


def _written(value: str) -> set[str]:
    """Patterns of how a value may stand in a text."""
    forms = {value, quote(value, safe=""), quote(value), quote_plus(value), repr(value)[1:-1]}
    forms |= {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    return {re.escape(form) for form in forms} | _in_base64(value.encode())


def _in_base64(raw: bytes) -> set[str]:
    """Patterns of a value inside of a longer base64 text, such as `user:password`.

    It shows in one of three ways, by the number of bytes before it; its last signs depend on what follows.
    """
    found = set()
    for before, skip in ((0, 0), (1, 2), (2, 3)):  # skip: signs that hold bits of what stands before
        padded = bytes(before) + raw
        whole = padded[: len(padded) // 3 * 3]
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            inner = encode(whole).decode()[skip:]
            if len(inner) >= SHORTEST:
                found.add(re.escape(inner) + "[A-Za-z0-9+/_-]*=*")
    return found
