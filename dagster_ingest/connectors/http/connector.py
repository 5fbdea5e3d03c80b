"""The `http` connector."""

from __future__ import annotations

from dagster_ingest.connectors.base import (
    Capabilities,
    Checked,
    Discovered,
    Fingerprint,
    Read,
    ReadRequest,
)
from dagster_ingest.connectors.http.settings import HttpSettings
from dagster_ingest.connectors.http.timing import Timing
from dagster_ingest.connectors.registry import parse_settings


class HttpConnector:
    """timing: clock and chance; a test hands in its own."""

    capabilities = Capabilities(
        incremental=True, deletes=True, state_filter=True, cheap_fingerprint=True, resumable=True
    )

    def __init__(self, timing: Timing | None = None) -> None:
        self._timing = timing or Timing()

    def check(self, request: ReadRequest) -> Checked:
        from dagster_ingest.connectors.http import probe
        from dagster_ingest.connectors.http.client import Client

        settings = _settings(request)
        with Client(settings, request, self._timing) as client:
            return probe.check(client, settings, request)

    def discover(self, request: ReadRequest) -> tuple[Discovered, ...]:
        from dagster_ingest.connectors.http import probe
        from dagster_ingest.connectors.http.client import Client

        settings = _settings(request)
        with Client(settings, request, self._timing) as client:
            return (probe.discover(client, settings, request, self._timing),)

    def fingerprint(self, request: ReadRequest) -> Fingerprint:
        """Empty unless the settings name a cheap request."""
        from dagster_ingest.connectors.http import probe
        from dagster_ingest.connectors.http.client import Client

        settings = _settings(request)
        if settings.fingerprint is None:
            return Fingerprint("", (settings.address(),))
        with Client(settings, request, self._timing) as client:
            return Fingerprint(probe.fingerprint(client, settings), (settings.address(),))

    def read(self, request: ReadRequest) -> Read:
        """Fetches everything first: what comes after it needs no network."""
        from dagster_ingest.connectors.http.client import Client
        from dagster_ingest.connectors.http.read import HttpRead

        settings = _settings(request)
        with Client(settings, request, self._timing) as client:
            return HttpRead(client, settings, request, self._timing)


def _settings(request: ReadRequest) -> HttpSettings:
    return parse_settings("http", request.settings)  # type: ignore[return-value]


CONNECTOR = HttpConnector
