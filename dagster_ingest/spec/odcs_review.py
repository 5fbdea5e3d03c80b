"""The custom property `review` of a table: when a candidate waits for a person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dagster_ingest.spec.contract import Review
from dagster_ingest.spec.draft import Draft, is_number, is_texts
from dagster_ingest.spec.problem import Loc, shown
from dagster_ingest.spec.texts import DURATION, WORDS, minutes

_SHARES = ("removed_above", "added_above", "changed_above")
_KEYS = (*_SHARES, "columns", "expires")


def is_review(value: Any) -> bool:
    return value == "required" or (isinstance(value, dict) and bool(value))


def compile_review(draft: Draft, value: Any, loc: Loc) -> Review | None:
    """What the table and its rules ask for, together. None where nothing asks for a person."""
    rules = tuple(draft.review)
    if value is None:
        return Review(rules=rules) if rules else None
    if value == "required":
        return Review(always=True, rules=rules)
    where = (*loc, "customProperties")
    for key in value.keys() - set(_KEYS):
        draft.refuse(where, f"a review cannot ask for {key!r}", value=key, allowed=_KEYS, on_key=True)
    shares = {key: value[key] for key in _SHARES if key in value}
    for key, share in shares.items():
        if not is_number(share) or not 0 <= share <= 1:
            draft.refuse(where, f"{key!r} is not a share between 0 and 1", value=share, on_key=True)
            return None
    if (shares or "columns" in value) and not draft.keys:
        fix = "mark the key columns `primaryKey: true`, or write `value: required`"
        draft.refuse(where, "changes can only be seen by a primary key", fix=fix, on_key=True)
    columns = _columns(draft, value, where)
    expires = value.get("expires", "7d")
    if not isinstance(expires, str) or not re.fullmatch(DURATION, expires):
        draft.refuse(
            where, f"'expires' cannot be {shown(expires)}", fix=f"give {WORDS[DURATION]}", on_key=True
        )
        return None
    always = not shares and not columns and not rules
    return Review(always, columns=columns, rules=rules, expires=minutes(expires), **shares)


def _columns(draft: Draft, value: Mapping[str, Any], loc: Loc) -> tuple[str, ...]:
    names = value.get("columns", [])
    if not is_texts(names):
        draft.refuse(loc, "'columns' of a review is a list of headings", value=names, on_key=True)
        return ()
    found = [draft.heading(name, loc) for name in names]
    return tuple(column.field for column in found if column)
