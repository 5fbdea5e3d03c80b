"""The packages of every sample tenant are what their descriptors and schemas say."""

from __future__ import annotations

import json

import pytest
from frictionless import Package, system
from jsonschema import Draft202012Validator, FormatChecker

from dagster_ingest.hsds import entities
from dagster_ingest.hsds.descriptor import foreign_keys
from dagster_ingest.hsds.json_schema import json_schema
from dagster_ingest.testing.sample.plan import FEEDS

pytestmark = pytest.mark.slow

SHOWN = ("organization", "service", "location", "service_at_location", "phone", "schedule", "taxonomy_term")
STATES = [(feed.tenant, feed.state) for feed in FEEDS]


@pytest.fixture(params=STATES, ids="/".join)
def state(request):
    return request.param


@pytest.fixture(params=[1, 2], ids=["day one", "day two"])
def package(request, days, state):
    return {1: days.one, 2: days.two}[request.param].package(*state)


def test_frictionless_finds_nothing(package):
    with system.use_context(trusted=True):
        described = Package(str(package / "datapackage.json"))
        report = described.validate()

    assert {resource.name: len(resource.schema.foreign_keys) for resource in described.resources} == {
        name: len(foreign_keys(entity)) for name, entity in entities().items()
    }
    assert [error.message for error in report.errors] == []
    assert [(task.name, error.message) for task in report.tasks for error in task.errors] == []
    assert len(report.tasks) == len(entities())
    rows = json.loads((package / "manifest.json").read_text())["rows"]
    assert all(rows[name] for name in SHOWN)


def test_every_nested_service_is_valid(package):
    schema = json_schema("service", strict=True)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    shipped = json.loads((package / "service.schema.json").read_text())

    services = [json.loads(line) for line in (package / "services.jsonl").read_bytes().splitlines()]

    assert shipped == json_schema("service")
    assert len(services) > 5
    assert [f"{s['id']}: {e.json_path} {e.message}" for s in services for e in validator.iter_errors(s)] == []


def test_a_refused_day_leaves_the_package_of_the_day_before(days):
    changed = {
        (tenant, state)
        for tenant, state in STATES
        if days.one.package(tenant, state).name != days.two.package(tenant, state).name
    }

    assert changed == set(STATES) - {("gulf", "AL")}
