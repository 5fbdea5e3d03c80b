"""A slow audit, row by row in plain Python: what Auditor has to agree with.

Written from the docstring of spec.contract.Rule and the module docstrings of validate/keys.py and
validate/decide.py, without their code. A row is a dict of texts; its number is its identity.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

from dagster_ingest.spec.contract import Contract, Rule
from dagster_ingest.spec.models import Policy
from tests.validate.reference_values import bound, is_named, plain_decimal, trimmed, value

Row = Mapping[str, str | None]
Query = Callable[[Sequence[Mapping[str, Any]]], Any]
COMPARED = ("integer", "number", "date", "timestamp", "time")


@dataclass
class Answer:
    """rejected: row number to the error rules it broke, in the contract's order; late: the same for keys.

    broken   rule about rows to the numbers of the rows that broke it
    counts   rule to rows that broke it, or 1 for a broken rule about the table
    """

    outcome: str = "commit"
    rejected: dict[int, list[str]] = field(default_factory=dict)
    late: dict[str, list[int]] = field(default_factory=dict)
    broken: dict[str, list[int]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    combinations: dict[str, int] = field(default_factory=dict)
    accepted: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Delivery:
    """What an audit is given. `now` is UTC without a zone; `queries` answers the texts of sql rules."""

    rows: Sequence[tuple[int, Row]]
    parents: Mapping[str, Sequence[Row]]
    last_good: int | None
    now: datetime
    queries: Mapping[str, Query]


def audit(contract: Contract, delivery: Delivery, policy: Policy) -> Answer:
    answer = Answer()
    for rule in contract.rules:
        test = row_test(contract, rule, delivery)
        if test is not None:
            answer.broken[rule.id] = [number for number, row in delivery.rows if not test(row)]
    errors = [rule.id for rule in contract.rules if rule.severity == "error" and rule.id in answer.broken]
    for position, _ in delivery.rows:
        if rules := [i for i in errors if position in answer.broken[i]]:
            answer.rejected[position] = rules
            _combine(answer, rules)
    _keys(contract, [(n, row) for n, row in delivery.rows if n not in answer.rejected], answer)
    gone = {*answer.rejected, *(n for numbers in answer.late.values() for n in numbers)}
    answer.accepted = [n for n, _ in delivery.rows if n not in gone]
    answer.counts = {rule: len(numbers) for rule, numbers in answer.broken.items()}
    blocked = _tables(contract, delivery, answer)
    if gone and (policy.on_reject == "block" or len(gone) / len(delivery.rows) > policy.max_share):
        blocked = True
    answer.outcome = "block" if blocked else "commit"
    return answer


def seen(contract: Contract, row: Row, column: str) -> str | None:
    """A cell as the rules see it: without blanks around it; None where it says that there is no value."""
    text = row.get(column)
    if text is None or trimmed(text) in {"", *(trimmed(null) for null in contract.null_texts)}:
        return None
    return trimmed(text)


def row_test(contract: Contract, rule: Rule, delivery: Delivery) -> Callable[[Row], bool] | None:
    """A function that says whether one row passes, or None where the rule is not about one row."""
    if rule.kind == "primary_key":
        return lambda row: _key_is_there(contract, rule, row)
    if rule.kind == "unique":
        return lambda row: True  # see _keys
    if rule.kind == "foreign_key":
        known = _known_keys(contract, rule, delivery.parents)
        return lambda row: _is_known(contract, rule, row, known)
    if rule.kind == "decodes":
        return lambda row: (
            seen(contract, row, rule.columns[0]) is None or bool(row[f"{rule.columns[0]}_json"])
        )
    if rule.kind == "missing":
        return lambda row: not _is_missing(contract, rule, row)
    if rule.kind == "retention":
        return lambda row: _is_young(contract, rule, row, delivery.now)
    if rule.kind == "required":
        return lambda row: all(seen(contract, row, c) is not None for c in rule.columns)
    test = CELL_TESTS.get(rule.kind)
    if test is None:
        return None
    return lambda row: all(
        (text := seen(contract, row, c)) is None or test(contract, rule, c, text) for c in rule.columns
    )


# one function for each rule about a cell that is there


def _type(contract: Contract, rule: Rule, column: str, text: str) -> bool:
    return value(text, rule.params) is not None


def _pattern(contract: Contract, rule: Rule, column: str, text: str) -> bool:
    return matches(rule.params["pattern"], text)


def _enum(contract: Contract, rule: Rule, column: str, text: str) -> bool:
    """A text among numbers that is none itself is the type rule's concern, as in a range."""
    params, guarded = _type_of(contract, column)
    numbers = not any(isinstance(v, str) for v in rule.params["values"])
    if numbers and value(text, params) is None:
        return guarded
    return _is_listed(text, rule.params["values"], params)


def _length(contract: Contract, rule: Rule, column: str, text: str) -> bool:
    return rule.params.get("min", 0) <= len(text) <= rule.params.get("max", len(text))


def _format(contract: Contract, rule: Rule, column: str, text: str) -> bool:
    return is_named(text, rule.params["format"])


