"""Every key of the standard's model is executed, or stands in a table with a reason."""

from __future__ import annotations

import pytest
from open_data_contract_standard import model

from dagster_ingest.spec.odcs_keys import DOCUMENTATION, REFUSED

# Written out, so that a key which a later model brings is noticed here.
EXECUTED = {
    "OpenDataContractStandard": {
        "version", "kind", "apiVersion", "tags", "status", "schema", "team", "slaDefaultElement",
        "slaProperties", "customProperties",
    },
    "SchemaObject": {
        "name", "tags", "customProperties", "logicalType", "properties", "relationships", "quality",
    },
    "SchemaProperty": {
        "name", "physicalType", "tags", "customProperties", "primaryKey", "primaryKeyPosition", "logicalType",
        "logicalTypeOptions", "semanticType", "required", "unique", "classification", "enum", "relationships",
        "quality",
    },
    "DataQuality": {
        "customProperties", "dimension", "severity", "type", "unit", "metric", "rule", "arguments", "mustBe",
        "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeLessThan", "mustBeLessOrEqualTo",
        "mustBeBetween", "mustNotBeBetween", "query", "engine", "implementation",
    },
    "Relationship": {"type", "from", "to", "customProperties"},
    "EnumValue": {"value"},
    "ServiceLevelAgreementProperty": {
        "property", "value", "valueExt", "unit", "element", "customProperties",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", EXECUTED)
def test_no_key_is_skipped_silently(name: str) -> None:
    fields = getattr(model, name).model_fields
    keys = {field.alias or key for key, field in fields.items()}
    documented, refused = set(DOCUMENTATION[name]), set(REFUSED.get(name, ()))

    assert EXECUTED[name] | documented | refused == keys
    assert not (EXECUTED[name] & documented) | (EXECUTED[name] & refused) | (documented & refused)


def test_every_reason_is_given() -> None:
    reasons = [why for table in (DOCUMENTATION, REFUSED) for keys in table.values() for why in keys.values()]

    assert all(reasons)
