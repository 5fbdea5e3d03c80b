"""What each kind of change means: one table, for whoever delivers and for whoever reads.

A contract is the set of deliveries that it lets pass, and a promise on the table that lands.

writers   whether every delivery that passed the old contract passes the new one
readers   whether everything that the old contract promised of the table still holds
overall   what decides the version. A change that lets fewer deliveries pass, or that takes away what a
          reader names (a column, a key), is breaking. One that only lets more in is compatible where
          readers take what comes (values, counts), and conditional where they cast, join or count on
          nulls being absent.

Where a contract is nothing but a set of deliveries, readers' class of a change is writers' class of
its inverse, since what is let in newly was promised away before; `mirrored` rows are those, and a test
holds them to it. What cannot be decided, or is not known here, counts as breaking.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Class = Literal["compatible", "conditional", "breaking"]
Step = Literal["none", "patch", "minor", "major"]

CLASSES: tuple[Class, ...] = ("compatible", "conditional", "breaking")
STEPS: tuple[Step, ...] = ("none", "patch", "minor", "major")
C, D, B = CLASSES


@dataclass(frozen=True, slots=True)
class Effect:
    """A row of the table. inverse: the kind that takes the change back; text: nothing is executed anew."""

    writers: Class
    readers: Class
    overall: Class
    inverse: str
    why: str
    mirrored: bool = True
    text: bool = False

    @property
    def step(self) -> Step:
        if self.text:
            return "patch"
        return "major" if self.overall == "breaking" else "minor"


E = Effect
TABLE: dict[str, Effect] = {
    # Columns. A named column always lands, as null where it is not delivered: that is not mirrored.
    "column_added": E(C, C, C, "column_removed", "deliveries may lack it; it lands as null", False),
    "column_added_checked": E(
        D, C, C, "column_removed", "passes unless the source already delivers such a column", False
    ),
    "column_added_required": E(B, C, B, "column_removed", "a delivery without it is refused"),
    "column_removed": E(C, B, B, "column_added", "queries that name it fail", False),
    "column_renamed": E(B, B, B, "column_renamed", "the old heading is missed, and so is the old name"),
    "heading_changed": E(C, C, C, "heading_changed", "case and signs do not count", text=True),
    "was_changed": E(C, D, D, "was_changed", "the models find the column of other majors by it", False),
    "column_order": E(C, C, C, "column_order", "columns are found by name", text=True),
    "presence_required": E(B, C, B, "presence_relaxed", "a delivery without the heading is refused", False),
    "presence_relaxed": E(
        C, D, D, "presence_required", "the whole column may be null, as each value could before", False
    ),
    # Types. integer < number < string, date < timestamp < string, boolean < string.
    "type_narrowed": E(B, C, B, "type_widened", "texts that were let in are no such values"),
    "type_widened": E(C, B, D, "type_narrowed", "a reader that casts meets texts it cannot cast"),
    "type_changed": E(B, B, B, "type_changed", "neither type holds the other"),
    "formats_narrowed": E(B, C, B, "formats_widened", "dates in a dropped format are refused"),
    "formats_widened": E(C, B, D, "formats_narrowed", "a reader that parses dates meets another format"),
    "formats_changed": E(B, B, B, "formats_changed", "dates in a dropped format are refused"),
    # Empty values.
    "required_added": E(B, C, B, "required_removed", "empty values are refused"),
    "required_removed": E(C, B, D, "required_added", "empty values come where there were none"),
    "null_texts_added": E(B, B, B, "null_texts_removed", "the text counts as empty, also where required"),
    "null_texts_removed": E(B, B, B, "null_texts_added", "the text counts as a value, and is checked"),
    # Identity. Ids of the published records, deletions and replays hang on the key.
    "key_added": E(B, C, B, "key_removed", "rows without a key of their own are refused"),
    "key_removed": E(C, B, B, "key_added", "rows have no identity any more"),
    "key_changed": E(B, B, B, "key_changed", "rows have another identity"),
    "primary_key_enforced": E(B, C, B, "primary_key_relaxed", "rows without a key of their own are refused"),
    "primary_key_relaxed": E(C, B, B, "primary_key_enforced", "the key no longer tells rows apart"),
    "unique_added": E(B, C, B, "unique_removed", "repeated values are refused"),
    "unique_removed": E(C, B, B, "unique_added", "joins on it multiply rows"),
    "unique_relaxed": E(C, B, B, "unique_enforced", "joins on it multiply rows"),
    "foreign_key_added": E(B, C, B, "foreign_key_removed", "rows without their parent are refused"),
    "foreign_key_removed": E(C, B, D, "foreign_key_added", "joins to the parent lose rows"),
    "foreign_key_changed": E(B, B, B, "foreign_key_changed", "it points elsewhere"),
    "decodes_removed": E(C, B, B, "decodes_added", "the decoded column is gone"),
    "decodes_relaxed": E(C, B, B, "decodes_enforced", "the decoded column may be empty where there is text"),
    # Values and counts.
    "enum_added": E(B, C, B, "enum_removed", "other values are refused"),
    "enum_removed": E(C, B, D, "enum_added", "any value may come"),
    "enum_narrowed": E(B, C, B, "enum_widened", "values that were let in are refused"),
    "enum_widened": E(C, B, C, "enum_narrowed", "a reader that lists the values misses the new ones"),
    "enum_changed": E(B, B, B, "enum_changed", "values that were let in are refused"),
    "range_narrowed": E(B, C, B, "range_widened", "values that were let in are refused"),
    "range_widened": E(C, B, C, "range_narrowed", "values beyond the old bounds come"),
    "length_narrowed": E(B, C, B, "length_widened", "texts that were let in are refused"),
    "length_widened": E(C, B, C, "length_narrowed", "a reader with a fixed width cuts texts"),
    "row_count_narrowed": E(B, C, B, "row_count_widened", "loads that passed are refused"),
    "row_count_widened": E(C, B, C, "row_count_narrowed", "loads of another size pass"),
    "row_count_ratio_narrowed": E(B, C, B, "row_count_ratio_widened", "loads that passed are refused"),
    "row_count_ratio_widened": E(C, B, C, "row_count_ratio_narrowed", "larger shifts between loads pass"),
    "invalid_values_narrowed": E(B, C, B, "invalid_values_widened", "values that were let in count as bad"),
    "invalid_values_widened": E(C, B, C, "invalid_values_narrowed", "a reader misses the new values"),
    "duplicate_values_removed": E(C, B, B, "duplicate_values_added", "joins on it multiply rows"),
    "duplicate_values_relaxed": E(C, B, B, "duplicate_values_enforced", "joins on it multiply rows"),
    "pattern_changed": E(B, B, B, "pattern_changed", "whether one pattern holds the other is not decided"),
    # Any rule without a row of its own.
    "rule_added": E(B, C, B, "rule_removed", "rows that passed may be refused"),
    "rule_removed": E(C, B, D, "rule_added", "what it promised may no longer hold"),
    "rule_narrowed": E(B, C, B, "rule_widened", "rows that passed are refused"),
    "rule_widened": E(C, B, D, "rule_narrowed", "what it promised holds in part"),
    "rule_changed": E(B, B, B, "rule_changed", "whether one holds the other is not decided"),
    "rule_enforced": E(B, C, B, "rule_relaxed", "what was warned of is refused"),
    "rule_relaxed": E(C, B, D, "rule_enforced", "what was refused is only warned of"),
    # A rule of a kind that is not known here: nobody weighed what its absence costs readers.
    "unknown_removed": E(C, B, B, "unknown_added", "what it promised may no longer hold"),
    "unknown_relaxed": E(C, B, B, "unknown_enforced", "what it promised may no longer hold"),
    # Review: a delivery that waits is not refused. Nor are these sets of deliveries.
    "review_added": E(D, C, D, "review_removed", "deliveries wait for a person"),
    "review_removed": E(C, D, D, "review_added", "nobody looks at what was looked at before"),
    "review_changed": E(D, D, D, "review_changed", "other deliveries wait for a person"),
    # Privacy. Not a matter of deliveries at all: what was withheld cannot be taken back once shown.
    "declassified": E(C, B, B, "classified", "values that were masked and withheld are shown", False),
    "classified": E(C, D, D, "declassified", "values are masked, and no store may publish them", False),
    "classification_changed": E(C, D, D, "classification_changed", "handling hangs on the label", False),
    # Life cycle.
    "status_drafted": E(C, B, B, "status_activated", "a draft publishes nothing", False),
    "status_retired": E(B, B, B, "status_activated", "the table is loaded no more", False),
    "status_activated": E(C, C, C, "status_drafted", "what was a draft, or retired, counts", False),
    "status_changed": E(C, C, C, "status_changed", "it tells people, and executes nothing", text=True),
    "id_changed": E(C, D, D, "id_changed", "whatever refers to the contract by its id misses it", False),
    "text_changed": E(C, C, C, "text_changed", "it tells people, and executes nothing", text=True),
    # Whole tables and tenants.
    "table_added": E(C, C, C, "table_removed", "nobody delivered or read it", False),
    "table_removed": E(C, B, B, "table_added", "the table is loaded no more", False),
    "tenant_added": E(C, C, C, "tenant_removed", "nobody delivered or read it", False),
    "tenant_removed": E(C, B, B, "tenant_added", "nothing of the tenant is loaded", False),
    "part_changed": E(B, B, B, "part_changed", "nobody weighed what it does"),
    "unreadable": E(B, B, B, "unreadable", "what the old contract asked cannot be read any more"),
}  # fmt: skip

# A rule that only warns, before and after: it refuses nothing, so it promises nothing.
WARNING = E(C, C, C, "", "it warns, and refuses nothing")

# Kinds of rules whose absence was weighed. `sql` is not among them: nobody can know what it promised.
WEIGHED = frozenset(
    {
        "required", "missing", "unique", "primary_key", "type", "pattern", "enum", "range", "multiple",
        "decimal", "length", "format", "foreign_key", "retention", "row_count", "row_count_ratio",
        "null_values", "missing_values", "invalid_values", "duplicate_values", "freshness", "decodes",
    }
)  # fmt: skip
_OF_RULES = ("added", "removed", "narrowed", "widened", "changed", "enforced", "relaxed")


def effect(kind: str) -> Effect:
    """The row of a kind of change. Kinds of rules that nobody weighed fail closed."""
    if kind in TABLE:
        return TABLE[kind]
    rule, _, event = kind.rpartition("_")
    if event not in _OF_RULES:
        raise KeyError(kind)
    unknown = f"unknown_{event}"
    return TABLE[unknown if rule not in WEIGHED and unknown in TABLE else f"rule_{event}"]


def inverse(kind: str) -> str:
    """The kind of the change that takes this one back; of a rule's kinds `x_added` it is `x_removed`."""
    if kind in TABLE:
        return TABLE[kind].inverse
    rule, _, event = kind.rpartition("_")
    back = TABLE[f"rule_{event}"].inverse.removeprefix("rule")
    return rule + back


def worst(classes: list[Class] | tuple[Class, ...]) -> Class:
    return max(classes, key=CLASSES.index, default="compatible")


def largest(steps: list[Step] | tuple[Step, ...]) -> Step:
    return max(steps, key=STEPS.index, default="none")
