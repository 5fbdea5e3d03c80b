"""ODCS `relationships` as foreign keys between the tables of a source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dagster_ingest.naming import column_name, is_name
from dagster_ingest.spec.contract import Column
from dagster_ingest.spec.draft import Draft
from dagster_ingest.spec.problem import Loc, shown

_ELSEWHERE = re.compile(r"\.(?:ya?ml|json)#|#/|://")
_GRADES = ("error", "warn", "review")


def names_of(document: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Ids of the document's tables to {"": name, property id: heading}, for references by id."""
    return {
        table["id"]: {
            "": str(table.get("name")),
            **{p["id"]: str(p.get("name")) for p in table.get("properties") or () if p.get("id")},
        }
        for table in document.get("schema") or ()
        if table.get("id")
    }


def relationship(draft: Draft, item: Mapping[str, Any], loc: Loc, column: Column | None = None) -> None:
    """A foreign key. `column`: the property it stands at; left out at the table, where `from` names it."""
    kind = item.get("type", "foreignKey")
    if kind != "foreignKey":
        allowed = ("foreignKey",)
        draft.refuse((*loc, "type"), f"a relationship cannot be {kind!r}", value=kind, allowed=allowed)
        return
    custom = draft.custom(item.get("customProperties"), loc, {"severity": lambda v: v in _GRADES})
    if column is not None and item.get("from") is not None:
        draft.refuse((*loc, "from"), "'from' is the property itself", fix="leave it out", on_key=True)
    sources: list[Column | None] = [column] if column else _from(draft, item, loc)
    targets = item["to"] if isinstance(item.get("to"), list) else [item.get("to")]
    pairs = [_target(draft, text, (*loc, "to")) for text in targets]
    columns = [c for c in sources if c is not None]
    known = [p for p in pairs if p is not None]
    if len(columns) < len(sources) or len(known) < len(pairs):
        return
    if len(columns) != len(known) or len({table for table, _ in known}) != 1:
        draft.refuse(loc, "'from' and 'to' name the same number of columns, 'to' of one table")
        return
    fields = tuple(c.field for c in columns)
    params = {"table": known[0][0], "columns": [name for _, name in known]}
    draft.rule("foreign_key", fields, params, loc, severity=custom.get("severity", "error"))


def _from(draft: Draft, item: Mapping[str, Any], loc: Loc) -> list[Column | None]:
    listed = item.get("from")
    names = listed if isinstance(listed, list) else [listed]
    return [_source(draft, name, (*loc, "from")) for name in names]


def _source(draft: Draft, name: Any, loc: Loc) -> Column | None:
    """A column of this table: `COLUMN`, `table.COLUMN` or `schema/ID/properties/ID`."""
    own = f"{draft.table}."
    plain = name.removeprefix(own) if isinstance(name, str) else name
    if isinstance(name, str) and name.strip("/").startswith("schema/") and plain not in draft.by_heading:
        found = _by_id(draft, name, loc)
        if found is None:
            return None
        if found[0] != draft.table:
            draft.refuse(loc, f"{shown(name)} is a column of {found[0]!r}, not of this table", value=name)
            return None
        return draft.heading(found[1], loc)
    return draft.heading(plain, loc)


def _target(draft: Draft, text: Any, loc: Loc) -> tuple[str, str] | None:
    """(table, raw column) of `table.COLUMN` or of `schema/ID/properties/ID`."""
    if isinstance(text, str) and _ELSEWHERE.search(text):
        fix = "a contract of another file is reached by its table, loaded by the same source: table.COLUMN"
        draft.refuse(loc, f"{shown(text)} points into another file", value=text, fix=fix)
        return None
    if isinstance(text, str) and "/" in text.partition(".")[0]:
        found = _by_id(draft, text, loc)
        return (found[0], column_name(found[1])) if found else None
    table, _, heading = text.partition(".") if isinstance(text, str) else ("", "", "")
    if is_name(table) and heading.strip():
        return table, column_name(heading)
    fix = "write table.COLUMN, a table of the same source"
    draft.refuse(loc, f"{shown(text)} names no column", value=text, fix=fix)
    return None


def _by_id(draft: Draft, text: str, loc: Loc) -> tuple[str, str] | None:
    """(table, heading) of a fully qualified reference. Ids are known of this document's tables only."""
    parts = text.strip("/").split("/")
    fix = "write table.COLUMN, or give the table and the property an `id` in this file"
    if len(parts) != 4 or (parts[0], parts[2]) != ("schema", "properties"):
        draft.refuse(loc, f"{shown(text)} is not schema/ID/properties/ID", value=text, fix=fix)
        return None
    table = draft.names.get(parts[1], {})
    if parts[3] and parts[3] in table:
        return table[""], table[parts[3]]
    if table:
        problem, known = f"the table {parts[1]!r} has no property with the id {parts[3]!r}", set(table) - {""}
        draft.refuse(loc, problem, value=parts[3], allowed=sorted(known), fix=fix)
    else:
        problem = f"no table of this file has the id {parts[1]!r}"
        draft.refuse(loc, problem, value=parts[1], allowed=sorted(draft.names), fix=fix)
    return None
