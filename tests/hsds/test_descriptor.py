import pytest
from frictionless import Package, Schema

from dagster_ingest.hsds import entities
from dagster_ingest.hsds.descriptor import descriptor


@pytest.fixture(scope="module")
def resources():
    made = descriptor("gulf_coast", "Gulf Coast 211", "FL", "v1")
    return {resource["name"]: resource for resource in made["resources"]}


def field(resources, entity, name):
    return next(f for f in resources[entity]["schema"]["fields"] if f["name"] == name)


def test_frictionless_accepts_the_descriptor():
    package = Package.from_descriptor(descriptor("gulf_coast", "Gulf Coast 211", "FL", "v1"))

    assert package.name == "gulf-coast-fl-hsds"
    assert len(package.resources) == 24


def test_every_schema_is_a_valid_table_schema(resources):
    for resource in resources.values():
        Schema.from_descriptor(resource["schema"])


def test_fields_stand_in_the_order_of_the_model(resources):
    for name, entity in entities().items():
        assert [f["name"] for f in resources[name]["schema"]["fields"]] == [f.name for f in entity.fields]


def test_every_reference_of_the_model_is_a_foreign_key(resources):
    for name, entity in entities().items():
        keys = resources[name]["schema"]["foreignKeys"]
        found = {(key["fields"][0], key["reference"]["resource"]) for key in keys}
        assert found == {(f.name, f.references.split(".")[0]) for f in entity.fields if f.references}


@pytest.mark.parametrize(
    ("entity", "name", "constraint"),
    [
        ("program", "organization_id", "unique"),
        ("taxonomy_term", "code", "unique"),
        ("attribute", "taxonomy_term_id", "required"),
    ],
)
def test_known_defects_of_the_standard_descriptor_are_not_repeated(resources, entity, name, constraint):
    assert constraint not in field(resources, entity, name).get("constraints", {})


@pytest.mark.parametrize(
    ("entity", "name", "constraints"),
    [
        ("service", "id", {"required": True, "unique": True}),
        ("service", "organization_id", {"required": True}),
        ("program", "organization_id", {"required": True}),
        ("location", "location_type", {"required": True, "enum": ["physical", "postal", "virtual"]}),
        ("schedule", "freq", {"enum": ["WEEKLY", "MONTHLY"]}),
    ],
)
def test_constraints_of_the_model_are_kept(resources, entity, name, constraints):
    assert field(resources, entity, name)["constraints"] == constraints


@pytest.mark.parametrize(
    ("entity", "name", "kind", "text_format"),
    [
        ("service", "id", "string", "uuid"),
        ("service", "url", "string", "uri"),
        ("service", "minimum_age", "number", None),
        ("service", "assured_date", "date", None),
        ("service", "last_modified", "datetime", None),
        ("schedule", "opens_at", "time", None),
    ],
)
def test_types_and_formats(resources, entity, name, kind, text_format):
    assert (field(resources, entity, name)["type"], field(resources, entity, name).get("format")) == (
        kind,
        text_format,
    )
