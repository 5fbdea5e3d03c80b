"""What sets the sample's iCarol tenants apart: columns, topology, roles, choices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from dagster_ingest.testing.sample.plan import role_of

HEADERS = Path(__file__).parent / "headers"

# One family each, in this order. `turn_` families change sides on day two.
_FULL = (
    "plain", "bilingual", "private_address", "private_address_true", "unflagged", "private_phones",
    "private_mailing", "plain", "people", "own_pas", "link_only", "across", "excluded_across",
    "excluded_agency", "inactive_agency", "do_not_refer", "orphan", "broken_pas", "excluded_program",
    "inactive_program", "excluded_site", "excluded_pas", "directory_only", "no_site", "turn_address",
    "turn_phone", "turn_excluded", "plain", "turn_inactive", "turn_removed", "turn_program", "plain",
)  # fmt: skip
_PROGRAMS = (
    "plain", "excluded_agency", "inactive_agency", "do_not_refer", "excluded_program", "inactive_program",
    "blank_status", "plain", "directory_only", "with_site", "turn_excluded", "turn_inactive", "turn_removed",
    "turn_program", *(("plain",) * 10),
)  # fmt: skip
_SITES = (
    "plain", "private_address", "private_address_true", "private_phones", "private_mailing", "people",
    "with_program", "plain", "with_pas", "excluded_agency", "inactive_agency", "do_not_refer", "orphan",
    "excluded_site", "no_site", "blank_status", "turn_address", "turn_phone", "turn_contact", "turn_excluded",
    "turn_inactive", "turn_removed", "turn_site", *(("plain",) * 9),
)  # fmt: skip


@dataclass(frozen=True)
class Traits:
    """flags        the export has private flags
    closed          a blank flag of an address means private
    county_kept     a withheld address keeps city and county
    contacts, identifiers  the tenant publishes people and tax numbers
    own_parent      agency rows name themselves as their parent, else 0
    stamps          iso: 2026-01-31 08:15:00, minute: 1/31/26 8:15, day: 1/31/26
    owner           RecordOwner, with the state in it
    """

    header_file: str
    topology: str
    roles: tuple[str, ...]
    flags: bool = True
    closed: bool = False
    county_kept: bool = False
    contacts: bool = False
    identifiers: bool = False
    own_parent: bool = False
    stamps: str = "iso"
    owner: str = "{state}"
    language: str = ""

    @cached_property
    def header(self) -> tuple[str, ...]:
        return read_header(self.header_file)

    @cached_property
    def others(self) -> tuple[str, ...]:
        """Roles that come back in the bulk: those of one day and one family."""
        skip = ("plain", "turn_", "orphan", "across", "excluded_across")
        return tuple(r for r in dict.fromkeys(self.roles) if not r.startswith(skip))


@cache
def read_header(name: str) -> tuple[str, ...]:
    return tuple((HEADERS / f"{name}.txt").read_text(encoding="utf-8").splitlines())


TRAITS = {
    "prairie": Traits(
        "icarol_169", "full", _FULL, closed=True, own_parent=True, owner="PRAIRIE-{state}", language="en"
    ),
    "capital": Traits("icarol_116", "programs", _PROGRAMS, flags=False, stamps="minute"),
    "bayside": Traits(
        "icarol_166", "sites", _SITES, county_kept=True, contacts=True, identifiers=True, stamps="day"
    ),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """Rows of a family: a program-at-site is (program, site); None stands for a record not in the file."""

    agency: bool
    programs: int
    sites: int
    links: tuple[tuple[int | None, int | None], ...]
    languages: int

    @property
    def rows(self) -> int:
        return (self.agency + self.programs + self.sites + len(self.links)) * self.languages


def shape(traits: Traits, number: int) -> Shape:
    role = role_of(traits.roles, traits.others, number)
    programs, sites = _counts(traits.topology, number, role)
    links = tuple(_links(traits.topology, role, programs, sites))
    return Shape(role != "orphan", programs, sites, links, 2 if role == "bilingual" else 1)


def _counts(topology: str, number: int, role: str) -> tuple[int, int]:
    if topology == "programs":
        return 2 + number % 3, int(role == "with_site")
    if topology == "sites":
        return int(role in ("with_program", "with_pas")), 0 if role == "no_site" else 1 + number % 3
    return 1 + (number % 3 == 1), 0 if role == "no_site" else 1 + (number % 4 == 2)


def _links(topology: str, role: str, programs: int, sites: int) -> Iterator[tuple[int | None, int | None]]:
    """Every program at the first site, the first program at the others."""
    if topology == "full" and sites:
        yield from ((program, 0) for program in range(programs))
        yield from ((0, site) for site in range(1, sites))
    if role == "with_pas":
        yield 0, 0
    if role in ("across", "excluded_across"):
        yield 0, -1  # a site of the first family
    if role == "broken_pas":
        yield None, 0
        yield 0, None
