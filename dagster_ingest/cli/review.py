"""`dagster-ingest review list|show|approve|reject`: deliveries that wait for a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dagster_ingest import clock
from dagster_ingest.cli.common import (
    JsonOption,
    StateOption,
    TableArgument,
    TenantArgument,
    TenantOption,
    chosen_states,
    console,
    one_table,
    one_tenant,
    print_json,
)
from dagster_ingest.errors import SpecError
from dagster_ingest.extract.difference import Difference, around

if TYPE_CHECKING:
    from dagster_ingest.assets.review import Place
    from dagster_ingest.land.base import Decision, Held
    from dagster_ingest.land.duckdb import DuckDBLanding
    from dagster_ingest.settings import Settings
    from dagster_ingest.spec.resolved import TenantSpec

app = typer.Typer(
    no_args_is_help=True, help="Deliveries that wait for a person: complete, invisible, decided on by hash."
)

StateArgument = Annotated[str, typer.Argument(help="State, two letters.")]
HashOption = Annotated[
    str, typer.Option("--hash", help="Hash of the candidate that you looked at; its first 8 signs or more.")
]
ByOption = Annotated[str, typer.Option("--by", help="Who decides.")]
NoteOption = Annotated[str, typer.Option("--note", help="Why; kept with the decision.")]


@app.command("list")
def list_waiting(
    tenant: TenantOption = None,
    state: StateOption = None,
    history: Annotated[bool, typer.Option("--history", help="What was decided, instead.")] = False,
    as_json: JsonOption = False,
) -> None:
    """What waits: since when, why, how much would change, until when somebody has to decide."""
    if history:
        _show_history(list(_decisions(tenant, state)), as_json)
        return
    found = list(_waiting(tenant, state))
    if as_json:
        print_json([_plain(name, held, status) for name, held, status in found])
        return
    if not found:
        console.print("Nothing waits for review.")
        return
    for name, held, status in found:
        console.print(f"{name} {held.table} {held.state}", style="bold", markup=False, end="  ")
        console.print(f"{held.hash[:12]}  {status}", style="magenta", markup=False, highlight=False)
        console.print(f"    {held.why}", markup=False, highlight=False)
        console.print(f"    {_change(held)}", markup=False, highlight=False)
        console.print(
            f"    held since {_minute(held.held_at)}, {'expires' if status == 'waiting' else 'expiry'} "
            f"{_minute(held.expires_at)}; review show {name} {held.table} {held.state}",
            markup=False,
            highlight=False,
        )


@app.command("show")
def show(
    tenant: TenantArgument, table: TableArgument, state: StateArgument, as_json: JsonOption = False
) -> None:
    """What would change if it were approved: counts, and cells before and after."""
    _, spec, landing = _table(tenant, table, state)
    held = _held(landing, table, state)
    if held is None:
        console.print(f"Nothing of {table} waits in {state}.", markup=False)
        return
    status = _status(landing, held)
    if as_json:
        print_json(_plain(tenant, held, status))
        return
    for line in (
        f"{tenant} {table} {state}: {status}",
        f"hash     {held.hash}",
        f"load     {held.load_id}, contract {held.contract_version}, {held.rows:,} rows",
        f"why      {held.why}",
        f"held     since {_minute(held.held_at)}, expires {_minute(held.expires_at)}",
        f"decides  {', '.join(spec.model.owners)}",
        f"change   {_change(held)}",
    ):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if held.difference:
        _show_cells(Difference.from_json(held.difference))
    decide = f"{tenant} {table} {state} --hash {held.hash[:12]} --by NAME --note '...'"
    console.print(f"\ndagster-ingest review approve {decide}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"dagster-ingest review reject {decide}", markup=False, highlight=False, soft_wrap=True)


@app.command("approve")
def approve(
    tenant: TenantArgument,
    table: TableArgument,
    state: StateArgument,
    hash: HashOption,
    by: ByOption,
    note: NoteOption = "",
    no_run: Annotated[
        bool, typer.Option("--no-run", help="Write the decision down; the next run commits it.")
    ] = False,
) -> None:
    """Approve the very candidate, commit it in a run of its asset, and run what hangs on it."""
    settings, spec, landing = _table(tenant, table, state)
    made = landing.held.decide(table, state, hash, "approved", by=_named(by), note=note.strip())
    console.print(f"approved {made.hash[:12]} by {made.by}", markup=False, highlight=False)
    if no_run:
        _report(settings, spec, made)
        console.print("The next run of the table commits it.")
        return
    _run(settings, tenant, table, state)


@app.command("reject")
def reject(
    tenant: TenantArgument,
    table: TableArgument,
    state: StateArgument,
    hash: HashOption,
    by: ByOption,
    note: NoteOption = "",
) -> None:
    """Turn the candidate down. The partition stands; the same delivery is not read again."""
    settings, spec, landing = _table(tenant, table, state)
    made = landing.held.decide(table, state, hash, "rejected", by=_named(by), note=note.strip())
    _report(settings, spec, made)
    console.print(
        f"rejected {made.hash[:12]} by {made.by}; the last good partition stands until the source delivers "
        f"something else",
        markup=False,
        highlight=False,
    )


def _run(settings: Settings, tenant: str, table: str, state: str) -> None:
    from dagster_ingest.assets.task import Task
    from dagster_ingest.cli.run import report_outcomes, run_with_progress

    chain = (Task(tenant, state, "writers", tables=(table,)), Task(tenant, state, "readers"))
    outcomes = run_with_progress([chain], settings, 1, quiet=False)
    report_outcomes(outcomes)
    if not all(outcome.success for outcome in outcomes):
        raise typer.Exit(1)


def _report(settings: Settings, spec: TenantSpec, made: Decision) -> None:
    """The decision as an event of the asset."""
    from dagster_ingest.assets.instance import open_instance
    from dagster_ingest.assets.review import report

    with open_instance(settings) as instance:
        report(instance, _place(settings, spec, made.table, made.state), made)


def _place(settings: Settings, spec: TenantSpec, table: str, state: str) -> Place:
    from dagster_ingest.assets.platform import TenantPlatform
    from dagster_ingest.assets.review import Place

    return Place(TenantPlatform(settings, spec), *one_table(spec, table), state)


def _table(tenant: str, table: str, state: str) -> tuple[Settings, TenantSpec, DuckDBLanding]:
    """Settings, spec and store; SpecError where the tenant has no such table or state."""
    settings, spec, landing = one_tenant(tenant, [state])
    one_table(spec, table, not_done="nothing was decided")
    return settings, spec, landing


def _waiting(tenants, states) -> Iterator[tuple[str, Held, str]]:
    from dagster_ingest.land.duckdb import DuckDBLanding

    settings, pairs = chosen_states(tenants, states)
    for name in dict.fromkeys(tenant for tenant, _ in pairs):
        landing = DuckDBLanding(settings.warehouse, name)
        for held in landing.held.all():
            if held.reason == "review" and (name, held.state) in pairs:
                yield name, held, _status(landing, held)


def _decisions(tenants, states) -> Iterator[tuple[str, Decision]]:
    from dagster_ingest.land.duckdb import DuckDBLanding

    settings, pairs = chosen_states(tenants, states)
    for name in dict.fromkeys(tenant for tenant, _ in pairs):
        for made in DuckDBLanding(settings.warehouse, name).held.decisions():
            if (name, made.state) in pairs:
                yield name, made


def _show_history(found: list[tuple[str, Decision]], as_json: bool) -> None:
    if as_json:
        print_json([{"tenant": name, **asdict(made)} for name, made in found])
        return
    for name, made in found:
        words = f"{made.decision} by {made.by}" + (f": {made.note}" if made.note else "")
        place = f"{name} {made.table} {made.state}"
        line = f"{_minute(made.decided_at)}  {place}  {made.hash[:12]}  {words}"
        console.print(line, markup=False, highlight=False)
    if not found:
        console.print("Nothing was ever decided.")


def _held(landing: DuckDBLanding, table: str, state: str) -> Held | None:
    held = landing.held.get(table, state)
    return held if held is not None and held.reason == "review" else None


def _status(landing: DuckDBLanding, held: Held) -> str:
    made = landing.held.decision(held)
    if made is not None:
        return f"{made.decision} by {made.by}, not committed yet"
    return "expired" if held.expired(clock.utc_text()) else "waiting"


def _plain(tenant: str, held: Held, status: str) -> dict[str, Any]:
    return {"tenant": tenant, "status": status, **asdict(held)}


def _change(held: Held) -> str:
    if not held.difference:
        return f"{held.rows} rows where there is no partition yet"
    return f"{Difference.from_json(held.difference).words()} present keys"


def _show_cells(found: Difference) -> None:
    for name, some in (("added", found.added_keys), ("removed", found.removed_keys)):
        if some:
            console.print(f"{name:<8} {', '.join(some)} ...", markup=False, highlight=False)
    width = max((console.width - 30) // 2, 30)
    for column in found.columns:
        console.print(f"\n{column.column}: {column.changed} changed", style="bold", markup=False)
        for sample in column.samples:
            before, after = around(sample.before, sample.after, width)
            console.print(f"  {sample.key}", markup=False, highlight=False)
            console.print(f"    - {before}", style="red", markup=False, highlight=False)
            console.print(f"    + {after}", style="green", markup=False, highlight=False)


def _named(by: str) -> str:
    if not by.strip() or by.strip() == "expiry":
        raise SpecError("a decision needs a name", not_done="nothing was decided", fix="--by NAME")
    return by.strip()


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ") + " UTC"
