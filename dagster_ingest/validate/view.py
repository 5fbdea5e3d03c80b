"""The view of a candidate: what its contract's rules look at, column by column."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from dagster_ingest.spec.contract import Contract
from dagster_ingest.validate import parse
from dagster_ingest.validate.params import parsed_as


class View:
    """Collects the columns that rules ask for, and gives their names."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._texts: dict[str, pl.Expr] = {}
        self._values: dict[str, list[pl.Expr]] = {}

    def steps(self) -> tuple[tuple[pl.Expr, ...], ...]:
        """What makes the view out of the raw columns: one `select`, then `with_columns`."""
        steps = [tuple(expr.alias(name) for name, expr in self._texts.items())]
        for i in range(max((len(found) for found in self._values.values()), default=0)):
            steps.append(tuple(found[i].alias(n) for n, found in self._values.items() if i < len(found)))
        return tuple(steps)

    def text(self, field: str) -> str:
        self._texts.setdefault(field, text_of(self._contract, field))
        return field

    def verbatim(self, field: str) -> str:
        self._texts.setdefault(field, pl.col(field))
        return field

    def without(self, field: str, nulls: tuple[str, ...]) -> str:
        """The cell without surrounding white space, and null where it is one of `nulls`."""
        name = "::".join((field, "without", *nulls))
        stripped = pl.col(field).str.strip_chars()
        there = pl.when(stripped.fill_null("").is_in(nulls).not_()).then(stripped.fill_null(""))
        self._texts.setdefault(name, there)
        return name

    def value(self, field: str, kind: str, formats: tuple[str, ...] = (), zone: str | None = None) -> str:
        name = "::".join((field, kind, *formats, *((zone,) if zone else ())))
        text, value = pl.col(self.text(field)), pl.col(name)
        self._values.setdefault(name, parse.steps(text, value, kind, formats, zone))
        return name

    def typed(self, field: str) -> str:
        """The values of a column that has a type rule."""
        kind, formats, zone, _ = self.type_of(field)
        return self.value(field, kind, formats, zone)

    def key(self, fields: tuple[str, ...]) -> str:
        """One text for a key of several columns; null as soon as one part is."""
        if len(fields) == 1:
            return self.text(fields[0])
        name = "::".join(fields)
        parts = [pl.col(self.text(f)) for f in fields]
        self._values.setdefault(name, [joined(parts)])
        return name

    def type_of(self, field: str) -> tuple[str, tuple[str, ...], str | None, bool]:
        """What a range compares: the column's type, formats and zone, and whether a type rule guards it."""
        for rule in self._contract.rules:
            if rule.kind == "type" and rule.columns == (field,):
                kind, formats, zone = parsed_as(rule)
                if kind in parse.PARSED_TYPES:
                    return kind, formats, zone, rule.severity == "error"
        return "number", (), None, False


def text_of(contract: Contract, field: str) -> pl.Expr:
    """The cell as the rules see it: stripped, and null where it is one of the contract's null texts."""
    stripped = pl.col(field).str.strip_chars()
    nulls = sorted({text.strip() for text in contract.null_texts} | {""})
    there = stripped != "" if nulls == [""] else stripped.is_in(nulls).not_()
    return pl.when(there).then(stripped)


def joined(parts: Sequence[pl.Expr]) -> pl.Expr:
    """Several texts as one, each behind its length, so that no two keys look alike; null if one part is."""
    return pl.concat_str([piece for part in parts for piece in (part.str.len_bytes(), pl.lit(":"), part)])
