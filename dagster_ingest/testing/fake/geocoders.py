"""The answers of five geocoders on loopback, in the shapes of their public descriptions.

Stand-ins: they know the addresses they are told, and check of a request what the real ones insist on.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

from dagster_ingest.testing.http.server import Answer, Asked, FakeServer

KEY = "geocoder-key-0123456789"
CENSUS, NOMINATIM, PELIAS = "/geocoder/locations/addressbatch", "/search", "/v1/search"
GOOGLE, MAPBOX = "/maps/api/geocode/json", "/search/geocode/v6/batch"


@dataclass(frozen=True, slots=True)
class Spot:
    """quality: street (a house is found) or coarse (only the town is)."""

    lat: float
    lon: float
    quality: str = "street"


@dataclass(slots=True)
class Town:
    """What all five know: spots by street, such as `101 MAIN ST`. seen: streets they were asked for."""

    spots: Mapping[str, Spot]
    seen: list[str] = field(default_factory=list)

    def find(self, text: str) -> Spot | None:
        """The spot that a street, or a line beginning with one, names."""
        street = text.split(",")[0].strip().upper()
        self.seen.append(street)
        return self.spots.get(street)

    def serve(self, server: FakeServer) -> None:
        server.route(CENSUS, self.census)
        server.route(NOMINATIM, self.nominatim)
        server.route(PELIAS, self.pelias)
        server.route(GOOGLE, self.google)
        server.route(MAPBOX, self.mapbox)

    def census(self, asked: Asked) -> Answer:
        """Its batches: a file without heading; answers in an order of its own."""
        parts = _form(asked)
        if asked.method != "POST" or "benchmark" not in parts or "addressFile" not in parts:
            return Answer.json({"errors": ["benchmark and addressFile are required"]}, 400)
        out = io.StringIO()
        rows = [self._census_row(row) for row in csv.reader(io.StringIO(parts["addressFile"]))]
        csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(reversed(rows))
        return Answer(200, out.getvalue().encode(), {"content-type": "text/csv"})

    def _census_row(self, row: list[str]) -> list[str]:
        given = ", ".join(row[1:])
        spot = self.find(row[1])
        if spot is None or spot.quality != "street":
            return [row[0], given, "No_Match"]
        return [row[0], given, "Match", "Exact", given.upper(), f"{spot.lon},{spot.lat}", "638600001", "L"]

    def nominatim(self, asked: Asked) -> Answer:
        if not re.search(r"\(\S+@\S+\)", asked.headers.get("user-agent", "")):
            return Answer(403, b"<html>usage policy</html>", {"content-type": "text/html"})
        spot = self.find(asked.param("street"))
        if spot is None or asked.param("format") != "json":
            return Answer.json([])
        number, _, road = asked.param("street").partition(" ")
        near = {"city": asked.param("city"), "postcode": asked.param("postalcode"), "country_code": "us"}
        house = {"house_number": number, "road": road} if spot.quality == "street" else {}
        place = {
            "place_id": 1,
            "licence": "Data (c) OpenStreetMap contributors, ODbL 1.0",
            "importance": 0.01,
        }
        told = {
            "lat": str(spot.lat),
            "lon": str(spot.lon),
            "display_name": "somewhere",
            "address": house | near,
        }
        return Answer.json([place | told])

    def pelias(self, asked: Asked) -> Answer:
        spot = self.find(asked.param("text"))
        features = [_feature(spot, _pelias(spot))] if spot else []
        return Answer.json(
            {"geocoding": {"version": "0.2"}, "type": "FeatureCollection", "features": features}
        )

    def google(self, asked: Asked) -> Answer:
        if asked.param("key") != KEY:
            denied = {
                "status": "REQUEST_DENIED",
                "error_message": "The provided API key is invalid.",
                "results": [],
            }
            return Answer.json(denied)
        spot = self.find(asked.param("address"))
        if spot is None:
            return Answer.json({"results": [], "status": "ZERO_RESULTS"})
        street = spot.quality == "street"
        kind = "ROOFTOP" if street else "APPROXIMATE"
        geometry = {"location": {"lat": spot.lat, "lng": spot.lon}, "location_type": kind}
        result: dict[str, Any] = {"formatted_address": "somewhere", "geometry": geometry, "place_id": "p1"}
        result["types"] = ["street_address"] if street else ["locality", "political"]
        return Answer.json({"results": [result], "status": "OK"})

    def mapbox(self, asked: Asked) -> Answer:
        if asked.param("access_token") != KEY:
            return Answer.json({"message": "Not Authorized - Invalid Token"}, 401)
        if asked.param("permanent") != "true":
            return Answer.json({"message": "these tests store what they get"}, 403)
        batch = []
        for query in asked.json():
            spot = self.find(query["address_line1"])
            features = [_feature(spot, _mapbox(spot))] if spot else []
            batch.append({"type": "FeatureCollection", "features": features, "attribution": "NOTICE"})
        return Answer.json({"batch": batch})


def _feature(spot: Spot, properties: dict[str, Any]) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [spot.lon, spot.lat]}
    return {"type": "Feature", "geometry": point, "properties": properties}


def _pelias(spot: Spot) -> dict[str, Any]:
    street = spot.quality == "street"
    layer, match = ("address", "exact") if street else ("locality", "fallback")
    accuracy = "point" if street else "centroid"
    return {"name": "somewhere", "layer": layer, "match_type": match, "accuracy": accuracy, "confidence": 1}


def _mapbox(spot: Spot) -> dict[str, Any]:
    street = spot.quality == "street"
    place = {"longitude": spot.lon, "latitude": spot.lat} | ({"accuracy": "rooftop"} if street else {})
    kind = "address" if street else "place"
    return {
        "feature_type": kind,
        "coordinates": place,
        "match_code": {"confidence": "exact" if street else "low"},
    }


def _form(asked: Asked) -> dict[str, str]:
    """The parts of multipart/form-data by name."""
    head = f"content-type: {asked.headers.get('content-type', '')}\r\n\r\n".encode()
    message = message_from_bytes(head + asked.body)
    if not message.is_multipart():
        return {}
    named: dict[str, str] = {}
    for part in message.get_payload():
        name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
        named[str(name)] = part.get_payload(decode=True).decode()  # type: ignore[union-attr]
    return named
