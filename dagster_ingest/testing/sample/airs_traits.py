"""Roles and shapes of the sample's AIRS XML families."""

from __future__ import annotations

from dataclasses import dataclass

from dagster_ingest.testing.sample.plan import role_of

TABLES = ("agency", "site", "service_group", "site_service")

# One family each, in this order. `turn_` families change sides on day two.
ROLES = (
    "plain", "child", "excluded", "not_in_directory", "inactive", "deleted", "not_for_directory",
    "secret_address", "plain", "secret_phone", "secret_name", "no_address", "excluded_site",
    "deleted_service", "unlisted_service", "turn_address", "turn_phone", "turn_name", "turn_excluded",
    "turn_deleted", "turn_deleted_service", "turn_removed", "turn_child", "secret_child", "no_referral",
    *(("plain",) * 7),
)  # fmt: skip
OTHERS = tuple(r for r in dict.fromkeys(ROLES) if r != "plain" and not r.startswith("turn_"))
_CHILDREN = ("child", "secret_child", "turn_child")


@dataclass(frozen=True, slots=True)
class Shape:
    """services: at the first site; every other site offers the first of them. child: an agency inside."""

    sites: int
    services: int
    group: bool
    child: bool

    @property
    def rows(self) -> int:
        """Agencies, their own locations, sites, groups and services. A child has one site and service."""
        own = 2 + self.sites + self.group + self.services + self.sites - 1
        return own + 3 * self.child


def role(number: int) -> str:
    return role_of(ROLES, OTHERS, number)


def shape(number: int) -> Shape:
    sites = 2 if role(number) == "excluded_site" else 1 + (number % 3 == 1)
    return Shape(sites, 1 + number % 3, number % 2 == 0, role(number) in _CHILDREN or number % 7 == 3)


def size(number: int) -> int:
    return shape(number).rows
