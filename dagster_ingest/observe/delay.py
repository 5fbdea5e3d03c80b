"""Where the time between a delivery and its publication went, in words."""

from __future__ import annotations

from collections.abc import Sequence

from dagster_ingest.observe.timeline import Moment, Timeline, timeline
from dagster_ingest.observe.words import exact, when

_SHOWN = 5
_LEAST = 0.01  # of the whole; less is summed up


def delay(moments: Sequence[Moment], now: float) -> list[str]:
    """A sentence and the moments, each with how long it was since the one before; empty without any."""
    found = timeline(moments)
    if found is None:
        return []
    lines = ["", sentence(found)]
    before = None
    for moment in found.steps:
        after = "" if before is None else f"+{exact(moment.at - before)}"
        words = moment.words or moment.kind
        lines.append(f"  {when(moment.at)}  {after:>12}  {words}".rstrip())
        before = moment.at
    return lines


def sentence(found: Timeline) -> str:
    """`Published 5 h 10 min after the delivery: 4 h 48 min waited for a review (raw/x); ...`."""
    start = "the delivery" if found.steps[0].kind == "arrived" else "the first sign of it"
    done = "Published" if found.published else "Not published yet,"
    parts = [_part(took.seconds, took.words, took.asset) for took in _large(found)]
    rest = found.seconds - sum(took.seconds for took in _large(found))
    if round(rest):
        parts.append(f"{exact(rest)} all else")
    return f"{done} {exact(found.seconds)} after {start}: {'; '.join(parts)}."


def _large(found: Timeline):
    return [took for took in found.took[:_SHOWN] if took.seconds >= _LEAST * found.seconds]


def _part(seconds: float, words: str, asset: str) -> str:
    return f"{exact(seconds)} {words}" + (f" ({asset})" if asset else "")
