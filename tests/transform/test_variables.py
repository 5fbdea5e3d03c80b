"""The day of a tenant."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from dagster_ingest.transform.variables import today

LATE = datetime(2026, 3, 11, 3, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "day"),
    [
        (SimpleNamespace(timezone="America/Chicago"), "2026-03-10"),
        (SimpleNamespace(timezone="UTC"), "2026-03-11"),
        (None, "2026-03-11"),
    ],
)
def test_a_day_begins_at_midnight_of_the_tenant(schedule, day):
    spec = SimpleNamespace(model=SimpleNamespace(schedule=schedule))
    assert today(spec, LATE) == day
