"""What two sample tenants publish and withdraw, told by hand from the roles that their families play."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from dagster_ingest.testing.sample import airs_traits, hsds
from dagster_ingest.testing.sample.plan import Family, Feed, day_edit, feeds_of
from tests.e2e.conftest import Day

pytestmark = pytest.mark.slow

# 18 organizations with a service each, a second one of the nine with odd numbers and of turn_service, and a
# second place of the six with number % 3 == 1 and of turn_location (which is one of them not): 28 services
# at 25 places. The inactive service is not offered, and with it go its organization's two places.
# Day two: an organization with two services is gone, so are one service, and one place; two organizations
# with one and two services and with one place and two come.
PIEDMONT = {
    1: {"organization": 18, "service": 27, "location": 23, "contact": 0, "organization_identifier": 0},
    2: {"organization": 19, "service": 27, "location": 23, "contact": 0, "organization_identifier": 0},
}
# 32 families, of which a flag, a status or a stamp hides five; six of the others have a child that is shown.
# Day two: three families and one child turn, two families come.
EVERGREEN = {1: {"organization": 33, "contact": 0}, 2: {"organization": 31, "contact": 0}}


def rows(package: Path) -> dict[str, int]:
    return json.loads((package / "manifest.json").read_text())["rows"]


def source_ids(package: Path, table: str) -> set[str]:
    """The ids that published records have at their source."""
    with (package / "metadata.csv").open(newline="") as file:
        return {row["previous_value"] for row in csv.DictReader(file) if row["resource_type"] == table}


def agencies(feed: Feed, roles: tuple[str, ...], *wanted: str) -> set[str]:
    """Ids of the agencies whose families play these roles."""
    return {str(feed.first_id + number * 100) for number, role in enumerate(roles) if role in wanted}


def withdrawn(feed: Feed, role: str, table: str) -> set[str]:
    """Ids of rows of an HSDS publisher that the family of that role has on day one alone."""
    number = hsds.ROLES.index(role)
    one, two = (
        hsds.family_rows(Family(feed, number, role, 7, day_edit(day), None)).get(table, []) for day in (1, 2)
    )
    return {row["id"] for row in one} - {row["id"] for row in two}


@pytest.fixture(params=[1, 2], ids=["day one", "day two"])
def day(request, days) -> Day:
    return {1: days.one, 2: days.two}[request.param]


@pytest.mark.parametrize(
    ("tenant", "state", "expected"), [("piedmont", "NC", PIEDMONT), ("evergreen", "WA", EVERGREEN)]
)
def test_counts(day, tenant, state, expected):
    found = rows(day.package(tenant, state))

    assert {name: found[name] for name in expected[day.number]} == expected[day.number]


def test_stamped_excluded_and_absent_agencies_are_gone_on_day_two(days):
    [feed] = feeds_of("evergreen")
    leaving = agencies(feed, airs_traits.ROLES, "turn_deleted", "turn_excluded", "turn_removed")
    before, after = (
        source_ids(day.package("evergreen", "WA"), "organization") for day in (days.one, days.two)
    )

    assert len(leaving) == 3
    assert leaving <= before
    assert leaving.isdisjoint(after)


@pytest.mark.parametrize(
    ("role", "table"),
    [("turn_removed", "organization"), ("turn_service", "service"), ("turn_location", "location")],
)
def test_what_a_package_lacks_is_gone_on_day_two(days, role, table):
    [feed] = feeds_of("piedmont")
    [leaving] = withdrawn(feed, role, table)
    before, after = (source_ids(day.package("piedmont", "NC"), table) for day in (days.one, days.two))

    assert leaving in before
    assert leaving not in after
