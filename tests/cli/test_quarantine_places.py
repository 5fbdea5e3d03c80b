"""Where `quarantine show` says a rule stands: in the contract, or in the patch that brought it."""

from __future__ import annotations

from dagster_ingest.cli.quarantine.look import rule_places
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants


def test_a_rule_of_a_patch_stands_in_the_patch_and_the_others_in_the_contract():
    [prairie] = load_tenants(Settings.load(tenants=("prairie",))).tenants
    contract = prairie.sources[0].tables[0].contract
    assert contract.patch is not None

    places = rule_places(contract)

    assert places["LanguageOfRecord|enum"].startswith("tenants/prairie/contracts/resource.patch.yaml:")
    assert places["*|row_count"].startswith("dagster_ingest/systems/icarol/contracts/resource.odcs.yaml:")
    assert all(place.rpartition(":")[2].isdigit() for place in places.values())
