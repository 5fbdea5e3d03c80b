"""Readers by name, and the secrets that their targets name."""

from __future__ import annotations

from types import SimpleNamespace
from typing import get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from dagster_ingest.errors import SpecError
from dagster_ingest.publish import registry
from dagster_ingest.settings import Settings
from dagster_ingest.spec.models import Target, Tenant
from dagster_ingest.spec.secrets import named_secrets

READERS = [get_args(kind.model_fields["reader"].annotation)[0] for kind in get_args(get_args(Target)[0])]
REQUIRED = {
    "postgres": {"dsn": "PUBLISH_DSN"},
    "opensearch": {"url": "SEARCH_URL", "api_key": "SEARCH_KEY"},
    "mongodb": {"url": "MONGO_URL"},
}


TENANT = {
    "tenant": "gulf",
    "display_name": "Gulf",
    "owners": ["team:gulf"],
    "cost": {"cost_center": "cc-1"},
    "states": ["FL"],
    "sources": {"wellsky": {"system": "wellsky"}},
    "freshness": {"fail": "36h"},
}


def target(reader: str, **options: object):
    return TypeAdapter(Target).validate_python({"reader": reader, **REQUIRED.get(reader, {}), **options})


@pytest.mark.parametrize("reader", READERS)
def test_every_target_has_its_reader_and_a_title(reader: str) -> None:
    made = registry.make(target(reader), Settings.load())
    assert made.name == reader
    assert registry.describe(reader)


def test_the_secrets_of_readers_are_known() -> None:
    publish = [target(reader) for reader in READERS]
    model = Tenant.model_validate({**TENANT, "publish": [each.model_dump() for each in publish]})
    tenant = SimpleNamespace(sources=(), model=model)
    assert [(s.name, s.user, s.plain) for s in named_secrets(tenant)] == [
        ("PUBLISH_DSN", "reader postgres", True),
        ("SEARCH_URL", "reader opensearch", True),
        ("SEARCH_KEY", "reader opensearch", True),
        ("MONGO_URL", "reader mongodb", True),
    ]


@pytest.mark.parametrize("reader", ["opensearch", "mongodb"])
def test_an_address_in_place_of_a_secrets_name_is_refused(reader: str) -> None:
    with pytest.raises(ValidationError, match="url"):
        target(reader, url="https://user:password@host")


@pytest.mark.parametrize(("reader", "module"), [("opensearch", "opensearchpy"), ("mongodb", "pymongo")])
def test_a_driver_that_is_not_installed_is_named_with_its_extra(reader, module, monkeypatch) -> None:
    monkeypatch.setattr("dagster_ingest.extras.find_spec", lambda name: None)
    with pytest.raises(SpecError, match=module) as caught:
        registry.make(target(reader), Settings.load())
    assert f"dagster-ingest[{reader}]" in str(caught.value)
