"""Loads that replace partitions, that fail, that meet one another; rollback; other installations."""

from __future__ import annotations

import dataclasses

import pytest

from dagster_ingest.errors import IngestError, LandError, Unavailable
from dagster_ingest.land.group import Group
from dagster_ingest.testing.warehouses.world import Provider, World, commit, rows, stage


class Loads:
    def test_a_load_replaces_its_partition_and_no_other(self, world: World) -> None:
        landing = world.landing()
        commit(landing, "load-0001", {"ID": ["1", "2"], "Name": ["a", "b"]})
        commit(landing, "load-0002", {"ID": ["9"], "Name": ["z"]}, state="AL")
        commit(landing, "load-0003", {"ID": ["8"], "Name": ["y"]}, table="feed_site")

        last = commit(landing, "load-0004", {"ID": ["3"], "Name": ["c"]})

        assert rows(landing) == [("3",)]
        assert rows(landing, state="AL") == [("9",)]
        assert rows(landing, state=None) == [("3",), ("9",)]
        assert rows(landing, "feed_site") == [("8",)]
        assert world.landing().current("feed_agency", "FL") == last

    def test_a_partition_may_become_empty(self, world: World) -> None:
        landing = world.landing()
        commit(landing, "load-0001", {"ID": ["1"], "Name": ["a"]})
        commit(landing, "load-0002", {"ID": [], "Name": []})

        assert rows(landing) == []
        current = world.landing().current("feed_agency", "FL")
        assert current is not None
        assert (current.load_id, current.rows) == ("load-0002", 0)

    def test_what_is_not_committed_is_not_seen(self, world: World) -> None:
        landing = world.landing()
        commit(landing, "load-0001", {"ID": ["1"], "Name": ["a"]})

        candidate, _ = stage(landing, "load-0002", {"ID": ["2"], "Name": ["b"]})
        seen = rows(landing)
        candidate.abort()

        assert seen == rows(landing) == [("1",)]
        assert [q.load_id for q in landing.quarantined()] == ["load-0002"]

    def test_tables_of_a_group_appear_together(self, world: World) -> None:
        landing = world.landing()
        with Group(landing) as group:
            commit(group, "load-0001", {"ID": ["1"], "Name": ["a"]})
            commit(group, "load-0002", {"ID": ["2"], "Name": ["b"]}, table="feed_site")
            before = world.landing().versions()
            outcomes = group.commit()

        assert before == []
        assert not [error for error in outcomes.values() if isinstance(error, IngestError)]
        assert rows(landing) == [("1",)]
        assert rows(landing, "feed_site") == [("2",)]

    def test_a_stale_load_of_a_group_is_left_out_and_says_so(self, world: World) -> None:
        landing = world.landing()
        with Group(landing) as group:
            commit(group, "load-0001", {"ID": ["1"], "Name": ["a"]})
            commit(group, "load-0002", {"ID": ["2"], "Name": ["b"]}, table="feed_site")
            commit(world.landing(), "load-0003", {"ID": ["3"], "Name": ["c"]})
            outcomes = group.commit()

        assert isinstance(outcomes["load-0001"], Unavailable)
        assert not isinstance(outcomes["load-0002"], IngestError)
        assert rows(landing) == [("3",)]
        assert rows(landing, "feed_site") == [("2",)]

    def test_a_rollback_brings_the_rows_back_and_not_the_delivery(self, world: World) -> None:
        landing = world.landing()
        good = commit(landing, "load-0001", {"ID": ["1", "2"], "Name": ["a", None]})
        bad = commit(landing, "load-0002", {"ID": ["3"], "Name": ["x"]})

        version = landing.rollback("feed_agency", "FL", "load-0001", by="ada", note="wrong file")

        assert rows(landing, columns=("ID", "Name", "_load_id")) == [
            ("1", "a", "load-0001"),
            ("2", None, "load-0001"),
        ]
        assert world.landing().current("feed_agency", "FL") == version
        assert (version.data_version, version.cursor) == (good.data_version, good.cursor)
        assert (version.inputs, version.fingerprint) == (bad.inputs, bad.fingerprint)
        past = landing.history("feed_agency", "FL")
        assert [p.version.load_id for p in past] == ["load-0001", "load-0002"]
        assert past[1].why == "rolled back by ada: wrong file"

    def test_a_rollback_can_itself_be_rolled_back_and_loaded_over(self, world: World) -> None:
        landing = world.landing()
        commit(landing, "load-0001", {"ID": ["1"], "Name": ["a"]})
        commit(landing, "load-0002", {"ID": ["2"], "Name": ["b"]})

        landing.rollback("feed_agency", "FL", "load-0001", by="ada")
        landing.rollback("feed_agency", "FL", "load-0002", by="ada")
        there = rows(landing)
        commit(landing, "load-0003", {"ID": ["3"], "Name": ["c"]})

        assert there == [("2",)]
        assert rows(landing) == [("3",)]

    def test_a_rollback_to_nothing_changes_nothing(self, world: World) -> None:
        landing = world.landing()
        commit(landing, "load-0001", {"ID": ["1"], "Name": ["a"]})

        with pytest.raises(LandError, match="load-9999"):
            landing.rollback("feed_agency", "FL", "load-9999", by="ada")

        assert rows(landing) == [("1",)]

    def test_another_installation_takes_over_what_the_warehouse_holds(
        self, world: World, warehouse: Provider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if not warehouse.shared:
            pytest.skip("the warehouse lies in the installation's own folder")
        version = commit(world.landing(), "load-0001", {"ID": ["1"], "Name": [""]})
        other = World.build(world.folder, warehouse, name="elsewhere")
        for name, value in other.environment.items():
            monkeypatch.setenv(name, value)

        theirs = other.landing()
        theirs.recover()

        assert theirs.current("feed_agency", "FL") == version
        scanned = theirs.scan("feed_agency", "FL")
        assert scanned is not None
        assert scanned.select("ID", "Name", "_row_number").collect().rows() == [("1", "", 1)]
        commit(theirs, "load-0002", {"ID": ["2"], "Name": ["b"]})
        for name, value in world.environment.items():
            monkeypatch.setenv(name, value)
        ours = world.landing()
        with pytest.raises(Unavailable):
            commit(ours, "load-0003", {"ID": ["3"], "Name": ["c"]})
        assert rows(ours) == [("2",)]
        ours.recover()
        commit(ours, "load-0004", {"ID": ["4"], "Name": ["d"]})
        assert rows(ours) == [("4",)]

    def test_an_approved_candidate_becomes_the_partition_once(self, world: World) -> None:
        landing = world.landing()
        before = commit(landing, "load-0001", {"ID": ["1"], "Name": ["a"]})
        candidate, version = stage(landing, "load-0002", {"ID": ["2"], "Name": ["b"]})
        why = {"reason": "review", "contract_version": "1.0.0", "why": "asked", "base": before.data_version}
        held = candidate.hold(version, **why)  # type: ignore[arg-type]
        waiting = rows(landing)

        landing.held.decide("feed_agency", "FL", held.hash, "approved", by="ada")
        first = landing.held.commit(held)
        again = landing.held.commit(held)

        assert waiting == [("1",)]
        assert rows(landing) == [("2",)]
        assert first == again
        assert dataclasses.replace(first, committed_at="") == dataclasses.replace(version, committed_at="")

    def test_tenants_at_once_do_not_meet(self, world: World) -> None:
        loads = {
            tenant: [
                {"load_id": f"load-{tenant}-{n:04d}", "columns": {"ID": [f"{tenant} {n}"], "Name": ["x"]}}
                for n in range(4)
            ]
            for tenant in ("alpha", "beta")
        }

        running = [world.start(tenant, made) for tenant, made in loads.items()]
        errors = [process.communicate(timeout=300)[1] for process in running]

        assert [process.returncode for process in running] == [0, 0], errors
        assert rows(world.landing("alpha")) == [("alpha 3",)]
        assert rows(world.landing("beta")) == [("beta 3",)]

    def test_two_processes_on_one_partition_leave_one_of_their_loads_whole(self, world: World) -> None:
        def loads(who: str) -> list[dict]:
            return [
                {"load_id": f"load-{who}-{n:04d}", "columns": {"ID": [who, f"{who}{n}"], "Name": ["x", "y"]}}
                for n in range(3)
            ]

        running = [world.start("alpha", loads(who)) for who in ("p", "q")]
        errors = [process.communicate(timeout=300)[1] for process in running]

        assert [process.returncode for process in running] == [0, 0], errors
        landing = world.landing()
        assert rows(landing) in ([("p",), ("p2",)], [("q",), ("q2",)])
        current = landing.current("feed_agency", "FL")
        assert current is not None
        assert {load for (load,) in rows(landing, columns=("_load_id",))} == {current.load_id}
