"""One provider asked for many addresses: what the cache has, then requests, until it fails or money ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from dagster_ingest.enhance.geocoding.address import Address
from dagster_ingest.enhance.geocoding.budget import Budget
from dagster_ingest.enhance.geocoding.cache import Cache
from dagster_ingest.enhance.geocoding.kinds import Found, Kept
from dagster_ingest.enhance.geocoding.providers.base import Provider
from dagster_ingest.enhance.sending import OverBudget, State, state_of
from dagster_ingest.errors import AccessDenied, DataError, IngestError, Unavailable
from dagster_ingest.spec.enhance import HttpGeocoder

PATIENCE = 3  # refusals of single requests in a row before a provider counts as down


@dataclass(slots=True)
class Asked:
    """What became of it.

    state    ok; idle: nothing had to be asked; down, refused (our key), quota (theirs), budget (ours)
    problem  the last one, in words; with state ok, single requests failed
    fresh    answers that hold, by key; their `at` tells which are of this run
    answered, failed   addresses
    stale    points due to be asked for again that could not be; they still may be used
    """

    state: State = "idle"
    problem: str = ""
    fresh: dict[str, Kept] = field(default_factory=dict)
    stale: dict[str, Kept] = field(default_factory=dict)
    answered: int = 0
    failed: int = 0


def ask(
    provider: Provider,
    settings: HttpGeocoder,
    addresses: Mapping[str, Address],
    cache: Cache,
    budget: Budget,
    now: datetime,
) -> Asked:
    """addresses: by key. An answer is cached as soon as it comes; a run that is killed resumes there."""
    asked = Asked()
    for key, kept in cache.get(provider.name, provider.version, addresses).items():
        days = settings.misses_days if kept.found is None else settings.refresh_days
        if now - kept.at < timedelta(days=days):
            asked.fresh[key] = kept
        elif kept.found is not None and now - kept.at < timedelta(days=settings.keep_days):
            asked.stale[key] = kept
    wanted = [(key, address) for key, address in addresses.items() if key not in asked.fresh]
    if wanted:
        asked.state = "ok"
        for group, answers in _rounds(provider, settings, wanted, budget, asked):
            kept_now = {key: Kept(found, now) for (key, _), found in zip(group, answers, strict=True)}
            cache.put(provider.name, provider.version, kept_now)
            asked.answered += len(kept_now)
            asked.fresh |= kept_now
            for key in kept_now:
                asked.stale.pop(key, None)
    return asked


Group = Sequence[tuple[str, Address]]


def _rounds(
    provider: Provider, settings: HttpGeocoder, wanted: Group, budget: Budget, asked: Asked
) -> Iterator[tuple[Group, list[Found | None]]]:
    """Groups with their answers; `workers` requests at a time, so that a failure stops the rest."""
    failures = 0
    with ThreadPoolExecutor(settings.workers) as pool:
        groups = _groups(provider, settings, wanted, budget, asked)
        while together := list(islice(groups, settings.workers)):
            outcomes = pool.map(lambda group: _outcome(provider, [address for _, address in group]), together)
            for group, outcome in zip(together, outcomes, strict=True):
                if isinstance(outcome, IngestError):
                    failures += 1
                    asked.failed, asked.problem = asked.failed + len(group), str(outcome)
                    if not isinstance(outcome, DataError) or failures >= PATIENCE:
                        asked.state = state_of(outcome)
                else:
                    failures = 0
                    yield group, outcome
            if asked.state != "ok":
                return


def _groups(
    provider: Provider, settings: HttpGeocoder, wanted: Group, budget: Budget, asked: Asked
) -> Iterator[Group]:
    """Batches, the last one cut to what the budget allows."""
    start = 0
    while start < len(wanted):
        size = min(provider.batch, budget.room(settings.price_per_1000))
        if size == 0:
            asked.state, asked.problem = "budget", "the budget of the run is spent"
            return
        yield wanted[start : start + size]
        start += size


def _outcome(provider: Provider, addresses: list[Address]) -> list[Found | None] | IngestError:
    try:
        return provider.look_up(addresses)
    except (Unavailable, AccessDenied, DataError, OverBudget) as error:
        return error
