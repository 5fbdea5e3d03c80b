"""`deploy/warehouses.yaml`: the sample, what validate says of a wrong one, and its secrets."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from dagster_ingest.settings import Settings
from dagster_ingest.spec.editor import schemas
from dagster_ingest.spec.problem import SpecProblem
from dagster_ingest.spec.secrets import warehouse_secrets
from dagster_ingest.spec.validate import validate
from dagster_ingest.spec.warehouse import IcebergWarehouse, SnowflakeWarehouse, Warehouses, read_warehouses

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "deploy" / "warehouses.yaml"


def uncommented() -> dict:
    """The sample with its targets in force."""
    text = SAMPLE.read_text()
    head, _, rest = text.partition("warehouses: {}\n")
    return yaml.safe_load(head + "warehouses:\n" + re.sub(r"^  # ", "  ", rest, flags=re.MULTILINE))


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """An installation without tenants whose file of warehouses is the returned path's."""

    def made(text: str, target: str = "local") -> Settings:
        file = tmp_path / "deploy" / "warehouses.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        (tmp_path / "tenants").mkdir(exist_ok=True)
        monkeypatch.delenv("DAGSTER_INGEST_WAREHOUSES", raising=False)
        return Settings.load(root=tmp_path, target=target)

    return made


def problems(settings: Settings) -> list[SpecProblem]:
    """What validate says, but that there are no tenants."""
    return [problem for problem in validate(settings).errors if problem.file != "tenants"]


def test_the_sample_is_valid_with_and_without_its_targets():
    assert read_warehouses(Settings.load(root=ROOT)).warehouses == {}

    found = Warehouses.model_validate(uncommented()).warehouses

    assert isinstance(found["production"], SnowflakeWarehouse)
    assert isinstance(found["lakehouse"], IcebergWarehouse)


def test_editors_take_what_the_loader_takes():
    schema = schemas(ROOT)["warehouses.schema.json"]
    check = jsonschema.Draft7Validator(schema)

    assert list(check.iter_errors(uncommented())) == []
    assert list(check.iter_errors({"warehouses": {"production": {"type": "snowflake"}}}))
    assert json.loads((ROOT / "schemas" / "warehouses.schema.json").read_text()) == schema


def test_secrets_of_a_target_are_named_once():
    found = Warehouses.model_validate(uncommented()).warehouses

    named = warehouse_secrets(found["production"], "production")

    assert [(n.name, n.user) for n in named] == [
        ("SNOWFLAKE_PRIVATE_KEY", "warehouse production"),
        ("SNOWFLAKE_PASSPHRASE", "warehouse production"),
    ]
    assert [n.name for n in warehouse_secrets(found["lakehouse"], "lakehouse")] == [
        "S3_ACCESS_KEY",
        "S3_SECRET_KEY",
    ]


def test_validate_tells_all_that_is_wrong_with_the_file(settings):
    text = "warehouses:\n  production:\n    type: snowflake\n    databas: X\n    timeout: 0\n"

    found = problems(settings(text))

    assert {problem.file for problem in found} == {"deploy/warehouses.yaml"}
    assert any(problem.guess == "database" and problem.line == 4 for problem in found)
    assert any(problem.line == 5 for problem in found)
    assert all(problem.tenant is None for problem in found)


def test_validate_tells_of_a_target_that_is_not_there(settings):
    [found] = problems(settings("warehouses: {production: {type: snowflake, database: X}}", "prodution"))

    assert (found.guess, found.allowed) == ("production", ("local", "production"))


def test_validate_never_shows_a_secret_that_was_written_out(settings):
    text = (
        "warehouses:\n  production:\n    type: snowflake\n    database: X\n"
        "    authentication: {by: password, password: hunter2-in-the-clear}\n"
    )

    found = problems(settings(text))

    assert found
    assert "hunter2" not in json.dumps([problem.as_dict() for problem in found])
