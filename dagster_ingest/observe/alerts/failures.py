"""Steps that failed and have not succeeded since: folded from the runs in the order in which they ended."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from dagster_ingest.observe.alerts.incident import RUNS, Incident, cause
from dagster_ingest.observe.alerts.plain import cut, without_values
from dagster_ingest.observe.explain import when
from dagster_ingest.redact import redact

MOST = 100
"""Failing steps of one tenant that are told apart; of more the oldest are kept."""
_WORDS, _NAMED = 600, 160
FAILURE = "Failure"  # a step that says itself that it failed, such as a reader before a closed gate


@dataclass(frozen=True, slots=True)
class Failing:
    """A step, or "" for a run that failed outside of any. at: epoch seconds. words: safe to show."""

    run_id: str
    job: str
    state: str
    step: str
    error: str
    words: str
    at: float

    @property
    def key(self) -> str:
        # Whoever started it: a step is the same in its job and in a run that was put together by hand.
        return f"run/{self.state}/{self.step or self.job}"


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that ended. done: steps that succeeded in it. failed: those that no check of their own tells."""

    job: str
    state: str
    ok: bool
    done: frozenset[str] = frozenset()
    failed: tuple[Failing, ...] = ()


def fold(open: Mapping[str, Failing], run: Ended) -> dict[str, Failing]:
    """What is failing after one more run."""
    kept = {key: found for key, found in open.items() if not _mended(found, run)}
    for found in run.failed:
        before = kept.get(found.key)
        if before is not None or len(kept) < MOST:
            kept[found.key] = _since(found, before)
    return kept


def incidents(
    tenant: str,
    owners: tuple[str, ...],
    open: Mapping[str, Failing],
    blocked: Collection[str],
    url: str | None,
) -> tuple[Incident, ...]:
    """blocked: states that are told as blocked; what gave up for that reason is not told twice."""
    return tuple(
        _incident(tenant, owners, found, url)
        for found in open.values()
        if not (found.error == FAILURE and found.state in blocked)
    )


def words(error: str, message: str, *, ours: bool) -> str:
    """What may be told of an error's message. ours: written by this software, quoting no row."""
    text = redact(message)
    if text.partition(":")[0].rpartition(".")[2] == error:  # as Python prints it: the class, then the text
        text = text.partition(":")[2]
    # What a source answered stands in a line of its own.
    text = "\n".join(line for line in text.strip().splitlines() if not line.lstrip().startswith("source: "))
    return cut(text if ours else without_values(text), _WORDS)


def _mended(found: Failing, run: Ended) -> bool:
    if run.state != found.state:
        return False
    return found.step in run.done if found.step else run.ok and run.job == found.job


def _since(found: Failing, before: Failing | None) -> Failing:
    """Failing again is the same failure going on: the newest words, the first moment."""
    at = found.at if before is None else before.at
    return Failing(found.run_id, found.job, found.state, found.step, found.error, found.words, at)


def _incident(tenant: str, owners: tuple[str, ...], found: Failing, url: str | None) -> Incident:
    place = f"{tenant}/{found.state}" if found.state else tenant
    step = found.step or found.job
    first = found.words.splitlines()[0] if found.words else ""
    title = cut(f"{place}: {step} failed with {found.error}" + (f": {first}" if first else ""), _NAMED)
    run = f"dagster-ingest run --tenant {tenant}" + (f" --state {found.state}" if found.state else "")
    lines = [
        f"{step} of {place} fails since {when(found.at)}, last in run {found.run_id}.",
        f"{found.error}: {found.words}" if found.words else found.error,
        "",
        f"Owner: {', '.join(owners)}",
        "",
        "What to do:",
        f"  1. {run} --retry   # runs what was stopped and nothing else",
    ]
    text = "\n".join(lines)
    link = f"{url.rstrip('/')}/runs/{found.run_id}" if url else ""
    return Incident(
        found.key,
        "run_failure",
        "error",
        tenant,
        found.state or None,
        RUNS,
        owners,
        found.at,
        cause([found.error]),
        title,
        text,
        link,
    )
