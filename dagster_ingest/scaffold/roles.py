"""What a heading is likely to mean in HSDS, and what a table is likely to hold. Guesses by words alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from dagster_ingest.evolution.secrecy import words

Words = Collection[str]

ENTITIES: Mapping[str, frozenset[str]] = {
    "organization": frozenset(
        {
            "organization",
            "organizations",
            "organisation",
            "organisations",
            "org",
            "orgs",
            "agency",
            "agencies",
        }
        | {"provider", "providers", "company", "companies"}
    ),
    "location": frozenset(
        {"location", "locations", "site", "sites", "place", "places", "facility", "facilities", "branch"}
        | {"branches", "office", "offices"}
    ),
    "service": frozenset({"service", "services", "program", "programs", "programme", "programmes"}),
}
# SQL's own words: a raw column of such a name cannot be read by `raw_rows`.
_RESERVED = """
all and any array as asc both case cast check collate column constraint create default desc distinct do else
end except false fetch for foreign from grant group having in initially intersect into lateral leading limit
not null offset on only or order placing primary qualify references returning select some symmetric table then
to trailing true union unique using when where window with
"""
RESERVED = frozenset(_RESERVED.split())
_PEOPLE = {"contact", "director", "first", "last", "person", "worker", "staff", "user", "editor", "by"}
_ASIDE = {"ext", "extension", "type", "private", "flag", "public", "visible", "id", "count", "updated"}


def _any(*names: str) -> Callable[[Words], bool]:
    return lambda said: bool(set(names) & set(said))


def _street(line: str | None) -> Callable[[Words], bool]:
    def fits(said: Words) -> bool:
        numbers = {word for word in said if word.isdigit()}
        named = {"address", "addr", "street"} & set(said)
        return bool(named) and (numbers == {line} if line == "2" else not numbers - {"1"})

    return fits


# The first that fits counts. HSDS has no field for a status: what hides a record is decided by a person.
_ROLES: tuple[tuple[str, Callable[[Words], bool]], ...] = (
    ("fax", _any("fax")),
    ("email", _any("email", "mail")),
    ("website", _any("url", "website", "web", "homepage")),
    ("phone", _any("phone", "telephone", "tel", "hotline", "tollfree", "mobile", "tty")),
    ("latitude", _any("latitude", "lat")),
    ("longitude", _any("longitude", "lon", "lng")),
    ("postal_code", _any("zip", "zipcode", "postal", "postcode")),
    ("address_2", _street("2")),
    ("address_1", _street(None)),
    ("city", _any("city", "town")),
    ("region", _any("county")),
    ("country", _any("country")),
    ("eligibility_description", _any("eligibility")),
    ("fees_description", _any("fee", "fees", "cost")),
    ("application_process", _any("intake", "application", "apply", "procedure")),
    ("hours", _any("hours", "schedule")),
    ("status", _any("status", "active", "inactive", "hidden", "confidential", "exclude")),
    ("last_modified", _any("updated", "modified", "changed")),
    ("description", _any("description", "desc", "summary", "purpose", "about")),
    ("alternate_name", _any("aka", "alternate", "alias")),
    ("state_province", _any("state", "province")),
    ("name", _any("name", "title")),
)


def role_of(heading: str) -> str | None:
    """The HSDS field that a column may fill, or status, hours, fax; None for none of them."""
    said = words(heading)
    if "e" in said and "mail" in said:
        return "email"
    for role, fits in _ROLES:
        if fits(said):
            if role in ("name", "phone") and _PEOPLE & set(said):
                return None
            if role in ("phone", "fax", "email", "address_1", "address_2", "name") and _ASIDE & set(said):
                return None
            return role
    return None


def entity_of(table: str) -> str | None:
    """organization, location, service, or None."""
    said = re.split(r"[^a-z]+", table.lower())
    return next((entity for entity, names in ENTITIES.items() if names & set(said)), None)


def entities_of(tables: Mapping[str, Collection[str]]) -> dict[str, str]:
    """Table to entity. `tables`: name to headings. A lone table that names things is of organizations."""
    found = {name: entity for name in tables if (entity := entity_of(name))}
    if "organization" not in found.values():
        named = (n for n, headings in tables.items() if n not in found and "name" in map(role_of, headings))
        if (first := next(named, None)) is not None:
            found[first] = "organization"
    return found
