"""`dagster-ingest webhook serve`: takes signed calls that say that something came."""

from __future__ import annotations

import logging
from typing import Annotated

import typer

from dagster_ingest.cli.common import TenantOption, chosen_tenants, console
from dagster_ingest.errors import SpecError

app = typer.Typer(no_args_is_help=True, help="Receiver of signed calls.")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@app.command("serve")
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 3070,
    tenant: TenantOption = None,
    behind_tls: Annotated[
        bool, typer.Option("--behind-tls", help="Something before it speaks TLS: listen beyond loopback.")
    ] = False,
) -> None:
    """Take calls until it is stopped. The sensors of the sources start the loads."""
    if host not in _LOOPBACK and not behind_tls:
        raise SpecError(
            f"{host} is beyond this machine, and calls would come unencrypted",
            not_done="nothing listens",
            fix="listen on 127.0.0.1 behind a proxy that speaks TLS, or say --behind-tls",
        )
    settings, specs = chosen_tenants(tenant)
    import uvicorn

    from dagster_ingest.assets.arrival_calls import receiver

    made = receiver(settings, specs)
    if not made.places:
        raise SpecError(
            "no source takes calls",
            not_done="nothing listens",
            fix="say `arrival: {kind: webhook, secret: {secret: NAME}}` in a source",
        )
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    for name in made.places:
        console.print(f"POST http://{host}:{port}/arrivals/{name}", highlight=False)
    uvicorn.run(
        made.app(),
        host=host,
        port=port,
        access_log=False,
        server_header=False,
        log_level="warning",
        limit_concurrency=64,
        timeout_keep_alive=5,
        h11_max_incomplete_event_size=16_384,
    )
