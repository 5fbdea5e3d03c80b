"""What the code locations hold: keys, groups, owners, tags, partitions, checks, jobs."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from dagster_ingest.assets import keys
from dagster_ingest.assets.build import readers, writers
from dagster_ingest.assets.repositories import Repositories, TenantLeftOut
from dagster_ingest.testing.sample import hsds

ROOT = Path(__file__).parents[2]
STATES = {
    "bayside": {"CA"},
    "capital": {"DC"},
    "gulf": {"FL", "AL"},
    "keystone": {"PA"},
    "prairie": {"IA", "NE"},
    "summit": {"CO"},
    "evergreen": {"WA"},
    "piedmont": {"NC"},
}
SHARED = {
    "accessibility", "address", "attribute", "contact", "cost_option", "language", "location", "metadata",
    "organization", "organization_identifier", "phone", "program", "required_document", "schedule", "service",
    "service_area", "service_at_location", "taxonomy", "taxonomy_term", "translation", "url",
}  # fmt: skip
RAW = {
    "bayside": {"icarol_resource"},
    "capital": {"icarol_resource"},
    "gulf": {
        f"wellsky_{table}"
        for table in ("organization", "location", "locationphone", "physicaladdress", "services")
    },
    "keystone": {"visionlink_agency", "visionlink_service"},
    "prairie": {"icarol_resource"},
    "summit": {f"rtm_{table}" for table in ("source", "agency", "site", "service_group", "site_service")},
    "evergreen": {f"airs_{table}" for table in ("source", "agency", "site", "service_group", "site_service")},
    "piedmont": {f"hsds_{table}" for table in hsds.TABLES},
}
ENHANCED = {
    "gulf": {"location", "service_area"},
    "prairie": {"location", "service_area", "translation"},
    "piedmont": {"location", "service_area"},
    "evergreen": {"service_area"},
}


def nodes(repository: dg.RepositoryDefinition):
    graph = repository.asset_graph
    return {key: graph.get(key) for key in graph.materializable_asset_keys}


@pytest.mark.parametrize("tenant", sorted(STATES))
def test_a_tenants_writers_are_its_raw_tables_the_hsds_model_and_its_adaptation(home, tenant):
    found = nodes(Repositories(writers).get(tenant))
    by_layer: dict[str, set[str]] = {}
    for key in found:
        assert key.path[0] == tenant
        by_layer.setdefault(key.path[1], set()).add(key.path[2])
    assert by_layer["raw"] == RAW[tenant]
    assert by_layer["elt"] >= SHARED
    assert by_layer["stage"] == SHARED | {"search_record"}
    assert by_layer.pop("enhanced", set()) == ENHANCED.get(tenant, set())
    assert set(by_layer) == {"raw", "elt", "stage"}


def test_every_asset_has_an_owner_a_cost_tag_a_group_and_the_states_as_partitions(home):
    for build in (writers, readers):
        repositories = Repositories(build)
        assert repositories.names() == sorted(STATES)
        for tenant, states in STATES.items():
            for key, node in nodes(repositories.get(tenant)).items():
                assert node.group_name == keys.group(tenant, key.path[1])
                assert node.owners
                assert node.tags["tenant"] == tenant
                assert any(name.startswith("cost/") for name in node.tags)
                assert set(node.partitions_def.get_partition_keys()) == states


def test_lineage_runs_from_raw_to_published(home):
    graph = Repositories(writers).get("gulf").asset_graph
    published = dg.AssetKey(["gulf", "published", "hsds_package"])
    target = Repositories(readers).get("gulf").asset_graph.get(published)
    assert {key.path[1] for key in target.parent_keys} == {"stage", "enhanced"}
    reached = set(target.parent_keys)
    for key in target.parent_keys:
        reached |= graph.get_ancestor_asset_keys(key)
    assert {key.path[2] for key in reached if key.path[1] == "raw"} == RAW["gulf"]


def test_checks_are_partitioned_like_their_asset_and_what_only_warns_blocks_nothing(home):
    repository = Repositories(writers).get("gulf")
    checks = repository.asset_graph.asset_check_keys
    for table in RAW["gulf"]:
        for name in (keys.CONTRACT_CHECK, keys.DRIFT_CHECK):
            assert dg.AssetCheckKey(keys.asset_key("gulf", "raw", table), name) in checks
    for check in checks:
        spec = repository.asset_graph.get_check_spec(check)
        assert spec.blocking == (check.name not in {keys.DRIFT_CHECK, "plausible", "provider", "resolved"})
        assert set(spec.partitions_def.get_partition_keys()) == STATES["gulf"]


def test_a_blocked_table_shares_no_step_with_what_does_not_hang_on_it(home):
    job = Repositories(writers).get("gulf").get_job("gulf__writers")
    graph = job.asset_layer.asset_graph
    services = keys.asset_key("gulf", "raw", "wellsky_services")
    stopped = {k for k in graph.materializable_asset_keys if services in graph.get_ancestor_asset_keys(k)}
    for definition in graph.assets_defs:
        inside = definition.keys & stopped
        if not definition.op.name.endswith("load_wellsky"):
            assert inside in (set(), set(definition.keys)), definition.op.name


def test_a_broken_tenant_is_left_out_and_the_others_stand(home, caplog):
    spec = home / "tenants" / "keystone" / "tenant.yaml"
    spec.write_text(spec.read_text().replace("visionlink", "visionlynk"))
    repositories = Repositories(writers)
    for tenant in set(STATES) - {"keystone"}:
        assert repositories.get(tenant).name == tenant
    with pytest.raises(TenantLeftOut, match="visionlynk"):
        repositories.get("keystone")
    assert "visionlynk" in caplog.text
    assert "tenant left out" in caplog.text


def test_a_run_reads_its_own_tenant_only(home):
    for tenant in set(STATES) - {"capital"}:
        (home / "tenants" / tenant / "tenant.yaml").write_text("broken: [")
    assert Repositories(writers).get("capital").name == "capital"
