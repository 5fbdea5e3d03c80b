"""A request as the settings describe it, before it is sent: secrets are names, placeholders are filled."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from dagster_ingest.connectors.http.settings import HttpSettings
from dagster_ingest.spec.secret import Secret

Params = tuple[tuple[str, "str | Secret"], ...]
_WORD = re.compile(r"\{(" + "|".join(HttpSettings.PLACEHOLDERS) + r")\}")


@dataclass(frozen=True, slots=True)
class Call:
    """One request. name: what it is in words, `page 3`; page: its number for errors, None without one."""

    method: str
    url: str
    params: Params = ()
    headers: Mapping[str, str | Secret] = field(default_factory=dict)
    body: Any = None
    name: str = ""

    @property
    def place(self) -> str:
        """The address without query: it may be shown."""
        return urlunsplit((*urlsplit(self.url)[:3], "", ""))

    def digest(self) -> str:
        """Equal for equal requests. Knows secrets by name only."""
        params = [(name, _named(value)) for name, value in self.params]
        headers = sorted((name, _named(value)) for name, value in self.headers.items())
        parts = [self.method, self.url, params, headers, self.body]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def fill(value: Any, words: Mapping[str, Any]) -> Any:
    """`value` with placeholders filled, at any depth. A text that is one placeholder becomes the value."""
    if isinstance(value, str):
        whole = _WORD.fullmatch(value)
        if whole and whole[1] in words:
            return words[whole[1]]
        return _WORD.sub(lambda m: text(words[m[1]]) if m[1] in words else m[0], value)
    if isinstance(value, Mapping):
        return {key: fill(part, words) for key, part in value.items()}
    return [fill(part, words) for part in value] if isinstance(value, list) else value


def fill_path(path: str, words: Mapping[str, Any]) -> str:
    """A path with placeholders filled; what they stand for stays one segment."""
    return _WORD.sub(lambda m: quote(text(words[m[1]]), safe="") if m[1] in words else m[0], path)


def parameters(params: Mapping[str, Any], words: Mapping[str, Any]) -> Params:
    """Parameters of a query: null is left out, a list is repeated."""
    found: list[tuple[str, str | Secret]] = []
    for name, value in params.items():
        filled = value if isinstance(value, Secret) else fill(value, words)
        for part in filled if isinstance(filled, list) else [filled]:
            if part is not None:
                found.append((name, part if isinstance(part, Secret) else text(part)))
    return tuple(found)


def text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(map(text, value))
    return "" if value is None else str(value)


def without_param(url: str, name: str | None) -> str:
    """`url` without a parameter: some servers repeat our key in the addresses that they hand out."""
    split = urlsplit(url)
    if name is None or name not in split.query:
        return url
    kept = [(n, v) for n, v in parse_qsl(split.query, keep_blank_values=True) if n != name]
    return urlunsplit((*split[:3], urlencode(kept), ""))


def _named(value: str | Secret) -> Any:
    return {"secret": value.secret} if isinstance(value, Secret) else value
