"""The check `review` in Dagster: what waits, why, and approval by run config."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import dagster as dg
import pytest

from dagster_ingest.assets import keys
from dagster_ingest.assets.gate import reviews
from dagster_ingest.assets.history import last_check, last_materialized
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.raw import source_assets
from dagster_ingest.assets.review import Place, report
from dagster_ingest.settings import Settings
from dagster_ingest.spec.contract import Review
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.resolved import TenantSpec

ROOT = Path(__file__).parents[2]
TABLE = "wellsky_organization"
KEY = keys.asset_key("gulf", "raw", TABLE)
CHECK = dg.AssetCheckKey(KEY, keys.REVIEW_CHECK)
CONTRACT = dg.AssetCheckKey(KEY, keys.CONTRACT_CHECK)


@dataclass
class Installation:
    """One table of the sample tenant `gulf`, whose contract asks for review."""

    platform: TenantPlatform
    instance: dg.DagsterInstance
    unasked: TenantSpec

    def __post_init__(self) -> None:
        self.source = self.platform.spec.sources[0]
        self.partitions = dg.StaticPartitionsDefinition(["FL", "AL"])
        self.definition = source_assets(self.platform, self.source, self.partitions)

    @property
    def landing(self):
        return self.platform.landing

    def run(self, state: str = "FL", **config: str) -> dg.ExecuteInProcessResult:
        op = {"ops": {"gulf__load_wellsky": {"config": config}}} if config else {}
        return dg.materialize(
            [self.definition],
            partition_key=state,
            instance=self.instance,
            run_config={**op, "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
            selection=[KEY],
        )

    def deliver(self, count: int, state: str = "fl", name: str = "Org") -> None:
        contract = self.source.table("organization").contract
        names = [c.name for c in contract.columns]
        rows = [",".join(names)]
        for number in range(1, count + 1):
            cells = dict.fromkeys(names, "") | {"ID": str(number), "NAME": f"{name} {number}"}
            rows.append(",".join(cells[c] for c in names))
        path = self.platform.settings.drops / "gulf" / state / "organization.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(rows) + "\n")

    def check(self, state: str = "FL", key: dg.AssetCheckKey = CHECK):
        return last_check(self.instance, key, state)

    def place(self, state: str = "FL") -> Place:
        return Place(self.platform, self.source, self.source.table("organization"), state)

    def data_version(self, state: str = "FL") -> str | None:
        found = last_materialized(self.instance, KEY, state)
        return found.data_version if found else None


@pytest.fixture
def world(tmp_path, parsed_projects):
    shutil.copytree(parsed_projects, tmp_path / "home" / "target")
    settings = Settings.load(root=ROOT, home=tmp_path / "home", tenants=("gulf",))
    [spec] = load_tenants(settings).tenants
    [source], unasked = spec.sources, spec
    tables = []
    for table in source.tables:
        table = replace(table, settings={**table.settings, "set": None})  # one file is delivered alone
        if table.name == "organization":
            asked = Review(removed_above=0.1, columns=("NAME",))
            rules = tuple(r for r in table.contract.rules if r.kind != "row_count_ratio")
            table = replace(table, contract=replace(table.contract, review=asked, rules=rules))
        tables.append(table)
    spec = replace(spec, sources=(replace(source, tables=tuple(tables)),))
    with dg.DagsterInstance.ephemeral() as instance:
        yield Installation(TenantPlatform(settings, spec), instance, unasked)


def test_nothing_waits_and_the_check_passes(world):
    world.deliver(20)

    result = world.run()

    assert result.success
    assert world.check().passed
    assert world.check().description == "nothing waits for review"
    assert world.data_version() == world.landing.current(TABLE, "FL").data_version
    assert reviews(world.instance, world.platform, "FL") == ()


@pytest.fixture
def waiting(world):
    """Twenty organizations stand in both states; FL's next delivery has lost five of them."""
    world.deliver(20)
    world.deliver(20, "al")
    assert world.run("FL").success
    assert world.run("AL").success
    world.deliver(15)
    assert not world.run("FL").success
    return world


def test_what_waits_is_told_with_its_difference_and_how_to_decide(waiting):
    world, held = waiting, waiting.landing.held.get(TABLE, "FL")

    check = world.check()

    assert (check.passed, check.severe) == (False, True)
    for part in (
        held.hash[:12],
        "5 of 20 keys removed (25.0%",
        "team:gulf-data",
        "dagster-ingest review approve",
    ):
        assert part in check.description
    assert check.metadata["status"] == "waiting"
    assert check.metadata["hash"] == held.hash
    assert f"--hash {held.hash} --by NAME" in check.metadata["approve"]
    assert f"      approve: {held.hash}" in check.metadata["run_config"]
    assert "| removed | 5 | 25.0% | 16, 17, 18, 19, 20 |" in check.metadata["difference"]
    assert world.check(key=CONTRACT).passed


