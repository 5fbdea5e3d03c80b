"""Semantic versions, as contracts and patches carry them."""

from __future__ import annotations

import re

_FULL = re.compile(r"(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})(?:-[0-9A-Za-z.\-]+)?")
_BUILD = re.compile(r"[0-9A-Za-z._\-]+")

Version = tuple[int, int, int]


def parse(text: object) -> Version | None:
    """(major, minor, patch), or None for a text that is no semantic version. Build metadata is dropped."""
    core, plus, build = text.partition("+") if isinstance(text, str) else ("", "", "")
    found = _FULL.fullmatch(core)
    if found is None or (plus and not _BUILD.fullmatch(build)):
        return None
    return int(found[1]), int(found[2]), int(found[3])


def major(text: object) -> int | None:
    version = parse(text)
    return None if version is None else version[0]