def _range(contract: Contract, rule: Rule, column: str, text: str) -> bool:
    """Text that is no value is the type rule's concern, if there is one that rejects it."""
    params, guarded = _type_of(contract, column)
    found = value(text, params)
    if found is None:
        return guarded
    bounds = {name: bound(raw, params) for name, raw in rule.params.items()}
    return (
        ("min" not in bounds or found >= bounds["min"])
        and ("max" not in bounds or found <= bounds["max"])
        and ("above" not in bounds or found > bounds["above"])
        and ("below" not in bounds or found < bounds["below"])
    )


def _multiple(contract: Contract, rule: Rule, column: str, text: str) -> bool:
    found, step = plain_decimal(text), plain_decimal(str(rule.params["of"]))
    if found is None or step is None:
        return False
    places = max(0, -int(step.normalize().as_tuple().exponent))
    if abs(found) * 10**places >= 2**127:  # it cannot be counted
        return False
    (top, bottom), (step_top, step_bottom) = found.as_integer_ratio(), step.as_integer_ratio()
    return (top * step_bottom) % (bottom * step_top) == 0


def _decimal(contract: Contract, rule: Rule, column: str, text: str) -> bool:
    if plain_decimal(text) is None:
        return False
    whole, _, part = text.lstrip("+-").partition(".")
    precision, scale = rule.params.get("precision"), rule.params.get("scale")
    if scale is not None and len(part.rstrip("0")) > scale:
        return False
    return precision is None or len(whole.lstrip("0")) <= precision - (scale or 0)


CELL_TESTS: dict[str, Callable[[Contract, Rule, str, str], bool]] = {
    "type": _type, "pattern": _pattern, "enum": _enum, "length": _length, "format": _format,
    "range": _range, "multiple": _multiple, "decimal": _decimal,
}  # fmt: skip


def matches(pattern: str, text: str) -> bool:
    """A pattern of the regex crate: `$` is the end, not the place before a last line break."""
    return re.search(pattern.replace("$", r"\Z"), text) is not None


def _is_listed(text: str, values: Sequence[Any], params: Mapping[str, Any]) -> bool:
    """Among texts as a text, among numbers as the column's number."""
    if any(isinstance(v, str) for v in values):
        return text in [trimmed(v) for v in values]
    return value(text, params) in values


def _is_missing(contract: Contract, rule: Rule, row: Row) -> bool:
    """Compared before null texts become null."""
    column = rule.columns[0]
    text = row.get(column)
    if text is not None and trimmed(text) in [trimmed(v) for v in rule.params.get("values", ())]:
        return True
    return bool(rule.params.get("null")) and seen(contract, row, column) is None


def _type_of(contract: Contract, column: str) -> tuple[Mapping[str, Any], bool]:
    """The type that a range or an age looks at, and whether a rule rejects what is none."""
    rules = [r for r in contract.rules if r.kind == "type" and r.columns == (column,)]
    rule = next((r for r in rules if r.params["type"] in COMPARED), None)
    return (rule.params, rule.severity == "error") if rule else ({"type": "number"}, False)


def _age(found: Any, now: datetime) -> timedelta:
    """A date is taken for the end of its day."""
    if isinstance(found, datetime):
        return now - found
    return now - datetime.combine(found, time()) - timedelta(days=1)


def _is_young(contract: Contract, rule: Rule, row: Row, now: datetime) -> bool:
    column = rule.columns[0]
    text = seen(contract, row, column)
    if text is None:
        return True
    found = value(text, _type_of(contract, column)[0])
    if not isinstance(found, date):
        return True  # it is not known to be old
    return _age(found, now) <= timedelta(minutes=rule.params["minutes"])


def _key_is_there(contract: Contract, rule: Rule, row: Row) -> bool:
    """A key part that is missing breaks the key, unless a rule of its own says so already."""
    named = {r.columns for r in contract.rules if r.kind == "required" and r.severity == "error"}
    return all((c,) in named or seen(contract, row, c) is not None for c in rule.columns)


def _known_keys(contract: Contract, rule: Rule, parents: Mapping[str, Sequence[Row]]) -> set[tuple]:
    names = rule.params["columns"]
    return {tuple(seen(contract, row, n) for n in names) for row in parents[rule.params["table"]]}


def _is_known(contract: Contract, rule: Rule, row: Row, known: set[tuple]) -> bool:
    key = tuple(seen(contract, row, c) for c in rule.columns)
    return None in key or key in known


# rules about many rows


def _keys(contract: Contract, good: Sequence[tuple[int, Row]], answer: Answer) -> None:
    """Of rows with one key that are equal in every cell the first stays; of others, none."""
    for rule in contract.rules:
        if rule.kind not in ("unique", "primary_key"):
            continue
        groups: dict[tuple, list[tuple[int, Row]]] = {}
        for position, row in good:
            key = tuple(seen(contract, row, c) for c in rule.columns)
            if None not in key:
                groups.setdefault(key, []).append((position, row))
        twice: list[int] = []
        for group in groups.values():
            same = all(row == group[0][1] for _, row in group)
            twice += [position for position, _ in group[1 if same else 0 :]] if len(group) > 1 else []
        answer.broken[rule.id] = [*answer.broken[rule.id], *sorted(twice)]
        if twice and rule.severity == "error":
            answer.late[rule.id] = sorted(twice)
    for position in sorted({n for numbers in answer.late.values() for n in numbers}):
        _combine(answer, [rule for rule, numbers in answer.late.items() if position in numbers])


