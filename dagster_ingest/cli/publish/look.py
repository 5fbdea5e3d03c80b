"""`dagster-ingest publish plan` and `verify`: what a publish would do, and what the stores show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from dagster_ingest.cli.common import JsonOption, TenantArgument, print_json
from dagster_ingest.cli.publish.common import ReaderOption, StateArgument, chosen, say
from dagster_ingest.cli.publish.plans import planned, show_plans

if TYPE_CHECKING:
    from dagster_ingest.publish.base import Reader, StagePartition, Verified


def plan(
    tenant: TenantArgument,
    state: StateArgument = None,
    reader: ReaderOption = None,
    as_json: JsonOption = False,
) -> None:
    """What a publish would write and delete, by collection. Nothing is written."""
    asked = chosen(tenant, state, reader)
    found: list[dict[str, Any]] = []

    def work(store: Reader, partition: StagePartition) -> None:
        found.append(planned(store.plan(partition), store.name, partition.state))

    asked.partitions(work)
    print_json(found) if as_json else show_plans(found)
    asked.end()


def verify(
    tenant: TenantArgument,
    state: StateArgument = None,
    reader: ReaderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare what the stores show with the stage: counts, and a sample. Exits 1 on a difference."""
    asked = chosen(tenant, state, reader)
    found: list[dict[str, Any]] = []

    def work(store: Reader, partition: StagePartition) -> None:
        seen = store.verify(partition)
        found.append(_verified(seen, store.name, partition.state))
        if not as_json:
            say(f"{partition.state} {store.name}: {_in_words(seen)}")

    asked.partitions(work)
    if as_json:
        print_json(found)
    asked.end()
    if any(one["problems"] for one in found):
        raise typer.Exit(1)


def _verified(seen: Verified, reader: str, state: str) -> dict[str, Any]:
    return {
        "state": state,
        "reader": reader,
        "counts": dict(seen.counts),
        "sampled": seen.sampled,
        "problems": list(seen.problems),
        "notes": list(seen.notes),
    }


def _in_words(seen: Verified) -> str:
    counted = f"{sum(seen.counts.values()):,} counted, {seen.sampled:,} read back"
    said = [counted, *(f"PROBLEM {problem}" for problem in seen.problems), *seen.notes]
    return "\n    ".join(said if seen.problems or seen.notes else [f"{counted}, as the stage has them"])
