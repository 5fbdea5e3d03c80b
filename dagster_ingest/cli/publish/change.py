"""`dagster-ingest publish apply`, `rollback`, `withdraw`: what readers show, changed by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_ingest.cli.common import TenantArgument
from dagster_ingest.cli.publish.common import ReaderOption, StateArgument, YesOption, chosen, say
from dagster_ingest.cli.publish.plans import planned, show_plans

if TYPE_CHECKING:
    from dagster_ingest.cli.publish.common import Chosen
    from dagster_ingest.publish.base import Reader, StagePartition
    from dagster_ingest.spec.models import Target


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
    asked = chosen(tenant, state, reader)

    def work(store: Reader, partition: StagePartition) -> None:
        if not yes:
            show_plans([planned(store.plan(partition), store.name, partition.state)])
            anew = ", built anew" if bulk else ""
            typer.confirm(f"Publish {partition.state} of {tenant} to {store.name}{anew}?", abort=True)
        done = store.apply(partition, allow_deletes=allow_deletes, bulk=bulk)
        counts = f"{done.written:,} written, {done.deleted:,} deleted"
        what = counts if done.changed else "shown already"
        say(f"{partition.state} {store.name}: {what}, version {done.version}")

    asked.partitions(work)
    asked.end()


def rollback(
    tenant: TenantArgument,
    state: StateArgument = None,
    reader: ReaderOption = None,
    yes: YesOption = False,
) -> None:
    """Show again what was shown before, where a reader keeps it. The next publish shows the stage again."""
    asked = chosen(tenant, state, reader)
    if not yes:
        question = f"Bring {asked.readers} of {tenant} {state or ''} back?"
        typer.confirm(question.replace("  ", " "), abort=True)
    for target in asked.targets:
        with asked.attempt():
            done = asked.reader(target).rollback(tenant, state)
            say(f"{target.reader}: {done}")
            for each in asked.states:
                _remember(asked, target, each, f"rolled back: {done}", "rolled_back")
    asked.end()


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
    asked = chosen(tenant, state, reader, gone=gone)
    if not yes:
        typer.confirm(f"Remove {', '.join(asked.states)} of {tenant} from {asked.readers}?", abort=True)
    for each, target in asked.pairs():
        with asked.attempt():
            removed = asked.reader(target).withdraw(tenant, each)
            say(f"{each} {target.reader}: {f'{removed:,} removed' if removed else 'nothing was shown'}")
            if removed:
                _remember(asked, target, each, f"withdrawn, {removed:,} removed", "withdrawn")
    if len(asked.targets) == len(asked.spec.model.publish):
        from dagster_ingest.assets.enhance_leaving import withdrawn

        for each in asked.states:
            withdrawn(asked.settings, tenant, each)
    asked.end()


def _remember(asked: Chosen, target: Target, state: str, words: str, status: str) -> None:
    """In the history of the published asset."""
    from dagster_ingest.assets.past import report_by_hand

    place = (asked.spec.name, "published", target.reader, state)
    report_by_hand(asked.settings, *place, words, {"status": status})
