"""Which kind of cause a failing check is. Pure functions over what the event log says of it."""

from __future__ import annotations

from typing import Literal

from dagster_ingest.observe.story import Blocker

Kind = Literal[
    "contract",  # rows break rules of the contract
    "keys",  # rows twice, or pointing to rows that are not there
    "short",  # far fewer rows than before: a partial delivery
    "delivery",  # the delivery cannot be read to its end
    "missing",  # a file, a table or a whole delivery that did not come
    "review",  # waits for a person
    "expired",  # nobody decided in time
    "rejected",  # a person turned it down
    "unavailable",  # the source cannot be reached
    "denied",  # the source does not let us in
    "spec",  # settings or a secret are wrong
    "store",  # the warehouse refused
    "software",  # an error that nobody foresaw
    "dbt",  # a dbt model or test failed
    "enhancement",  # an enhancement failed
    "provider",  # a provider is down, earlier values are shown
    "reader",  # a reader's store is down or refuses
    "run",  # a run failed or was killed before it came to a verdict
    "running",  # a run is at work on it
    "asking",  # the reader was not asked yet
    "stale",  # the source delivers nothing new
    "idle",  # nobody looks at the source
    "never",  # nothing was ever loaded
    "quarantine",  # some rows were set aside, the others are there
    "warning",  # a check that stops nothing
    "waits",  # for what stands before it in the chain
]

_ERRORS: dict[str, Kind] = {
    "Unavailable": "unavailable",
    "AccessDenied": "denied",
    "NothingDelivered": "missing",
    "SpecError": "spec",
    "LandError": "store",
}
_MISSING = {"set|incomplete", "file|delivered"}
_KEYS = {"unique", "foreign_key", "primary_key"}
_COUNTS = {"*|row_count", "*|row_count_ratio"}


def kind_of(blocker: Blocker) -> Kind:
    """Of the check that failed, the error that was met, the rules that were broken."""
    layer = blocker.asset.partition("/")[0]
    if layer in ("elt", "stage"):
        return "dbt"
    if layer == "enhanced":
        return "enhancement"
    if blocker.status is not None or blocker.check == "review":
        return _review(blocker)
    if blocker.error is not None:
        return _ERRORS.get(blocker.error, "software")
    return _rules([rule.rule for rule in blocker.rules if rule.severity == "error"])


def _review(blocker: Blocker) -> Kind:
    if blocker.status == "rejected":
        return "expired" if blocker.by == "expiry" else "rejected"
    return "review"


def _rules(rules: list[str]) -> Kind:
    """By what is worst: what did not come, what cannot be read, what is too little, keys, the rest."""
    families = {rule.partition("|")[0] for rule in rules}
    if _MISSING.intersection(rules):
        return "missing"
    if families & {"file", "http", "set"}:
        return "delivery"
    if _COUNTS.intersection(rules):
        return "short"
    if rules and {rule.partition("|")[2].partition("|")[0] for rule in rules} <= _KEYS:
        return "keys"
    return "contract"
