"""Processes killed at every step: the next run finds the old partition or the new one, and goes on."""

from __future__ import annotations

import signal

import pytest

from dagster_ingest.testing.warehouses.world import Provider, World, commit, rows

LEDGER = ("land.sealed", "land.commit", "land.committed")
OUTSIDE = (
    "land.intent.commit",
    "land.intent.committed",
    "backing.staged",
    "backing.loaded",
    "backing.audited",
    "backing.swap",
    "backing.published",
    "land.published",
)


class Deaths:
    @pytest.mark.parametrize("point", LEDGER + OUTSIDE)
    def test_killed_at(self, world: World, warehouse: Provider, point: str) -> None:
        """Two tables of one load, killed on the way. Before recovery each is old or new and never mixed."""
        if point in OUTSIDE and warehouse.target["type"] == "duckdb":
            pytest.skip("a point of warehouses outside")
        commit(world.landing(), "load-0001", {"ID": ["1", "2"], "Name": ["a", "b"]})
        commit(world.landing(), "load-0002", {"ID": ["5"], "Name": ["e"]}, table="feed_site")
        group = [
            {"load_id": "load-0003", "columns": {"ID": ["3", "4"], "Name": ["c", "d"]}},
            {"load_id": "load-0004", "table": "feed_site", "columns": {"ID": ["6"], "Name": ["f"]}},
        ]

        process = world.start("alpha", [{"group": group}], fault=point)
        _, error = process.communicate(timeout=300)

        assert process.returncode == -signal.SIGKILL, error
        landing = world.landing()
        assert rows(landing) in ([("1",), ("2",)], [("3",), ("4",)])
        landing.recover()
        agency, site = rows(landing), rows(landing, "feed_site")
        assert agency in ([("1",), ("2",)], [("3",), ("4",)])
        current = landing.current("feed_agency", "FL")
        assert current is not None
        assert (current.load_id == "load-0003") == (agency == [("3",), ("4",)])
        if warehouse.together:
            assert (agency, site) in (
                ([("1",), ("2",)], [("5",)]),
                ([("3",), ("4",)], [("6",)]),
            )
        refused = [q.load_id for q in landing.quarantined() if q.load_id == current.load_id]
        assert refused == [current.load_id]

        commit(landing, "load-0005", {"ID": ["7"], "Name": ["g"]})
        commit(landing, "load-0006", {"ID": ["8"], "Name": ["h"]}, table="feed_site")

        assert (rows(landing), rows(landing, "feed_site")) == ([("7",)], [("8",)])
        assert landing.recover() == []
