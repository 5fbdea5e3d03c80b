"""Changes of a contract with their expected classes, forwards and backwards.

A case is two contracts of the table `service`, each given by what differs from COLUMNS, and what is
expected each way: `kind WRO`, where W, R and O are the class for writers, for readers and overall:
C compatible, D conditional, B breaking.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

COLUMNS: dict[str, dict[str, Any]] = {
    "ID": {"required": True, "primaryKey": True, "primaryKeyPosition": 1},
    "AGENCY_ID": {"required": True},
    "NAME": {"description": "Name"},
    "FEES": {"description": "Fees"},
    "STATUS": {},
    "UPDATED": {},
}
GONE: Any = None
CLASSES = {"C": "compatible", "D": "conditional", "B": "breaking"}


@dataclass(frozen=True)
class Side:
    """columns: heading to what is laid over COLUMNS: a property, GONE, or (new heading, property) in its
    place; table, head: keys of those."""

    columns: dict[str, Any] = field(default_factory=dict)
    table: dict[str, Any] = field(default_factory=dict)
    head: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        columns = copy.deepcopy(COLUMNS)
        for name, prop in self.columns.items():
            if prop is GONE:
                del columns[name]
            elif isinstance(prop, tuple):
                columns = {
                    prop[0] if n == name else n: prop[1] if n == name else p for n, p in columns.items()
                }
            else:
                columns[name] = {**columns.get(name, {}), **prop}
        table = {"name": "service", "properties": [{"name": n, **p} for n, p in columns.items()]}
        return {
            "kind": "DataContract", "apiVersion": "v3.1.0", "id": "vendor-service", "version": "1.0.0",
            "schema": [{**table, **self.table}], **self.head,
        }  # fmt: skip


@dataclass(frozen=True)
class Case:
    name: str
    old: Side
    new: Side
    forwards: tuple[str, ...]
    backwards: tuple[str, ...]


def column(**columns: Any) -> Side:
    return Side(columns)


def options(kind: str, **given: Any) -> dict[str, Any]:
    return {"logicalType": kind, "logicalTypeOptions": given}


def custom(**given: Any) -> dict[str, Any]:
    return {"customProperties": [{"property": k, "value": v} for k, v in given.items()]}


def invalid(severity: str = "error", **arguments: Any) -> dict[str, Any]:
    metric = {"metric": "invalidValues", "arguments": arguments, "mustBe": 0, "severity": severity}
    return {"quality": [metric]}


def described(words: str, **arguments: Any) -> dict[str, Any]:
    return {"quality": [{**invalid(**arguments)["quality"][0], "description": words}]}


def together(*columns: str) -> Side:
    metric = {"metric": "duplicateValues", "mustBe": 0, "severity": "error"}
    return Side(table={"quality": [{**metric, "arguments": {"properties": list(columns)}}]})


def metric(name: str, severity: str = "error", **given: Any) -> dict[str, Any]:
    return {"quality": [{"metric": name, "severity": severity, **given}]}


def sql(query: str) -> Side:
    rule = {"type": "sql", "id": "open_ones", "query": query, "mustBe": 0, "severity": "error"}
    return Side(table={"quality": [rule]})


def age(days: int, name: str = "latency") -> Side:
    asked = {"property": name, "value": days, "unit": "d", "element": "service.UPDATED"}
    return Side({"UPDATED": TIMESTAMP}, head={"slaProperties": [{**asked, **custom(severity="error")}]})


def review(value: Any) -> Side:
    return Side(table=custom(review=value))


def rows(severity: str = "error", **bounds: Any) -> Side:
    return Side(table={"quality": [{"metric": "rowCount", "severity": severity, **bounds}]})


def ratio(**bounds: Any) -> Side:
    body = {"rule": "row_count_ratio", **bounds}
    custom_rule = {"type": "custom", "engine": "dagster-ingest", "implementation": body}
    return Side(table={"quality": [custom_rule]})


def parent(*targets: str, severity: str = "error") -> Side:
    relations = [{"from": "service.AGENCY_ID", "to": to, **custom(severity=severity)} for to in targets]
    return Side(table={"relationships": relations})


def case(name: str, old: Side, new: Side, forwards: str, backwards: str) -> Case:
    def split(text: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())

    return Case(name, old, new, split(forwards), split(backwards))


BASE = Side()
ABC, AB, CD = ["A", "B", "C"], ["A", "B"], ["C", "D"]
KEY = {"primaryKey": True, "primaryKeyPosition": 2}
NO_KEY = {"primaryKey": False, "required": True, "primaryKeyPosition": -1}
MUST = custom(optional=False)
TEXT, INTEGER, NUMBER = {"logicalType": "string"}, {"logicalType": "integer"}, {"logicalType": "number"}
BOOLEAN, DATE, TIMESTAMP = {"logicalType": "boolean"}, {"logicalType": "date"}, {"logicalType": "timestamp"}
REQUIRED, UNIQUE, PRIVATE = {"required": True}, {"unique": True}, {"classification": "private"}
WARN = custom(severity="warn")
FEES = {"description": "Fees"}

CORPUS = (
    # Columns
    case("an optional column", BASE, column(WEB={}), "column_added CCC", "column_removed CBB"),
    case("an optional column with a type", BASE, column(BORN=DATE), "column_added_checked DCC",
         "column_removed CBB"),
    case("an optional column that only warns", BASE, column(CODE=invalid("warn", validValues=AB)),
         "column_added CCC", "column_removed CBB"),
    case("a column whose heading must be there", BASE, column(WEB=MUST), "column_added_required BCB",
         "column_removed CBB"),
    case("a required column", BASE, column(WEB=REQUIRED), "column_added_required BCB",
         "column_removed CBB"),
    case("two columns at once", BASE, column(WEB={}, FAX=REQUIRED),
         "column_added CCC, column_added_required BCB", "column_removed CBB, column_removed CBB"),
    case("a declared rename", BASE, column(FEES=("COST", {**FEES, **custom(was="FEES")})),
         "column_renamed BBB", "column_renamed BBB"),
    case("a declared rename that resembles nothing", BASE,
         column(NAME=("Q7", {"description": "Words", **custom(was="NAME")})),
         "column_renamed BBB, text_changed CCC", "column_renamed BBB, text_changed CCC"),
    case("what a column was in the major before", BASE, column(FEES={**FEES, **custom(was="COST")}),
         "was_changed CDD", "was_changed CDD"),
    case("without its private column", column(STAFF=PRIVATE), BASE, "column_removed CBB", "column_added CCC"),
    case("a rename by its likeness", BASE, column(FEES=("FEES_TEXT", FEES)), "column_renamed BBB",
         "column_renamed BBB"),
    case("a rename with a narrowed type", BASE,
         column(UPDATED=("LAST_UPDATED", {**DATE, **custom(was="UPDATED")})),
         "column_renamed BBB, type_narrowed BCB", "column_renamed BBB, type_widened CBD"),
    case("one column for an unlike one", BASE, column(FEES=("LONGITUDE", NUMBER)),
         "column_removed CBB, column_added_checked DCC", "column_removed CBB, column_added CCC"),
    case("another spelling of a heading", BASE, column(FEES=("Fees", FEES)), "heading_changed CCC",
         "heading_changed CCC"),
    case("the order of columns", BASE, Side({"NAME": GONE, "Name": {"description": "Name"}}),
         "heading_changed CCC, column_order CCC", "heading_changed CCC, column_order CCC"),
    case("a heading that must be there", BASE, column(NAME=MUST), "presence_required BCB",
         "presence_relaxed CDD"),
    case("what a column is for", BASE, column(NAME={"description": "What it is called"}),
         "text_changed CCC", "text_changed CCC"),
    case("tags of a column", BASE, column(NAME={"tags": ["hsds"]}), "text_changed CCC", "text_changed CCC"),
    # Types
    case("text to integer", BASE, column(FEES=INTEGER), "type_narrowed BCB", "type_widened CBD"),
    case("text to number", BASE, column(FEES=NUMBER), "type_narrowed BCB", "type_widened CBD"),
    case("text to boolean", BASE, column(FEES=BOOLEAN), "type_narrowed BCB", "type_widened CBD"),
    case("text to date", BASE, column(FEES=DATE), "type_narrowed BCB", "type_widened CBD"),
    case("number to integer", column(FEES=NUMBER), column(FEES=INTEGER), "type_narrowed BCB",
         "type_widened CBD"),
    case("timestamp to date", column(UPDATED=TIMESTAMP), column(UPDATED=DATE), "type_narrowed BCB",
         "type_widened CBD"),
    case("date in a format of its own to ISO timestamp",
         column(UPDATED=options("date", format="MM/dd/yyyy")), column(UPDATED=TIMESTAMP),
         "type_changed BBB", "type_changed BBB"),
    case("integer to date", column(FEES=INTEGER), column(FEES=DATE), "type_changed BBB",
         "type_changed BBB"),
    case("integer to boolean, though 1 is both", column(FEES=INTEGER), column(FEES=BOOLEAN),
         "type_changed BBB", "type_changed BBB"),
    case("a type that only warns", BASE, column(FEES={**INTEGER, **WARN}), "type_narrowed CCC",
         "type_widened CCC"),
    case("a type that is enforced", column(FEES={**INTEGER, **WARN}), column(FEES=INTEGER),
         "type_enforced BCB", "type_relaxed CBD"),
    case("a wider type that is enforced", column(FEES={**INTEGER, **WARN}), column(FEES=NUMBER),
         "type_changed BBB", "type_changed BBB"),
    case("a further date format", column(UPDATED=options("date", format="MM/dd/yyyy")),
         column(UPDATED={"logicalType": "date", **custom(formats=["MM/dd/yyyy", "yyyy-MM-dd"])}),
         "formats_widened CBD", "formats_narrowed BCB"),
    case("another date format", column(UPDATED=DATE), column(UPDATED=options("date", format="MM/dd/yyyy")),
         "formats_changed BBB", "formats_changed BBB"),
    # Empty values
    case("required", BASE, column(NAME=REQUIRED), "presence_required BCB, required_added BCB",
         "presence_relaxed CDD, required_removed CBD"),
    case("required, the heading staying", column(NAME=MUST), column(NAME=REQUIRED), "required_added BCB",
         "required_removed CBD"),
    case("required that only warns", column(NAME=MUST), column(NAME={**REQUIRED, **WARN}),
         "required_added CCC", "required_removed CCC"),
    case("required that is enforced", column(NAME={**REQUIRED, **WARN}), column(NAME=REQUIRED),
         "required_enforced BCB", "required_relaxed CBD"),
    case("a text that counts as empty", BASE, Side(table=custom(nullTexts=["N/A"])), "null_texts_added BBB",
         "null_texts_removed BBB"),
    case("another text that counts as empty", Side(table=custom(nullTexts=["N/A"])),
         Side(table=custom(nullTexts=["-"])), "null_texts_added BBB, null_texts_removed BBB",
         "null_texts_added BBB, null_texts_removed BBB"),
    # Identity
    case("no key any more", BASE, column(ID=NO_KEY), "key_removed CBB", "key_added BCB"),
    case("a key of two columns", BASE, column(AGENCY_ID=KEY), "key_changed BBB", "key_changed BBB"),
    case("another key", BASE, column(ID=NO_KEY, AGENCY_ID={"primaryKey": True}), "key_changed BBB",
         "key_changed BBB"),
    case("unique", BASE, column(NAME=UNIQUE), "unique_added BCB", "unique_removed CBB"),
    case("unique that only warns", BASE, column(NAME={**UNIQUE, **WARN}), "unique_added CCC",
         "unique_removed CCC"),
    case("unique that is enforced", column(NAME={**UNIQUE, **WARN}), column(NAME=UNIQUE),
         "unique_enforced BCB", "unique_relaxed CBB"),
    case("two columns together unique", BASE, together("NAME", "STATUS"), "unique_added BCB",
         "unique_removed CBB"),
    case("a foreign key", BASE, parent("agency.ID"), "foreign_key_added BCB", "foreign_key_removed CBD"),
    case("a foreign key to another table", parent("agency.ID"), parent("organization.ID"),
         "foreign_key_changed BBB", "foreign_key_changed BBB"),
    case("a foreign key that only warns", parent("agency.ID"), parent("agency.ID", severity="warn"),
         "foreign_key_relaxed CBD", "foreign_key_enforced BCB"),
    # Values
    case("an enum", BASE, column(STATUS=invalid(validValues=AB)), "enum_added BCB", "enum_removed CBD"),
    case("a wider enum", column(STATUS=invalid(validValues=AB)), column(STATUS=invalid(validValues=ABC)),
         "enum_widened CBC", "enum_narrowed BCB"),
    case("an enum in another order", column(STATUS=invalid(validValues=AB)),
         column(STATUS=invalid(validValues=AB[::-1])), "", ""),
    case("another enum", column(STATUS=invalid(validValues=ABC)), column(STATUS=invalid(validValues=CD)),
         "enum_changed BBB", "enum_changed BBB"),
    case("a wider enum that only warns", column(STATUS=invalid("warn", validValues=AB)),
         column(STATUS=invalid("warn", validValues=ABC)), "enum_widened CCC", "enum_narrowed CCC"),
    case("an enum that is enforced", column(STATUS=invalid("warn", validValues=AB)),
         column(STATUS=invalid(validValues=AB)), "enum_enforced BCB", "enum_relaxed CBD"),
    case("a range", column(FEES=NUMBER), column(FEES=options("number", minimum=0)), "range_added BCB",
         "range_removed CBD"),
    case("a higher maximum", column(FEES=options("number", minimum=0, maximum=10)),
         column(FEES=options("number", minimum=0, maximum=20)), "range_widened CBC", "range_narrowed BCB"),
    case("no maximum any more", column(FEES=options("number", minimum=0, maximum=10)),
         column(FEES=options("number", minimum=0)), "range_widened CBC", "range_narrowed BCB"),
    case("a range that moves", column(FEES=options("number", minimum=0, maximum=10)),
         column(FEES=options("number", minimum=5, maximum=20)), "range_changed BBB", "range_changed BBB"),
    case("a bound that no longer belongs to it", column(FEES=options("number", minimum=0)),
         column(FEES=options("number", exclusiveMinimum=0)), "range_narrowed BCB", "range_widened CBC"),
    case("an earlier first date", column(UPDATED=options("date", minimum="2020-01-01")),
         column(UPDATED=options("date", minimum="2010-01-01")), "range_widened CBC", "range_narrowed BCB"),
    case("a longer text", column(NAME=options("string", maxLength=10)),
         column(NAME=options("string", maxLength=20)), "length_widened CBC", "length_narrowed BCB"),
    case("a least length", column(NAME=options("string", maxLength=10)),
         column(NAME=options("string", minLength=1, maxLength=10)), "length_narrowed BCB",
         "length_widened CBC"),
    case("a pattern", BASE, column(NAME=options("string", pattern="^[A-Z]+$")), "pattern_added BCB",
         "pattern_removed CBD"),
    case("another pattern, wider as a person can see", column(NAME=options("string", pattern="^[A-Z]+$")),
         column(NAME=options("string", pattern="^[A-Z ]+$")), "pattern_changed BBB", "pattern_changed BBB"),
    case("a text format", BASE, column(NAME=options("string", format="email")), "format_added BCB",
         "format_removed CBD"),
    case("another text format", column(NAME=options("string", format="email")),
         column(NAME=options("string", format="uri")), "format_changed BBB", "format_changed BBB"),
    # Counts
    case("a floor for rows", BASE, rows(mustBeGreaterOrEqualTo=1), "row_count_added BCB",
         "row_count_removed CBD"),
    case("empty deliveries", BASE, rows(mustBeGreaterOrEqualTo=0), "row_count_changed BBB",
         "row_count_changed BBB"),
    case("a lower floor for rows", rows(mustBeGreaterOrEqualTo=100), rows(mustBeGreaterOrEqualTo=1),
         "row_count_widened CBC", "row_count_narrowed BCB"),
    case("a floor for rows that only warns", rows(mustBeGreaterOrEqualTo=1),
         rows("warn", mustBeGreaterOrEqualTo=1), "row_count_relaxed CBD", "row_count_enforced BCB"),
    case("a lower share of the last load", ratio(min=0.8), ratio(min=0.5), "row_count_ratio_widened CBC",
         "row_count_ratio_narrowed BCB"),
    # Rules beside these
    case("fewer empty values", column(NAME=metric("nullValues", mustBeLessThan=20)),
         column(NAME=metric("nullValues", mustBeLessThan=10)), "null_values_narrowed BCB",
         "null_values_widened CBD"),
    case("none or fewer", column(NAME=metric("nullValues", mustBeLessThan=10)),
         column(NAME=metric("nullValues", mustBeLessOrEqualTo=10)), "null_values_widened CBD",
         "null_values_narrowed BCB"),
    case("rows or percent", column(NAME=metric("nullValues", mustBeLessThan=10)),
         column(NAME=metric("nullValues", mustBeLessThan=10, unit="percent")), "null_values_changed BBB",
         "null_values_changed BBB"),
    case("more known values under a threshold",
         column(STATUS=metric("invalidValues", arguments={"validValues": AB}, mustBeLessThan=5)),
         column(STATUS=metric("invalidValues", arguments={"validValues": ABC}, mustBeLessThan=5)),
         "invalid_values_widened CBC", "invalid_values_narrowed BCB"),
    case("some duplicates at most", BASE, column(NAME=metric("duplicateValues", mustBeLessThan=5)),
         "duplicate_values_added BCB", "duplicate_values_removed CBB"),
    case("duplicates that are only warned of", column(NAME=metric("duplicateValues", mustBeLessThan=5)),
         column(NAME=metric("duplicateValues", mustBeLessThan=5, severity="warn")),
         "duplicate_values_relaxed CBB", "duplicate_values_enforced BCB"),
    case("a query", BASE, sql("select count(*) from {table} where STATUS is null"), "sql_added BCB",
         "sql_removed CBB"),
    case("another query", sql("select count(*) from {table} where STATUS is null"),
         sql("select count(*) from {table} where NAME is null"), "sql_changed BBB", "sql_changed BBB"),
    case("a width", column(FEES=options("integer", format="i32")), column(FEES=INTEGER),
         "type_widened CBD", "type_narrowed BCB"),
    case("coarser multiples", column(FEES=options("number", multipleOf=0.1)),
         column(FEES=options("number", multipleOf=0.5)), "multiple_narrowed BCB", "multiple_widened CBD"),
    case("more digits", column(FEES={**NUMBER, "physicalType": "decimal(8,2)"}),
         column(FEES={**NUMBER, "physicalType": "decimal(10,2)"}), "decimal_widened CBD",
         "decimal_narrowed BCB"),
    case("digits that move behind the point", column(FEES={**NUMBER, "physicalType": "decimal(8,2)"}),
         column(FEES={**NUMBER, "physicalType": "decimal(8,4)"}), "decimal_changed BBB",
         "decimal_changed BBB"),
    case("data may be older", age(1), age(2), "freshness_widened CBD", "freshness_narrowed BCB"),
    case("rows are kept longer", age(100, "retention"), age(200, "retention"), "retention_widened CBD",
         "retention_narrowed BCB"),
    # Review
    case("a review", BASE, review("required"), "review_added DCD", "review_removed CDD"),
    case("another review", review({"removed_above": 0.05}), review({"removed_above": 0.1}),
         "review_changed DDD", "review_changed DDD"),
    # Privacy
    case("a column that becomes private", BASE, column(NAME=PRIVATE), "classified CDD", "declassified CBB"),
    case("another label, no more private", column(NAME={"classification": "public"}),
         column(NAME={"classification": "internal"}), "classification_changed CDD",
         "classification_changed CDD"),
    # The document
    case("what the table is for", BASE, Side(table={"description": "Services"}), "text_changed CCC",
         "text_changed CCC"),
    case("what a rule is for", column(STATUS=invalid(validValues=AB)),
         column(STATUS=described("Known words", validValues=AB)),
         "text_changed CCC", "text_changed CCC"),
    case("a draft", BASE, Side(head={"status": "draft"}), "status_drafted CBB", "status_activated CCC"),
    case("a retired contract", BASE, Side(head={"status": "retired"}), "status_retired BBB",
         "status_activated CCC"),
    case("in use", Side(head={"status": "proposed"}), Side(head={"status": "active"}),
         "status_changed CCC", "status_changed CCC"),
    case("another id", BASE, Side(head={"id": "vendor-services"}), "id_changed CDD", "id_changed CDD"),
)  # fmt: skip
