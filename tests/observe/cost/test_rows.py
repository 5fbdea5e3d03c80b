"""Rows of cost: sums, levels, days of the event log, files of days, budgets."""

from __future__ import annotations

from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from dagster_ingest.observe.cost.budgets import told, used
from dagster_ingest.observe.cost.recorded import Recorded, day_of, rows_of
from dagster_ingest.observe.cost.rows import CostRow, grouped, joined, owned
from dagster_ingest.observe.cost.shown import UNTAGGED, size, table
from dagster_ingest.observe.cost.snowflake import Untagged
from dagster_ingest.observe.cost.store import CostStore
from dagster_ingest.spec.models import Budgets

NOON = 1_793_880_000.0  # 2026-11-05 12:00 UTC
ROW = CostRow(day="2026-11-05", tenant="gulf", state="FL", layer="raw", table="t", cpu_seconds=2.0)


def event(at: float = NOON, load: str = "L1", asset=("gulf", "raw", "t"), **record) -> Recorded:
    return Recorded(at, asset, "FL", {"load_id": load, **record})


def test_a_load_that_two_events_tell_of_counts_once():
    told_twice = [event(cpu_seconds=1.5, bytes_read=10), event(NOON + 5, cpu_seconds=1.5, seconds=3.0)]
    [row] = rows_of(told_twice)
    assert (row.steps, row.cpu_seconds, row.seconds, row.bytes_read) == (1, 1.5, 3.0, 10)
    assert (row.day, row.asset, row.state) == ("2026-11-05", "gulf/raw/t", "FL")


def test_loads_are_rows_of_their_own_until_they_are_joined():
    rows = rows_of([event(cpu_seconds=1.0), event(NOON + 60, "L2", cpu_seconds=2.0)])
    assert len(rows) == 2
    [row] = joined(rows)
    assert (row.steps, row.cpu_seconds) == (2, 3.0)


def test_what_a_warehouse_told_is_left_to_its_views_where_there_are_any():
    events = [event(credits=0.5, bytes_scanned=7, bytes_written=3, queries=["q1", "q2"], cpu_seconds=1.0)]
    [own] = rows_of(events)
    assert (own.credits, own.bytes_scanned, own.bytes_written, own.statements) == (0, 0, 0, 0)
    [whole] = rows_of(events, outside=True)
    assert (whole.credits, whole.bytes_scanned, whole.bytes_written, whole.statements) == (0.5, 7, 3, 2)


def test_days_are_those_of_utc():
    assert day_of(NOON + 12 * 3600 - 1) == "2026-11-05"
    assert day_of(NOON + 12 * 3600) == "2026-11-06"


def test_assets_of_the_platform_itself_are_no_tenants_cost():
    assert rows_of([event(asset=("platform", "cost"), cpu_seconds=9.0)]) == []


def test_sums_by_owner_and_by_asset_and_levels_by_their_highest_day():
    stored = [
        replace(ROW, bytes_stored=100),
        replace(ROW, table="u", bytes_stored=50, cpu_seconds=1.0),
        replace(ROW, day="2026-11-06", bytes_stored=120),
    ]
    rows = owned(stored, {"gulf": "team:gulf"})
    assert grouped(rows, ("owner",))[("team:gulf",)]["cpu_seconds"] == 5.0
    assert grouped(rows, ("tenant",))[("gulf",)]["bytes_stored"] == 150
    assert grouped(rows, ("asset",))[("gulf/raw/t",)]["bytes_stored"] == 120
    assert set(grouped(rows, ("day",))) == {("2026-11-05",), ("2026-11-06",)}


def test_a_table_shows_what_there_is_the_dearest_first_and_what_nobody_claims():
    rows = [ROW, replace(ROW, tenant="prairie", cpu_seconds=9.0), CostRow(day="2026-11-05", cpu_seconds=0.5)]
    headings, lines = table(rows, ("tenant",))
    assert headings == ["tenant", "cpu seconds"]
    assert [line[0] for line in lines] == ["prairie", "gulf", UNTAGGED]
    assert table(rows, ("tenant",), limit=1)[1] == [["prairie", "9.0 s"]]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2.5e9, "2.5 GB"), (1e18, "1,000.0 PB")],
)
def test_sizes(value, shown):
    assert size(value) == shown


