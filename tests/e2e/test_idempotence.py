"""The same delivery twice costs a fingerprint; a small change costs a small publication."""

from __future__ import annotations

import pytest

from tests.e2e.stores import package, warehouse

pytestmark = pytest.mark.slow


def test_loading_the_same_drop_twice_changes_no_row_and_runs_nothing_downstream(world):
    world.deliver(1, "keystone")
    assert world.write("keystone", "PA").success
    assert world.publish("keystone", "PA").success
    file = world.settings.warehouse / "keystone.duckdb"
    before = warehouse(file), package(world.published("keystone", "PA"))

    again = world.write("keystone", "PA")
    shown = world.publish("keystone", "PA")

    assert again.success
    assert again.materialized == ()
    assert shown.run_id is None
    assert (warehouse(file), package(world.published("keystone", "PA"))) == before


def test_the_same_rows_in_another_file_run_nothing_downstream(world):
    world.deliver(1, "keystone")
    assert world.write("keystone", "PA").success
    for path in list((world.settings.drops / "keystone").rglob("*")):
        if path.is_file():
            with path.open("ab") as handle:  # a fingerprint of other bytes, the same records
                handle.write(b"\r\n" if b"\r\n" in path.read_bytes() else b"\n")
    again = world.write("keystone", "PA")
    assert again.success
    assert not [name for name in again.materialized if not name.startswith("raw/")]
