"""`dagster-ingest sensors list` and `enable`: who looks for arrivals, and who gave up."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Annotated

import typer

from dagster_ingest.cli.common import (
    JsonOption,
    TenantArgument,
    TenantOption,
    chosen_tenants,
    console,
    print_json,
)
from dagster_ingest.observe.explain import span

app = typer.Typer(no_args_is_help=True, help="Sensors that look for arrivals at sources.")
_COLORS = {"looking": "green", "failing": "yellow", "given up": "red", "stopped": "magenta", "never": "dim"}


@app.command("list")
def list_sensors(tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """How each sensor is: when it looked last, what fails, whether it gave up."""
    settings, specs = chosen_tenants(tenant)
    from rich.table import Table

    from dagster_ingest.assets.arrival_state import states

    found = states(settings, specs)
    if as_json:
        print_json([asdict(state) for state in found])
        return
    if not found:
        console.print("no source says how its arrivals are noticed: there is no `arrival:`")
        return
    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("tenant", "source", "kind", "every", "state", "looked", "loads", "why"):
        grid.add_column(name, overflow="fold", no_wrap=name != "why")
    now = time.time()
    for state in found:
        at = state.looked_at
        health = f"[{_COLORS[state.health]}]{state.health}[/]"
        failed = f" ({state.failures})" if state.failures else ""
        looked = "never" if not at else f"{span(now - at)} ago"
        told = (state.tenant, state.source, state.kind, state.every, health + failed)
        grid.add_row(*told, looked, str(state.loads), state.why)
    console.print(grid)


@app.command("enable")
def enable_sensor(
    tenant: TenantArgument, source: Annotated[str, typer.Argument(help="Source, as in the tenant file.")]
) -> None:
    """Have a sensor look again that gave up. It does so in its next tick."""
    settings, [spec] = chosen_tenants([tenant])
    from dagster_ingest.assets.arrival_state import enable

    enable(settings, spec, source)
    console.print(f"arrivals of {source} of {tenant} are looked for again from the next tick on")
