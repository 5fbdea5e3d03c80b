"""Fields of a mapping: what a name in a request stands for."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

# Fields that every index has, and what they may be asked for.
META = {"_id": "keyword", "_index": "keyword", "_routing": "keyword", "_ignored": "keyword"}
_OBJECTS = ("object", "nested")
_SHINGLES = 3  # most words together in a search_as_you_type field, where the mapping does not say


@dataclass(frozen=True, slots=True)
class Field:
    """type: of the mapping; `object` for what has members. nested: path of the nested field around it."""

    name: str
    type: str
    nested: str | None = None


@dataclass(frozen=True)
class Fields:
    """All of a mapping (`{"properties": ...}`, as an index is created with or as a server shows it)."""

    mapping: Mapping[str, Any]
    more: Mapping[str, Any] = field(default_factory=dict)  # fields that a request itself defines

    def find(self, name: str) -> Field | None:
        if name in META:
            return Field(name, META[name])
        return self._mapped.get(name) or self._by_template(name)

    def matching(self, pattern: str) -> list[Field]:
        """Fields of a name that may hold stars."""
        if "*" not in pattern:
            one = self.find(pattern)
            return [one] if one else []
        found = [each for name, each in self._mapped.items() if fnmatchcase(name, pattern)]
        made = (self._by_template(pattern.replace("*", each)) for each in ("x", "x.x"))
        return found or [each for each in made if each is not None]

    def like(self, name: str) -> str:
        """A hint at what may be meant."""
        close = difflib.get_close_matches(name, self._mapped, n=3, cutoff=0.6)
        return f"there is {', '.join(close)}" if close else ""

    @cached_property
    def _mapped(self) -> dict[str, Field]:
        declared = {**self.mapping.get("properties", {}), **self.more}
        return {each.name: each for each in _walk(declared, "", None)}

    def _by_template(self, name: str) -> Field | None:
        """A field that is made when the first document has it: text, by all that can be known of it."""
        parent = name.rpartition(".")[0]
        for base in (parent, name):  # `facets.languages.keyword` belongs to what `facets.languages` is
            if not self._open(base):
                continue
            for template in self.mapping.get("dynamic_templates", ()):
                for about in template.values():
                    if _makes(base, about):
                        leaves = _leaf(base, about["mapping"], self._around(base))
                        found = next((each for each in leaves if each.name == name), None)
                        if found:
                            return found
        return None

    def _open(self, name: str) -> bool:
        """Whether the nearest mapped object around it takes members that are not mapped."""
        parts, dynamic = name.split("."), self.mapping.get("dynamic", True)
        spec: Any = self.mapping
        for part in parts[:-1]:
            spec = spec.get("properties", {}).get(part)
            if spec is None:
                break
            dynamic = spec.get("dynamic", dynamic)
        return bool(name) and str(dynamic).lower() == "true"

    def _around(self, name: str) -> str | None:
        parts = name.split(".")
        paths = [".".join(parts[:size]) for size in range(len(parts) - 1, 0, -1)]
        near = next((self._mapped[path] for path in paths if path in self._mapped), None)
        return None if near is None else near.name if near.type == "nested" else near.nested


def _makes(name: str, about: Mapping[str, Any]) -> bool:
    """Whether a text of this name gets the template's mapping."""
    last = name.rpartition(".")[2]
    tests = ((name, "path_match", True), (name, "path_unmatch", False), (last, "match", True))
    return about.get("match_mapping_type", "*") in ("string", "*") and all(
        fnmatchcase(text, about[key]) is wanted
        for text, key, wanted in (*tests, (last, "unmatch", False))
        if key in about
    )


def _walk(properties: Mapping[str, Any], prefix: str, nested: str | None) -> Iterator[Field]:
    for key, spec in properties.items():
        name, kind = f"{prefix}{key}", spec.get("type", "object")
        if kind in _OBJECTS:
            inside = name if kind == "nested" else nested
            yield Field(name, kind, nested)
            yield from _walk(spec.get("properties", {}), f"{name}.", inside)
        else:
            yield from _leaf(name, spec, nested)


def _leaf(name: str, spec: Mapping[str, Any], nested: str | None) -> Iterator[Field]:
    kind = spec.get("type", "object")
    yield Field(name, kind, nested)
    for key, sub in spec.get("fields", {}).items():
        yield from _leaf(f"{name}.{key}", sub, nested)
    if kind == "search_as_you_type":
        for words in range(2, int(spec.get("max_shingle_size", _SHINGLES)) + 1):
            yield Field(f"{name}._{words}gram", "text", nested)
        yield Field(f"{name}._index_prefix", "text", nested)
