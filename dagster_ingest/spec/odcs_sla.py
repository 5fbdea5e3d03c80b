"""ODCS `slaProperties`: what can be asked of a delivery becomes a rule; the rest is refused or for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster_ingest.spec.contract import Column
from dagster_ingest.spec.draft import Draft, Grade, is_count, is_number
from dagster_ingest.spec.odcs_keys import REFUSED
from dagster_ingest.spec.problem import Loc, shown

# The standard's synonyms; words are compared without regard to case.
_SYNONYMS = {
    "ly": "latency", "freshness": "latency", "fr": "latency", "re": "retention", "ga": "generalavailability",
    "es": "endofsupport", "el": "endoflife", "fy": "frequency", "av": "availability", "th": "throughput",
    "er": "errorrate", "td": "timetodetect", "tn": "timetonotify", "tr": "timetorepair",
    "rowcount": "volume",
}  # fmt: skip
# Promises of people, or dates of the contract itself: no delivery can break them.
DOCUMENTATION = {
    "generalavailability": "since when the data is offered",
    "endofsupport": "until when somebody answers",
    "endoflife": "until when the data is offered",
    "timetodetect": "how soon people notice a fault",
    "timetonotify": "how soon people are told",
    "timetorepair": "how soon people mend it",
}
INSTEAD = {
    "frequency": "set `schedule` or `freshness` in tenant.yaml: they say how often a table is loaded",
    "timeofavailability": "set `schedule` and `freshness` in tenant.yaml",
    "availability": "nothing here serves the data; put it into `description`",
    "throughput": "nothing here serves the data; put it into `description`",
    "errorrate": "set `policy: {on_reject: quarantine, max_share: 0.01}` for the table in tenant.yaml",
}
_SPELLED = (
    "generalAvailability", "endOfSupport", "endOfLife", "timeToDetect", "timeToNotify", "timeToRepair",
)  # fmt: skip
EXECUTED = ("latency", "retention", "volume")
_MINUTES = {"s": 1 / 60, "min": 1, "h": 60, "d": 1440, "w": 7 * 1440, "mo": 30 * 1440, "y": 365 * 1440}
_UNITS = {
    "s": "s", "sec": "s", "second": "s", "seconds": "s", "min": "min", "minute": "min", "minutes": "min",
    "h": "h", "hr": "h", "hour": "h", "hours": "h", "d": "d", "day": "d", "days": "d", "w": "w", "week": "w",
    "weeks": "w", "mo": "mo", "month": "mo", "months": "mo", "y": "y", "yr": "y", "year": "y", "years": "y",
}  # fmt: skip
_SEVERITY = {"severity": lambda value: value in ("error", "warn", "review")}


def compile_sla(draft: Draft, document: Mapping[str, Any], tables: tuple[str, ...]) -> None:
    """Add the rules that the document's slaProperties make for this table. `tables`: all of the file."""
    for index, item in enumerate(document.get("slaProperties") or ()):
        _one(draft, item, ("slaProperties", index), document.get("slaDefaultElement"), tables)


def _one(
    draft: Draft, item: Mapping[str, Any], loc: Loc, default: str | None, tables: tuple[str, ...]
) -> None:
    for key, why in REFUSED["ServiceLevelAgreementProperty"].items():
        if item.get(key) is not None:
            draft.refuse((*loc, key), f"{key!r} cannot be executed", fix=why, on_key=True)
    said = item.get("property")
    word = said.lower() if isinstance(said, str) else ""
    word = _SYNONYMS.get(word, word)
    if word in DOCUMENTATION:
        draft.custom(item.get("customProperties"), loc, {})
        return
    if word not in EXECUTED:
        problem = f"the SLA property {shown(said)} cannot be executed"
        allowed = (*EXECUTED, *_SPELLED)
        draft.refuse((*loc, "property"), problem, value=said, allowed=allowed, fix=INSTEAD.get(word))
        return
    custom = draft.custom(item.get("customProperties"), loc, _SEVERITY)
    grade: Grade = custom.get("severity", "warn" if word == "retention" else "error")
    if word == "volume":
        _volume(draft, item, loc, grade, tables)
        return
    if item.get("valueExt") is not None:
        draft.refuse((*loc, "valueExt"), f"{said!r} has one value", fix="leave it out", on_key=True)
    minutes = _minutes(draft, item, loc)
    columns = _elements(draft, item.get("element") or default, word, loc, tables)
    if minutes is None:
        return
    for column in columns:
        if column.type not in ("date", "timestamp"):
            problem = f"{column.name!r} is no date or timestamp but a {column.type}"
            fix = "set its logicalType and format, or name another column"
            draft.refuse((*loc, "element"), problem, value=item.get("element"), fix=fix)
            continue
        kind = "freshness" if word == "latency" else "retention"
        where = (*loc, "property")
        draft.rule(kind, (column.field,), {"minutes": minutes}, where, severity=grade, quality=_words(item))


