"""`dagster-ingest validate --secrets`, and connectors that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dagster_ingest.cli import app
from dagster_ingest.connectors import registry
from tests.connectors.distributions import forget, install

CONTRACT = """\
kind: DataContract
apiVersion: v3.1.0
id: a-b
version: 1.0.0
schema:
  - name: agency
    properties: [{name: ID, primaryKey: true}]
"""
TENANT = """\
tenant: NAME
display_name: Alpha 211
owners: [team:alpha]
cost: {cost_center: cc-1}
states: [IA]
sources: {feed: {system: csv, connector: CONNECTOR, settings: SETTINGS, tables: {agency: }}}
freshness: {fail: 36h}
publish: [{reader: hsds_package}, {reader: postgres, dsn: PUBLISH_DSN}]
"""
SETTINGS = """
from pydantic import BaseModel, ConfigDict, Field
from dagster_ingest.spec.secret import SecretField

class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    token: SecretField = Field(description="A key.", examples=[{"secret": "KEY"}])

SETTINGS = Settings
"""


def _write(root: Path, name: str, connector: str, settings: str) -> None:
    folder = root / "tenants" / name
    (folder / "contracts").mkdir(parents=True)
    text = TENANT.replace("NAME", name).replace("CONNECTOR", connector).replace("SETTINGS", settings)
    (folder / "tenant.yaml").write_text(text)
    (folder / "contracts" / "agency.odcs.yaml").write_text(CONTRACT)


@pytest.fixture
def root(project_root: Path, monkeypatch: pytest.MonkeyPatch):
    """Tenant alpha reads by a connector of another distribution that wants a token."""
    site = project_root / "site"
    site.mkdir()
    install(site, "keyed", "keyed", SETTINGS)
    monkeypatch.syspath_prepend(str(site))
    _write(project_root, "alpha", "keyed", "{token: {secret: FEED_TOKEN}}")
    registry.reset()
    yield project_root
    monkeypatch.undo()
    forget()


def invoke(*arguments: str):
    return CliRunner().invoke(app, arguments)


def test_missing_secrets_are_listed_with_where_they_were_looked_for(root):
    result = invoke("validate", "--secrets", "--json")

    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert found["ok"]
    assert [(s["tenant"], s["secret"], s["user"]) for s in found["secrets"]] == [
        ("alpha", "FEED_TOKEN", "source feed"),
        ("alpha", "PUBLISH_DSN", "reader postgres"),
    ]
    assert found["secrets"][0]["looked"] == [
        "environment variable ALPHA__FEED_TOKEN",
        "environment variable SHARED__FEED_TOKEN",
    ]
    assert found["secrets"][1]["looked"][-1] == "environment variable PUBLISH_DSN"


def test_with_all_of_them_there_is_nothing_to_say_and_no_value_is_shown(root, monkeypatch):
    monkeypatch.setenv("ALPHA__FEED_TOKEN", "feed-token-value")
    monkeypatch.setenv("PUBLISH_DSN", "postgresql://plain-value")

    result = invoke("validate", "--secrets")

    assert result.exit_code == 0
    assert "every secret that the specs name is there" in result.output
    assert "value" not in result.output


def test_another_tenants_token_does_not_count(root, monkeypatch):
    monkeypatch.setenv("BETA__FEED_TOKEN", "beta's")
    monkeypatch.setenv("FEED_TOKEN", "plain")
    monkeypatch.setenv("PUBLISH_DSN", "postgresql://plain-value")

    result = invoke("validate", "--secrets")

    assert result.exit_code == 1
    assert "FEED_TOKEN  (source feed)" in result.output
    assert "1 secret not to be had" in result.output


def test_without_the_option_no_keeper_is_asked(root):
    result = invoke("validate")

    assert result.exit_code == 0
    assert "secret" not in result.output


@pytest.mark.parametrize("given", ["s3cret-literal", "{secret: s3cret-literal}", "[s3cret-literal]"])
def test_a_literal_in_the_place_of_a_name_is_refused_and_not_quoted(root, given):
    _write(root, "beta", "keyed", f"{{token: {given}}}")

    result = invoke("validate")

    assert result.exit_code == 1
    assert "'token' is not the name of a secret, in capitals; never the secret itself" in result.output
    assert "s3cret-literal" not in result.output


def test_a_broken_connector_is_named_and_breaks_the_tenants_that_use_it(root):
    install(root / "site", "torn", "torn", "raise RuntimeError('no licence')")
    registry.reset()

    unused = invoke("validate")
    _write(root, "beta", "torn", "{}")
    used = invoke("validate")

    said = "the connector 'torn' of torn 1.0 cannot be used: RuntimeError: no licence"
    assert unused.exit_code == 0
    assert said in unused.output
    assert used.exit_code == 1
    assert "beta not loaded" in used.output
    assert "1 tenants" in used.output
