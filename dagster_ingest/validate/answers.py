"""Answers to sql rules: one number each, compared; anything else breaks the rule."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from dagster_ingest.redact import MASK
from dagster_ingest.spec.contract import Contract, Rule
from dagster_ingest.validate.aggregates import holds, in_words, settle
from dagster_ingest.validate.tally import Tally

Answer = tuple[Any, str | None]
"""What a query gave: (value, None), or (None, why it failed)."""
Ask = Callable[[Sequence[Rule], Mapping[str, pl.DataFrame]], Mapping[str, Answer]]
"""Runs the queries of rules over the rows that would be committed, those that are rejected late left out."""

# A count of rows tells no cell; any other number may be one.
_COUNT = re.compile(r"\s*select\s+count\s*\([^()]*\)\s+from\b", re.IGNORECASE)


def judge_answers(
    rules: Sequence[Rule], ask: Ask | None, late: Mapping[str, pl.DataFrame], tally: Tally, contract: Contract
) -> list[str]:
    """Set the result of every sql rule; why the broken error rules block, in words."""
    answers: Mapping[str, Answer] = {}
    if ask is not None:
        answers = ask(rules, late)
    private = {column.field for column in contract.columns if column.private}
    nobody = (None, "nobody ran the query")
    reasons = []
    for rule in rules:
        value, fault = answers.get(rule.id, nobody)
        secret = bool(private.intersection(rule.params["columns"]))
        if fault and secret and ":" in fault:
            # An error may quote the cell that it failed on, in quotes of any kind or in none.
            fault = f"{fault.partition(':')[0]}: {MASK}"
        number = None if fault else as_number(value)
        if fault:
            observed = f"the query failed: {fault}"
        elif number is None:
            observed = f"the query gave {'no value' if value is None else 'no number'}"
        elif secret and not isinstance(number, bool) and not _COUNT.match(rule.params["query"]):
            observed = f"the query gave {MASK}"
        else:
            observed = f"the query gave {number if isinstance(number, bool) else value}"
        broken = number is None or not holds(number, rule.params["must"])
        reasons.append(settle(tally, rule, broken, observed, in_words(rule.params["must"])))
    return [reason for reason in reasons if reason]


def as_number(value: Any) -> bool | int | float | Decimal | None:
    """A finite number, or true or false; None for anything else."""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float | Decimal) and math.isfinite(value):
        return value
    return None
