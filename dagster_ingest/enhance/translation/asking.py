"""One provider asked for the texts of one pair of locales, until it fails or the budget ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from dagster_ingest.enhance.sending import OverBudget, State, state_of
from dagster_ingest.enhance.translation.budget import Budget
from dagster_ingest.enhance.translation.cache import REFUSED, Cache, Kept
from dagster_ingest.enhance.translation.providers.base import Provider
from dagster_ingest.enhance.translation.wanted import Pair, Wanted
from dagster_ingest.errors import AccessDenied, DataError, IngestError, Unavailable

# Texts refused in a row, each sent alone, until it counts as a refusal of the pair and not of texts.
PATIENCE = 10
Batch = Sequence[Wanted]


@dataclass(slots=True)
class Asked:
    """What became of a provider.

    state    ok; idle: nothing had to be asked; down, refused (our key), quota (theirs), budget (ours)
    problem  the last one, in words; with state ok, single requests failed
    over     nothing more can be asked of it in this run
    """

    state: State = "idle"
    problem: str = ""
    over: bool = False
    answered: int = 0
    failed: int = 0


def ask(
    provider: Provider, pair: Pair, texts: Batch, cache: Cache, budget: Budget, now: datetime, asked: Asked
) -> dict[str, Kept]:
    """Answers by key; text None where it cannot be used, REFUSED where there is none. Each is cached as soon
    as it comes: a run that is killed resumes there."""
    found: dict[str, Kept] = {}
    if texts and asked.state == "idle":
        asked.state = "ok"
    for batch, answers in _rounds(provider, pair, texts, budget, asked):
        kept = {
            each.key: Kept(REFUSED if answer is None else each.shielded.restore(answer), now)
            for each, answer in zip(batch, answers, strict=True)
        }
        cache.put(provider.name, provider.edition(*pair), kept)
        asked.answered += sum(one.text != REFUSED for one in kept.values())
        found |= kept
    return found


def _rounds(
    provider: Provider, pair: Pair, texts: Batch, budget: Budget, asked: Asked
) -> Iterator[tuple[Batch, Sequence[str | None]]]:
    """Batches with their answers, None for a text that is refused alone; `workers` requests at a time, so
    that a failure stops the rest."""
    queue = deque(_batches(provider, texts))
    failures = 0
    with ThreadPoolExecutor(provider.workers) as pool:
        while together := _next(queue, provider, budget):
            outcomes = pool.map(lambda batch: _outcome(provider, batch, pair), together)
            for batch, outcome in zip(together, outcomes, strict=True):
                if not isinstance(outcome, IngestError):
                    failures = 0
                    yield batch, outcome
                    continue
                asked.problem = str(outcome)
                if isinstance(outcome, DataError) and len(batch) > 1:
                    middle = len(batch) // 2
                    queue.extendleft((batch[middle:], batch[:middle]))
                    continue
                asked.failed += len(batch)
                if isinstance(outcome, DataError):
                    failures += 1
                    yield batch, [None]
                    if failures < PATIENCE:
                        continue
                asked.state = state_of(outcome)
                asked.over = asked.over or not isinstance(outcome, DataError)
            if asked.over or failures >= PATIENCE:
                return
    if queue:
        asked.state, asked.problem, asked.over = "budget", "the budget of the run is spent", True


def _batches(provider: Provider, texts: Batch) -> Iterator[Batch]:
    batch: list[Wanted] = []
    size = 0
    for each in texts:
        length = _length(each)
        if batch and (len(batch) >= provider.batch or size + length > provider.characters):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += length
    if batch:
        yield batch


def _next(queue: deque[Batch], provider: Provider, budget: Budget) -> list[Batch]:
    """The next batches, one for each worker, the last one cut to what the budget allows."""
    calls, characters = budget.room(provider.price)
    together: list[Batch] = []
    while queue and len(together) < min(provider.workers, calls):
        batch = queue.popleft()
        fitting = 0
        for each in batch:
            if _length(each) > characters:
                break
            characters -= _length(each)
            fitting += 1
        if fitting:
            together.append(batch[:fitting])
        if fitting < len(batch):
            queue.appendleft(batch[fitting:])
            break
    return together


def _length(each: Wanted) -> int:
    return len(each.shielded.markup or "")


def _outcome(provider: Provider, batch: Batch, pair: Pair) -> list[str] | IngestError:
    try:
        return provider.translate([each.shielded.markup or "" for each in batch], *pair)
    except (Unavailable, AccessDenied, DataError, OverBudget) as error:
        return error
