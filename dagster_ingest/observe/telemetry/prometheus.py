"""The one file that knows Prometheus: gauges in its exposition format, served, pushed, or printed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.error import HTTPError

from prometheus_client import CollectorRegistry, generate_latest, push_to_gateway, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import default_handler
from prometheus_client.registry import Collector

from dagster_ingest.errors import Unavailable
from dagster_ingest.observe.telemetry.gauges import Gauge
from dagster_ingest.spec.telemetry import Push


class Cached:
    """What `look` gives, asked for once in so many seconds. Who comes meanwhile waits for that one look."""

    def __init__(self, look: Callable[[], Sequence[Gauge]], seconds: float, now: Callable[[], float]) -> None:
        self._look, self._seconds, self._now = look, seconds, now
        self._lock = threading.Lock()
        self._found: Sequence[Gauge] | None = None
        self._until = 0.0

    def __call__(self) -> Sequence[Gauge]:
        with self._lock:
            if self._found is None or self._now() >= self._until:
                self._found = self._look()
                self._until = self._now() + self._seconds
            return self._found


class _Gauges(Collector):
    def __init__(self, look: Callable[[], Sequence[Gauge]]) -> None:
        self._look = look

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for gauge in self._look():
            family = GaugeMetricFamily(gauge.name, gauge.help, labels=gauge.labels)
            for labels, value in gauge.samples.items():
                family.add_metric(labels, value)
            yield family


def registry(look: Callable[[], Sequence[Gauge]]) -> CollectorRegistry:
    made = CollectorRegistry()
    made.register(_Gauges(look))
    return made


def text(look: Callable[[], Sequence[Gauge]]) -> str:
    return generate_latest(registry(look)).decode()


class Served:
    """An endpoint at work, until it is closed."""

    def __init__(self, look: Callable[[], Sequence[Gauge]], host: str, port: int) -> None:
        """Raises Unavailable where the port is taken."""
        try:
            self._server, self._thread = start_http_server(port, addr=host, registry=registry(look))
        except OSError as error:
            raise Unavailable(
                f"nothing can be served there: {error}",
                where=f"{host}:{port}",
                not_done="no endpoint was opened",
            ) from None
        self.port: int = self._server.server_port

    def wait(self) -> None:
        self._thread.join()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def push(look: Callable[[], Sequence[Gauge]], wanted: Push, token: str | None) -> None:
    """All gauges to a Pushgateway, in the place of those of before. Raises Unavailable."""

    def send(
        url: str, method: str, timeout: float | None, headers: list[tuple[str, str]], data: bytes
    ) -> Any:
        own = [*headers, ("Authorization", f"Bearer {token}")] if token is not None else headers
        return default_handler(url, method, timeout, own, data)

    found = registry(look)
    try:
        push_to_gateway(wanted.url, wanted.job, found, timeout=wanted.timeout, handler=send)
    except OSError as error:  # HTTP errors are such, too, and hold their connection
        if isinstance(error, HTTPError):
            error.close()
        raise Unavailable(
            f"the Pushgateway did not take the metrics: {error}",
            where=wanted.url,
            not_done="nothing was pushed",
        ) from None