def test_it_waits_in_its_own_state_and_nothing_of_it_is_materialized(waiting):
    version = waiting.landing.current(TABLE, "FL").data_version

    assert waiting.data_version("FL") == version
    assert (waiting.check("AL").passed, len(reviews(waiting.instance, waiting.platform, "AL"))) == (True, 0)
    [found] = reviews(waiting.instance, waiting.platform, "FL")
    assert found.asset == tuple(KEY.path)
    assert not waiting.run("FL").success
    assert waiting.check("FL").metadata["status"] == "waiting"
    assert waiting.run("AL").success


def test_run_config_approves_the_very_candidate_and_the_materialization_says_who(waiting):
    held = waiting.landing.held.get(TABLE, "FL")

    result = waiting.run("FL", approve=held.hash, by="ann", note="a county left")

    assert result.success
    [made] = result.asset_materializations_for_node("gulf__load_wellsky")
    told = {name: value.value for name, value in made.metadata.items()}
    assert (told["reviewed_by"], told["review_note"]) == ("ann", "a county left")
    assert (told["review_hash"], told["rows_written"], told["load_id"]) == (held.hash, 15, held.load_id)
    assert waiting.check().passed
    assert waiting.landing.current(TABLE, "FL").load_id == held.load_id
    assert waiting.data_version() == held.data_version
    assert waiting.run("FL").success  # an unchanged table needs no approval and no config


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"approve": "0" * 64, "by": "ann"}, "is not the hash of what waits"),
        ({"approve": "WHOLE"}, "nobody is named"),
        ({"approve": "WHOLE", "by": "expiry"}, "nobody is named"),
    ],
)
def test_an_approval_that_does_not_fit_fails_the_table_and_commits_nothing(waiting, config, said):
    held = waiting.landing.held.get(TABLE, "FL")
    if config["approve"] == "WHOLE":
        config = {**config, "approve": held.hash}

    result = waiting.run("FL", **config)

    assert not result.success
    check = waiting.check()
    assert said in check.description
    assert held.hash in check.metadata["hash"]
    assert waiting.landing.held.get(TABLE, "FL") == held
    assert waiting.landing.held.decisions() == []
    assert result.asset_materializations_for_node("gulf__load_wellsky") == []


def test_approving_where_nothing_waits_fails_and_loads_nothing(world):
    world.deliver(20)

    assert not world.run("FL", approve="0" * 64, by="ann").success

    assert "nothing waits" in world.check().description
    assert world.landing.current(TABLE, "FL") is None


def test_an_approval_whose_run_died_before_it_was_told_is_told_by_the_next(waiting):
    held = waiting.landing.held.get(TABLE, "FL")
    waiting.landing.held.decide(TABLE, "FL", held.hash, "approved", by="ann", note="fine")
    waiting.landing.held.commit(held)  # and then the run is gone, its events with it

    result = waiting.run("FL")

    assert result.success
    [made] = result.asset_materializations_for_node("gulf__load_wellsky")
    assert made.metadata["reviewed_by"].value == "ann"
    assert waiting.check().passed


def test_a_rejection_is_an_event_of_the_asset_and_its_check_says_who_and_why(waiting):
    held = waiting.landing.held.get(TABLE, "FL")
    made = waiting.landing.held.decide(TABLE, "FL", held.hash, "rejected", by="ann", note="half is missing")

    report(waiting.instance, waiting.place(), made)

    assert waiting.check().description == "rejected by ann: half is missing"
    assert (waiting.check().passed, waiting.check("AL").passed) == (False, True)
    [seen] = waiting.instance.fetch_observations(KEY, limit=5).records
    assert seen.asset_observation.metadata["review_hash"].value == held.hash
    assert not waiting.run("FL").success
    assert waiting.check().description.endswith(": half is missing")
    assert waiting.check(key=CONTRACT).passed
    assert waiting.landing.current(TABLE, "FL").rows == 20
    waiting.deliver(19)
    assert waiting.run("FL").success
    assert waiting.check().passed


def test_a_delivery_that_cannot_be_read_leaves_what_waits_waiting(waiting):
    (waiting.platform.settings.drops / "gulf" / "fl" / "organization.csv").write_bytes(b"")

    assert not waiting.run("FL").success

    assert not waiting.check(key=CONTRACT).passed
    assert waiting.check().metadata["status"] == "waiting"
    assert waiting.landing.held.get(TABLE, "FL") is not None


def test_only_tables_that_ask_have_the_check_and_only_their_sources_take_an_approval(world):
    checks = {c.asset_key.path[-1] for c in world.definition.check_keys if c.name == keys.REVIEW_CHECK}
    plain = source_assets(
        TenantPlatform(world.platform.settings, world.unasked), world.unasked.sources[0], world.partitions
    )

    assert checks == {TABLE}
    assert {c.blocking for c in world.definition.check_specs if c.key == CHECK} == {True}
    assert "approve" in world.definition.op.config_schema.config_type.fields
    assert not [c for c in plain.check_keys if c.name == keys.REVIEW_CHECK]
    assert "approve" not in getattr(plain.op.config_schema.config_type, "fields", {})
