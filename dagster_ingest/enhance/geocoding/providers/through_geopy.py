"""Nominatim, Pelias and Google by way of geopy, which knows their queries and answers.

Its requests go through our sender: rate, attempts, budget and errors are the same for all providers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from dagster_ingest.enhance.geocoding.address import Address
from dagster_ingest.enhance.geocoding.kinds import Found, Point
from dagster_ingest.enhance.geocoding.providers.base import Around
from dagster_ingest.enhance.sending import AGENT, Again, Answer, OverQuota, Sender, json_of, read
from dagster_ingest.errors import AccessDenied, DataError, IngestError, Unavailable
from dagster_ingest.spec.enhance import GoogleGeocoder, NominatimGeocoder, PeliasGeocoder

Check = Callable[[Any], None]


class ThroughGeopy:
    """One address a request. ask: geopy's call. judge: how its raw answer came by the point, or None."""

    batch = 1

    def __init__(
        self,
        name: str,
        version: str,
        sender: Sender,
        ask: Callable[[Address], Any],
        judge: Callable[[dict[str, Any]], str | None],
    ) -> None:
        self.name, self.version = name, version
        self._sender, self._ask, self._judge = sender, ask, judge

    def look_up(self, addresses: Sequence[Address]) -> list[Found | None]:
        return [self._one(address) for address in addresses]

    def _one(self, address: Address) -> Found | None:
        from geopy.exc import GeopyError

        try:
            location = self._ask(address)
            detail = None if location is None else self._judge(location.raw)
        except (IngestError, GeopyError) as error:
            raise error if isinstance(error, IngestError) else self._unread(error) from None
        except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
            raise self._unread(error) from None
        return Found(Point(float(location.latitude), float(location.longitude)), detail) if detail else None

    def _unread(self, error: Exception) -> DataError:
        problem = f"the answer has another shape ({type(error).__name__})"
        return DataError(problem, where=self.name, not_done="earlier values stay")

    def close(self) -> None:
        self._sender.close()


def nominatim(settings: NominatimGeocoder, around: Around) -> ThroughGeopy:
    from geopy.geocoders import Nominatim

    agent = f"{AGENT} ({settings.contact})"
    sender = around.sender("nominatim", settings, settings.price_per_1000, agent=agent)
    geocoder = Nominatim(user_agent=agent, **_place(settings.url, settings.timeout, sender, _is_list))

    def ask(address: Address) -> Any:
        parts = {
            "street": address.sent_street,
            "city": address.city,
            "state": address.state,
            "postalcode": address.zip,
        }
        query = {name: text for name, text in parts.items() if text}
        return geocoder.geocode(query, addressdetails=True, country_codes="us")

    def judge(raw: dict[str, Any]) -> str | None:
        told = raw["address"]
        return "house" if "house_number" in told else "road" if "road" in told else None

    return ThroughGeopy("nominatim", "1", sender, ask, judge)


def pelias(settings: PeliasGeocoder, around: Around) -> ThroughGeopy:
    from geopy.geocoders import Pelias

    sender = around.sender("pelias", settings, settings.price_per_1000)
    key = around.secret(settings.key.secret) if settings.key else None
    geocoder = Pelias(api_key=key, **_place(settings.url, settings.timeout, sender, _has("features")))

    def ask(address: Address) -> Any:
        return geocoder.geocode(_line(address), countries=["USA"])

    def judge(raw: dict[str, Any]) -> str | None:
        told = raw["properties"]
        if told["layer"] not in ("address", "street") or told.get("match_type") == "fallback":
            return None
        return f"{told['layer']}, {told.get('accuracy', 'point')}"

    return ThroughGeopy("pelias", "v1", sender, ask, judge)


def google(settings: GoogleGeocoder, around: Around) -> ThroughGeopy:
    from geopy.geocoders import GoogleV3

    sender = around.sender("google", settings, settings.price_per_1000)
    key = around.secret(settings.key.secret)
    geocoder = GoogleV3(api_key=key, **_place(settings.url, settings.timeout, sender, _google_status))

    def ask(address: Address) -> Any:
        return geocoder.geocode(_line(address), components={"country": "US"})

    def judge(raw: dict[str, Any]) -> str | None:
        kind = raw["geometry"]["location_type"]
        if kind == "APPROXIMATE" or (raw.get("partial_match") and kind != "ROOFTOP"):
            return None
        if kind == "GEOMETRIC_CENTER" and not {"route", "intersection", "premise"} & set(
            raw.get("types", ())
        ):
            return None
        return kind.lower().replace("_", " ")

    return ThroughGeopy("google", "v3", sender, ask, judge)


def _line(address: Address) -> str:
    behind = " ".join(part for part in (address.state, address.zip) if part)
    return ", ".join(part for part in (address.sent_street, address.city, behind) if part)


def _place(url: str, timeout: float, sender: Sender, check: Check) -> dict[str, Any]:
    """Where geopy finds the host, and through what it asks."""
    from geopy.adapters import BaseSyncAdapter

    class Adapter(BaseSyncAdapter):
        def get_json(self, url: str, *, timeout: float, headers: dict[str, str]) -> Any:
            return sender.send("GET", url, take, headers=headers)

        def get_text(self, url: str, *, timeout: float, headers: dict[str, str]) -> str:
            return sender.send("GET", url, lambda answer: answer.body.decode(), headers=headers)

    def take(answer: Answer) -> Any:
        body = json_of(answer)
        read(lambda: check(body))
        return body

    parts = urlsplit(url)
    # Proxies None would have geopy read the environment.
    return {
        "domain": parts.netloc + parts.path.rstrip("/"),
        "scheme": parts.scheme,
        "timeout": timeout,
        "proxies": {},
        "adapter_factory": Adapter,
    }


def _is_list(body: Any) -> None:
    if not isinstance(body, list):
        raise TypeError


def _has(name: str) -> Check:
    def check(body: Any) -> None:
        if not isinstance(body[name], list):
            raise TypeError

    return check


def _google_status(body: Any) -> None:
    """Google says in an answer of 200 what others say by status."""
    status = body["status"]
    told = str(body.get("error_message") or status)
    if status in ("OVER_QUERY_LIMIT", "UNKNOWN_ERROR"):
        raise Again(told)
    if status == "OVER_DAILY_LIMIT":
        raise OverQuota(told, where="google", not_done="earlier values stay")
    if status == "REQUEST_DENIED":
        fix = "check the secret that `key` names, and whether its project may use the Geocoding API"
        raise AccessDenied(told, where="google", not_done="earlier values stay", fix=fix)
    if status == "INVALID_REQUEST":
        raise DataError(told, where="google", not_done="earlier values stay")
    if status not in ("OK", "ZERO_RESULTS"):
        raise Unavailable(f"unknown status {told}", where="google", not_done="earlier values stay")
    if not isinstance(body["results"], list):
        raise TypeError
