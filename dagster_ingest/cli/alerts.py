"""`dagster-ingest alerts list|preview|test`: what is open and who was told of it."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_ingest.cli.common import (
    JsonOption,
    StateOption,
    TenantArgument,
    TenantOption,
    chosen_states,
    chosen_tenants,
    console,
    print_json,
)
from dagster_ingest.observe.explain import span, when

if TYPE_CHECKING:
    from dagster_ingest.assets.alert_views import Open, Overview, Preview
    from dagster_ingest.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Who is told of what: deploy/alerts.yaml, seen from outside.")

_COLORS = {"info": "dim", "warning": "yellow", "error": "red", "critical": "bold red"}


@app.command("list")
def list_open(tenant: TenantOption = None, state: StateOption = None, as_json: JsonOption = False) -> None:
    """What is open now, on which channels it was told and when, and the last messages."""
    from dagster_ingest.assets.alert_views import overview

    settings, pairs = chosen_states(tenant, state)
    _, specs = chosen_tenants(tenant)
    wanted = {name for name, _ in pairs}
    found = overview(settings, [spec for spec in specs if spec.name in wanted], pairs)
    if as_json:
        print_json(
            {
                "open": [one.as_dict() for one in found.open],
                "sent": [asdict(one) for one in found.sent],
                "trouble": list(found.trouble),
            }
        )
        return
    _show(found)
    _hint(settings)


@app.command("preview")
def preview_state(
    tenant: TenantArgument,
    state: Annotated[str, typer.Argument(help="State, two letters.")],
    as_json: JsonOption = False,
) -> None:
    """The messages of what is open in a state, as they would be sent, and to whom. Sends nothing."""
    from dagster_ingest.assets.alert_views import preview

    settings, _ = chosen_states([tenant], [state])
    _, [spec] = chosen_tenants([tenant])
    found = preview(settings, spec, state)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        _print(_to(one), "", one.words.title, "", one.words.body, "-" * 60)
    if not found:
        _print(f"nothing is open in {tenant}/{state}: nothing would be sent")
    _hint(settings)


@app.command("test")
def test_channel(
    channel: Annotated[str, typer.Argument(help="Channel of deploy/alerts.yaml.")],
) -> None:
    """Send a marked message to a channel, past its quiet hours, and say whether it was taken."""
    from dagster_ingest.observe.alerts.courier import Courier
    from dagster_ingest.observe.alerts.message import Words
    from dagster_ingest.secrets import secrets_of
    from dagster_ingest.settings import Settings
    from dagster_ingest.spec.alerts_file import PLATFORM, channel_of

    settings = Settings.load()
    secret = channel_of(settings, channel).url.secret
    address = secrets_of(settings, PLATFORM)(secret)
    body = f"A test of the channel {channel}, sent by hand at {when(time.time())}. Nothing is wrong."
    Courier(channel, address).send(Words(f"[test] dagster-ingest, channel {channel}", body, "info"))
    typer.secho(f"{channel} took a test message", fg="green")


def _show(found: Overview) -> None:
    from rich.markup import escape
    from rich.table import Table

    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("tenant", "state", "severity", "since", "what", "told"):
        grid.add_column(name, no_wrap=name not in ("what", "told"), overflow="fold")
    now = time.time()
    for one in found.open:
        incident = one.incident
        severity = f"[{_COLORS[incident.severity]}]{incident.severity}[/]"
        words = (incident.tenant, incident.state or "", severity, f"{span(now - incident.since)} ago")
        grid.add_row(*words, escape(incident.title), escape(_told(one, now)))
    if found.open:
        console.print(grid)
    else:
        _print("nothing is open")
    for sent in found.sent:
        _print(f"sent {when(sent.at)} to {sent.channel}: {sent.title}")
    for line in found.trouble:
        typer.secho(line, fg="red")


def _told(one: Open, now: float) -> str:
    if not one.channels:
        return "nobody: no route matches"
    return ", ".join(
        f"{name} {span(now - at)} ago" if at is not None else f"{name}: not yet"
        for name, at in one.channels.items()
    )


def _to(one: Preview) -> str:
    if not one.channels:
        return "To nobody: no route matches."
    held = {name: f" (held until {when(until)})" if until else "" for name, until in one.channels.items()}
    return "To " + ", ".join(name + why for name, why in held.items())


def _hint(settings: Settings) -> None:
    from dagster_ingest.spec.alerts_file import read_alerts

    if not read_alerts(settings).on:
        typer.secho("nobody is told of anything: deploy/alerts.yaml has no channels or no routes", dim=True)


def _print(*lines: str) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
