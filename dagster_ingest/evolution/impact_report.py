"""The impact of breaking changes as Markdown, short enough for a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dagster_ingest.evolution.impact import Columns, Downstream, Impact, Shown
from dagster_ingest.evolution.report import plain

LIMIT = 40_000
"""Characters. GitHub takes 65,536 in a comment; the rest of the report needs room too."""
_LISTED = 8
_TENANTS = 12
_NOTHING = "No model reads it: nothing downstream hangs on it."


def impact_markdown(impacts: Sequence[Impact], limit: int = LIMIT) -> str:
    """A section for each group of changes; what does not fit is named in a line each, then counted."""
    if not impacts:
        return ""
    parts = ["## What hangs on the breaking changes", ""]
    room = limit - len(parts[0]) - 200
    left: list[Impact] = []
    for impact in impacts:
        section = _section(impact)
        if left or len(section) > room:
            left.append(impact)
        else:
            parts.append(section)
            room -= len(section) + 1
    if left:
        parts.append(_left_out(left, room))
    return "\n".join(parts).rstrip() + "\n"


def _section(impact: Impact) -> str:
    lines = [f"### `{impact.comparison.title}` · {_what(impact)}", ""]
    lines += [f"- **{plain(change.words)}** ({plain(change.effect.why)})" for change in impact.changes]
    lines.append("")
    if not impact.parts:
        lines += ["No tenant has the contract in force.", ""]
    for part in impact.parts:
        lines += _part(impact, part)
    return "\n".join(lines)


def _what(impact: Impact) -> str:
    if not impact.columns:
        return "the whole table"
    return _list([f"`{name}`" for name in impact.columns], _LISTED)


def _part(impact: Impact, part: Downstream) -> list[str]:
    rows = [
        ("tenants", _tenants(part)),
        ("owners", _owners(impact, part)),
    ]
    if part.unread:
        rows.append(("downstream", f"**{_NOTHING}**"))
    elif part.unknown:
        rows.append(("downstream", f"**Not known**, so everything counts as affected: {plain(part.unknown)}"))
        rows += (
            [("published", _list([shown.reader for shown in part.stores], _LISTED))] if part.stores else []
        )
    else:
        rows += _downstream(part)
    table = ["| | |", "|---|---|", *(f"| {name} | {text} |" for name, text in rows), ""]
    return [*table, *_details(part)]


def _downstream(part: Downstream) -> list[tuple[str, str]]:
    rows = [("columns made of it", _list(_by_table(part.values), _LISTED) or "none")]
    if part.choices:
        rows.append(("columns it decides over", _totals(part.choices)))
    if part.rows:
        rows.append(("rows it decides over", _list(_tables(part.rows), _LISTED)))
    if part.follows:
        rows.append(("rows that follow", f"in {_counted(len(part.follows), 'further table')}"))
    stores = "<br>".join(_store(shown) for shown in part.stores)
    rows.append(("published", stores or "nothing of it"))
    if part.unresolved:
        told = _list(_tables(part.unresolved), _LISTED)
        rows.append(("not understood", f"{told}: every column in reach was counted there"))
    return rows


def _store(shown: Shown) -> str:
    text = _list([f"`{place}` ({_list(names, 4)})" for place, names in shown.fields], _LISTED)
    text = f"{shown.reader}: {text or 'no field is made of it'}"
    if shown.others:
        text += f"; rows or ids in {_list([f'`{place}`' for place in shown.others], 4)}"
    return text


def _details(part: Downstream) -> list[str]:
    """The lists that a table has no room for."""
    lists = [
        (f"Made of it: {_totals(part.values)}", _by_table(part.values)[_LISTED:] and _by_table(part.values)),
        (f"It decides over {_totals(part.choices)}", _by_table(part.choices)),
        (f"Rows follow in {_counted(len(part.follows), 'further table')}", _tables(part.follows)),
        ("All tenants", part.tenants[_TENANTS:] and [_tenant(*each) for each in part.tenants]),
    ]
    found = []
    for name, entries in lists:
        if entries:
            found += [f"<details><summary>{name}</summary>", "", _list(entries, 100), "", "</details>", ""]
    return found


def _left_out(impacts: Sequence[Impact], room: int) -> str:
    """One line for each impact as long as there is room."""
    lines = ["### Further breaking changes", ""]
    for place, impact in enumerate(impacts):
        tenants = {name for part in impact.parts for name, _ in part.tenants}
        unread = impact.parts and all(part.unread for part in impact.parts)
        told = "no model reads it" if unread else _counted(len(tenants), "tenant")
        line = f"- `{impact.comparison.title}` · {_what(impact)}: {told}"
        room -= len(line) + 1
        if room < 0:
            lines.append(f"- and {len(impacts) - place} more")
            break
        lines.append(line)
    return "\n".join(lines)


def _tenants(part: Downstream) -> str:
    return _list([_tenant(*each) for each in part.tenants], _TENANTS)


def _tenant(name: str, states: tuple[str, ...]) -> str:
    return f"{name} ({_list(states, 12)})" if states else name


def _owners(impact: Impact, part: Downstream) -> str:
    told = _list([plain(owner) for owner in part.owners], _TENANTS) or "nobody"
    return f"{told}; of the contract: {plain(impact.owner)}" if impact.owner else told


def _by_table(listed: Columns) -> list[str]:
    return [f"`{layer}.{table}` ({_list(names, 40)})" for layer, table, names in listed]


def _totals(listed: Columns) -> str:
    columns = sum(len(names) for _, _, names in listed)
    return f"{_counted(columns, 'column')} of {_counted(len(listed), 'table')}"


def _tables(tables: Iterable[tuple[str, str]]) -> list[str]:
    return [f"`{layer}.{table}`" for layer, table in tables]


def _list(entries: Sequence[str], most: int) -> str:
    shown = ", ".join(entries[:most])
    return f"{shown} and {len(entries) - most} more" if len(entries) > most else shown


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")
