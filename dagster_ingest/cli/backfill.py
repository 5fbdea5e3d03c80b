"""`dagster-ingest backfill`: do many states again, and go on where it was cut off."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_ingest.cli.common import JsonOption, StateOption, chosen_states, console, print_json
from dagster_ingest.cli.run import report_outcomes, run_with_progress
from dagster_ingest.errors import SpecError, among
from dagster_ingest.naming import LAYERS

if TYPE_CHECKING:
    from dagster_ingest.assets.backfill import Backfill, Request
    from dagster_ingest.settings import Settings

_ACTIONS = ("list", "status", "resume", "cancel")
_COLORS = {"SUCCESS": "green", "FAILURE": "red", "CANCELED": "yellow", "left": "dim"}


def backfill(
    words: Annotated[
        list[str],
        typer.Argument(metavar="TENANT... | list | status ID | resume ID | cancel ID", show_default=False),
    ],
    state: StateOption = None,
    layer: Annotated[
        list[str] | None, typer.Option(help=f"Only these layers: {', '.join(LAYERS)}. Repeatable.")
    ] = None,
    table: Annotated[
        list[str] | None,
        typer.Option(help="Only this raw table, or layer/table, and what hangs on it. Repeatable."),
    ] = None,
    start: Annotated[str | None, typer.Option("--from", help="This layer and all after it.")] = None,
    force: Annotated[
        bool, typer.Option(help="Models and publications anew, although nothing has changed.")
    ] = False,
    at_most: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Runs at a time. Default: the cores, 1 where a daemon is at work."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would run.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run states again, each for itself; exits 1 when one failed. A backfill that was cut off is resumed."""
    if words[0] in _ACTIONS:
        _look_after(words[0], words[1:], at_most, as_json)
        return
    settings, request = _request(words, state, layer, table, start, force)
    if dry_run:
        _plan(request, as_json)
        return
    from dagster_ingest import naming

    _carry_out(settings, naming.new_load_id(), request, at_most, as_json)


def _request(tenants, states, layers, tables, start, force) -> tuple[Settings, Request]:
    from dagster_ingest.assets.backfill import Request

    settings, pairs = chosen_states(tenants, states)
    for name in (*(layers or ()), *([start] if start else ())):
        if name not in LAYERS:
            hint = "--from" if name == start else "--layer"
            raise typer.BadParameter(among(name, LAYERS, f"{name!r} is no layer:"), param_hint=hint)
    if start and layers:
        raise typer.BadParameter("give --layer or --from", param_hint="--from")
    chosen = LAYERS[LAYERS.index(start) :] if start and start != LAYERS[0] else tuple(layers or ())
    for name in tables or ():
        _known_table(settings, tenants, name)
    return settings, Request(tuple(pairs), tuple(chosen), tuple(tables or ()), force)


def _known_table(settings: Settings, tenants: list[str], asked: str) -> None:
    """SpecError unless every tenant has the table."""
    from dataclasses import replace

    from dagster_ingest.assets.platform import TenantPlatform
    from dagster_ingest.spec.load import load_tenants

    name = asked if "/" in asked else f"raw/{asked}"
    for spec in load_tenants(replace(settings, tenants=tuple(tenants))).tenants:
        known = {f"raw/{table.raw}" for source in spec.sources for table in source.tables}
        known |= {f"published/{target.reader}" for target in spec.model.publish}
        if name.partition("/")[0] not in ("raw", "published"):
            known |= {"/".join(node) for node in TenantPlatform(settings, spec).graph.nodes}
        if name not in known:
            raise SpecError(
                f"the tenant {spec.name} has no table {asked!r}",
                not_done="nothing ran",
                fix=among(name, sorted(known), "tables here:"),
            )


def _plan(request: Request, as_json: bool) -> None:
    tasks = [task for chain in request.chains({}) for task in chain]
    if as_json:
        said = [{"tenant": t.tenant, "state": t.state, "side": t.side, "layers": t.layers} for t in tasks]
        print_json(said)
        return
    for task in tasks:
        what = ", ".join(task.tables or task.layers) or "everything"
        console.print(f"{task.tenant}/{task.state} {task.side}: {what}", markup=False, highlight=False)
    console.print(f"{len(tasks)} runs, nothing was started", highlight=False)


