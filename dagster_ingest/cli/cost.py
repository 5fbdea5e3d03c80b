"""`dagster-ingest cost`: what assets, tenants, states and owners cost, as `platform/cost` found it last."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from dagster_ingest.cli.common import JsonOption, TenantOption, chosen_tenants, console, print_json
from dagster_ingest.settings import Settings


class By(StrEnum):
    asset = "asset"
    tenant = "tenant"
    state = "state"
    owner = "owner"
    day = "day"


def cost(
    tenant: TenantOption = None,
    by: Annotated[
        list[By] | None, typer.Option("--by", help="What to sum by. Repeatable. Default: tenant.")
    ] = None,
    since: Annotated[
        str, typer.Option("--since", help="First day or month: 2026-11-03, 2026-11. Default: this month.")
    ] = "",
    untagged: Annotated[bool, typer.Option("--untagged", help="The statements that no tag claims.")] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Materialize platform/cost first: ask anew.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """What was used up, from the event log and the warehouse's views. The most expensive comes first."""
    from dagster_ingest.clock import utc
    from dagster_ingest.observe.cost.store import CostStore

    settings = chosen_tenants(tenant)[0] if tenant else Settings.load()
    if refresh:
        _refresh(settings)
    store = CostStore(settings.home)
    if not store.days():
        typer.secho("nothing is known yet: dagster-ingest cost --refresh", fg="yellow", err=True)
    if untagged:
        _show_untagged(store, as_json)
        return
    rows = [r for r in store.rows(since or f"{utc():%Y-%m}") if not tenant or r.tenant in tenant]
    _show(rows, [str(name) for name in by or [By.tenant]], as_json)


def _show(rows, by: list[str], as_json: bool) -> None:
    from dagster_ingest.observe.cost.rows import grouped
    from dagster_ingest.observe.cost.shown import table

    if as_json:
        sums = grouped(rows, by)
        print_json([dict(zip(by, key, strict=True)) | sums[key] for key in sorted(sums)])
        return
    _print(*table(rows, by), words=len(by))


def _show_untagged(store, as_json: bool) -> None:
    from dataclasses import asdict

    found = store.untagged()
    if as_json:
        print_json([asdict(one) for one in found])
        return
    lines = [
        [one.text, one.user, one.warehouse, f"{one.statements:,}", f"{one.credits:,.6f}"] for one in found
    ]
    _print(["statement", "user", "warehouse", "statements", "credits"], lines, words=3)


def _print(headings: list[str], lines: list[list[str]], words: int) -> None:
    from rich.markup import escape
    from rich.table import Table

    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for place, name in enumerate(headings):
        grid.add_column(name, justify="left" if place < words else "right", overflow="fold")
    for line in lines:
        grid.add_row(*(escape(cell) for cell in line))
    console.print(grid)


def _refresh(settings: Settings) -> None:
    from dagster_ingest.assets.cost import materialize

    for failed in materialize(settings):
        typer.secho(failed, fg="yellow", err=True)
