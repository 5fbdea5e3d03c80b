"""Contract -> pandera schema over a *view* of the candidate.

The view holds what the rules look at: each column as text without surrounding blanks and with the
contract's null texts as null, and beside it the typed value where a rule needs one. What lands stays
verbatim; only the rules see the view.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandera.polars as pa
import polars as pl

from dagster_ingest.errors import DataError, SpecError, guess
from dagster_ingest.spec.contract import Contract, Rule
from dagster_ingest.validate import checks, parse
from dagster_ingest.validate.backend import GateColumn, GateSchema

ROW_KINDS = ("required", "type", "pattern", "enum", "range", "length", "format", "decodes", "foreign_key")
KEY_KINDS = ("unique", "primary_key")
COUNT_KINDS = ("row_count", "row_count_ratio")
SEPARATOR = "\x1f"

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
NAMED_FORMATS = {
    "email": r"^[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]+$",
    "uri": r"^[A-Za-z][A-Za-z0-9+.\-]*:[^\s]+$",
    "uuid": r"^[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$",
    "hostname": rf"^{_LABEL}(?:\.{_LABEL})*$",
    "ipv4": rf"^{_OCTET}(?:\.{_OCTET}){{3}}$",
}


@dataclass(frozen=True, slots=True)
class Gate:
    """A compiled contract.

    schema    pandera checks over the view; a check's name is its rule's id
    view      steps that make the view out of the raw columns: one `select`, then `with_columns`
    rows      rules that look at one row, in the contract's order
    outcome   per row rule the positions of its outcomes in `schema.outcomes()`
    keys      unique and primary_key rules
    counts    row_count and row_count_ratio rules
    """

    schema: GateSchema
    view: tuple[tuple[pl.Expr, ...], ...]
    rows: tuple[Rule, ...]
    outcome: tuple[tuple[int, ...], ...]
    keys: tuple[Rule, ...]
    counts: tuple[Rule, ...]

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


def compile_contract(contract: Contract, parents: Mapping[str, pl.DataFrame]) -> Gate:
    """Everything of `contract` that the audit needs. `parents`: key columns by parent table name.

    Raises SpecError for a rule that cannot be compiled, DataError for a parent that is not there.
    """
    builder = _Builder(contract, parents)
    known = (*ROW_KINDS, *KEY_KINDS, *COUNT_KINDS)
    for rule in contract.rules:
        if rule.kind not in known:
            near = guess(rule.kind, known)
            raise _wrong(
                contract, rule, f"unknown kind {rule.kind!r}", f"use one of {', '.join(known)}", near
            )
        builder.add(rule)
    return builder.gate()


def text_of(contract: Contract, field: str) -> pl.Expr:
    """The cell as the rules see it: stripped, and null where it is one of the contract's null texts."""
    stripped = pl.col(field).str.strip_chars()
    nulls = sorted({text.strip() for text in contract.null_texts} | {""})
    there = stripped != "" if nulls == [""] else stripped.is_in(nulls).not_()
    return pl.when(there).then(stripped)


