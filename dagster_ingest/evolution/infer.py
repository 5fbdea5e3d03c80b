"""A contract drafted from a sample: guesses, each with its evidence, that the sample itself passes.

The draft is compiled and the sample audited by it; what the sample breaks is taken out again, so that
a guess that the audit reads otherwise than this module cannot stand.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from dagster_ingest import naming
from dagster_ingest.errors import SpecError
from dagster_ingest.evolution.guess import LEAST_ROWS, Guess, guess_column
from dagster_ingest.evolution.yamltext import block, comment, flow
from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.models import Policy
from dagster_ingest.spec.odcs import read_contract
from dagster_ingest.validate.audit import Auditor

NULL_TEXTS = ("NULL", "null", "\\N", "N/A", "n/a", "#N/A", "NaN", "nan")
_ROUNDS = 5
_MAX_HEADING = 200
# What goes when the sample breaks a rule of that kind.
_KEYS = {
    "required": ("required",),
    "unique": ("unique",),
    "enum": ("enum",),
    "type": ("logicalTypeOptions", "enum", "logicalType"),
}


@dataclass(slots=True)
class Inferred:
    """A draft. `left_out`: headings that no contract can name, with the reason."""

    tenant: str
    table: str
    rows: int
    origin: str
    guesses: list[Guess]
    key: str | None = None
    null_texts: tuple[str, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def text(self, schema: str | None = None) -> str:
        """The ODCS document, commented."""
        lines = [f"# yaml-language-server: $schema={schema}"] if schema else []
        lines += comment(
            f"A draft, inferred from {self.rows:,} rows of {self.origin}. Comments say what each guess"
            " rests on. Read it, mend it, then set `status: active` and take `inferred` out."
        )
        lines += [
            "apiVersion: v3.1.0",
            "kind: DataContract",
            f"id: {self.tenant}-{self.table}",
            f"name: {self.table}",
            "version: 0.1.0",
            "status: draft",
            "customProperties: [{property: inferred, value: true}]",
            "schema:",
            f"  - name: {self.table}",
            "    logicalType: object",
        ]
        if self.null_texts:
            lines += comment("these texts stand where there is no value", 4)
            lines.append(f"    customProperties: {flow([_custom('nullTexts', list(self.null_texts))])}")
        lines += ["    quality:", "      - {metric: rowCount, mustBeGreaterOrEqualTo: 1}", "    properties:"]
        for note in self.notes:
            lines += comment(note, 6)
        for guess in self.guesses:
            for sentence in guess.evidence:
                lines += comment(sentence, 6)
            lines += block([{"name": guess.heading, **self._property(guess)}], 6)
        for heading, reason in self.left_out.items():
            lines += comment(f"left out: {flow(heading)} ({reason}); it lands all the same", 6)
        return "\n".join(lines) + "\n"

    def _property(self, guess: Guess) -> dict[str, Any]:
        key = {"required": True, "primaryKey": True, "primaryKeyPosition": 1}
        return {**guess.prop, **(key if guess.heading == self.key else {})}


def infer(frame: pl.DataFrame, *, tenant: str, table: str, origin: str) -> Inferred:
    """A draft for a sample. `frame`: text columns under the source's headings; `origin` in words."""
    if frame.is_empty() or not frame.columns:
        raise SpecError(
            "the sample has no row",
            where=origin,
            not_done="nothing was inferred",
            fix="give a file with data in it",
        )
    null_texts = _null_texts(frame)
    draft = Inferred(tenant, table, frame.height, origin, [], null_texts=null_texts)
    nulls = ["", *null_texts]
    fields: dict[str, str] = {}
    for heading in frame.columns:
        if reason := _unusable(heading, fields):
            draft.left_out[heading] = reason
            continue
        fields[naming.column_name(heading).lower()] = heading
        # Under a name of our own: polars takes a heading such as `^ID$` for a pattern.
        cells = frame[heading].alias("value").str.strip_chars()
        values = cells.filter(cells.is_not_null() & ~cells.is_in(nulls))
        draft.guesses.append(guess_column(heading, values, frame.height))
    if not draft.guesses:
        reasons = "; ".join(f"{flow(heading)}: {reason}" for heading, reason in draft.left_out.items())
        raise SpecError(
            f"no column of the sample can stand in a contract: {reasons}",
            where=origin,
            not_done="nothing was inferred",
            fix="give a file whose first row holds the headings",
        )
    _choose_key(draft)
    _settle(draft, frame)
    return draft