def test_a_day_is_written_whole_and_what_was_stored_on_a_past_day_stays(tmp_path):
    store = CostStore(tmp_path)
    store.replace(["2026-11-05", "2026-11-06"], [replace(ROW, bytes_stored=10)])
    assert store.days() == ["2026-11-05", "2026-11-06"]

    store.replace(["2026-11-05"], [replace(ROW, cpu_seconds=7.0)])
    assert store.rows() == [replace(ROW, cpu_seconds=7.0, bytes_stored=10)]

    store.replace(["2026-11-05"], [replace(ROW, bytes_stored=5)])
    assert store.rows("2026-11") == [replace(ROW, bytes_stored=5)]
    assert store.rows("2026-11-06") == []
    assert store.rows("2026-11", "2026-11-05") == []
    assert not [path for path in store.folder.iterdir() if path.suffix not in (".parquet", ".json")]


def test_what_the_warehouse_told_of_days_can_be_kept(tmp_path):
    store = CostStore(tmp_path)
    told_of = replace(ROW, credits=0.5, statements=3, bytes_stored=9)
    store.replace(["2026-11-05"], [told_of, replace(ROW, table="u")])
    assert store.outside(["2026-11-04", "2026-11-05"]) == [replace(told_of, cpu_seconds=0, bytes_stored=0)]
    assert store.asked == ""
    store.asked = "2026-11-05"
    assert store.asked == "2026-11-05"


def test_statements_without_a_tag_are_kept_beside(tmp_path):
    store = CostStore(tmp_path)
    assert store.untagged() == []
    found = [Untagged("select 'ü'", "TESTER", "WH", 3, 0.25, 1.5)]
    store.replace_untagged(found)
    assert store.untagged() == found


def budgets(**periods: dict[str, float]) -> Budgets:
    return Budgets.model_validate(periods)


def test_a_months_budget_counts_that_month_and_that_tenant():
    rows = [
        ROW,
        replace(ROW, day="2026-10-31", cpu_seconds=100.0),
        replace(ROW, tenant="prairie", cpu_seconds=100.0),
        replace(ROW, day="2026-11-01", cpu_seconds=4.0),
    ]
    [use] = used("gulf", budgets(per_month={"cpu_seconds": 5}), rows, "2026-11-06")
    assert (use.used, use.exceeded, use.period) == (6.0, True, "2026-11")
    assert told([use]) == "6 of 5 cpu seconds in 2026-11: 120% of the budget"


def test_a_days_budget_looks_at_the_last_two_days_and_the_worse_counts():
    rows = [replace(ROW, day=f"2026-11-0{n}", cpu_seconds=s) for n, s in ((3, 90.0), (4, 8.0), (5, 2.0))]
    [use] = used("gulf", budgets(per_day={"cpu_seconds": 10}), rows, "2026-11-05")
    assert (use.period, use.used, use.exceeded) == ("2026-11-04", 8.0, False)
    assert told([use]) == "within the budget; nearest: 8 of 10 cpu seconds in 2026-11-04, 80%"


def test_a_tenant_that_used_nothing_is_within_its_budget():
    uses = used("gulf", budgets(per_day={"credits": 1}, per_month={"bytes_stored": 10}), [], "2026-11-05")
    assert [use.used for use in uses] == [0, 0]
    assert not any(use.exceeded for use in uses)


def test_what_went_to_providers_counts_once_a_step_and_older_days_can_be_read(tmp_path):
    told = [event(calls=3, characters=40, money=0.5), event(NOON + 5, calls=3, characters=40, money=0.5)]
    [row] = rows_of(told)
    assert (row.calls, row.characters, row.money) == (3, 40, 0.5)

    store = CostStore(tmp_path)
    store.replace([row.day], [row])
    path = store.folder / f"{row.day}.parquet"
    pq.write_table(
        pq.read_table(path, partitioning=None).drop_columns(["calls", "characters", "money"]), path
    )
    assert store.rows() == [replace(row, calls=0, characters=0, money=0.0)]
