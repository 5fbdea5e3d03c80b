"""A tenant says which records took the place of others; the reader leads there, and only to what it shows."""

from __future__ import annotations

import pytest

from dagster_ingest.assets.history import last_materialized
from dagster_ingest.assets.instance import open_instance
from dagster_ingest.assets.keys import asset_key
from dagster_ingest.testing import mongodb
from tests.servers import or_skip

pytestmark = [pytest.mark.slow, pytest.mark.mongodb]

TENANT, STATE = "capital", "DC"


@pytest.fixture
def uri(monkeypatch):
    with or_skip(mongodb.stand_in()) as address:
        monkeypatch.setenv("E2E_MONGO_URL", address)
        yield address


def test_a_record_that_was_replaced_leads_to_the_one_that_took_its_place(world, uri):
    folder = world.settings.tenants_dir / TENANT
    path = folder / "tenant.yaml"
    more = "  - reader: hsds_package\n  - reader: mongodb\n    url: E2E_MONGO_URL\n"
    path.write_text(path.read_text().replace("  - reader: hsds_package\n", more))

    def declare(**redirects: str) -> None:
        lines = [f"{old},{new}\n" for old, new in redirects.items()]
        (folder / "redirects.csv").write_text("old_id,new_id\n" + "".join(lines))

    def led() -> dict[str, str]:
        found = mongodb.documents(uri, "search", "redirects").values()
        return {d["_id"]: d["newId"] for d in found if d["tenantId"] == TENANT}

    def records() -> set[str]:
        return set(mongodb.documents(uri, "search", "resources"))

    world.deliver(1, TENANT)
    assert world.write(TENANT, STATE).success
    assert world.publish(TENANT, STATE).success
    one = records()
    first = min(one)
    assert led() == {}

    declare(legacy_17=first, legacy_16="legacy_17", legacy_15="nobody")
    path.write_text(path.read_text() + "\nredirects: redirects.csv\n")
    assert world.story(TENANT, STATE).health == "behind"
    assert world.publish(TENANT, STATE).materialized == ("published/mongodb",)
    assert led() == {"legacy_17": first, "legacy_16": first}
    with open_instance(world.settings) as instance:
        told = last_materialized(instance, asset_key(TENANT, "published", "mongodb"), STATE).metadata
    assert (told["rows_written"], told["rows_deleted"], told["redirects"]) == (0, 0, 2)
    assert world.publish(TENANT, STATE).run_id is None
    assert world.story(TENANT, STATE).health == "current"
    assert {each.reader: each.services > 0 for each in world.story(TENANT, STATE).shown} == {
        "hsds_package": True,
        "mongodb": True,
    }

    # What is not delivered any more, or is withheld from now on, was merged with one that stays.
    world.deliver(2, TENANT)
    assert world.write(TENANT, STATE).success
    assert world.publish(TENANT, STATE).success
    two = records()
    gone, kept = sorted(one - two), sorted(one & two)
    assert gone, "the second day takes records away"
    assert not set(led().values()) - two
    declare(**dict.fromkeys(gone, kept[0]), legacy_17=gone[0], legacy_16="legacy_17", legacy_15=kept[1])
    assert world.publish(TENANT, STATE).success
    assert led() == {
        **dict.fromkeys([*gone, "legacy_17", "legacy_16"], kept[0]),
        "legacy_15": kept[1],
    }
    assert records() == two
