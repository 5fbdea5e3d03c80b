"""One name to one place."""

from __future__ import annotations

import re
from typing import NamedTuple

from dagster_ingest.enhance.areas.atlas import counties_named, counties_of_city
from dagster_ingest.enhance.areas.place import COUNTRY, Kind, Place
from dagster_ingest.enhance.names import STATES, key, state_code
from dagster_ingest.enhance.zips import city_of, zip_of

_ZIP = re.compile(r"(?:zip(?: ?codes?)?:? *)?(\d{5})(?:-\d{4})?", re.IGNORECASE)
_COUNTY = re.compile(
    r" +(?:county|counties|co\.?|parish(?:es)?|city and borough|boroughs?|census area|municipality|"
    r"municipio)$",
    re.IGNORECASE,
)
_COUNTY_OF = re.compile(r"county of +(.+)", re.IGNORECASE)
_CITY = re.compile(
    r"(?:city|town|village|township) of +(.+)|(.+?) +(?:city|town|village|township)$", re.IGNORECASE
)
_STATE = re.compile(
    r"(?:the +)?(?:entire +|whole +|all +of +)?state +of +(.+)|(.+?)(?: +\(?state\)?| *-* *\(?statewide\)?)$",
    re.IGNORECASE,
)
_STATEWIDE = {"statewide", "entirestate", "wholestate", "allcounties", "state", "allofstate", "thestate"}
_COUNTRY = {
    "us", "usa", "unitedstates", "unitedstatesofamerica", "nationwide", "national", "nation", "country",
    "entirecountry", "allstates", "allunitedstates",
}  # fmt: skip


class Named(NamedTuple):
    """places: none where the name means nothing. other: what it might have meant as well."""

    places: tuple[Place, ...] = ()
    other: tuple[Place, ...] = ()


def state_place(code: str) -> Place:
    return Place("state", code, STATES[code][1], code)


def look_up(name: str, state: str, kind: Kind | None = None) -> Named:
    """What `name` means in `state`, if it is of `kind`; without one, whatever it says it is itself."""
    if found := _ZIP.fullmatch(name):
        zip_code = zip_of(found[1])
        if zip_code is None or kind not in (None, "zip"):
            return Named()
        return Named((Place("zip", zip_code.code, zip_code.code, zip_code.state),))
    if kind == "country" or (kind is None and (key(name) in _COUNTRY or name in ("US", "U.S."))):
        return Named((COUNTRY,)) if key(name) in _COUNTRY else Named()
    if kind == "county":
        return _county(name, state)
    if kind == "city":
        return Named(_city(name, state))
    if kind == "state" or (kind is None and key(name) in _STATEWIDE):
        return _state(name, state)
    if kind == "zip":
        return Named()
    return _anything(name, state)


def _anything(name: str, state: str) -> Named:
    """What a name says by its own words, then the tenant's own state, a city, a county, another state."""
    if (_COUNTY.search(name) or _COUNTY_OF.fullmatch(name)) and (found := _county(name, state)).places:
        return found
    if key(name) == key(STATES[state][1]) or name == state:
        return Named((state_place(state),))
    cities, counties = _city(name, state), _county(name, state).places
    if cities and _CITY.fullmatch(name):
        return Named(cities)
    if cities and counties and cities != counties:
        # A county that surrounds its namesake holds what either might have meant.
        within = (
            any(key(z.county).startswith(key(counties[0].name)) for z in city_of(cities[0].name, state))
            and cities[0].kind == "city"
        )
        return Named(counties, cities) if within else Named(cities, counties)
    if cities or counties:
        return Named(cities or counties)
    return _state(name, state)


def _county(name: str, state: str) -> Named:
    """A bare name that a county shares with an independent city is the county; a city says that it is."""
    said = _COUNTY_OF.fullmatch(name)
    bare = said[1] if said else _COUNTY.sub("", name)
    found = counties_named(bare, state)
    if not found and (city := _CITY.fullmatch(bare)):
        found = [county for county in counties_named(city[1] or city[2], state) if county.is_city]
    chosen = [county for county in found if not county.is_city] or found
    return Named(tuple(_county_place(c.fips, c.name, state) for c in chosen[:1]))


def _county_place(fips: str, name: str, state: str) -> Place:
    return Place("county", fips, name, state)


def _city(name: str, state: str) -> tuple[Place, ...]:
    """A city that is a county, or several, has their outline."""
    names = [name]
    if match := _CITY.fullmatch(name):
        names.append(match[1] or match[2])
    for each in names:
        if whole := counties_of_city(each, state):
            return tuple(_county_place(fips, each, state) for fips in whole)
        if zips := city_of(each, state):
            # The spelling of the table, so that one city has one code.
            own = next((z.city for z in zips if key(z.city) == key(each)), each.strip().title())
            return (Place("city", f"{state}/{own}", own, state),)
    return ()


def _state(name: str, state: str) -> Named:
    if key(name) in _STATEWIDE:
        return Named((state_place(state),))
    match = _STATE.fullmatch(name)
    found = state_code(name) or (state_code(match[1] or match[2]) if match else None)
    return Named((state_place(found),)) if found else Named()