def _combine(answer: Answer, rules: Sequence[str]) -> None:
    together = ", ".join(rules)
    answer.combinations[together] = answer.combinations.get(together, 0) + 1


def _tables(contract: Contract, delivery: Delivery, answer: Answer) -> bool:
    """Judge the rules about the table; whether one of them blocks."""
    rules = list(contract.rules)
    if not any(r.kind == "row_count" for r in rules):
        rules.append(Rule("*|row_count", "row_count", (), {"min": 1}))
    counts = [r.params for r in rules if r.kind == "row_count"]
    said = any("min" in p or 0 in (p.get("max"), p.get("not")) for p in counts)
    blocked = not answer.accepted and not said
    for rule in rules:
        if rule.id not in answer.broken:
            broken = not table_test(contract, rule, delivery, answer.accepted)
            counted = _counted(contract, rule, delivery.rows) if "unit" in rule.params else 1
            answer.counts[rule.id] = max(counted, 1) if broken else 0
            blocked = blocked or (broken and rule.severity == "error")
    return blocked


def table_test(contract: Contract, rule: Rule, delivery: Delivery, accepted: Sequence[int]) -> bool:
    """Whether the table passes a rule about all of its rows."""
    params = rule.params
    if rule.kind == "row_count":
        return _in_bounds(len(accepted), params)
    if rule.kind == "row_count_ratio":
        return not delivery.last_good or _in_bounds(len(accepted) / delivery.last_good, params)
    if rule.kind == "freshness":
        kind, _ = _type_of(contract, rule.columns[0])
        texts = [seen(contract, row, rule.columns[0]) for _, row in delivery.rows]
        values = [v for text in texts if text is not None and (v := value(text, kind)) is not None]
        return bool(values) and _age(max(values), delivery.now) <= timedelta(minutes=params["minutes"])
    if rule.kind == "sql":
        kept = [_typed(contract, row) for position, row in delivery.rows if position in set(accepted)]
        found = delivery.queries[params["query"]](kept)
        return found is not None and must(found, params["must"])
    bad = _counted(contract, rule, delivery.rows)
    share = Fraction(100 * bad, len(delivery.rows) or 1)
    return must(share if params.get("unit") == "percent" else bad, params["must"])


def _typed(contract: Contract, row: Row) -> dict[str, Any]:
    """A row as a query sees it: what a type cannot read is null."""
    types = {r.columns[0]: r.params for r in contract.rules if r.kind == "type"}
    texts = {c.field: seen(contract, row, c.field) for c in contract.columns}
    return {c: t and value(t, types.get(c, {"type": "string"})) for c, t in texts.items()}


def _counted(contract: Contract, rule: Rule, numbered: Sequence[tuple[int, Row]]) -> int:
    """Rows that an aggregate counts, rejected ones too."""
    rows = [row for _, row in numbered]
    if rule.kind == "missing_values":
        return sum(_is_missing(contract, rule, row) for row in rows)
    keys = [tuple(seen(contract, row, c) for c in rule.columns) for row in rows]
    if rule.kind == "null_values":
        return sum(None in key for key in keys)
    if rule.kind == "duplicate_values":
        whole = [key for key in keys if None not in key]
        return len(whole) - len(set(whole))
    if rule.kind == "invalid_values":
        values, pattern = rule.params.get("values"), rule.params.get("pattern")
        texts = [key[0] for key in keys if key[0] is not None]
        return sum(
            (values is not None and not _is_listed(text, values, _type_of(contract, rule.columns[0])[0]))
            or (pattern is not None and not matches(pattern, text))
            for text in texts
        )
    raise AssertionError(f"the reference does not know the kind {rule.kind!r}")


def _in_bounds(found: float, params: Mapping[str, Any]) -> bool:
    low, high = params.get("not_between", (1, 0))
    inside = params.get("min", found) <= found <= params.get("max", found)
    return inside and found != params.get("not") and not low <= found <= high


def must(found: float, operators: Mapping[str, Any]) -> bool:
    """Whether a number meets all of ODCS's operators; the bounds of an interval belong to it."""
    tests: dict[str, Callable[[Any], bool]] = {
        "mustBe": lambda x: found == x,
        "mustNotBe": lambda x: found != x,
        "mustBeGreaterThan": lambda x: found > x,
        "mustBeGreaterOrEqualTo": lambda x: found >= x,
        "mustBeLessThan": lambda x: found < x,
        "mustBeLessOrEqualTo": lambda x: found <= x,
        "mustBeBetween": lambda x: x[0] <= found <= x[1],
        "mustNotBeBetween": lambda x: not x[0] <= found <= x[1],
    }
    return all(tests[name](given) for name, given in operators.items())
