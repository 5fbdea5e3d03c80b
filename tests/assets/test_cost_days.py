"""Which days are made anew, so that none is left out and late news are heard."""

from __future__ import annotations

from datetime import date

import pytest

from dagster_ingest.assets.cost_days import Costs, first_day
from dagster_ingest.settings import Settings
from dagster_ingest.spec.warehouse import DuckDBWarehouse, SnowflakeWarehouse

TODAY = date(2026, 11, 21)
SNOWFLAKE = SnowflakeWarehouse(type="snowflake", database="RESOURCES")


@pytest.mark.parametrize(
    ("target", "known", "asked", "days", "first"),
    [
        (DuckDBWarehouse(), (), "", None, "2026-10-18"),  # more than a month
        (DuckDBWarehouse(), ("2026-11-10", "2026-11-20"), "", None, "2026-11-18"),
        (DuckDBWarehouse(), ("2026-11-21",), "", None, "2026-11-19"),
        (DuckDBWarehouse(), ("2026-11-20",), "", 1, "2026-11-21"),
        (DuckDBWarehouse(), ("2026-11-20",), "", 3, "2026-11-19"),
        (SNOWFLAKE, ("2026-11-10", "2026-11-20"), "2026-11-20", None, "2026-11-18"),
        # it did not answer for five days: they are asked for again
        (SNOWFLAKE, ("2026-11-10", "2026-11-20"), "2026-11-15", None, "2026-11-13"),
        (SNOWFLAKE, ("2026-11-10", "2026-11-20"), "", None, "2026-11-08"),
        # a clock that ran ahead once
        (DuckDBWarehouse(), ("2027-01-01",), "", None, "2026-11-19"),
    ],
)
def test_the_first_day_to_make(tmp_path, target, known, asked, days, first):
    costs = Costs(Settings.load(home=tmp_path), (), target)
    if known:
        costs.store.replace(known, [])
        costs.store.asked = asked
    assert first_day(costs, TODAY, days).isoformat() == first
