"""Rules that are answered when every row was seen: how many, how often twice, how old.

Every row that reached the audit counts, rejected or not: a threshold speaks of the delivery. What is
held: of duplicates 8 bytes a row (see keys.py), of ages one value, of counts one number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import polars as pl

from dagster_ingest.spec.contract import Rule
from dagster_ingest.validate.compile import Gate
from dagster_ingest.validate.keys import ORIGIN, KeyWatch
from dagster_ingest.validate.tally import Tally

_WORDS = {
    "mustBe": "be {}", "mustNotBe": "not be {}", "mustBeGreaterThan": "be more than {}",
    "mustBeGreaterOrEqualTo": "be at least {}", "mustBeLessThan": "be less than {}",
    "mustBeLessOrEqualTo": "be at most {}", "mustBeBetween": "be {} to {}",
    "mustNotBeBetween": "not be {} to {}",
}  # fmt: skip


class Aggregates:
    """Counts beside the rows of one audit. Not thread-safe; one use."""

    def __init__(self, gate: Gate, now: datetime) -> None:
        self._counted = [rule for i, rule in enumerate(gate.rows) if i in gate.tallied]
        self._repeats = [KeyWatch(rule) for rule in gate.repeats]
        self._ages = gate.ages
        self._newest: dict[str, Any] = {}
        self._now = now
        self.rows = 0

    def columns(self) -> list[pl.Expr]:
        """What of the view `see` needs beside the flags: typed values whose age is asked."""
        return [pl.col(value).alias(f"age:{rule.id}") for rule, value in self._ages]

    def see(self, checked: pl.DataFrame, frame: pl.DataFrame) -> None:
        """A batch before any row is rejected. `checked` holds key columns as `key:<name>`."""
        self.rows += frame.height
        for watch in self._repeats:
            columns = {f"key:{c}": c for c in watch.rule.columns}
            watch.see(checked.select(columns.keys()).rename(columns), frame.select(ORIGIN))
        for rule, _ in self._ages:
            newest, before = checked[f"age:{rule.id}"].max(), self._newest.get(rule.id)
            if newest is not None:
                self._newest[rule.id] = newest if before is None else max(newest, before)

    def finish(self, tally: Tally) -> list[str]:
        """Set the result of every such rule; why the broken error rules block, in words."""
        for watch in self._repeats:
            rows = watch.repeats()
            watch.close()
            names = {f"k{i}": c for i, c in enumerate(watch.rule.columns)}
            tally.broke(watch.rule, rows.rename(names), rows.height)
        thresholds = [*self._counted, *(watch.rule for watch in self._repeats)]
        reasons = [self._compare(rule, tally) for rule in thresholds]
        reasons += [self._compare_age(rule, tally) for rule, _ in self._ages]
        return [reason for reason in reasons if reason]

    def _compare(self, rule: Rule, tally: Tally) -> str | None:
        count, must = tally.count(rule), rule.params["must"]
        percent = rule.params["unit"] == "percent"
        share = 100 * count.failed / self.rows if self.rows else 0.0
        observed = f"{count.failed} of {self.rows} rows" + (f" ({share:.4g} percent)" if percent else "")
        # Compared as whole numbers: a share as a float is never quite 5 percent.
        scale = self.rows if percent and self.rows else 1
        value = 100 * count.failed if percent and self.rows else count.failed
        broken = not holds(value, must, scale)
        return settle(tally, rule, broken, observed, in_words(must, "percent" if percent else "rows"))

    def _compare_age(self, rule: Rule, tally: Tally) -> str | None:
        newest = self._newest.get(rule.id)
        limit = timedelta(minutes=rule.params["minutes"])
        allowed = f"must be at most {_span(limit)} old"
        if newest is None:
            return settle(tally, rule, True, "no row has a value", allowed)
        if isinstance(newest, datetime):
            age = self._now - newest
        else:  # a date ends a day after it begins; 9999-12-31 would end after the calendar
            age = self._now - datetime(newest.year, newest.month, newest.day) - timedelta(days=1)
        observed = f"the newest value is {_span(age) if age > timedelta() else 'less than a minute'} old"
        return settle(tally, rule, age > limit, observed, allowed)


def settle(tally: Tally, rule: Rule, broken: bool, observed: str, allowed: str) -> str | None:
    """Set a rule's result. Why it blocks, if it does. Evidence of a rule that holds is let go."""
    count = tally.count(rule)
    count.observed, count.allowed = observed, allowed
    if not broken:
        count.failed, count.samples = 0, []
        return None
    count.failed = max(count.failed, 1)
    return f"{rule.id}: {observed}, {allowed}" if rule.severity == "error" else None


def holds(value: Any, must: Mapping[str, Any], scale: int = 1) -> bool:
    """Whether `value / scale` meets every operator. Numbers meet numbers, truth meets truth."""
    return all(_holds(value, operator, operand, scale) for operator, operand in must.items())


def _holds(value: Any, operator: str, operand: Any, scale: int) -> bool:
    if isinstance(value, bool) != isinstance(operand, bool):
        return False
    if operator in ("mustBeBetween", "mustNotBeBetween"):
        low, high = (Fraction(str(bound)) * scale for bound in operand)
        return (low <= value <= high) == (operator == "mustBeBetween")
    bound = operand if isinstance(operand, bool) else Fraction(str(operand)) * scale
    outcomes = {
        "mustBe": value == bound,
        "mustNotBe": value != bound,
        "mustBeGreaterThan": value > bound,
        "mustBeGreaterOrEqualTo": value >= bound,
        "mustBeLessThan": value < bound,
        "mustBeLessOrEqualTo": value <= bound,
    }
    return outcomes[operator]


def in_words(must: Mapping[str, Any], unit: str = "") -> str:
    """`must be less than 5 percent`."""
    parts = []
    for operator, operand in must.items():
        operands: Iterable[Any] = operand if isinstance(operand, list) else [operand]
        parts.append(_WORDS[operator].format(*operands))
    return f"must {' and '.join(parts)}" + (f" {unit}" if unit else "")


def _span(span: timedelta) -> str:
    minutes = span.total_seconds() / 60
    for name, length in (("days", 1440), ("hours", 60)):
        if minutes >= 2 * length:
            return f"{minutes / length:.4g} {name}"
    return f"{minutes:.4g} minutes"
