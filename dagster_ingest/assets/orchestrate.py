"""Many runs at once: a writer's run for each state, then its reader's, over a few processes.

Used by the command line. In production Dagster's daemon does this from schedules and sensors.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from dagster_ingest.assets.task import Outcome, Task
from dagster_ingest.errors import Unavailable
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
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_enter_worker, initargs=(settings,)
    ) as pool:
        try:
            return _drain(pool, list(chains), settings, on_done)
        except BrokenProcessPool:
            raise Unavailable(
                "a worker process was killed, perhaps for want of memory",
                not_done="the runs that had not ended; what they left behind is cleaned up by the next",
                fix="run again, with fewer --workers if memory is short",
            ) from None


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


def _enter_worker(settings: Settings) -> None:
    _end_with_parent()
    _enter(settings)


def _end_with_parent() -> None:
    """A worker whose command was killed would wait for its next task for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


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
