"""The words of a service area to places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from dagster_ingest.enhance.areas.gazetteer import Named, look_up, state_place
from dagster_ingest.enhance.areas.place import COUNTRY, Kind, Place
from dagster_ingest.enhance.names import STATES, key, state_code

_KINDS: dict[str, Kind] = {
    "zip": "zip", "zipcode": "zip", "postalcode": "zip", "city": "city", "county": "county",
    "parish": "county", "countyparish": "county", "state": "state", "stateprovince": "state",
    "country": "country",
}  # fmt: skip
_AROUND = re.compile(
    r"^(?:serving|serves|residents of|residing in|the rest of|rest of|all of|entire|parts? of|portions? of|"
    r"most of|greater|primarily|counties(?: of|:)?|county:|cities(?: of|:)?|including|throughout|"
    r"the counties of)\s+",
    re.IGNORECASE,
)
_SEPARATORS = (re.compile(r"[;|\n]+"), re.compile(r",|/|&|\band\b", re.IGNORECASE))
_COUNTIES = re.compile(r"\s*(?:the )?counties\b", re.IGNORECASE)
_PLURAL = re.compile(r"\s+(counties|parishes|boroughs)\b\s*$", re.IGNORECASE)
_DASH = re.compile(r"\s+[-–]\s+|\s*>\s*")
_LONGEST = 400  # characters; longer texts are prose


@dataclass(frozen=True, slots=True)
class Meaning:
    """places: what the text names. unknown: parts of it that name nothing.
    ambiguous: whether a part could have meant another place as well."""

    places: tuple[Place, ...] = ()
    unknown: tuple[str, ...] = ()
    ambiguous: bool = False


def kind_of(description: str | None) -> Kind | None:
    """What a description such as `County/Parish` says that the name is."""
    return _KINDS.get(key(description)) if description and len(description) < 40 else None


@lru_cache(maxsize=20_000)
def meaning(name: str, description: str | None, state: str) -> Meaning:
    """The places of one service area, as dbt leaves it: `name`, and as `description` either the kind of place
    or the text as the source wrote it (`IA - Polk County`). state: the partition's."""
    kind = kind_of(description)
    written = description if kind is None and description and _DASH.search(description) else None
    if written and len(written) <= _LONGEST:
        found = _one(_cleaned(written), state, None)
        if found.places:
            return Meaning(found.places, ambiguous=bool(found.other))
    return _listed(name, state, kind)


def _listed(text: str, state: str, kind: Kind | None) -> Meaning:
    """The whole text, or else its parts, at semicolons first and then at commas and `and`."""
    cleaned = _cleaned(text)
    if kind is None and _COUNTIES.match(text):
        kind = "county"
    if not cleaned or len(cleaned) > _LONGEST:
        return Meaning(unknown=(text.strip()[:_LONGEST],) if text.strip() else ())
    whole = _one(cleaned, state, kind)
    if whole.places:
        return Meaning(whole.places, ambiguous=bool(whole.other))
    for separator in _SEPARATORS:
        parts = [part for part in map(_cleaned, separator.split(cleaned)) if part]
        if len(parts) > 1:
            return _joined(parts, state, kind, cleaned)
    return Meaning(unknown=(cleaned,))


def _joined(parts: list[str], state: str, kind: Kind | None, whole: str) -> Meaning:
    """`Polk, Story and Dallas Counties, IA`: what stands at the end holds for all."""
    trailing = state_code(parts[-1])
    if trailing and not any(map(state_code, parts[:-1])):
        parts, state = parts[:-1], trailing
    if kind is None and _PLURAL.search(parts[-1]):
        kind, parts = "county", [*parts[:-1], _PLURAL.sub("", parts[-1])]
    places: dict[Place, None] = {}
    unknown: list[str] = []
    ambiguous = False
    for part in parts:
        found = _listed(part, state, kind)
        places |= dict.fromkeys(found.places)
        unknown += found.unknown
        ambiguous |= found.ambiguous
    if not places:
        return Meaning(unknown=(whole,))
    return Meaning(tuple(places), tuple(unknown), ambiguous)


def _one(text: str, state: str, kind: Kind | None) -> Named:
    """One place, with its state before or behind it: `IA - Polk County`, `Polk County, IA`."""
    levels = [level for level in map(_cleaned, _DASH.split(text)) if level]
    while len(levels) > 1 and look_up(levels[0], state, "country").places == (COUNTRY,):
        levels = levels[1:]
    if len(levels) > 1 and (said := state_code(levels[0])):
        # Where the state is wrong, the tenant's own is tried: people write the name with more care.
        there = _deepest(levels[1:], said, kind)
        return there if there.places else _deepest(levels[1:], state, kind)
    text = levels[-1] if levels else text
    base, comma, behind = text.rpartition(",")
    if comma and (said := state_code(behind)):
        return look_up(_cleaned(base), said, kind)
    return look_up(text, state, kind)


def _deepest(levels: list[str], state: str, kind: Kind | None) -> Named:
    if kind is None and key(levels[-1]) == key(STATES[state][1]):
        return Named((state_place(state),))
    return look_up(levels[-1], state, kind)


def _cleaned(text: str) -> str:
    cleaned = " ".join(text.split()).strip(" .,;:-")
    while (less := _AROUND.sub("", cleaned)) != cleaned:
        cleaned = less
    return cleaned
