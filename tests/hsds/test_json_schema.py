import copy

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from dagster_ingest.hsds import entities
from dagster_ingest.hsds.json_schema import json_schema

ID = "8a1c2f6e-3f0e-5a53-9a3c-2f2d6a0e8b11"
SERVICE = {
    "id": ID,
    "name": "Food",
    "status": "active",
    "minimum_age": 18,
    "assured_date": "2025-06-09",
    "schedules": [{"id": ID, "opens_at": "08:00", "freq": "WEEKLY"}],
    "organization": {"id": ID, "name": "Org", "description": "Org"},
}


def broken(document, *, strict=False):
    validator = Draft202012Validator(json_schema(strict=strict), format_checker=FormatChecker())
    return list(validator.iter_errors(document))


def test_schema_is_valid():
    Draft202012Validator.check_schema(json_schema())


def test_every_entity_has_a_definition_with_its_fields_and_children():
    defined = json_schema()["$defs"]

    assert {name: set(body["properties"]) for name, body in defined.items()} == {
        name: {f.name for f in entity.fields} | {c.name for c in entity.nested}
        for name, entity in entities().items()
    }


def test_good_service_passes():
    assert broken(SERVICE, strict=True) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("id",), "12345"),
        (("name",), None),
        (("status",), "open"),
        (("minimum_age",), "18"),
        (("assured_date",), "June"),
        (("schedules", 0, "opens_at"), "8am"),
        (("schedules", 0, "freq"), "DAILY"),
        (("organization", "id"), "x"),
        (("organization", "description"), None),
        (("schedules",), {}),
    ],
)
def test_bad_value_is_found(path, value):
    document = copy.deepcopy(SERVICE)
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value

    assert broken(document)


@pytest.mark.parametrize("name", ["id", "name", "status"])
def test_missing_required_property_is_found(name):
    assert broken({k: v for k, v in SERVICE.items() if k != name})


def test_unknown_property_is_allowed_unless_strict():
    document = {**SERVICE, "colour": "blue"}

    assert broken(document) == []
    assert broken(document, strict=True)


def test_a_capacity_needs_its_unit():
    capacity = {"id": ID, "available": 3, "updated": "2025-06-09T10:00:00Z", "unit_id": ID}

    assert broken({**SERVICE, "capacities": [capacity]})
    assert broken({**SERVICE, "capacities": [{**capacity, "unit": {"id": ID, "name": "bed"}}]}) == []
