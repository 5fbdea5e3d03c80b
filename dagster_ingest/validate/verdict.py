"""The contract's answer on a candidate. Values only, no frames."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Sample:
    """One failing row as evidence. `value` is masked where the contract calls the column private."""

    uri: str
    row_number: int
    value: str | None


@dataclass(frozen=True, slots=True)
class RuleResult:
    """How often one rule was broken. `observed` and `allowed` tell it in words for table rules.

    Of a rule with a threshold, `failed` is 0 while it holds, otherwise the rows that it counted.
    """

    rule: str
    severity: str
    failed: int
    samples: tuple[Sample, ...] = ()
    observed: str | None = None
    allowed: str | None = None
    line: int | None = None
    dimension: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """commit: the candidate may replace the partition. block: nothing may change."""

    outcome: Literal["commit", "block"]
    reason: str
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    results: tuple[RuleResult, ...] = ()
    co_occurrence: dict[str, int] = field(default_factory=dict)
    """Rows by the set of rules that they broke: "a|required, b|enum" -> 12."""

    @property
    def failed_rules(self) -> tuple[RuleResult, ...]:
        return tuple(r for r in self.results if r.failed)
