"""YAML files: read safely and fast, and find a value's line when something is wrong with it.

yaml-rs parses ten times faster than PyYAML's C loader but knows no positions, dies on nesting
without bounds and reads a recursive alias as null. So a cheap look at the text decides whether it
is checked event by event first, and positions come from PyYAML's node tree, for files with
problems only.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml_rs

from dagster_ingest.spec.positions import Positions, check_events, duplicate_keys
from dagster_ingest.spec.problem import SpecProblem

MAX_BYTES = 1_048_576
MAX_DEPTH = 64

_DEEP = " " * 40

_ALIASES = yaml_rs.AliasLimits(
    max_total_replayed_events=20_000, max_replay_stack_depth=8, max_alias_expansions_per_anchor=500
)
_ANCHOR_OR_TAG = re.compile(r"(?:^|[\s\[{,:\-?])[&*!][^\s]", re.MULTILINE)
_NESTED = re.compile(r"^(?:[ \t]|[-?:][ \t]){48}|(?:[-?:][ \t]+){4}", re.MULTILINE)
_CONTROL = bytes(range(9)) + b"\x0b\x0c" + bytes(range(14, 32)) + b"\x7f"
_TAB = re.compile(r"^ *\t", re.MULTILINE)
_POSITION = re.compile(r"at line (\d+), column (\d+)")


class YamlError(Exception):
    """The file cannot be used at all. Holds its problems."""

    def __init__(self, *problems: SpecProblem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class YamlFile:
    """One document: `data` parsed, `shown` its path for people. Raises YamlError."""

    def __init__(self, path: str | Path, shown: str | None = None) -> None:
        self.path = os.fspath(path)
        self.shown = shown or self.path
        self.data: dict[str, Any] = self._parse(self._text())

    @cached_property
    def _positions(self) -> Positions:
        return Positions(self._text())

    def positions(self) -> Positions:
        return self._positions

    def _text(self) -> str:
        try:
            raw = _bytes(self.path)
        except FileNotFoundError:
            raise YamlError(SpecProblem(self.shown, "the file does not exist")) from None
        except OSError as error:
            raise YamlError(SpecProblem(self.shown, f"cannot be read: {error.strerror}")) from None
        if len(raw) > MAX_BYTES:
            problem, fix = f"larger than {MAX_BYTES:,} bytes", "split it, or leave data out"
            raise YamlError(SpecProblem(self.shown, problem, fix=fix))
        if len(raw.translate(None, _CONTROL)) != len(raw):
            at = next(i for i, byte in enumerate(raw) if byte in _CONTROL)
            raise self._at_byte(raw, at, f"control character 0x{raw[at]:02x}", "remove it")
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise self._at_byte(raw, error.start, "not UTF-8 text", "save the file as UTF-8") from None

    def _at_byte(self, raw: bytes, at: int, problem: str, fix: str) -> YamlError:
        line = raw.count(b"\n", 0, at) + 1
        column = at - raw.rfind(b"\n", 0, at)
        return YamlError(SpecProblem(self.shown, problem, line, column, fix=fix))

    def _parse(self, text: str) -> dict[str, Any]:
        if looks_unusual(text) and (found := check_events(text, MAX_DEPTH)):
            raise YamlError(*(SpecProblem(self.shown, f.problem, f.line, f.column, fix=f.fix) for f in found))
        try:
            data = yaml_rs.loads(text, parse_datetime=False, alias_limits=_ALIASES)
        except yaml_rs.YAMLDecodeError as error:
            raise YamlError(*self._syntax(text, str(error))) from None
        if isinstance(data, dict) and all(isinstance(key, str) for key in data):
            return data
        what = "empty" if data is None else "not one mapping of keys to values"
        raise YamlError(SpecProblem(self.shown, f"the document is {what}", 1, 1))

    def _syntax(self, text: str, message: str) -> list[SpecProblem]:
        if message.startswith("duplicate mapping key"):
            found = [
                SpecProblem(
                    self.shown,
                    f"the key {key!r} stands twice, first in line {first}",
                    line,
                    column,
                    value=repr(key),
                    fix="keep one of them",
                )
                for key, first, line, column in duplicate_keys(text)
            ]
            return found or [SpecProblem(self.shown, message)]
        if tab := _TAB.search(text):
            end = tab.end()
            place = text.count("\n", 0, end) + 1, end - text.rfind("\n", 0, end) - 1
            problem = "not valid YAML: a tab in the indentation"
            return [SpecProblem(self.shown, problem, *place, fix="indent with blanks")]
        at = _POSITION.search(message)
        line, column = (int(at[1]), int(at[2])) if at else (None, None)
        reason = message.rsplit("\n", 1)[-1]
        lines = text.splitlines()
        value = repr(lines[line - 1].strip()[:120]) if line and line <= len(lines) else None
        return [SpecProblem(self.shown, f"not valid YAML: {reason}", line, column, value=value)]


def _bytes(path: str) -> bytes:
    """The file, or one byte more than is allowed. A pipe or device is refused and never waited for."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        return os.read(handle, min(status.st_size, MAX_BYTES) + 1)
    finally:
        os.close(handle)


def looks_unusual(text: str) -> bool:
    """Whether the text may hold anchors, aliases, tags or deep nesting. Cheap; may say yes in vain."""
    if ("&" in text or "*" in text or "!" in text) and _ANCHOR_OR_TAG.search(text):
        return True
    return (
        _DEEP in text
        or "- -" in text
        or "-  " in text
        or "? " in text
        or "\t" in text
        or ": :" in text
        or ":  " in text
    ) and _NESTED.search(text) is not None
