"""What assets take over from the spec and the contract."""

from __future__ import annotations

from dataclasses import replace

from dagster_ingest.assets.specs import contract_attributes, freshness_policy, source_reference
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.sla import Deadline


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


def test_a_deadline_is_told_to_dagster_in_its_own_terms():
    spec, _ = table("prairie")
    deadline = {"by": {"cron": "0 8 * * *", "timezone": "America/Chicago"}, "warn_before": "2h"}
    daily = Deadline.model_validate(deadline)
    nightly = Deadline.model_validate({**deadline, "within": "8h"})

    policies = [
        freshness_policy(replace(spec, model=spec.model.model_copy(update={"freshness": sla})))
        for sla in (daily, nightly)
    ]

    assert [policy.deadline_cron for policy in policies] == ["0 8 * * *"] * 2
    assert [policy.lower_bound_delta.total_seconds() / 3600 for policy in policies] == [23, 8]
    assert {policy.timezone for policy in policies} == {"America/Chicago"}
