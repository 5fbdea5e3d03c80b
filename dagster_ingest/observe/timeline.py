"""What happened between a delivery and its publication, and which step took how much of the time.

Pure functions over moments, which the event log tells. An interval belongs to the step that was at work in
it; while none was, to the oldest trouble that stood open; and else to whoever was to act next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

Kind = Literal[
    "arrived",  # the delivery, by the source's own time
    "asked",  # a run of the writers was asked for
    "began",  # it started
    "ended",  # it ended, however it did
    "refused",  # trouble, as are the next six: cleared by a commit of the same asset
    "unavailable",
    "held",
    "rejected",
    "stopped",
    "broken",
    "publish_failed",
    "approved",
    "raw",  # committed, or made
    "elt",
    "stage",
    "enhanced",
    "publish_asked",
    "publish_began",
    "publish_ended",
    "published",
    "now",
]
TROUBLES = {
    "refused": ("contract", "blocked by its contract"),
    "unavailable": ("source", "the source was not to be had"),
    "held": ("review", "waited for a review"),
    "rejected": ("rejection", "waited for another delivery after a rejection"),
    "stopped": ("test", "a dbt model or test failed"),
    "broken": ("run", "waited after a run that failed"),
    "publish_failed": ("reader", "the reader's store refused or was down"),
}
_WORDS = {
    "schedule": "waited for a load to begin",
    "queue": "runs waited for their turn",
    "raw": "loading and auditing",
    "elt": "dbt_elt",
    "stage": "dbt_stage",
    "enhanced": "enhancements",
    "sensor": "waited for the reader to be asked",
    "published": "publishing",
    **dict(TROUBLES.values()),
}
# After a moment of this kind: the step at work while a run is active, and who is to act while none is.
_AT_WORK = {"arrived": "raw", "asked": "raw", "began": "raw", "approved": "raw", "raw": "elt", "elt": "elt",
            "stage": "stage", "enhanced": "enhanced"}  # fmt: skip
_TO_ACT = {"arrived": "schedule", "asked": "queue", "began": "schedule", "approved": "schedule",
           "raw": "schedule", "elt": "schedule", "stage": "sensor", "enhanced": "sensor",
           "publish_asked": "queue", "publish_began": "sensor", "published": "sensor"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """at: epoch seconds. asset: `layer/table`, "" for a run. words: what happened, for a person."""

    at: float
    kind: Kind
    asset: str = ""
    words: str = ""
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class Took:
    """How much of a delay a step took, in seconds."""

    step: str
    words: str
    seconds: float
    asset: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """steps: the moments that tell, in order. took: the largest first; they add up to `seconds`."""

    steps: tuple[Moment, ...]
    took: tuple[Took, ...]
    seconds: float
    published: bool


def timeline(moments: Sequence[Moment]) -> Timeline | None:
    """From the first arrival, or the first thing known, to the publication or now. None: nothing happened."""
    ordered = sorted(moments, key=lambda m: (m.at, m.kind in _RUNS, m.kind == "now"))
    while ordered and ordered[-1].kind in _RUNS:  # a run ends after what it did
        ordered.pop()
    if len(ordered) < 2:
        return None
    state = _State()
    sums: dict[tuple[str, str], float] = {}
    for moment, after in pairwise(ordered):
        state.apply(moment)
        key = state.step(after)
        sums[key] = sums.get(key, 0.0) + after.at - moment.at
    took = sorted(
        (Took(step, _WORDS[step], seconds, asset) for (step, asset), seconds in sums.items() if seconds > 0),
        key=lambda each: -each.seconds,
    )
    whole = ordered[-1].at - ordered[0].at
    return Timeline(_telling(ordered), tuple(took), whole, ordered[-1].kind == "published")


@dataclass
class _State:
    """What stands after the moments so far."""

    progress: str = "arrived"
    troubles: dict[str, tuple[str, str]] = field(default_factory=dict)
    writing: int = 0
    publishing: int = 0

    def apply(self, moment: Moment) -> None:
        kind = moment.kind
        if kind in TROUBLES:
            known = self.troubles.get(moment.asset)
            if known is None or known[0] != TROUBLES[kind][0]:
                self.troubles[moment.asset] = (TROUBLES[kind][0], moment.asset)
        elif kind == "ended":
            self.writing = max(self.writing - 1, 0)
        elif kind == "publish_ended":
            self.publishing = max(self.publishing - 1, 0)
        else:
            self._go_on(moment)

    def _go_on(self, moment: Moment) -> None:
        kind = moment.kind
        self.writing += kind == "began"
        self.publishing += kind == "publish_began"
        if kind in ("raw", "elt", "stage", "enhanced", "published", "approved"):
            self.troubles.pop(moment.asset, None)
            self.troubles.pop("", None)  # a run that got on is not broken any more
        # A run that looks and finds nothing new leaves things where they were.
        if kind not in ("asked", "began") or self.progress in ("arrived", "asked", "began"):
            self.progress = kind

    def step(self, after: Moment) -> tuple[str, str]:
        """The step that the time until `after` belongs to, and the asset where one is the culprit."""
        if self.publishing:
            return "published", ""
        if self.writing:
            return _at_work(after) or _AT_WORK.get(self.progress, "raw"), ""
        if self.troubles:
            return next(iter(self.troubles.values()))
        return _TO_ACT.get(self.progress, "schedule"), ""


def _at_work(after: Moment) -> str | None:
    """The layer whose work came to this end, while a run is active."""
    if after.kind in _OFTEN:
        return after.kind
    if after.kind in TROUBLES and after.asset.partition("/")[0] in _OFTEN:
        return after.asset.partition("/")[0]
    return None


_OFTEN = ("raw", "elt", "stage", "enhanced")
_RUNS = {"ended": ("asked", "began"), "publish_ended": ("publish_asked", "publish_began")}


def _telling(ordered: Sequence[Moment]) -> tuple[Moment, ...]:
    """Without what repeats: of each layer the last of a row, of trouble that stands the first, and only
    those runs of which something came."""
    found: list[Moment] = []
    pending: dict[str, Moment] = {}
    standing: set[tuple[str, str]] = set()
    for moment in ordered:
        kind, trouble = moment.kind, (moment.kind, moment.asset)
        if kind in _RUNS:
            for of in _RUNS[kind]:
                pending.pop(of, None)
        elif any(kind in of for of in _RUNS.values()):
            pending[kind] = moment
        elif trouble in standing:
            pending.clear()
        else:
            standing = {each for each in standing if each[1] != moment.asset}
            standing |= {trouble} if kind in TROUBLES else set()
            found += pending.values()
            pending.clear()
            found = _without_earlier(found, moment) if kind in _OFTEN else found
            found.append(moment)
    return tuple(found)


def _without_earlier(found: list[Moment], moment: Moment) -> list[Moment]:
    """A layer is made when the last of its tables is; a table that is committed is told of by its run."""
    same = (each for each in reversed(found) if each.kind == moment.kind and each.run_id == moment.run_id)
    last = next(same, None)
    return [each for each in found if each is not last]
