"""`dagster-ingest quarantine replay`: rows audited again after the contract or the mapping changed."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dagster_ingest.cli.common import (
    JsonOption,
    StateOption,
    TableArgument,
    TenantArgument,
    console,
    one_table,
    one_tenant,
    print_json,
)

if TYPE_CHECKING:
    from dagster_ingest.extract.replay import Forecast
    from dagster_ingest.extract.result import LoadResult


def replay(
    tenant: TenantArgument,
    table: TableArgument,
    state: StateOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say how many rows would pass, by rule; commit nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Audit the latest delivery again out of what was kept, commit what passes, run what hangs on it.

    The source is not read. States in which nothing changed are left alone. Exits 1 when a state was
    blocked, or could not be replayed.
    """
    work = _Work(tenant, table, state, quiet=as_json)
    said = work.forecasts() if dry_run else work.run()
    if as_json:
        print_json(said)
    if any(of["outcome"] in ("block", "blocked", "failed", "refused") for of in said):
        raise typer.Exit(1)


class _Work:
    """Tables and states of one command. Results are plain values, one for each state."""

    def __init__(self, tenant: str, table: str, states: list[str] | None, *, quiet: bool) -> None:
        self.settings, self.spec, self.landing = one_tenant(tenant, states)
        self.source, self.table = one_table(self.spec, table)
        self.quiet, self.asked = quiet, bool(states)
        self.states = [s for s in self.spec.states if not states or s in states]

    def forecasts(self) -> list[dict[str, Any]]:
        from dagster_ingest.extract.replay import forecast

        return [self._told(state, self._asked(forecast, state)) for state in self.states]

    def run(self) -> list[dict[str, Any]]:
        from dagster_ingest.assets.task import Task
        from dagster_ingest.cli.run import report_outcomes, run_with_progress
        from dagster_ingest.extract.replay import outlook

        found = {state: self._asked(outlook, state) for state in self.states}
        due = [state for state, said in found.items() if said is None]
        said = [self._told(state, known) for state, known in found.items() if known is not None]
        before = {state: self._open(state) for state in due}
        name = self.spec.name
        chains = [
            (Task(name, s, "writers", tables=(self.table.raw,), replay=True), Task(name, s, "readers"))
            for s in due
        ]
        outcomes = run_with_progress(chains, self.settings, 1, quiet=self.quiet) if chains else []
        if not self.quiet:
            report_outcomes(outcomes)
        for state in due:
            of = [o for o in outcomes if o.task.state == state]
            current, after = self.landing.current(self.table.raw, state), self._open(state)
            told = {
                "state": state,
                "outcome": "done" if all(o.success for o in of) else "failed",
                "open_before": before[state],
                "open_after": after,
                "load_id": current.load_id if current else None,
            }
            said.append(told)
            self._print(f"{name}/{state} {self.table.raw}: {before[state]:,} open rows before, {after:,} now")
        return said

    def _asked(self, ask, state: str) -> Any:
        """What a function of extract.replay says; an error that leaves a state as it is, too."""
        from dagster_ingest.errors import IngestError
        from dagster_ingest.validate.audit import Auditor

        try:
            return ask(self.spec, self.source, self.table, state, landing=self.landing, audit=Auditor)
        except IngestError as error:
            return error

    def _open(self, state: str) -> int:
        return sum(s.rows for s in self.landing.quarantine.summary(self.table.raw, state))

    def _told(self, state: str, said: Any) -> dict[str, Any]:
        from dagster_ingest.extract.result import LoadResult

        place = f"{self.spec.name}/{state} {self.table.raw}"
        if isinstance(said, Exception):
            wanted = self.asked or self._open(state) > 0
            self._print(f"{place}: {said}", style="red" if wanted else "dim")
            return {"state": state, "outcome": "refused" if wanted else "nothing", "reason": str(said)}
        if isinstance(said, LoadResult):
            return self._stands(place, state, said)
        return self._foretold(place, state, said)

    def _stands(self, place: str, state: str, said: LoadResult) -> dict[str, Any]:
        self._print(f"{place}: {said.verdict.reason}", style="dim")
        return {"state": state, "outcome": said.outcome, "reason": said.verdict.reason}

    def _foretold(self, place: str, state: str, said: Forecast) -> dict[str, Any]:
        verb = "would be committed" if said.verdict.outcome == "commit" else "would be blocked all the same"
        self._print(
            f"{place}: {said.passing:,} of {said.rows:,} quarantined rows would pass; the load {verb}"
        )
        for rule in said.rules:
            self._print(f"    {rule.rule}: {rule.passing:,} of {rule.rows:,}")
        for count, what in (
            (said.newly_refused, "rows that are accepted now would be refused"),
            (said.dismissed, "rows are dismissed and stay refused"),
            (said.superseded, "rows of earlier deliveries have a newer row of their key"),
        ):
            if count:
                self._print(f"    {count:,} {what}")
        self._print(f"    {said.verdict.reason}", style="dim")
        verdict = {"outcome": said.verdict.outcome, "reason": said.verdict.reason}
        return {"state": state, **verdict, **{k: v for k, v in asdict(said).items() if k != "verdict"}}

    def _print(self, text: str, style: str | None = None) -> None:
        if not self.quiet:
            console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