class _Builder:
    """Collects view columns and checks, rule by rule."""

    def __init__(self, contract: Contract, parents: Mapping[str, pl.DataFrame]) -> None:
        self.contract = contract
        self.parents = parents
        self.texts: dict[str, pl.Expr] = {}
        self.values: dict[str, list[pl.Expr]] = {}
        self.checks: dict[str, list[pa.Check]] = {}
        self.placed: dict[str, list[tuple[str, int]]] = {}
        self.rules: dict[str, list[Rule]] = {"row": [], "key": [], "count": []}

    def add(self, rule: Rule) -> None:
        if rule.kind in COUNT_KINDS:
            self.rules["count"].append(rule)
            return
        if not rule.columns:
            raise _wrong(self.contract, rule, "names no column", "name the columns it looks at")
        if rule.kind in KEY_KINDS:
            self.rules["key"].append(rule)
            for column in rule.columns:
                self._text(column)
            if rule.kind == "unique":
                return
        self.rules["row"].append(rule)
        make: Callable[[Rule, str], None] = getattr(self, f"_{rule.kind}")
        if rule.kind == "foreign_key":
            make(rule, self._key_text(rule.columns))
            return
        for column in rule.columns:
            make(rule, self._text(column))

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
            view=self._steps(),
            rows=rows,
            outcome=tuple(tuple(position[spot] for spot in self.placed[r.id]) for r in rows),
            keys=tuple(self.rules["key"]),
            counts=tuple(self.rules["count"]),
        )

    # view columns

    def _steps(self) -> tuple[tuple[pl.Expr, ...], ...]:
        steps = [tuple(expr.alias(name) for name, expr in self.texts.items())]
        for i in range(max((len(found) for found in self.values.values()), default=0)):
            steps.append(tuple(found[i].alias(n) for n, found in self.values.items() if i < len(found)))
        return tuple(steps)

    def _text(self, field: str) -> str:
        self.texts.setdefault(field, text_of(self.contract, field))
        return field

    def _value(self, field: str, kind: str, formats: tuple[str, ...] = ()) -> str:
        name = "::".join((field, kind, *formats))
        text, value = pl.col(self._text(field)), pl.col(name)
        self.values.setdefault(name, parse.steps(text, value, kind, formats))
        return name

    def _key_text(self, fields: tuple[str, ...]) -> str:
        """One text for a key of several columns; null as soon as one part is."""
        if len(fields) == 1:
            return self._text(fields[0])
        name = "::".join(fields)
        parts = [pl.col(self._text(f)) for f in fields]
        self.values.setdefault(name, [pl.concat_str(parts, separator=SEPARATOR)])
        return name

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
            raise _wrong(
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
        else:
            self._parses(rule, on, self._value(on, kind, _formats(rule)))

    def _parses(self, rule: Rule, on: str, value: str) -> None:
        is_number = value.startswith(f"{on}::number")
        self._check(rule, on, pa.Check, checks.parses, value=value, finite=is_number)

    def _format(self, rule: Rule, on: str) -> None:
        formats = _formats(rule)
        names = [f for f in formats if "%" not in f]
        if not formats or (names and len(formats) > 1):
            raise _wrong(
                self.contract, rule, f"format {formats!r}", "give strptime patterns or one named format"
            )
        if not names:
            dated = all("%H" not in f and "%I" not in f for f in formats)
            value = self._value(on, "date" if dated else "timestamp", formats)
            self._parses(rule, on, value)
        elif names[0] in NAMED_FORMATS:
            self._check(rule, on, pa.Check.str_contains, NAMED_FORMATS[names[0]])
        elif names[0] in ("date", "date-time"):
            value = self._value(on, "date" if names[0] == "date" else "timestamp")
            self._parses(rule, on, value)
        else:
            allowed = (*NAMED_FORMATS, "date", "date-time")
            fix = f"use one of {', '.join(allowed)} or a strptime pattern"
            raise _wrong(self.contract, rule, f"unknown format {names[0]!r}", fix, guess(names[0], allowed))

    def _pattern(self, rule: Rule, on: str) -> None:
        pattern = rule.params.get("pattern")
        if not isinstance(pattern, str) or not pattern:
            raise _wrong(self.contract, rule, "has no pattern", "give `pattern`")
        try:
            pl.Series([""]).str.contains(pattern, literal=False)
        except Exception as error:
            why = f"pattern {pattern!r} is not a regular expression of the regex crate: {error}"
            fix = "mend it; look-around and back references do not exist there"
            raise _wrong(self.contract, rule, why, fix) from error
        self._check(rule, on, pa.Check.str_contains, pattern)

    def _enum(self, rule: Rule, on: str) -> None:
        values = [str(v).strip() for v in rule.params.get("values", ())]
        if not values:
            raise _wrong(self.contract, rule, "allows no value", "list the allowed values")
        self._check(rule, on, pa.Check.isin, values)

    def _length(self, rule: Rule, on: str) -> None:
        low, high = rule.params.get("min"), rule.params.get("max")
        if low is None and high is None:
            raise _wrong(self.contract, rule, "has no bound", "give min, max or both")
        self._check(rule, on, pa.Check.str_length, low, high)

    def _range(self, rule: Rule, on: str) -> None:
        kind, formats, typed = self._type_of(on)
        value = self._value(on, kind, formats)
        low, high = (_bound(self.contract, rule, n, kind, formats) for n in ("min", "max"))
        if low is None and high is None:
            raise _wrong(self.contract, rule, "has no bound", "give min, max or both")
        if low is not None and high is not None:
            self._check(rule, value, pa.Check.in_range, low, high)
        elif low is not None:
            self._check(rule, value, pa.Check.ge, low)
        else:
            self._check(rule, value, pa.Check.le, high)
        if not typed:  # no type rule would catch text that is no number
            self._parses(rule, on, value)

    def _type_of(self, field: str) -> tuple[str, tuple[str, ...], bool]:
        """What a range compares: the column's type, its formats, and whether a type rule guards it."""
        for rule in self.contract.rules:
            if rule.kind == "type" and rule.columns == (field,):
                kind = rule.params.get("type")
                if kind in parse.PARSED_TYPES:
                    return kind, _formats(rule), rule.severity == "error"
        return "number", (), False

    def _decodes(self, rule: Rule, on: str) -> None:
        companion = rule.params.get("companion") or f"{on}_json"
        self.texts.setdefault(companion, pl.col(companion))
        self._check(rule, on, pa.Check, checks.decoded, companion=companion)

    def _foreign_key(self, rule: Rule, on: str) -> None:
        table, fields = rule.params.get("table"), tuple(rule.params.get("columns", ()))
        if not table or len(fields) != len(rule.columns):
            fix = "name the parent's table and one parent column for each column"
            raise _wrong(self.contract, rule, "does not name its parent's columns", fix)
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
        whole = parts[0] if len(parts) == 1 else pl.concat_str(parts, separator=SEPARATOR)
        known = parent.select(whole.cast(pl.String).alias("key"))["key"].drop_nulls().unique()
        self._check(rule, on, pa.Check, checks.known_key, known=known)


def _formats(rule: Rule) -> tuple[str, ...]:
    formats = rule.params.get("formats") or rule.params.get("format") or ()
    return (formats,) if isinstance(formats, str) else tuple(formats)


def _bound(contract: Contract, rule: Rule, name: str, kind: str, formats: tuple[str, ...]) -> Any:
    """A bound as a value of the column's type. A date may be written in ISO or in the column's format."""
    raw = rule.params.get(name)
    if raw is None or (kind in ("integer", "number") and isinstance(raw, int | float)):
        return raw
    value = parse.value_of(str(raw), kind) or parse.value_of(str(raw), kind, formats)
    if value is None:
        raise _wrong(contract, rule, f"{name} {raw!r} is no {kind}", f"write {name} as a {kind}")
    return value


def _wrong(contract: Contract, rule: Rule, problem: str, fix: str, near: str | None = None) -> SpecError:
    return SpecError(
        f"rule {rule.id}: {problem}",
        where=f"{contract.file}:{rule.line}" if rule.line else contract.file,
        not_done=f"no row of {contract.table} was audited",
        fix=f"{fix} (did you mean {near!r}?)" if near else fix,
    )
