"""What a load says of itself in the catalog, from a candidate's notes to the snapshot."""

from __future__ import annotations

from dagster_ingest.land import profiles
from dagster_ingest.testing.warehouses import world
from dagster_ingest.testing.warehouses.world import World
from tests.land.iceberg.test_conformance import Sqlite


def test_a_snapshot_names_the_contract_version_that_its_rows_passed(tmp_path, monkeypatch):
    with Sqlite(tmp_path / "warehouse") as provider:
        made = World.build(tmp_path / "one", provider)
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        landing = made.landing()
        candidate, version = world.stage(landing, "a", {"ID": ["1"]})
        candidate.observe(profiles.Note("1.4.0", "{}", lambda earlier: "[]"))

        candidate.commit(version)

        table = landing.backing.tables()["feed_agency"]
        said = table.current_snapshot().summary.additional_properties
        assert (said["ingest.load-id"], said["ingest.contract"]) == ("a", "1.4.0")
