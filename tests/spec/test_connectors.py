"""A system's settings for each connector, what a connector fills itself, and mode incremental."""

from __future__ import annotations

from typing import ClassVar

import pytest
from pydantic import BaseModel, ConfigDict

from dagster_ingest.connectors import registry
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.models import PostgresTarget
from dagster_ingest.spec.secrets import named_secrets
from tests.spec.conftest import TENANT

SYSTEM = """\
system: vendor
title: A vendor
connectors: {api: {base: "https://vendor.example", size: 10}}
own_tables:
  settings: {pattern: "{table}*.csv"}
  connectors: {api: {path: "/v1/{table}"}}
"""


class ApiSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    PLACEHOLDERS: ClassVar[tuple[str, ...]] = ("id",)
    base: str = ""
    path: str = ""
    detail: str = ""
    size: int = 1
    token: dict[str, str] | None = None


class Registry:
    """The platform's, and one more connector."""

    def names(self) -> tuple[str, ...]:
        return ("api", *registry.names())

    def settings_model(self, name: str) -> type[BaseModel]:
        return ApiSettings if name == "api" else registry.settings_model(name)


@pytest.fixture
def load(project):
    folder = project.root / "systems" / "vendor"
    folder.mkdir(parents=True)
    (folder / "system.yaml").write_text(SYSTEM)

    def loaded(*changes: tuple[str, str]):
        text = TENANT.replace("system: csv", "system: vendor")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        project.tenant(text=text)
        return load_tenants(project.settings(), Registry())

    return loaded


API = ('settings: {path: "{state}"}', 'connector: api\n    settings: {base: "https://{state}.example"}')


def test_each_connector_has_the_systems_settings_of_its_own(load):
    [files] = load().tenants
    [api] = load(API).tenants

    assert files.sources[0].table("agency").settings == {"pattern": "agency*.csv", "path": "{state}"}
    assert api.sources[0].table("agency").settings == {
        "base": "https://{state}.example",
        "size": 10,
        "path": "/v1/agency",
    }


def test_a_connector_may_have_placeholders_of_its_own(load):
    def with_detail(word: str):
        return load((API[0], API[1].replace('example"}', f'example", detail: "/{{{word}}}"}}')))

    assert with_detail("id").errors == ()
    [unknown, *_] = with_detail("ids").errors
    assert "unknown placeholder {ids}" in unknown.problem
    assert "id" in unknown.allowed


@pytest.mark.parametrize(("mode", "ok"), [("incremental", True), ("partial", False), ("full", False)])
def test_a_sweep_is_of_mode_incremental(load, mode, ok):
    found = load(("state: {by: feed}", f"state: {{by: feed}}\n    mode: {mode}\n    sweep: 7d"))

    if ok:
        assert (found.tenants[0].sources[0].mode, found.tenants[0].sources[0].sweep) == (mode, 7 * 24 * 60)
    else:
        assert "`sweep` is of mode incremental" in found.errors[0].problem


def test_secrets_that_a_spec_names_are_found_at_any_depth(load):
    [tenant] = load((API[0], API[1].replace('example"}', 'example", token: {secret: API_TOKEN}}'))).tenants

    assert [(s.name, s.user, s.plain) for s in named_secrets(tenant)] == [
        ("API_TOKEN", "source feed", False),
        ("PUBLISH_DSN", "reader postgres", True),
    ]
    assert any(isinstance(target, PostgresTarget) for target in tenant.model.publish)


def test_no_tenant_is_called_shared(project):
    project.tenant("shared", TENANT.replace("tenant: alpha", "tenant: shared"))

    assert "no tenant may be called 'shared'" in project.load().errors[0].problem
