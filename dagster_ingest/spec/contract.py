"""A contract as the audit needs it: what an ODCS document says of one table. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warn"]

TYPES = ("string", "integer", "number", "boolean", "date", "timestamp", "time")
STRING_FORMATS = ("email", "uri", "uuid", "hostname", "ipv4", "ipv6", "byte")
INTEGER_FORMATS = ("i8", "i16", "i32", "i64", "i128", "u8", "u16", "u32", "u64", "u128")
NUMBER_FORMATS = ("f32", "f64")
AGGREGATES = ("null_values", "missing_values", "invalid_values", "duplicate_values")
KINDS = (
    "required", "missing", "unique", "primary_key", "type", "pattern", "enum", "range", "multiple", "decimal",
    "length", "format", "foreign_key", "retention", "row_count", "row_count_ratio", *AGGREGATES, "freshness",
    "sql", "decodes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """One check. `id` is `column|kind` (`*|kind` for the table) and is the same string everywhere.

    A rule looks at the cell without surrounding white space; blank cells and the contract's null
    texts are null. Null passes every row rule but required, missing and primary_key.

    kind      one of KINDS
    columns   raw names (Column.field) of the columns it looks at; several for a compound key
    params    what the kind needs; an absent bound is left out. Of rows, those that break it are rejected:
              required, unique, primary_key, decodes {"codec": "python_literal"}
              missing {"values": [texts], "null": bool}: the cell is none of the texts (compared before
              null texts become null) and, where "null", not null
              type {"type": "integer"}; "formats" [strptime, ..] of a date, timestamp or time, none
              declared means ISO 8601; years have four digits and are not 0, other numbers one or two;
              "format" i8 .. u128 of an integer (default i64): it fits the width, and an unsigned one
              has no minus; f32 or f64 of a number: finite, and of f32 at most 3.4028235e38 off zero;
              "zone" of a timestamp: a text without an offset is local time there (UTC if left out;
              the earlier of two moments, broken if the clock skipped it)
              pattern {"pattern": ..} (found anywhere); enum {"values": [..]}: texts, or numbers that are
              compared with the cell's number; format {"format": "email"}
              range {"min", "max", "above", "below"}: at least, at most, more than, less than; numbers,
              or ISO texts by the column's type (one without offset is in the column's zone)
              multiple {"of": "0.1"}: a whole multiple, exactly; a text with an exponent, with more
              than 38 digits, or that is no number, breaks
              decimal {"precision": 10, "scale": 2}: at most precision - scale digits before the point
              and scale after it, leading and trailing zeros aside; an exponent, or no number, breaks
              length {"min": .., "max": ..} in characters
              foreign_key {"table": .., "columns": [raw names in that table]}
              retention {"minutes": ..}: the date or timestamp is at most that old when the audit begins.
              Of the table; the rows stay, and a broken error rule blocks:
              row_count {"min", "max", "not", "not_between": [a, b]} over the rows that would be committed;
              row_count_ratio {"min", "max"} as shares of the last good load
              null_values, missing_values (params of missing), invalid_values {"values" as in enum,
              "pattern"}: rows whose cell is there and breaks either, duplicate_values: rows after the
              first of each key, a null part is no key. All with "must" {ODCS operator: number}, bounds of
              the between operators belong to the interval, all must hold; "unit" rows or percent (of
              the rows counted, 0 if there are none). Counted over every row that the audit saw,
              rejected ones too; malformed records are no rows
              freshness {"minutes": ..}: the newest value of all rows that the audit saw is at most
              that old, and there is one
              sql {"query", "columns": [raw names it reads], "must"}: one number (or true, false) from
              the rows that would be committed. NULL, another shape, or an error breaks it
              A date is taken for the end of its day where age is asked. Rules on age are asked when
              rows are read: an unchanged delivery is not read again, so that it grows old is for the
              tenant's `freshness`, not for a contract.
    severity  error, or warn: told, nothing more. A rule in Review.rules is a warn rule here
    dimension one of the standard's: accuracy, completeness, conformity, consistency, coverage,
              timeliness, uniqueness
    line      where in the contract file it stands, 1-based; see odcs.rule_lines
    """

    id: str
    kind: str
    columns: tuple[str, ...]
    params: dict[str, Any] = field(default_factory=dict, hash=False)
    severity: Severity = "error"
    dimension: str | None = None
    description: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """When a candidate waits for a person instead of being committed. Shares are of the partition's rows.

    always         whatever changed; otherwise any of the following:
    removed_above  share of keys that are gone; `added_above` and `changed_above` likewise
    columns        raw columns in which any change of a kept key's text asks for a person
    rules          ids of rules whose breaking asks for a person; their rows are not rejected for it
    expires        minutes after which a candidate that nobody decided on counts as rejected
    """

    always: bool = False
    removed_above: float | None = None
    added_above: float | None = None
    changed_above: float | None = None
    columns: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    expires: int = 7 * 24 * 60
    line: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `name` is the source heading, `field` its name in raw (see naming.column_name)."""

    name: str
    field: str
    type: str = "string"
    required: bool = False
    key: bool = False
    private: bool = False
    optional: bool = True
    """Whether the delivery may lack the column altogether; it then lands as null."""
    description: str | None = None
    was: str | None = None
    """Raw name that the column had in the major version before: a rename that the contract declares."""
    classification: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """One table's contract.

    keys       raw names of the primary key columns, in order
    null_texts texts that count as "no value" for the rules (they land verbatim all the same)
    checksum   hex digest over everything that decides a verdict
    version    semantic version; of a patched contract `1.4.0+gulf.1.0.0` (base, tenant, patch)
    status     ODCS status; a `draft` never publishes
    patch      file of the tenant's merge patch, where one was laid over the system's contract
    patched    what the patch changed, as short texts: `FEES.required: false -> true`
    """

    id: str
    version: str
    table: str
    file: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    keys: tuple[str, ...] = ()
    null_texts: tuple[str, ...] = ("",)
    description: str | None = None
    owner: str | None = None
    """The first of `owners`."""
    checksum: str = ""
    status: str | None = None
    tags: tuple[str, ...] = ()
    review: Review | None = None
    patch: str | None = None
    patched: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    inferred: bool = False
    """Drafted from data; only a `draft` may say so."""

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.field.lower() == name.lower()), None)
