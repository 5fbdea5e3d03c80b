"""From counts to a verdict: row-count rules, the policy, and a sentence that says why."""

from __future__ import annotations

from dagster_ingest.spec.contract import Contract, Rule
from dagster_ingest.spec.models import Policy
from dagster_ingest.validate.tally import Tally
from dagster_ingest.validate.verdict import RuleResult, Verdict

NAMED_RULES = 3
_ONE_ROW = Rule(id="*|row_count", kind="row_count", columns=(), params={"min": 1})
_EMPTY = "0 good rows, and no rule says that there may be none"


def count_rules(contract: Contract, tally: Tally, accepted: int, last_good: int | None) -> list[str]:
    """Set the result of every row-count rule; return why the broken error rules block, in words.

    The rows that would be committed are what counts. A contract that sets no least row count asks for
    one row at least: an empty delivery is a failure until the contract says that it may be.
    """
    rules = _counting(contract)
    reasons = [_EMPTY] if not accepted and not _of_empty(rules) else []
    for rule in rules:
        broken, observed, allowed = _count(rule, accepted, last_good)
        count = tally.count(rule)
        count.failed, count.observed, count.allowed = int(broken), observed, allowed
        if broken and rule.severity == "error":
            reasons.append(f"{observed} where {rule.id} allows {allowed}")
    return reasons


def count_faults(contract: Contract, rows: int, last_good: int | None) -> list[tuple[Rule, str]]:
    """Row-count rules of severity error that a table of `rows` would break, each with why, in words."""
    rules = _counting(contract)
    empty = [(_ONE_ROW, _EMPTY)] if not rows and not _of_empty(rules) else []
    seen = ((rule, *_count(rule, rows, last_good)) for rule in rules if rule.severity == "error")
    broken = [(rule, f"{said} where {rule.id} allows {allowed}") for rule, bad, said, allowed in seen if bad]
    return [*empty, *broken]


def _counting(contract: Contract) -> list[Rule]:
    rules = [r for r in contract.rules if r.kind in ("row_count", "row_count_ratio")]
    return rules if any(r.kind == "row_count" for r in rules) else [*rules, _ONE_ROW]


def _of_empty(rules: list[Rule]) -> bool:
    """Whether a rule says how few rows there may be: a ceiling alone does not let none pass."""
    counts = [r.params for r in rules if r.kind == "row_count"]
    return any("min" in p or p.get("max") == 0 or p.get("not") == 0 for p in counts)


def _count(rule: Rule, accepted: int, last_good: int | None) -> tuple[bool, str, str]:
    low, high = rule.params.get("min"), rule.params.get("max")
    observed = f"{accepted} good rows"
    if rule.kind == "row_count":
        broken = (low is not None and accepted < low) or (high is not None and accepted > high)
        other, (first, last) = rule.params.get("not"), rule.params.get("not_between", (0, -1))
        broken = broken or accepted == other or first <= accepted <= last
        words = [_between(low, high)] if low is not None or high is not None else []
        words += [f"not {other} rows"] if other is not None else []
        words += [f"not {first} to {last} rows"] if first <= last else []
        return broken, observed, " and ".join(words) or "any"
    if not last_good:
        return (
            False,
            f"{observed}, no last good load to compare with",
            _between(low, high, " times the last good load"),
        )
    share = accepted / last_good
    broken = (low is not None and share < low) or (high is not None and share > high)
    allowed = _between(low, high, f" times the {last_good} of the last good load")
    return broken, f"{observed} ({share:.2f} times the last good load)", allowed


def _between(low: float | None, high: float | None, unit: str = " rows") -> str:
    if low is not None and high is not None:
        return f"{low:g} to {high:g}{unit}"
    return (
        f"at least {low:g}{unit}"
        if low is not None
        else f"at most {high:g}{unit}"
        if high is not None
        else "any"
    )


def decide(
    policy: Policy,
    tally: Tally,
    *,
    read: int,
    accepted: int,
    rejected: int,
    counts: list[str],
    broken: str | None,
) -> Verdict:
    """The verdict. `counts`: broken row-count rules in words; `broken`: why the audit itself failed."""
    results = tally.results()
    share = rejected / read if read else 0.0
    blockers = [broken] if broken else []
    if rejected and policy.on_reject == "block":
        blockers.append(f"{_rows(rejected, read)} {_rules(results, rejected)}")
    elif rejected and share > policy.max_share:
        limit = f"more than the {policy.max_share:.1%} that may be set aside"
        blockers.append(f"{_rows(rejected, read)} ({share:.1%}, {limit}) {_rules(results, rejected)}")
    blockers += counts
    if blockers:
        reason = "blocked: " + "; ".join(blockers)
    elif rejected:
        reason = f"{accepted} of {read} rows passed; {_rows(rejected, read)} set aside: {_named(results)}"
    else:
        reason = f"{accepted} rows passed {len(results)} rules{_warned(results)}"
    return Verdict(
        outcome="block" if blockers else "commit",
        reason=reason,
        rows_read=read,
        rows_accepted=accepted,
        rows_rejected=rejected,
        results=results,
        co_occurrence=dict(tally.combinations),
    )


def _rows(some: int, of: int) -> str:
    return f"{some} of {of} row{'s' if of != 1 else ''}"


def _rules(results: tuple[RuleResult, ...], rejected: int) -> str:
    return ("breaks " if rejected == 1 else "break ") + _named(results)


def _named(results: tuple[RuleResult, ...]) -> str:
    """The broken error rules, worst first, with their counts where there are several."""
    broken = [r for r in results if r.failed and r.severity == "error" and r.observed is None]
    broken.sort(key=lambda r: (-r.failed, r.rule))
    if len(broken) == 1:
        return broken[0].rule
    named = ", ".join(f"{r.rule} ({r.failed})" for r in broken[:NAMED_RULES])
    more = len(broken) - NAMED_RULES
    return named + (f" and {more} more rule{'s' if more > 1 else ''}" if more > 0 else "")


def _warned(results: tuple[RuleResult, ...]) -> str:
    warned = [r for r in results if r.failed and r.severity == "warn"]
    return f"; warnings: {', '.join(f'{r.rule} ({r.failed})' for r in warned)}" if warned else ""