def _carry_out(
    settings: Settings, backfill_id: str, request: Request, at_most: int | None, as_json: bool, again=None
) -> None:
    """Run what is left of a backfill, tell of it as it goes, and end with a table."""
    from dagster_ingest.assets import backfill as backfills
    from dagster_ingest.assets.instance import daemon_at_work, open_instance, process_tag

    with open_instance(settings) as instance:
        tags = backfills.tags_of(backfill_id, request, process_tag())
        chains = request.chains(tags) if again is None else backfills.left(instance, again, process_tag())
        # A daemon counts these runs among its own: more of them would be places that others wait for.
        at_once = at_most or (1 if daemon_at_work(instance) else min(os.cpu_count() or 1, 4))
    if not as_json:
        console.print(
            f"backfill {backfill_id}: {sum(map(len, chains))} runs, {at_once} at a time", highlight=False
        )
    lines = not as_json and not console.is_terminal  # in a log nobody sees a bar move
    outcomes = run_with_progress(chains, settings, at_once, quiet=as_json, lines=lines)
    with open_instance(settings) as instance:
        backfills.end(instance, backfill_id)
    failed = [outcome for outcome in outcomes if not outcome.success]
    if as_json:
        from dataclasses import asdict

        runs = [
            {k: v for k, v in asdict(outcome).items() if k != "task"}
            | {"tenant": outcome.task.tenant, "state": outcome.task.state, "side": outcome.task.side}
            for outcome in outcomes
        ]
        print_json({"id": backfill_id, "failed": len(failed), "runs": runs})
    else:
        report_outcomes(outcomes)
        console.print(_outcomes_table(outcomes))
    if failed:
        raise typer.Exit(1)


def _look_after(action: str, words: list[str], at_most: int | None, as_json: bool) -> None:
    from dagster_ingest.assets import backfill as backfills
    from dagster_ingest.assets.instance import open_instance
    from dagster_ingest.settings import Settings

    if (action == "list") != (not words) or len(words) > 1:
        needs = "nothing more" if action == "list" else "the id of one backfill"
        raise typer.BadParameter(f"{action} takes {needs}", param_hint="WORDS")
    settings = Settings.load()
    with open_instance(settings) as instance:
        if action == "list":
            _show_all(backfills.every(instance), as_json)
            return
        found = backfills.find(instance, words[0])
        if action == "cancel":
            backfills.cancel(instance, found)
            found = backfills.find(instance, words[0])
        if action == "resume":
            if found.status == "running":
                raise SpecError(
                    f"backfill {found.id} is at work",
                    not_done="nothing was started",
                    fix=f"dagster-ingest backfill cancel {found.id}",
                )
            backfills.left(instance, found, "")  # raises where there is nothing to resume
    if action == "resume" and found.request is not None:
        _carry_out(settings, found.id, found.request, at_most, as_json, again=found)
        return
    _show(found, as_json)


def _show_all(found: list[Backfill], as_json: bool) -> None:
    from rich.table import Table

    if as_json:
        told = [{"id": b.id, "status": b.status, "done": b.done, "of": len(b.parts)} for b in found]
        print_json([{**one, "by": "cli" if b.request else "ui"} for one, b in zip(told, found, strict=True)])
        return
    grid = Table("backfill", "status", "done", "started", "by")
    for b in found:
        at = time.strftime("%Y-%m-%d %H:%M", time.localtime(b.started))
        grid.add_row(b.id, b.status, f"{b.done} of {len(b.parts)}", at, "cli" if b.request else "ui")
    console.print(grid if found else "no backfill was ever made")


def _show(found: Backfill, as_json: bool) -> None:
    from dataclasses import asdict

    from rich.table import Table

    if as_json:
        parts = [asdict(part) for part in found.parts]
        print_json({"id": found.id, "status": found.status, "done": found.done, "parts": parts})
        return
    grid = Table("tenant", "state", "side", "run", "status", "seconds", title=f"{found.id}: {found.status}")
    for part in found.parts:
        color = _COLORS.get(part.status, "default")
        took = "" if part.seconds is None else f"{part.seconds:.0f}"
        run = (part.run_id or "")[:8]
        grid.add_row(
            part.tenant, part.state, part.side, run, f"[{color}]{part.status.lower()}[/{color}]", took
        )
    console.print(grid)


def _outcomes_table(outcomes):
    from rich.table import Table

    grid = Table("tenant", "state", "side", "assets", "what happened")
    for outcome in sorted(outcomes, key=lambda o: (o.task.tenant, o.task.state, o.task.side == "readers")):
        task = outcome.task
        if outcome.run_id is None:
            what = outcome.held or "nothing to do"
        else:
            what = (
                "done" if outcome.success else "FAILED: " + ", ".join(outcome.failed_checks or ("see above",))
            )
        color = "default" if outcome.success else "red"
        shown = f"[{color}]{what}[/{color}]"
        grid.add_row(task.tenant, task.state, task.side, str(len(outcome.materialized)), shown)
    return grid
