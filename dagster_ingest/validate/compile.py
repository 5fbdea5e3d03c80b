"""Contract -> pandera schema over a *view* of the candidate.

The view (view.py) holds what the rules look at: each column as text without surrounding blanks and with
the contract's null texts as null, and beside it the typed value where a rule needs one. What lands stays
verbatim; only the rules see the view.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandera.polars as pa
import polars as pl

from dagster_ingest import clock
from dagster_ingest.errors import DataError, guess
from dagster_ingest.spec.contract import Contract, Rule
from dagster_ingest.validate import checks, parse
from dagster_ingest.validate.backend import GateColumn, GateSchema
from dagster_ingest.validate.params import bound_of, formats_of, parsed_as, wrong
from dagster_ingest.validate.patterns import NAMED_FORMATS, decimal_patterns
from dagster_ingest.validate.view import View, joined, text_of

ROW_KINDS = (
    "required", "missing", "type", "pattern", "enum", "range", "multiple", "decimal", "length", "format",
    "decodes", "foreign_key", "retention",
)  # fmt: skip
KEY_KINDS = ("unique", "primary_key")
COUNT_KINDS = ("row_count", "row_count_ratio")
# Of these, a row that counts is not rejected; what is compared is their number at the end.
TALLIED_KINDS = ("null_values", "missing_values", "invalid_values")
REPEAT_KINDS = ("duplicate_values",)
AGE_KINDS = ("freshness",)
SQL_KINDS = ("sql",)
EVERY_KIND = (
    *ROW_KINDS, *KEY_KINDS, *COUNT_KINDS, *TALLIED_KINDS, *REPEAT_KINDS, *AGE_KINDS, *SQL_KINDS,
)  # fmt: skip
# fmt: off
_COMPARED: dict[str, Any] = {
    "min": pa.Check.ge, "max": pa.Check.le, "above": pa.Check.gt, "below": pa.Check.lt,
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Gate:
    """A compiled contract.

    schema    pandera checks over the view; a check's name is its rule's id
    view      steps that make the view out of the raw columns: one `select`, then `with_columns`
    rows      rules that look at one row, in the contract's order
    outcome   per row rule the positions of its outcomes in `schema.outcomes()`
    tallied   positions in `rows` of the rules that only count: no row is rejected for them
    keys      unique and primary_key rules
    repeats   duplicate_values rules
    ages      freshness rules, and the view's column with their values
    """

    schema: GateSchema
    view: tuple[tuple[pl.Expr, ...], ...]
    rows: tuple[Rule, ...]
    outcome: tuple[tuple[int, ...], ...]
    tallied: frozenset[int]
    keys: tuple[Rule, ...]
    repeats: tuple[Rule, ...] = ()
    ages: tuple[tuple[Rule, str], ...] = ()

    def look(self, frame: pl.DataFrame, more: Sequence[pl.Expr] = ()) -> pl.LazyFrame:
        """The plan for the view of `frame`, with `more` columns that no rule asks for."""
        plan = frame.lazy().select(*self.view[0], *more)
        for step in self.view[1:]:
            plan = plan.with_columns(step)
        return plan

    @property
    def columns(self) -> set[str]:
        """Raw columns that the rules look at."""
        return {name for expression in self.view[0] for name in expression.meta.root_names()}


def compile_contract(
    contract: Contract, parents: Mapping[str, pl.DataFrame], now: datetime | None = None
) -> Gate:
    """Everything of `contract` that the audit needs. `parents`: key columns by parent table name.

    now  what age is counted from, naive UTC; left out: the clock
    Raises SpecError for a rule that cannot be compiled, DataError for a parent that is not there.
    """
    builder = _Builder(contract, parents, now or clock.utc())
    for rule in contract.rules:
        if rule.kind not in EVERY_KIND:
            near = guess(rule.kind, EVERY_KIND)
            raise wrong(
                contract, rule, f"unknown kind {rule.kind!r}", f"use one of {', '.join(EVERY_KIND)}", near
            )
        builder.add(rule)
    return builder.gate()


class _Builder:
    """Collects checks and the columns that they look at, rule by rule."""

    def __init__(self, contract: Contract, parents: Mapping[str, pl.DataFrame], now: datetime) -> None:
        self.contract = contract
        self.parents = parents
        self.now = now
        self.view = View(contract)
        self.checks: dict[str, list[pa.Check]] = {}
        self.placed: dict[str, list[tuple[str, int]]] = {}
        self.rules: dict[str, list[Rule]] = {"row": [], "key": [], "repeat": []}
        self.ages: list[tuple[Rule, str]] = []

    def add(self, rule: Rule) -> None:
        if rule.kind in (*COUNT_KINDS, *SQL_KINDS):  # they are asked when all rows are there
            return
        if not rule.columns:
            raise wrong(self.contract, rule, "names no column", "name the columns it looks at")
        if rule.kind in KEY_KINDS:
            self.rules["key"].append(rule)
            for column in rule.columns:
                self.view.text(column)
            if rule.kind == "unique":
                return
        if rule.kind in REPEAT_KINDS:
            self.rules["repeat"].append(rule)
            for column in rule.columns:
                self.view.text(column)
            return
        if rule.kind in AGE_KINDS:
            self.ages.append((rule, self.view.typed(rule.columns[0])))
            return
        self.rules["row"].append(rule)
        make: Callable[[Rule, str], None] = getattr(self, f"_{rule.kind}")
        if rule.kind == "foreign_key":
            make(rule, self.view.key(rule.columns))
            return
        for column in rule.columns:
            make(rule, self.view.text(column))

    def gate(self) -> Gate:
        schema = GateSchema(
            {n: GateColumn(None, found, nullable=True) for n, found in self.checks.items()},
            name=self.contract.table,
        )
        spots = [(name, i) for name, found in self.checks.items() for i in range(len(found))]
        position = {spot: number for number, spot in enumerate(spots)}
        rows = tuple(r for r in self.rules["row"] if r.id in self.placed)
        return Gate(
            schema=schema,
            view=self.view.steps(),
            rows=rows,
            outcome=tuple(tuple(position[spot] for spot in self.placed[r.id]) for r in rows),
            tallied=frozenset(i for i, r in enumerate(rows) if r.kind in TALLIED_KINDS),
            keys=tuple(self.rules["key"]),
            repeats=tuple(self.rules["repeat"]),
            ages=tuple(self.ages),
        )

    # one method for each kind of row rule

    def _check(self, rule: Rule, on: str, build: Callable[..., pa.Check], *args: Any, **kwargs: Any) -> None:
        options = {"name": rule.id, "error": rule.id, "raise_warning": rule.severity == "warn"}
        mine = self.checks.setdefault(on, [])
        self.placed.setdefault(rule.id, []).append((on, len(mine)))
        mine.append(build(*args, **{"ignore_na": True, **kwargs}, **options))

    def _required(self, rule: Rule, on: str) -> None:
        self._check(rule, on, pa.Check, checks.present, ignore_na=False)

    def _primary_key(self, rule: Rule, on: str) -> None:
        """A key part that is null. Equal keys are looked for in keys.py."""
        if not any(
            r.kind == "required" and r.severity == "error" and r.columns == (on,) for r in self.contract.rules
        ):
            self._required(rule, on)

    def _type(self, rule: Rule, on: str) -> None:
        kind = rule.params.get("type", "string")
        if kind not in parse.TYPES:
            allowed = ", ".join(parse.TYPES)
            raise wrong(
                self.contract,
                rule,
                f"unknown type {kind!r}",
                f"use one of {allowed}",
                guess(kind, parse.TYPES),
            )
        if kind == "string":
            return  # text is text: nothing can break it
        if kind == "boolean":
            self._check(rule, on, pa.Check, checks.boolean_text)
            return
        kind, formats, zone = parsed_as(rule)
        if kind not in parse.PARSED_TYPES:
            raise wrong(self.contract, rule, f"unknown width {kind!r}", "use a Rust type: i32, u64, f64")
        self._parses(rule, on, self.view.value(on, kind, formats, zone))

    def _parses(self, rule: Rule, on: str, value: str) -> None:
        self._check(rule, on, pa.Check, checks.parses, value=value)

    def _format(self, rule: Rule, on: str) -> None:
        formats = formats_of(rule)
        names = [f for f in formats if "%" not in f]
        if not formats or (names and len(formats) > 1):
            raise wrong(
                self.contract, rule, f"format {formats!r}", "give strptime patterns or one named format"
            )
        if not names:
            dated = all("%H" not in f and "%I" not in f for f in formats)
            kind = "date" if dated else "timestamp"
            self._parses(rule, on, self.view.value(on, kind, formats))
        elif names[0] in NAMED_FORMATS:
            self._check(rule, on, pa.Check.str_contains, NAMED_FORMATS[names[0]])
        elif names[0] in ("date", "date-time"):
            kind = "date" if names[0] == "date" else "timestamp"
            self._parses(rule, on, self.view.value(on, kind))
        else:
            allowed = (*NAMED_FORMATS, "date", "date-time")
            fix = f"use one of {', '.join(allowed)} or a strptime pattern"
            raise wrong(self.contract, rule, f"unknown format {names[0]!r}", fix, guess(names[0], allowed))

    def _pattern(self, rule: Rule, on: str) -> None:
        pattern = rule.params.get("pattern")
        if not isinstance(pattern, str) or not pattern:
            raise wrong(self.contract, rule, "has no pattern", "give `pattern`")
        try:
            pl.Series([""]).str.contains(pattern, literal=False)
        except Exception as error:
            why = f"pattern {pattern!r} is not a regular expression of the regex crate: {error}"
            fix = "mend it; look-around and back references do not exist there"
            raise wrong(self.contract, rule, why, fix) from error
        self._check(rule, on, pa.Check.str_contains, pattern)

    def _enum(self, rule: Rule, on: str) -> None:
        values = list(rule.params.get("values", ()))
        if not values:
            raise wrong(self.contract, rule, "allows no value", "list the allowed values")
        kind, formats, zone, typed = self.view.type_of(on)
        if all(isinstance(v, int | float) for v in values) and kind in (*parse.WIDTHS, *parse.FLOATS):
            value = self.view.value(on, kind, formats, zone)
            found = [(v, parse.value_of(str(v), kind)) for v in values]
            fits = [of_kind for v, of_kind in found if of_kind == v]  # others no cell can equal
            self._check(rule, value, pa.Check.isin, fits)
            if not typed or rule.kind != "enum":  # no type rule would catch text that is no number
                self._parses(rule, on, value)
        else:
            self._check(rule, on, pa.Check.isin, [str(v).strip() for v in values])

    def _length(self, rule: Rule, on: str) -> None:
        low, high = rule.params.get("min"), rule.params.get("max")
        if low is None and high is None:
            raise wrong(self.contract, rule, "has no bound", "give min, max or both")
        self._check(rule, on, pa.Check.str_length, low, high)

    def _range(self, rule: Rule, on: str) -> None:
        kind, formats, zone, typed = self.view.type_of(on)
        value = self.view.value(on, kind, formats, zone)
        bounds = {n: bound_of(self.contract, rule, n, kind, formats, zone) for n in _COMPARED}
        bounds = {name: bound for name, bound in bounds.items() if bound is not None}
        if not bounds:
            raise wrong(self.contract, rule, "has no bound", "give min, max or both")
        if bounds.keys() == {"min", "max"}:
            self._check(rule, value, pa.Check.in_range, bounds["min"], bounds["max"])
        else:
            for name, bound in bounds.items():
                self._check(rule, value, _COMPARED[name], bound)
        if not typed:  # no type rule would catch text that is no number
            self._parses(rule, on, value)

    def _multiple(self, rule: Rule, on: str) -> None:
        self._check(rule, on, pa.Check, checks.multiple_of, step=rule.params["of"])

    def _decimal(self, rule: Rule, on: str) -> None:
        for pattern in decimal_patterns(rule.params["precision"], rule.params["scale"]):
            self._check(rule, on, pa.Check.str_contains, pattern)

    def _retention(self, rule: Rule, on: str) -> None:
        value = self.view.typed(on)
        kind = self.view.type_of(on)[0]
        if kind not in ("date", "timestamp"):
            raise wrong(self.contract, rule, f"a {kind} has no age", "name a date or timestamp")
        oldest = self.now - timedelta(minutes=rule.params["minutes"])
        if kind == "date":  # a date ends a day after it begins
            self._check(rule, value, pa.Check, checks.ends_after, moment=oldest)
        else:
            self._check(rule, value, pa.Check.ge, oldest)

    def _missing(self, rule: Rule, on: str) -> None:
        raw = self.view.without(on, tuple(rule.params["values"]))
        null = bool(rule.params["null"])
        self._check(rule, on, pa.Check, checks.not_missing, ignore_na=False, raw=raw, null=null)

    def _null_values(self, rule: Rule, on: str) -> None:
        self._required(rule, on)

    def _missing_values(self, rule: Rule, on: str) -> None:
        self._missing(rule, on)

    def _invalid_values(self, rule: Rule, on: str) -> None:
        if "values" in rule.params:
            self._enum(rule, on)
        if "pattern" in rule.params:
            self._pattern(rule, on)

    def _decodes(self, rule: Rule, on: str) -> None:
        companion = rule.params.get("companion") or f"{on}_json"
        self._check(rule, on, pa.Check, checks.decoded, companion=self.view.verbatim(companion))

    def _foreign_key(self, rule: Rule, on: str) -> None:
        table, fields = rule.params.get("table"), tuple(rule.params.get("columns", ()))
        if not table or len(fields) != len(rule.columns):
            fix = "name the parent's table and one parent column for each column"
            raise wrong(self.contract, rule, "does not name its parent's columns", fix)
        if table not in self.parents:
            raise DataError(
                f"{rule.id} cannot be checked: the keys of the parent table {table!r} are not there",
                rule=rule.id,
                where=f"{self.contract.file}:{rule.line}" if rule.line else self.contract.file,
                not_done=f"no row of {self.contract.table} was audited",
                fix=f"load {table} before {self.contract.table}",
            )
        parent = self.parents[table]
        parts = [text_of(self.contract, f).alias(str(i)) for i, f in enumerate(fields)]
        whole = parts[0] if len(parts) == 1 else joined(parts)
        known = parent.select(whole.cast(pl.String).alias("key"))["key"].drop_nulls().unique()
        self._check(rule, on, pa.Check, checks.known_key, known=known)