def _null_texts(frame: pl.DataFrame) -> tuple[str, ...]:
    cells = pl.all().str.strip_chars()
    found = frame.select(cells.is_in(list(NULL_TEXTS)).any())
    if not any(found.row(0)):
        return ()
    there = {text for c in frame.columns for text in frame[c].str.strip_chars().unique().to_list()}
    return tuple(text for text in NULL_TEXTS if text in there)


def _unusable(heading: str, fields: dict[str, str]) -> str | None:
    field_ = naming.column_name(heading).lower()
    if not heading.strip():
        return "it has no heading"
    if len(heading) > _MAX_HEADING:
        return "its heading is too long"
    if field_ in fields:
        return f"in raw it would be the column of {flow(fields[field_])}"
    return None


def _choose_key(draft: Inferred) -> None:
    """The first column that is unique and looks like an id, or none."""
    able = [g for g in draft.guesses if g.unique and g.like_an_id and draft.rows >= LEAST_ROWS]
    if not able:
        many = f"; {LEAST_ROWS} rows are the least to tell from" if draft.rows < LEAST_ROWS else ""
        draft.notes.append(f"no column is both unique and named like an id: choose the key by hand{many}")
        return
    draft.key = able[0].heading
    able[0].evidence.append("the key: unique, always there, named like an id")
    able[0].prop.pop("enum", None)
    for other in able[1:]:
        other.evidence.append("unique as well: another candidate for the key")


def _settle(draft: Inferred, frame: pl.DataFrame) -> None:
    """Audit the sample by the draft; take out what it breaks, until it breaks nothing."""
    for _ in range(_ROUNDS):
        broken = _broken(compiled(draft.text(), draft.table), frame)
        if not broken:
            return
        for rule in broken:
            _withdraw(draft, rule)
    raise SpecError(
        f"the sample breaks the draft made from it: {', '.join(broken)}",
        where=draft.origin,
        not_done="nothing was written",
        fix="this is a fault of the software; report it with the sample's headings",
    )


def compiled(text: str, table: str) -> Contract:
    """The draft as the audit has it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{table}.odcs.yaml"
        path.write_text(text, encoding="utf-8")
        contract, problems = read_contract(path)
    if contract is None:
        listed = "\n".join(str(problem) for problem in problems)
        raise SpecError(f"the draft is not sound:\n{listed}", where=table, not_done="nothing was written")
    return contract


def _broken(contract: Contract, frame: pl.DataFrame) -> list[str]:
    """Rules of any severity that the sample breaks."""
    audit = Auditor(contract, Policy(on_reject="quarantine", max_share=1.0), {}, None)
    rows = raw(frame).with_columns(
        pl.int_range(frame.height, dtype=pl.Int64).alias("_row_number"),
        pl.lit("sample").alias("_source_uri"),
        frame.hash_rows().alias("_row_hash"),
    )
    audit.batch(rows)
    verdict, _ = audit.finish()
    return [result.rule for result in verdict.failed_rules]


def raw(frame: pl.DataFrame) -> pl.DataFrame:
    """The sample under its raw names."""
    return frame.rename(dict(zip(frame.columns, naming.column_names(frame.columns), strict=True)))


def _withdraw(draft: Inferred, rule: str) -> None:
    column, _, kind = rule.rpartition("|")
    guess = next((g for g in draft.guesses if naming.column_name(g.heading) == column), None)
    if guess is None:
        return
    guess.evidence.append(f"a rule of the kind {kind} was guessed and taken out: the sample breaks it")
    if kind == "primary_key" or (kind == "required" and guess.heading == draft.key):
        draft.key = None
    for key in _KEYS.get(kind, ("logicalTypeOptions",)):
        guess.prop.pop(key, None)
    _tidy_severities(guess)


def _tidy_severities(guess: Guess) -> None:
    """Grades of rules that are gone."""
    options = guess.prop.get("logicalTypeOptions", {})
    left = {
        "enum": "enum" in guess.prop,
        "pattern": "pattern" in options,
        "format": "format" in options,
        "length": "maxLength" in options,
        "range": "minimum" in options,
    }
    items: Iterable[dict[str, Any]] = guess.prop.pop("customProperties", ())
    kept = []
    for item in items:
        if item["property"] == "severity":
            item["value"] = {kind: grade for kind, grade in item["value"].items() if left.get(kind)}
            if not item["value"]:
                continue
        if item["property"] == "formats" and guess.prop.get("logicalType") not in ("date", "timestamp"):
            continue
        kept.append(item)
    if kept:
        guess.prop["customProperties"] = kept


def _custom(name: str, value: Any) -> dict[str, Any]:
    return {"property": name, "value": value}
