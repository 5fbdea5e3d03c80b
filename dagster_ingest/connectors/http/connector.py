"""The `http` connector."""

from __future__ import annotations

from dagster_ingest.connectors.base import (
    Capabilities,
    Checked,
    Discovered,
    Fingerprint,
    Read,
    ReadRequest,
    Sign,
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

    def sign(self, request: ReadRequest, base: str) -> Sign:
        """The fingerprint where there is one, else the records that changed since `base`."""
        from dagster_ingest.connectors.http import changes
        from dagster_ingest.connectors.http.client import Client

        settings = _settings(request)
        if settings.fingerprint is not None:
            value = self.fingerprint(request).value
            if value or settings.cursor is None:
                return changes.of_fingerprint(value, settings)
        with Client(settings, request, self._timing) as client:
            return changes.since_base(client, settings, base, self._timing)

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
