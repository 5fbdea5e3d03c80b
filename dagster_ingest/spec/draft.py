"""A contract in the making: gathers columns and rules, and notes what cannot be executed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from dagster_ingest.spec.contract import Column, Rule, Severity
from dagster_ingest.spec.problem import Loc, Report, shown

VENDOR = "dagster-ingest"

DIMENSIONS = {
    "required": "completeness", "missing": "completeness",
    "unique": "uniqueness", "primary_key": "uniqueness",
    "type": "conformity", "pattern": "conformity", "enum": "conformity", "range": "conformity",
    "multiple": "conformity", "decimal": "conformity", "length": "conformity", "format": "conformity",
    "decodes": "conformity", "foreign_key": "consistency", "retention": "timeliness",
    "freshness": "timeliness", "row_count": "coverage", "row_count_ratio": "coverage",
    "null_values": "completeness", "missing_values": "completeness", "invalid_values": "conformity",
    "duplicate_values": "uniqueness", "sql": "accuracy",
}  # fmt: skip
# The standard's words, and its synonyms for them.
_DIMENSION_WORDS = {
    "ac": "accuracy", "cp": "completeness", "cf": "conformity", "cs": "consistency", "cv": "coverage",
    "tm": "timeliness", "uq": "uniqueness",
}  # fmt: skip
_SEVERITIES: dict[Any, Severity] = {
    None: "error", "error": "error", "warn": "warn", "warning": "warn", "info": "warn",
}  # fmt: skip
Grade = Severity | Literal["review"]
"""What a contract says of a rule: `review` is a warning that a person is asked about."""


class Draft:
    """What a contract document has given so far.

    locs    rule id to its place in the document, for lines
    fields  lower-case raw name to heading
    review  ids of the rules whose breaking asks for a person
    names   ids of the document's tables (`schema/ID`) to {"": name, property id: its heading}
    """

    def __init__(self, report: Report, table: str = "") -> None:
        self.report = report
        self.table = table
        self.columns: list[Column] = []
        self.rules: list[Rule] = []
        self.locs: dict[str, Loc] = {}
        self.keys: list[tuple[int, str]] = []
        self.by_heading: dict[str, Column] = {}
        self.fields: dict[str, str] = {}
        self.null_texts: tuple[str, ...] = ("",)
        self.review: list[str] = []
        self.names: dict[str, dict[str, str]] = {}

    def refuse(self, loc: Loc, problem: str, **parts: Any) -> None:
        self.report.add(loc, problem, **parts)

    def rule(
        self,
        kind: str,
        columns: tuple[str, ...],
        params: dict[str, Any],
        loc: Loc,
        *,
        severity: Grade = "error",
        quality: Mapping[str, Any] | None = None,
        name: str | None = None,
        tag: str | None = None,
    ) -> None:
        """Add one rule. `name` stands before the bar of its id; left out: the columns, or `*`.

        tag  tells rules of one kind on one column apart: `column|kind:tag`
        """
        rule_id = f"{name or '+'.join(columns) or '*'}|{kind}" + (f":{tag}" if tag else "")
        if rule_id in self.locs:
            self.refuse(
                loc,
                f"there are two rules {rule_id!r}",
                fix="keep one: a second would hide the first in counts and reports",
                on_key=True,
            )
            return
        self.locs[rule_id] = loc
        dimension, words = DIMENSIONS[kind], None
        if quality:
            dimension = self._dimension(quality.get("dimension"), (*loc, "dimension")) or dimension
            words = quality.get("description") or quality.get("name")
        if severity == "review":
            self.review.append(rule_id)
        grade: Severity = "warn" if severity == "review" else severity
        self.rules.append(Rule(rule_id, kind, columns, params, grade, dimension, words))

    def _dimension(self, value: Any, loc: Loc) -> str | None:
        if value is None or value in _DIMENSION_WORDS.values():
            return value
        if value not in _DIMENSION_WORDS:
            allowed = sorted(_DIMENSION_WORDS.values())
            self.refuse(loc, f"the dimension cannot be {shown(value)}", value=value, allowed=allowed)
        return _DIMENSION_WORDS.get(value)

    def severity(self, value: Any, loc: Loc) -> Severity:
        if isinstance(value, str | None) and value in _SEVERITIES:
            return _SEVERITIES[value]
        self.refuse(loc, f"severity cannot be {shown(value)}", value=value, allowed=("error", "warn"))
        return "error"

    def heading(self, name: Any, loc: Loc) -> Column | None:
        """The column of that heading; noted as wrong if there is none."""
        column = self.by_heading.get(name) if isinstance(name, str) else None
        if column is None:
            self.refuse(loc, f"the table has no column {shown(name)}", value=name, allowed=self.by_heading)
        return column

    def custom(
        self, items: Sequence[Mapping[str, Any]] | None, loc: Loc, known: Mapping[str, Callable[[Any], bool]]
    ) -> dict[str, Any]:
        """`customProperties` of ours as a dict; those that name another vendor are documentation."""
        found: dict[str, Any] = {}
        for index, item in enumerate(items or ()):
            if item.get("vendor") not in (None, VENDOR):
                continue
            name, here = item.get("property"), (*loc, "customProperties", index)
            if name is None or name not in known:
                self.refuse(
                    (*here, "property"),
                    f"the custom property {shown(name)} cannot be executed here",
                    value=name,
                    allowed=known,
                    fix="if it is documentation, give it a `vendor` of its own",
                )
            elif name in found:
                self.refuse((*here, "property"), f"the custom property {name!r} stands twice", value=name)
            elif not known[name](item.get("value")):
                value = item.get("value")
                self.refuse((*here, "value"), f"{name!r} cannot be {shown(value)}", value=value)
            else:
                found[name] = item.get("value")
        return found


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_number(value: Any) -> bool:
    """A finite number, no boolean."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e308


def is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)
