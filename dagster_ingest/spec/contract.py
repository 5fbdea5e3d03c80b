"""A contract as the audit needs it: what an ODCS document says of one table. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warn"]

TYPES = ("string", "integer", "number", "boolean", "date", "timestamp")
STRING_FORMATS = ("email", "uri", "uuid", "hostname", "ipv4")
KINDS = (
    "required", "unique", "primary_key", "type", "pattern", "enum", "range", "length", "format",
    "foreign_key", "row_count", "row_count_ratio", "decodes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """One check. `id` is `column|kind` (`*|kind` for the table) and is the same string everywhere.

    kind      required, unique, primary_key, type, pattern, enum, range, length, format,
              foreign_key, row_count, row_count_ratio, decodes
    columns   raw names (Column.field) of the columns it looks at; several for a compound key
    params    what the kind needs:
              type {"type": "integer"}, of a date or timestamp that declares its formats also
              {"formats": ["%Y-%m-%d", ..]} (strptime); none declared means ISO 8601;
              pattern {"pattern": ..}; enum {"values": [..]}; format {"format": "email"};
              range {"min": .., "max": ..}, numbers or ISO texts by the column's type;
              length {"min": .., "max": ..} in characters;
              foreign_key {"table": .., "columns": [raw names in that table]};
              row_count {"min": .., "max": ..} in rows; row_count_ratio the same as shares of the
              last good load; decodes {"codec": "python_literal"}. An absent bound is left out.
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
    checksum: str = ""
    status: str | None = None
    tags: tuple[str, ...] = ()
    review: Review | None = None
    patch: str | None = None
    patched: tuple[str, ...] = ()

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.field.lower() == name.lower()), None)
