"""How partitions change: checked, made visible where the tenant's rows live, concluded in the ledger.

Where they live in the tenant's own file, that is one transaction. Where a warehouse outside has
them, it is three steps, and the second one decides: an intent in the ledger, the warehouse's own
transaction, the conclusion in the ledger. Whoever dies in between is settled by the next one who
comes by: the warehouse says whether the load arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dagster_ingest import clock, faults, tracing
from dagster_ingest.errors import IngestError, Unavailable
from dagster_ingest.land import intent, parts, profiles, quarantine
from dagster_ingest.land.backing import Backing, Landed, Receipt
from dagster_ingest.land.catalog import Catalog, Change, key_of
from dagster_ingest.land.delivery import of_part
from dagster_ingest.land.intent import Intent

_SHOWN = 50  # query ids in a span


@dataclass(slots=True)
class Step:
    """One partition that is to change.

    check     raises IngestError where it must not; False where it has happened already
    conclude  what the ledger writes then, where the process knows more than the intent does
    contract  version of the contract that the rows passed
    outcome   what came of it: None until it is done
    """

    intent: Intent
    check: Callable[[Change], bool]
    conclude: Callable[[Change], None] | None = None
    contract: str = ""
    outcome: Receipt | IngestError | None = field(default=None)

    def settle(self) -> Receipt:
        """The receipt; raises what kept the partition from changing."""
        if isinstance(self.outcome, IngestError):
            raise self.outcome
        return self.outcome or Receipt()


class Unsettled(Unavailable):
    """Nobody can tell yet whether the warehouse has the load. The next run finds out; nothing is lost."""


class Publishing:
    """Of one tenant. Without a backing the tenant's file is all there is."""

    def __init__(self, catalog: Catalog, backing: Backing | None) -> None:
        self._catalog, self.backing = catalog, backing

    def run(self, steps: Sequence[Step]) -> None:
        """Change all partitions that may change, in one step. Each step's outcome says what came of it;
        what fails for all of them is raised.
        """
        if self.backing is None:
            with self._catalog.change("land") as change:
                for step in _due(steps, change):
                    self._conclude(change, step, Receipt())
            return
        with self._catalog.change("land.intent") as change:
            self._settle(change, {step.intent.place for step in steps})
            due = _due(steps, change)
            replaces = {step.intent.place: _present(change, step.intent) for step in due}
            intent.put(change.cursor, [step.intent for step in due])
        if due:
            arrived, receipt = self._publish(self.backing, due, replaces)
            with self._catalog.change("land") as change:
                for step in arrived:
                    self._conclude(change, step, receipt)
                intent.drop(change.cursor, [step.intent for step in arrived])

    def settle(self) -> list[str]:
        """Conclude or give up what killed processes were about to publish. Names the loads."""
        if self.backing is None:
            return []
        with self._catalog.store.reading() as cursor:
            waiting = intent.load(cursor) if cursor is not None else []
        if not waiting:
            return []
        with self._catalog.change("land") as change:
            return self._settle(change, None)

    def pending(self) -> set[Path]:
        """Files that intents name."""
        if self.backing is None:
            return set()
        with self._catalog.store.reading() as cursor:
            return intent.files(intent.load(cursor), self._catalog.raw) if cursor is not None else set()

    def _conclude(self, change: Change, step: Step, receipt: Receipt) -> None:
        if step.conclude is not None:
            step.conclude(change)
        else:
            _conclude(change, step.intent, self._catalog.raw)
        step.outcome = receipt

    def _publish(
        self, backing: Backing, due: list[Step], replaces: dict[tuple[str, str], str]
    ) -> tuple[list[Step], Receipt]:
        """The steps that the warehouse has, and what it tells of them. Raises where it has none."""
        raw = self._catalog.raw
        landed = [
            Landed(s.intent.version, raw / s.intent.file, replaces[s.intent.place], s.contract) for s in due
        ]
        try:
            alive = _alive(raw / s.intent.file for s in due if s.intent.kind != "load")
            with alive, tracing.span("warehouse publish", partitions=len(landed)) as span:
                receipt = backing.publish(landed)
                span.set(query_ids=" ".join(receipt.queries[:_SHOWN]) or None)
        except Exception as error:
            arrived = self._arrived(backing, due, error)
            lost = [step for step in due if step not in arrived]
            with self._catalog.change() as change:
                intent.drop(change.cursor, [step.intent for step in lost])
            if not arrived or not isinstance(error, IngestError):
                raise
            for step in lost:
                step.outcome = error
            return arrived, Receipt()
        faults.reach("land.published")
        return due, receipt

    def _arrived(self, backing: Backing, due: list[Step], error: Exception) -> list[Step]:
        """Which loads the warehouse has although it failed: a connection may die after the commit."""
        try:
            held = backing.versions()
        except IngestError as silent:
            raise Unsettled(
                f"the warehouse failed and cannot be asked what it holds: {error}",
                where=", ".join(" ".join(step.intent.place) for step in due),
                not_done="whether the load was committed is not known; its files are kept",
                fix="run again when the warehouse answers: the load is concluded or dropped then",
            ) from silent
        return [step for step in due if _holds(held.get(key_of(step.intent.version)), step.intent)]

    def _settle(self, change: Change, places: set[tuple[str, str]] | None) -> list[str]:
        """Of `places` (None: of all), what dead processes left. One that lives is waited for by a retry."""
        assert self.backing is not None
        held, told = None, []
        for found in intent.load(change.cursor):
            if places is not None and found.place not in places:
                continue
            if not parts.is_dead(self._catalog.raw / found.file):
                if places is None:
                    continue
                raise Unavailable(
                    f"load {found.version.load_id} is being published",
                    where=" ".join(found.place),
                    not_done="nothing of this load was committed",
                    fix="load again when that one ended",
                )
            held = self.backing.versions() if held is None else held
            arrived = _holds(held.get(key_of(found.version)), found)
            if arrived:
                _conclude(change, found, self._catalog.raw)
            intent.drop(change.cursor, [found])
            what = "had arrived and is concluded" if arrived else "had not arrived and is dropped"
            told.append(f"load {found.version.load_id} of {' '.join(found.place)} {what}")
        return told


@contextmanager
def _alive(files: Iterable[Path]) -> Iterator[None]:
    """Hold what nobody else holds, so that whoever comes by sees that this process lives."""
    with ExitStack() as stack:
        for path in files:
            stack.enter_context(parts.held(path))
        yield


def _due(steps: Sequence[Step], change: Change) -> list[Step]:
    due = []
    for step in steps:
        try:
            if step.check(change):
                due.append(step)
            else:
                step.outcome = Receipt()
        except IngestError as error:
            step.outcome = error
    return due


def _present(change: Change, of: Intent) -> str:
    entry = change.known.entries.get(key_of(of.version))
    return entry.version.load_id if entry is not None else ""


def _holds(version, of: Intent) -> bool:
    return version is not None and (version.load_id, version.inputs) == (
        of.version.load_id,
        of.version.inputs,
    )


def _conclude(change: Change, found: Intent, raw: Path) -> None:
    """What the intent says. Of a load whose process died the profile is not known any more."""
    part = raw / found.file
    if found.kind == "rollback":
        change.go_back(found.file, found.version, found.why)
        return
    rejects = [path for path in map(Path, found.rejects) if path.exists()]
    change.commit(found.file, found.version, rejects, clock.utc(), of_part(part))
    if found.kind == "approved":
        place = (*found.place, found.version.load_id)
        quarantine.accept(change.cursor, *place)
        profiles.accept(change.cursor, *place)
