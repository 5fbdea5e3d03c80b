"""A table of a new system as its sample shows it: what contract, models and made-up rows are written from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from dagster_ingest.evolution.secrecy import words
from dagster_ingest.naming import column_name
from dagster_ingest.scaffold.roles import RESERVED, role_of


@dataclass(frozen=True)
class Drafted:
    """
    contract    text of the drafted contract
    private     headings that may be nobody's business, with the reason
    sentinels   headings with the texts that seem to stand for nothing
    decode      headings of nested values, with the codec that reads them
    references  headings that hold keys of another table, with its name
    settings    of the connector `files`
    sure        whether the contract has the key, too; a small sample does not tell
    """

    table: str
    origin: str
    rows: int
    headings: tuple[str, ...]
    key: str | None
    contract: str
    private: Mapping[str, str] = field(default_factory=dict)
    sentinels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    decode: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    sure: bool = True

    @cached_property
    def roles(self) -> dict[str, list[str]]:
        """Role to the headings that have it, in the source's order; those that SQL cannot name left out."""
        found: dict[str, list[str]] = {}
        for heading in self.headings:
            role = role_of(heading)
            taken = heading == self.key or heading in self.references or heading in self.decode
            if role and not taken and column_name(heading).lower() not in RESERVED:
                found.setdefault(role, []).append(heading)
        return found

    def one(self, role: str) -> str | None:
        """The heading for a role that has one column; a private one does not count."""
        return next((h for h in self.roles.get(role, ()) if h not in self.private), None)


def references(
    tables: Mapping[str, Mapping[str, Collection[str]]], keys: Mapping[str, str | None]
) -> dict[str, dict[str, str]]:
    """Table to {heading: parent}: columns called by the parent or its key, all of whose values are its keys.

    tables  name to {heading: its distinct values}; keys: name to the heading of its key
    """
    found: dict[str, dict[str, str]] = {name: {} for name in tables}
    for name, columns in tables.items():
        for parent, key in keys.items():
            if key is None or parent == name:
                continue
            known = set(tables[parent].get(key, ()))
            for heading, values in columns.items():
                called = _speaks_of(heading, parent, key)
                if heading != keys.get(name) and called and values and set(values) <= known:
                    found[name].setdefault(heading, parent)
    return found


def _speaks_of(heading: str, parent: str, key: str) -> bool:
    """`AGENCY_ID` speaks of `agency` and of `agencies`, and so does `Agency Key` of a key `agency_key`."""
    said, stem = words(heading), parent.rstrip("s").removesuffix("ie")
    if heading.lower() == key.lower() and len(said) > 1:
        return True
    return any(len(stem) > 2 and (w.startswith(stem) or (len(w) > 2 and w in parent)) for w in said)


def codec_of(values: Collection[str], decoders: Mapping[str, Any]) -> str | None:
    """The codec that reads every value, where all look nested."""
    texts = [value.strip() for value in values]
    if not texts or any(text[:1] not in ("[", "{") for text in texts):
        return None
    ordered = sorted(decoders, reverse=True, key=lambda name: name == "json")
    return next((name for name in ordered if all(decoders[name](text) is not None for text in texts)), None)


_NOTHING = ("-1", "-", "--", "0.0", "None", "none", "NONE", "NULL", "null", "N/A", "n/a", "NA", "[]", "{}")
_PLACES = {"lat", "latitude", "lon", "lng", "longitude"}


def sentinels_of(heading: str, values: Collection[str]) -> tuple[str, ...]:
    """Texts among a column's values that seem to stand for nothing; `values` as they are, unstripped."""
    if len(values) < 2:
        return ()
    found = [text for text in _NOTHING if text in values]
    if _PLACES & set(words(heading)):
        found += [text for text in values if _is_zero(text) and text not in found]
    found += [text for text in values if text.startswith(("1900-01-01", "0001-01-01", "01/01/1900"))]
    return tuple(sorted(set(found)))


def _is_zero(text: str) -> bool:
    return bool(text.strip("0. ") == "" and "0" in text)
