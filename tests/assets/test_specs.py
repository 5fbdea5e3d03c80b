"""What assets take over from the spec and the contract."""

from __future__ import annotations

from dataclasses import replace

from dagster_ingest.assets.specs import contract_attributes, source_reference
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants


def table(tenant: str):
    [spec] = load_tenants(Settings.load(tenants=(tenant,))).tenants
    return spec, spec.sources[0].tables[0].contract


def test_owners_and_tags_of_the_contract_stand_beside_the_tenants():
    spec, contract = table("keystone")
    contract = replace(
        contract, owners=("data@vendor.example", "a name", spec.model.owners[0]), tags=("pii", "two words")
    )

    found = contract_attributes(spec, contract)

    assert found["owners"] == [*spec.model.owners, "data@vendor.example"]
    assert found["tags"]["contract/pii"] == ""
    assert not any("two words" in tag for tag in found["tags"])
    assert found["tags"]["tenant"] == "keystone"


def test_code_references_lead_to_the_spec_the_contract_and_its_patch():
    spec, contract = table("prairie")

    [references] = source_reference(spec, 12, contract).values()

    assert [(r.label, r.line_number) for r in references.code_references] == [
        ("tenant spec", 12),
        ("contract", 1),
        ("contract patch", 1),
    ]
    assert references.code_references[2].file_path.endswith("prairie/contracts/resource.patch.yaml")
