"""A delivery that waits for a person stops what hangs on it, in its state, until the person decided."""

from __future__ import annotations

import polars as pl
import pytest

from dagster_ingest.assets.history import last_materialized
from dagster_ingest.assets.instance import open_instance
from dagster_ingest.assets.keys import asset_key
from dagster_ingest.assets.platform import TenantPlatform

pytestmark = pytest.mark.slow

PATCH = """\
patch:
  version: 1.0.0
  of: wellsky/services
  major: 1
  why: Somebody looks at it when services vanish.
schema:
  services:
    customProperties:
      review: {value: {removed_above: 0.05}}
"""


@pytest.fixture
def gulf(world):
    """Both states published, and a contract that asks for review when services are removed."""
    folder = world.settings.tenants_dir / "gulf"
    (folder / "contracts").mkdir()
    (folder / "contracts" / "services.patch.yaml").write_text(PATCH)
    text = (folder / "tenant.yaml").read_text()
    asked = "      services:\n        patch: contracts/services.patch.yaml\n"
    (folder / "tenant.yaml").write_text(text.replace("      services:\n", asked))
    world.deliver(1, "gulf")
    for state in ("AL", "FL"):
        assert world.write("gulf", state).success
        assert world.publish("gulf", state).success
    return world


def lose_services(world, state: str) -> None:
    [file] = (world.settings.drops / "gulf" / state.lower()).glob("*services*.csv")
    frame = pl.read_csv(file, infer_schema=False)
    assert frame.height > 10
    frame.head(frame.height * 2 // 3).write_csv(file)


def test_it_waits_in_its_state_alone_and_approval_runs_what_hangs_on_it(gulf):
    before = gulf.story("gulf", "AL").shown
    lose_services(gulf, "AL")

    waiting, other = gulf.write("gulf", "AL"), gulf.write("gulf", "FL")

    assert (waiting.success, waiting.materialized) == (False, ())
    assert waiting.failed_checks == ("raw/wellsky_services/review",)
    assert other.success
    held = gulf.publish("gulf", "AL")
    assert (held.run_id, held.held) == (None, None)
    story = gulf.story("gulf", "AL")
    assert (story.health, story.shown) == ("waiting", before)
    assert gulf.story("gulf", "FL").health == "current"
    [blocker] = story.blockers
    graph = TenantPlatform(gulf.settings, gulf.spec("gulf")).graph
    stopped = {"/".join(name) for name in graph.descendants([("raw", "wellsky_services")])}
    assert set(blocker.stops) == stopped
    told = gulf.command("explain", "gulf", "AL").stdout
    assert "a delivery waits for a person's approval" in told
    decide = f"wellsky_services AL --hash {blocker.hash[:12]} --by NAME"
    assert f"dagster-ingest review approve gulf {decide}" in told

    words = ("gulf", "wellsky_services", "AL", "--hash", blocker.hash, "--by", "ann", "--note", "closed")
    approved = gulf.command("review", "approve", *words)

    assert approved.returncode == 0, approved.stdout + approved.stderr
    story = gulf.story("gulf", "AL")
    assert story.health == "current"
    assert story.services < before[0].services
    with open_instance(gulf.settings) as instance:
        event = last_materialized(instance, asset_key("gulf", "raw", "wellsky_services"), "AL")
    assert (event.metadata["reviewed_by"], event.metadata["review_hash"]) == ("ann", blocker.hash)
    again = gulf.write("gulf", "AL")
    assert (again.success, again.materialized) == (True, ())
