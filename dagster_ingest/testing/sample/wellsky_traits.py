"""Roles and shapes of the sample's WellSky families."""

from __future__ import annotations

from dataclasses import dataclass

from dagster_ingest.testing.sample.plan import role_of

TABLES = ("organization", "location", "locationphone", "physicaladdress", "services")

# One family each, in this order. `turn_` families change sides on day two.
ROLES = (
    "plain", "agency_and_site", "shelter", "inactive_org", "not_operational", "not_public",
    "inactive_address", "plain", "inactive_phone", "hidden_contact", "inactive_contact",
    "inactive_service", "inactive_location", "withheld_post", "turn_address", "turn_phone",
    "turn_contact", "turn_not_public", "turn_inactive_service", "turn_removed", "turn_location",
    "plain", "plain", "plain", "plain", "plain", "plain", "plain",
)  # fmt: skip
OTHERS = tuple(r for r in dict.fromkeys(ROLES) if r != "plain" and not r.startswith("turn_"))


@dataclass(frozen=True, slots=True)
class Shape:
    """`services` at the first location; the others offer the first of them."""

    locations: int
    services: int

    @property
    def service_rows(self) -> int:
        return self.services + self.locations - 1


def role(number: int) -> str:
    return role_of(ROLES, OTHERS, number)


def shape(number: int) -> Shape:
    return Shape(
        1 + (number % 3 == 1 or role(number) in ("turn_location", "inactive_location")), 1 + number % 3
    )


def size(number: int) -> int:
    """Rows over all five files: two phones and one address a location, one more where one is inactive."""
    form, name = shape(number), role(number)
    more = name in ("inactive_address", "inactive_phone")
    return 1 + form.locations * 4 + form.service_rows + more
