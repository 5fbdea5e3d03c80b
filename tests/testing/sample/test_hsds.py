"""The sample's HSDS rows: sound references, and what the publisher withdraws on day two."""

from __future__ import annotations

import pytest

from dagster_ingest.hsds import entities
from dagster_ingest.testing.sample import hsds
from dagster_ingest.testing.sample.plan import Family, day_edit, feeds_of

LINKS = {"attribute": ("link_id", "link_entity"), "metadata": ("resource_id", "resource_type")}


def tables(day: int) -> dict[str, list[dict]]:
    [feed] = feeds_of("piedmont")
    found: dict[str, list[dict]] = {name: [] for name in hsds.TABLES}
    for rows in hsds.families(feed, day_edit(day), None, 7, None):
        for name, some in rows.items():
            found[name] += some
    return found


def withdrawn(role: str) -> dict[str, int]:
    """How many rows less a family of that role has on day two."""
    [feed] = feeds_of("piedmont")
    number = hsds.ROLES.index(role)
    one, two = (hsds.family_rows(Family(feed, number, role, 7, day_edit(day), None)) for day in (1, 2))
    less = {name: len(rows) - len(two.get(name, ())) for name, rows in one.items()}
    return {name: count for name, count in less.items() if count}


@pytest.mark.parametrize("day", [1, 2])
def test_every_reference_leads_to_a_row(day):
    found = tables(day)
    ids = {name: {row["id"] for row in rows} for name, rows in found.items()}

    for name, rows in found.items():
        assert len(ids[name]) == len(rows), name
        targets = {f.name: f.references.split(".")[0] for f in entities()[name].fields if f.references}
        for row in rows:
            for field, target in targets.items():
                assert not row.get(field) or row[field] in ids[target], (name, field)
            if name in LINKS:
                link, kind = LINKS[name]
                assert row[link] in ids[row[kind]]


def test_columns_are_those_of_the_standard():
    for name, rows in tables(1).items():
        assert rows, name
        assert {column for row in rows for column in row} <= {f.name for f in entities()[name].fields}


def test_sizes_are_those_of_day_one():
    [feed] = feeds_of("piedmont")
    for number in range(len(hsds.ROLES)):
        rows = hsds.family_rows(Family(feed, number, hsds.role(number), 7, day_edit(1), None))
        assert hsds.size(number) == sum(map(len, rows.values()))


@pytest.mark.parametrize(
    ("role", "less"),
    [("turn_address", {"address": 1}), ("turn_phone", {"phone": 1}), ("plain", {})],
)
def test_what_is_withdrawn(role, less):
    assert withdrawn(role) == less


def test_a_withdrawn_service_or_place_takes_what_hangs_on_it_along():
    service, location = withdrawn("turn_service"), withdrawn("turn_location")

    assert service["service"] == service["service_at_location"] == service["phone"] == 1
    assert location["location"] == location["service_at_location"] == location["phone"] == 1
    assert "organization" not in service | location


def test_a_withdrawal_moves_the_stamp_of_every_service_of_its_family():
    """Readers of changes go by it."""
    [feed] = feeds_of("northstar")
    for role in ("turn_address", "turn_phone", "turn_service", "turn_location"):
        number = hsds.ROLES.index(role)
        one, two = (
            {r["id"]: r["last_modified"] for r in hsds.family_rows(made)["service"]}
            for made in (Family(feed, number, role, 7, day_edit(day), None) for day in (1, 2))
        )
        assert all(two[id] > one[id] for id in two)


def test_what_is_new_or_changed_has_a_stamp_later_than_all_of_day_one():
    """Services of the second day that a reader of changes has to find."""
    [feed] = feeds_of("northstar")
    one, two = (
        {
            row["id"]: row
            for rows in hsds.families(feed, day_edit(day), None, 7, None)
            for row in rows.get("service", ())
        }
        for day in (1, 2)
    )
    latest = max(row["last_modified"] for row in one.values())
    moved = {id for id, row in two.items() if row != one.get(id)}

    assert set(two) - set(one)
    assert moved >= set(two) - set(one)
    assert all(two[id]["last_modified"] > latest for id in moved)
