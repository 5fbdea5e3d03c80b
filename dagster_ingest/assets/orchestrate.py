"""Many runs at once: a writer's run for each state, then its reader's, over a few processes.

Used by the command line. In production Dagster's daemon does this from schedules and sensors.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait

from dagster_ingest.assets.task import Outcome, Task
from dagster_ingest.settings import Settings


def plan(
    states: Iterable[tuple[str, str]], layers: Sequence[str] = (), *, retry: bool = False
) -> list[tuple[Task, ...]]:
    """Chains of runs, one for each (tenant, state): writers first, then readers."""
    written = tuple(layer for layer in layers if layer != "published")
    chains = []
    for tenant, state in _interleaved(states):
        chain = []
        if written or not layers:
            chain.append(Task(tenant, state, "writers", written, retry))
        if "published" in layers or not layers:
            chain.append(Task(tenant, state, "readers"))
        chains.append(tuple(chain))
    return chains


def run_all(
    chains: Sequence[tuple[Task, ...]],
    settings: Settings,
    *,
    workers: int,
    on_done: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Run the chains; a task starts when the one before it in its chain has ended, failed or not."""
    if workers <= 1 or len(chains) == 1:
        _enter(settings)
        return [_tell(_execute(task, settings), on_done) for chain in chains for task in chain]
    _make_instance(settings)
    context = multiprocessing.get_context("spawn")  # a fork would copy locked locks of polars and duckdb
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_enter, initargs=(settings,)) as pool:
        return _drain(pool, list(chains), settings, on_done)


def _drain(pool, chains, settings: Settings, on_done) -> list[Outcome]:
    outcomes: list[Outcome] = []
    running: dict[Future[Outcome], tuple[Task, ...]] = {
        pool.submit(_execute, chain[0], settings): chain[1:] for chain in chains if chain
    }
    while running:
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            rest = running.pop(future)
            outcomes.append(_tell(future.result(), on_done))
            if rest:
                running[pool.submit(_execute, rest[0], settings)] = rest[1:]
    return outcomes


def _tell(outcome: Outcome, on_done: Callable[[Outcome], None]) -> Outcome:
    on_done(outcome)
    return outcome


def _enter(settings: Settings) -> None:
    """Give this process the settings, as code locations read them from the environment."""
    os.environ.update(settings.environment())
    os.environ.pop("DAGSTER_INGEST_TENANTS", None)  # a run loads its own tenant by name


def _make_instance(settings: Settings) -> None:
    """Create the instance's tables here and now: two processes that do so at once spoil them."""
    from dagster_ingest.assets.instance import open_instance

    with open_instance(settings):
        pass


def _execute(task: Task, settings: Settings) -> Outcome:
    from dagster_ingest.assets.runner import execute

    return execute(task, settings)


def _interleaved(states: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """One state of each tenant in turn: states of a tenant share a file and would wait for it."""
    queues: dict[str, list[tuple[str, str]]] = {}
    for tenant, state in states:
        queues.setdefault(tenant, []).append((tenant, state))
    order = []
    while any(queues.values()):
        order += [queue.pop(0) for queue in queues.values() if queue]
    return order
