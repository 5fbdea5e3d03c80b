"""What a tenant may ask of the enhancements."""

from typing import Any

import pytest
from pydantic import ValidationError

from dagster_ingest.spec.enhance import Enhance, Geocoding
from dagster_ingest.spec.secrets import named_secrets
from tests.spec.conftest import TENANT, Project

KEY = {"secret": "GEO_KEY"}


def test_left_out_nothing_leaves_the_platform() -> None:
    assert Enhance().geocoding.providers == []
    assert Enhance().geocoding.centroids


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        ({"provider": "google", "key": KEY, "keep_days": 31}, "less than or equal to 30"),
        ({"provider": "google", "key": KEY, "keep_days": 5}, "asks again after 25 days"),
        ({"provider": "google", "key": "AIza-literal"}, "name a secret"),
        ({"provider": "google"}, "Field required"),
        ({"provider": "nominatim"}, "Field required"),
        ({"provider": "nominatim", "contact": "a@b.example", "per_second": 2}, "one request a second"),
        ({"provider": "nominatim", "contact": "a@b.example", "workers": 2}, "one request a second"),
        ({"provider": "pelias"}, "Field required"),
        ({"provider": "census", "batch": 10_001}, "less than or equal to 10000"),
        ({"provider": "census", "url": "ftp://x"}, "pattern"),
        ({"provider": "census", "permanent": True}, "not permitted"),
        ({"provider": "bing"}, "does not match any of the expected tags"),
    ],
)
def test_what_is_refused(provider: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Geocoding.model_validate({"providers": [provider]})


def test_a_nominatim_of_ones_own_may_be_asked_faster() -> None:
    own = {
        "provider": "nominatim",
        "contact": "a@b.example",
        "url": "https://osm.prairie.example",
        "workers": 4,
    }

    assert Geocoding.model_validate({"providers": [own | {"per_second": 50}]}).providers[0].per_second == 50


def test_a_provider_stands_once() -> None:
    with pytest.raises(ValidationError, match="census stands twice"):
        Geocoding.model_validate({"providers": [{"provider": "census"}, {"provider": "census"}]})


def test_secrets_of_geocoders_are_listed(project: Project) -> None:
    asked = "enhance: {geocoding: {providers: [{provider: google, key: {secret: GEO_KEY}}]}}\n"
    project.tenant(text=TENANT + asked)

    (tenant,) = project.load().tenants

    assert ("GEO_KEY", "enhance") in [(s.name, s.user) for s in named_secrets(tenant)]
