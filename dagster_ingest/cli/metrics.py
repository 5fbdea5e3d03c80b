"""`dagster-ingest metrics`: the state of the installation as gauges of Prometheus."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_ingest.settings import Settings

if TYPE_CHECKING:
    from dagster_ingest.observe.telemetry.prometheus import Cached
    from dagster_ingest.spec.telemetry import Metrics

app = typer.Typer(no_args_is_help=True, help="Gauges of Prometheus: freshness, health, rows, runs, cost.")


@app.command()
def serve(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any that is free.")] = 9464,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Serve /metrics until it is stopped."""
    from dagster_ingest.observe.telemetry.prometheus import Served

    wanted, cached = _cached()
    served = Served(cached, host, port)
    typer.echo(f"http://{host}:{served.port}/metrics, asked anew after {wanted.cache:g} s")
    try:
        served.wait()
    except KeyboardInterrupt:
        served.close()


@app.command("print")
def print_() -> None:
    """Print them, as a scrape would get them."""
    from dagster_ingest.observe.telemetry.prometheus import text

    typer.echo(text(_cached()[1]), nl=False)


@app.command()
def push() -> None:
    """Push them to the Pushgateway of deploy/telemetry.yaml."""
    from dagster_ingest.errors import SpecError
    from dagster_ingest.observe.telemetry.traces import OWNER
    from dagster_ingest.secrets import secrets_of

    wanted, cached = _cached()
    if wanted.push is None:
        raise SpecError(
            "no Pushgateway is named",
            where="deploy/telemetry.yaml",
            not_done="nothing was pushed",
            fix="write `metrics: {push: {url: ...}}` there",
        )
    from dagster_ingest.observe.telemetry import prometheus

    token = wanted.push.token
    value = secrets_of(Settings.load(), OWNER)(token.secret) if token is not None else None
    prometheus.push(cached, wanted.push, value)
    typer.echo(f"pushed to {wanted.push.url}")


def _cached() -> tuple[Metrics, Cached]:
    """Raises SpecError where the file is wrong, or the extra is missing."""
    from dagster_ingest.observe.telemetry.needs import needs
    from dagster_ingest.spec.telemetry import Metrics, telemetry_of

    needs("prometheus_client", "metrics", "metrics")
    from dagster_ingest.observe.telemetry.prometheus import Cached

    settings = Settings.load()
    wanted = telemetry_of(settings).metrics or Metrics()

    def look():
        from dagster_ingest.assets.metrics import look as seen

        return seen(settings, wanted)

    return wanted, Cached(look, wanted.cache, time.monotonic)
