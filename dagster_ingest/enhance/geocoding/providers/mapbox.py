"""Mapbox geocoding v6, in batches and `permanent`: what its default mode answers may not be stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dagster_ingest.enhance.geocoding.address import Address
from dagster_ingest.enhance.geocoding.kinds import Found, Point
from dagster_ingest.enhance.geocoding.providers.base import Around
from dagster_ingest.enhance.sending import Again, Answer, json_of, read
from dagster_ingest.spec.enhance import MapboxGeocoder

PATH = "/search/geocode/v6/batch"
_ON_A_STREET = {"rooftop", "parcel", "point", "interpolated", "intersection"}


class Mapbox:
    name = "mapbox"
    version = "v6"

    def __init__(self, settings: MapboxGeocoder, around: Around) -> None:
        self.batch = settings.batch
        self._url = settings.url.rstrip("/") + PATH
        self._token = around.secret(settings.key.secret)
        self._sender = around.sender(self.name, settings, settings.price_per_1000)

    def look_up(self, addresses: Sequence[Address]) -> list[Found | None]:
        return self._sender.send(
            "POST",
            self._url,
            lambda answer: _answers(answer, len(addresses)),
            weight=len(addresses),
            params={"access_token": self._token, "permanent": "true"},
            json=[_query(address) for address in addresses],
        )

    def close(self) -> None:
        self._sender.close()


def _query(address: Address) -> dict[str, Any]:
    parts = {
        "address_line1": address.sent_street,
        "place": address.city,
        "region": address.state,
        "postcode": address.zip,
    }
    return {name: text for name, text in parts.items() if text} | {
        "country": "us",
        "types": ["address"],
        "limit": 1,
        "autocomplete": False,
    }


def _answers(answer: Answer, expected: int) -> list[Found | None]:
    batch = read(lambda: list(json_of(answer)["batch"]))
    if len(batch) != expected:
        raise Again(f"it answers {len(batch)} of {expected} addresses")
    return [read(lambda one=one: _found(one["features"])) for one in batch]  # type: ignore[misc]


def _found(features: list[dict[str, Any]]) -> Found | None:
    if not features:
        return None
    told = features[0]["properties"]
    accuracy = told["coordinates"].get("accuracy")
    if accuracy not in _ON_A_STREET or told.get("match_code", {}).get("confidence") == "low":
        return None
    lon, lat = features[0]["geometry"]["coordinates"]
    return Found(Point(float(lat), float(lon)), accuracy)
