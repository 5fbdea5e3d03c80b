"""What the publish commands share: options, and the states and readers that are meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_ingest.cli.common import chosen_states, chosen_tenants, console
from dagster_ingest.errors import IngestError, SpecError, among

if TYPE_CHECKING:
    from dagster_ingest.publish.base import Reader, StagePartition
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


@dataclass(slots=True)
class Chosen:
    """States and targets of a tenant. failed: how many attempts ended with an error."""

    settings: Settings
    spec: TenantSpec
    states: list[str]
    targets: list[Target]
    failed: int = 0

    @property
    def readers(self) -> str:
        return ", ".join(target.reader for target in self.targets)

    def pairs(self) -> list[tuple[str, Target]]:
        return [(state, target) for state in self.states for target in self.targets]

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """An error within is told and counted, and does not hold up what comes next."""
        try:
            yield
        except IngestError as error:
            self.failed += 1
            typer.secho(str(error), fg="red", err=True)

    def end(self) -> None:
        """Exit 2 where an attempt failed."""
        if self.failed:
            raise typer.Exit(2)

    def reader(self, target: Target) -> Reader:
        from dagster_ingest.publish.registry import make

        return make(target, self.settings)

    def partitions(self, work: Callable[[Reader, StagePartition], None]) -> None:
        """Done with each store and what a run would publish to it now, each an attempt of its own."""
        from dagster_ingest.assets.hand import Hand

        for state, target in self.pairs():
            with self.attempt():
                work(self.reader(target), Hand.of(self.settings, self.spec).partition(state, target))


def chosen(tenant: str, state: str | None, readers: list[str] | None, *, gone: bool = False) -> Chosen:
    """SpecError for a tenant, state or reader that is none. gone: the tenant need not have the state."""
    chosen_states([tenant], [state] if state and not gone else None)
    settings, [spec] = chosen_tenants([tenant])
    names = [target.reader for target in spec.model.publish]
    for name in readers or ():
        if name not in names:
            raise SpecError(
                f"the tenant {tenant} has no reader {name!r}",
                not_done="nothing was done",
                fix=among(name, names, "readers here:"),
            )
    targets = [t for t in spec.model.publish if not readers or t.reader in readers]
    return Chosen(settings, spec, [state] if state else list(spec.states), targets)


def say(text: str) -> None:
    console.print(text, markup=False, highlight=False)
