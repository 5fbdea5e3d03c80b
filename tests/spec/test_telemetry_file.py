"""`deploy/telemetry.yaml`: the sample, what validate says of a wrong one, its secrets, its editor schema."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from dagster_ingest.cli.secrets import absent
from dagster_ingest.errors import SpecError
from dagster_ingest.settings import Settings
from dagster_ingest.spec.editor import schemas
from dagster_ingest.spec.telemetry import FileLineage, HttpLineage, Telemetry, telemetry_of
from dagster_ingest.spec.validate import validate

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "deploy" / "telemetry.yaml"


def uncommented() -> dict:
    """The sample with all its parts in force."""
    lines = [line for line in SAMPLE.read_text().splitlines() if re.match(r"# ( |[a-z]+:)", line)]
    return yaml.safe_load("\n".join(line[2:] for line in lines))


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """An installation without tenants, with this file."""

    def made(text: str) -> Settings:
        file = tmp_path / "deploy" / "telemetry.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        (tmp_path / "tenants").mkdir(exist_ok=True)
        monkeypatch.delenv("DAGSTER_INGEST_TELEMETRY", raising=False)
        return Settings.load(root=tmp_path)

    return made


def test_all_of_it_is_off_as_it_is_shipped_and_without_a_file(settings, tmp_path):
    assert telemetry_of(Settings.load(root=ROOT)) == Telemetry()
    assert telemetry_of(settings("")) == Telemetry()
    (tmp_path / "deploy" / "telemetry.yaml").unlink()
    assert telemetry_of(Settings.load(root=tmp_path)) == Telemetry()


def test_the_sample_is_valid_with_its_parts():
    found = Telemetry.model_validate(uncommented())

    assert found.openlineage is not None
    assert isinstance(found.openlineage.transport, HttpLineage)
    assert found.traces is not None
    assert found.traces.headers["x-api-key"].secret == "OTLP_KEY"
    assert found.metrics is not None
    assert found.metrics.push is not None


def test_a_file_may_take_the_events(settings):
    found = telemetry_of(settings("openlineage: {transport: {type: file, path: ol.jsonl}}"))

    assert found.openlineage is not None
    assert found.openlineage.transport == FileLineage(type="file", path="ol.jsonl")


def test_editors_take_what_the_loader_takes():
    schema = schemas(ROOT)["telemetry.schema.json"]
    check = jsonschema.Draft7Validator(schema)

    assert list(check.iter_errors(uncommented())) == []
    assert list(check.iter_errors({"traces": {}}))
    assert list(check.iter_errors({"tracing": {}}))
    assert json.loads((ROOT / "schemas" / "telemetry.schema.json").read_text()) == schema


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("traces:\n  endpoint: collector:4318\n", 2, "is no address"),
        ("traces:\n  endpoint: https://u:canary-pw@host/v1\n", 2, "holds no user and no password"),
        ("traces:\n  endpoint: http://h/v1\n  flsh: 2\n", 3, "flush"),
        ("traces:\n  endpoint: http://h/v1\n  headers: {x: canary-key}\n", 3, "never the secret itself"),
        ("metrics:\n  cache: -1\n", 2, "-1"),
        ("openlineage:\n  transport:\n    type: kafka\n", 3, "kafka"),
        ("tracing: {}\n", 1, "traces"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_without_a_secret(settings, text, line, says):
    made = settings(text)
    [problem] = [p for p in validate(made).errors if p.file == "deploy/telemetry.yaml"]

    assert problem.line == line
    told = f"{problem.problem} {problem.value} {problem.hint}"
    assert says in told
    assert "canary" not in told
    with pytest.raises(SpecError, match="nothing was sent"):
        telemetry_of(made)


def test_its_secrets_are_the_platforms(settings, monkeypatch):
    made = settings("traces:\n  endpoint: http://h/v1\n  headers: {x: {secret: OTLP_KEY}}\n")

    [missing] = absent(made)
    monkeypatch.setenv("PLATFORM__OTLP_KEY", "some-value")

    assert (missing.tenant, missing.secret, missing.user) == ("platform", "OTLP_KEY", "telemetry")
    assert "PLATFORM__OTLP_KEY" in " ".join(missing.looked)
    assert absent(made) == []
