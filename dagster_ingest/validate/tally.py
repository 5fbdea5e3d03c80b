"""Counts and evidence of a running audit: per rule, per combination of rules. Bounded in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from dagster_ingest.redact import MASK
from dagster_ingest.spec.contract import Contract, Rule
from dagster_ingest.validate.verdict import RuleResult, Sample

SAMPLES = 5
COMBINATIONS = 200
VALUE_LENGTH = 200
OTHER = "other combinations"


@dataclass(slots=True)
class Count:
    """One rule's running count. `observed` and `allowed` are set by table rules."""

    rule: str
    severity: str
    line: int | None = None
    dimension: str | None = None
    failed: int = 0
    samples: list[Sample] = field(default_factory=list)
    observed: str | None = None
    allowed: str | None = None

    def result(self) -> RuleResult:
        return RuleResult(
            rule=self.rule,
            severity=self.severity,
            failed=self.failed,
            samples=tuple(self.samples),
            observed=self.observed,
            allowed=self.allowed,
            line=self.line,
            dimension=self.dimension,
        )


class Tally:
    """All counts of one audit, in the contract's order of rules."""

    def __init__(self, contract: Contract) -> None:
        self.counts = {r.id: Count(r.id, r.severity, r.line, r.dimension) for r in contract.rules}
        self.combinations: dict[str, int] = {}
        self._private = {c.field for c in contract.columns if c.private}

    def count(self, rule: Rule) -> Count:
        """The rule's running count, begun if the contract does not list the rule."""
        return self.counts.setdefault(rule.id, Count(rule.id, rule.severity, rule.line, rule.dimension))

    def broke(self, rule: Rule, rows: pl.DataFrame, total: int) -> None:
        """`total` more rows broke `rule`; `rows` are the first of them, raw columns and origin."""
        count = self.counts[rule.id]
        count.failed += total
        for row in rows.head(SAMPLES - len(count.samples)).iter_rows(named=True):
            value = self._value([row[c] for c in rule.columns], rule.columns)
            count.samples.append(Sample(row["_source_uri"], row["_row_number"], value))

    def malformed(self, rule: str, uri: str, row_number: int, text: str) -> None:
        """A record that never became a row. Its text may hold anything, so it is always masked."""
        count = self.counts.setdefault(rule, Count(rule, "error"))
        count.failed += 1
        if len(count.samples) < SAMPLES:
            count.samples.append(Sample(uri, row_number, MASK if text else text))

    def combined(self, rules: str, rows: int) -> None:
        """`rows` more rows broke exactly this set of rules."""
        if rules not in self.combinations and len(self.combinations) >= COMBINATIONS:
            rules = OTHER
        self.combinations[rules] = self.combinations.get(rules, 0) + rows

    def results(self) -> tuple[RuleResult, ...]:
        return tuple(count.result() for count in self.counts.values())

    def _value(self, values: Sequence[str | None], columns: Sequence[str]) -> str | None:
        if all(v is None for v in values):
            return None
        if self._private.intersection(columns):
            return MASK
        return " | ".join("" if v is None else v for v in values)[:VALUE_LENGTH]
