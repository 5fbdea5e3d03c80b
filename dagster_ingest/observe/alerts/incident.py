"""One thing that a person should know of, while it lasts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from dagster_ingest.spec.alerts import SEVERITIES, Kind, Severity

RUNS, TENANT = "(runs)", "(tenant)"
"""Scopes beside the states: runs that failed; what concerns the tenant as a whole."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Open now. Times are seconds of the epoch.

    key    names it within its tenant, whatever becomes of it: `blocked/FL`
    scope  what has to be looked at to know that it is over: a state, RUNS or TENANT
    cause  digest of why it is so; where that changes it is told again
    title  one line
    text   all there is to say; not remembered
    link   to the run, where the installation says how to reach it
    """

    key: str
    kind: Kind
    severity: Severity
    tenant: str
    state: str | None
    scope: str
    owners: tuple[str, ...]
    since: float
    cause: str
    title: str
    text: str = ""
    link: str = ""


def rank(severity: Severity) -> int:
    return SEVERITIES.index(severity)


def cause(parts: Iterable[str]) -> str:
    """A short digest, whatever the order."""
    return hashlib.sha256("\n".join(sorted(set(parts))).encode()).hexdigest()[:12]