def _volume(draft: Draft, item: Mapping[str, Any], loc: Loc, grade: Grade, tables: tuple[str, ...]) -> None:
    """Rows of a table: `value` at least, `valueExt` at most."""
    if item.get("unit") not in (None, "rows", "row", "records"):
        draft.refuse((*loc, "unit"), "the unit must be rows", value=item["unit"], allowed=("rows",))
        return
    element = item.get("element")
    if element is None and len(tables) > 1:
        draft.refuse(loc, "the file has several tables", fix="name one as the `element`", on_key=True)
        return
    if element not in (None, draft.table):
        if element not in tables:
            problem = f"there is no table {shown(element)} in this file"
            draft.refuse((*loc, "element"), problem, value=element, allowed=tables)
        return
    said = {"min": item.get("value"), "max": item.get("valueExt")}
    bounds: dict[str, Any] = {key: value for key, value in said.items() if value is not None}
    if not all(is_count(value) for value in bounds.values()) or "min" not in bounds:
        draft.refuse((*loc, "value"), "a volume is a count of rows", value=item.get("value"))
    elif bounds.get("max", bounds["min"]) < bounds["min"]:
        draft.refuse((*loc, "valueExt"), "no count could be in bounds", value=item.get("valueExt"))
    else:
        draft.rule("row_count", (), bounds, (*loc, "property"), severity=grade, quality=_words(item))


def _minutes(draft: Draft, item: Mapping[str, Any], loc: Loc) -> float | None:
    value: Any = item.get("value")
    unit = item.get("unit")
    if not is_number(value) or value <= 0:
        draft.refuse((*loc, "value"), "the value is not a number above 0", value=value)
        return None
    name = _UNITS.get(unit.strip().lower()) if isinstance(unit, str) else None
    if name is None:
        fix = "write min for minutes or mo for months" if unit in ("m", "M") else None
        where = (*loc, "unit") if unit is not None else loc
        draft.refuse(where, f"{shown(unit)} is no unit of time", value=unit, allowed=sorted(_UNITS), fix=fix)
        return None
    minutes = value * _MINUTES[name]
    return int(minutes) if minutes == int(minutes) else minutes


def _elements(draft: Draft, text: str | None, word: str, loc: Loc, tables: tuple[str, ...]) -> list[Column]:
    """Columns of this table among `TABLE.COLUMN, COLUMN`; those of the file's other tables are theirs."""
    if not text:
        fix = "name a column of dates as `element: TABLE.COLUMN`"
        if word == "latency":
            fix += ", or leave it to `freshness` in tenant.yaml, which asks when it was last loaded"
        draft.refuse(loc, f"{word!r} needs an element to look at", fix=fix, on_key=True)
        return []
    found = []
    for part in (part.strip() for part in text.split(",")):
        table, dot, heading = part.partition(".")
        if dot and table in tables:
            if table == draft.table and (column := draft.heading(heading, (*loc, "element"))):
                found.append(column)
        elif len(tables) > 1:
            problem, fix = f"{part!r} names no table of this file", "write TABLE.COLUMN"
            draft.refuse((*loc, "element"), problem, value=part, allowed=tables, fix=fix)
        elif column := draft.heading(part, (*loc, "element")):
            found.append(column)
    return found


def _words(item: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"description": item.get("description")}
