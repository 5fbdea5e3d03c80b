"""States guessed from the values of a sample."""

from __future__ import annotations

import pytest

from dagster_ingest.naming import US_STATES
from dagster_ingest.scaffold.seen import TableSeen
from dagster_ingest.scaffold.states import state_columns, state_of, zone_of


def seen(**values: tuple[str, ...]) -> TableSeen:
    return TableSeen("t", "t.csv", tuple(values), 10, values=values)


@pytest.mark.parametrize(
    ("value", "state"),
    [
        ("IA", "IA"),
        ("ia", "IA"),
        ("PRAIRIE-IA", "IA"),
        ("IA DESK", "IA"),
        ("IANE", None),
        ("IA-NE", None),
        ("Call IN person", None),
        ("Iowa", None),
        ("", None),
    ],
)
def test_a_cell_names_one_state_or_none(value, state):
    assert state_of(value, ("IA", "NE", "IN")) == state


def test_the_keeper_of_a_record_counts_before_the_state_of_an_address():
    table = seen(PhysicalStateProvince=("IA", "NE"), RecordOwner=("P-IA", "P-NE"), Code=("IA", "NE"))

    found = state_columns([table])

    assert [column.heading for column in found] == ["RecordOwner", "PhysicalStateProvince", "Code"]
    assert found[0].binding()["values"] == {"P-IA": "IA", "P-NE": "NE"}
    assert "values" not in found[1].binding()


def test_a_column_counts_only_if_every_table_has_it_and_every_value_leads_somewhere():
    one, other = seen(State=("IA",), Desk=("IA", "HQ"), Region=("NE",)), seen(State=("NE",), Desk=("IA",))

    found = state_columns([one, other])

    assert [(column.heading, column.states) for column in found] == [("State", ["IA", "NE"])]


def test_values_of_other_states_than_the_tenants_do_not_count():
    assert state_columns([seen(State=("IA", "TX"))], ["IA"]) == []
    assert state_columns([]) == []


def test_every_state_has_a_time_zone():
    import zoneinfo

    assert {zone_of([state]) for state in US_STATES} <= zoneinfo.available_timezones()
    assert zone_of([]) is None
