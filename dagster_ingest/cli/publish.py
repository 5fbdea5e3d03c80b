"""`dagster-ingest publish`: what the readers of a tenant show, step by step and by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from dagster_ingest.cli.common import (
    JsonOption,
    TenantArgument,
    chosen_states,
    chosen_tenants,
    console,
    print_json,
)
from dagster_ingest.cli.publish_lint import lint
from dagster_ingest.errors import IngestError, SpecError, among

if TYPE_CHECKING:
    from dagster_ingest.publish.base import Plan, Reader, Verified
    from dagster_ingest.settings import Settings
    from dagster_ingest.spec.models import Target
    from dagster_ingest.spec.resolved import TenantSpec

StateArgument = Annotated[
    str | None, typer.Argument(help="State, two letters. Left out: all that the tenant has.")
]
ReaderOption = Annotated[
    list[str] | None, typer.Option("--reader", "-r", help="Only this reader. Repeatable.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="What readers would change, change it, compare it with the stage, take it back or away.",
)

app.command()(lint)


@app.command()
def plan(
    tenant: TenantArgument,
    state: StateArgument = None,
    reader: ReaderOption = None,
    as_json: JsonOption = False,
) -> None:
    """What a publish would write and delete, by collection. Nothing is written."""
    settings, spec, targets = _chosen(tenant, [state] if state else None, reader)
    found: list[dict[str, Any]] = []

    def each(target: Target, state: str) -> None:
        made = _hand(settings, spec)
        planned = made.reader(target).plan(made.partition(state, target))
        found.append(_planned(planned, target.reader, state))

    failed = _for_each(targets, [state] if state else list(spec.states), each)
    print_json(found) if as_json else _show_plans(found)
    _end(failed)


@app.command()
def apply(
    tenant: TenantArgument,
    state: StateArgument = None,
    reader: ReaderOption = None,
    allow_deletes: Annotated[
        bool, typer.Option("--allow-deletes", help="Delete more than `max_delete_share` as well.")
    ] = False,
    bulk: Annotated[
        bool, typer.Option("--bulk", help="Build everything anew, even where this version is shown.")
    ] = False,
    yes: YesOption = False,
) -> None:
    """Publish what the stage holds now, as a run would. Shows the plan first and asks."""
    settings, spec, targets = _chosen(tenant, [state] if state else None, reader)

    def each(target: Target, state: str) -> None:
        made = _hand(settings, spec)
        store, partition = made.reader(target), made.partition(state, target)
        if not yes:
            _show_plans([_planned(store.plan(partition), target.reader, state)])
            anew = ", built anew" if bulk else ""
            typer.confirm(f"Publish {state} of {tenant} to {target.reader}{anew}?", abort=True)
        done = store.apply(partition, allow_deletes=allow_deletes, bulk=bulk)
        what = f"{done.written:,} written, {done.deleted:,} deleted" if done.changed else "shown already"
        _say(f"{state} {target.reader}: {what}, version {done.version}")

    _end(_for_each(targets, [state] if state else list(spec.states), each))


@app.command()
def verify(
    tenant: TenantArgument,
    state: StateArgument = None,
    reader: ReaderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare what the stores show with the stage: counts, and a sample. Exits 1 on a difference."""
    settings, spec, targets = _chosen(tenant, [state] if state else None, reader)
    found: list[dict[str, Any]] = []

    def each(target: Target, state: str) -> None:
        made = _hand(settings, spec)
        seen = made.reader(target).verify(made.partition(state, target))
        found.append(_verified(seen, target.reader, state))
        if not as_json:
            _say(f"{state} {target.reader}: {_in_words(seen)}")

    failed = _for_each(targets, [state] if state else list(spec.states), each)
    if as_json:
        print_json(found)
    _end(failed)
    if any(one["problems"] for one in found):
        raise typer.Exit(1)


@app.command()
def rollback(
    tenant: TenantArgument,
    state: StateArgument = None,
    reader: ReaderOption = None,
    yes: YesOption = False,
) -> None:
    """Show again what was shown before, where a reader keeps it. The next publish shows the stage again."""
    settings, spec, targets = _chosen(tenant, [state] if state else None, reader)
    names = ", ".join(target.reader for target in targets)
    if not yes:
        typer.confirm(f"Bring {names} of {tenant} {state or ''} back?".replace("  ", " "), abort=True)

    def each(target: Target, _: str) -> None:
        done = _reader(settings, spec, target).rollback(tenant, state)
        _say(f"{target.reader}: {done}")
        for one in [state] if state else spec.states:
            _remember(settings, tenant, target.reader, one, f"rolled back: {done}", "rolled_back")

    _end(_for_each(targets, [state or "*"], each))


@app.command()
def withdraw(
    tenant: TenantArgument,
    state: StateArgument = None,
    reader: ReaderOption = None,
    yes: YesOption = False,
) -> None:
    """Take a state out of the stores, and what is kept of it. A state that the tenant file has no more, too.

    The tenant file keeps asking for it: take the state or the reader out there, or the next run publishes it.
    """
    gone = state is not None and re.fullmatch(r"[A-Z]{2}", state) is not None
    settings, spec, targets = _chosen(tenant, None if gone or not state else [state], reader)
    states = [state] if state else list(spec.states)
    if not yes:
        names = ", ".join(target.reader for target in targets)
        typer.confirm(f"Remove {', '.join(states)} of {tenant} from {names}?", abort=True)

    def each(target: Target, state: str) -> None:
        removed = _reader(settings, spec, target).withdraw(tenant, state)
        _say(f"{state} {target.reader}: {f'{removed:,} removed' if removed else 'nothing was shown'}")
        if removed:
            _remember(settings, tenant, target.reader, state, f"withdrawn, {removed:,} removed", "withdrawn")

    failed = _for_each(targets, states, each)
    if len(targets) == len(spec.model.publish):
        from dagster_ingest.assets.enhance_leaving import withdrawn

        for one in states:
            withdrawn(settings, tenant, one)
    _end(failed)


def _chosen(
    tenant: str, states: list[str] | None, readers: list[str] | None
) -> tuple[Settings, TenantSpec, list[Target]]:
    """Settings, spec and targets. SpecError for a tenant, state or reader that is none."""
    chosen_states([tenant], states)
    settings, [spec] = chosen_tenants([tenant])
    names = [target.reader for target in spec.model.publish]
    for name in readers or ():
        if name not in names:
            raise SpecError(
                f"the tenant {tenant} has no reader {name!r}",
                not_done="nothing was done",
                fix=among(name, names, "readers here:"),
            )
    return settings, spec, [t for t in spec.model.publish if not readers or t.reader in readers]


def _for_each(targets: list[Target], states: list[str], do: Callable[[Target, str], None]) -> int:
    """Do it for each. One that fails does not hold up the others; how many did."""
    failed = 0
    for state in states:
        for target in targets:
            try:
                do(target, state)
            except IngestError as error:
                failed += 1
                typer.secho(str(error), fg="red", err=True)
    return failed


def _end(failed: int) -> None:
    if failed:
        raise typer.Exit(2)


def _hand(settings: Settings, spec: TenantSpec):
    from dagster_ingest.assets.hand import Hand

    return Hand.of(settings, spec)


def _reader(settings: Settings, spec: TenantSpec, target: Target) -> Reader:
    from dagster_ingest.publish.registry import make

    return make(target, settings, spec)


def _remember(settings: Settings, tenant: str, reader: str, state: str, words: str, status: str) -> None:
    """In the history of the published asset."""
    from dagster_ingest.assets.past import report_by_hand

    report_by_hand(settings, tenant, "published", reader, state, words, {"status": status})


def _planned(plan: Plan, reader: str, state: str) -> dict[str, Any]:
    return {
        "state": state,
        "reader": reader,
        "bulk": plan.bulk,
        "written": dict(plan.written),
        "deleted": dict(plan.deleted),
        "unchanged": dict(plan.unchanged),
    }


def _verified(seen: Verified, reader: str, state: str) -> dict[str, Any]:
    return {
        "state": state,
        "reader": reader,
        "counts": dict(seen.counts),
        "sampled": seen.sampled,
        "problems": list(seen.problems),
        "notes": list(seen.notes),
    }


def _show_plans(plans: list[dict[str, Any]]) -> None:
    for plan in plans:
        name, changed = f"{plan['state']} {plan['reader']}", [*plan["written"], *plan["deleted"]]
        if not changed:
            _say(f"{name}: nothing would change, {sum(plan['unchanged'].values()):,} stay as they are")
            continue
        grid = Table("collection", "write", "delete", "stay", title=name, title_justify="left")
        for collection in dict.fromkeys(changed):
            counts = (plan[what].get(collection, 0) for what in ("written", "deleted", "unchanged"))
            grid.add_row(collection, *(f"{count:,}" for count in counts))
        console.print(grid)
        if plan["bulk"]:
            _say(f"{name}: everything is built anew: {plan['bulk']}")


def _in_words(seen: Verified) -> str:
    counted = f"{sum(seen.counts.values()):,} counted, {seen.sampled:,} read back"
    said = [counted, *(f"PROBLEM {problem}" for problem in seen.problems), *seen.notes]
    return "\n    ".join(said if seen.problems or seen.notes else [f"{counted}, as the stage has them"])


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False)
