"""dbt_elt's part of a new system as texts: sources, the entities macro, stubs of the entities that match."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from dagster_ingest.evolution.yamltext import comment
from dagster_ingest.naming import column_name
from dagster_ingest.scaffold.drafted import Drafted
from dagster_ingest.scaffold.stubs import Part, Stubs
from dagster_ingest.scaffold.system import TODO


def model_files(stubs: Stubs) -> dict[str, str]:
    """Path in the project to text."""
    system = stubs.system
    models, macros = f"dbt_elt/models/{system}", f"dbt_elt/macros/{system}"
    parts = {entity: [part for part in stubs.parts if part.entity == entity] for entity in stubs.entities}
    return {
        f"{macros}/entities.sql": _entities(system, stubs.entities),
        f"{models}/sources.yml": _sources(system, stubs.tables, stubs.used),
        **{f"{models}/{system}__{entity}.sql": _model(system, parts[entity]) for entity in parts},
    }


def _model(system: str, parts: Sequence[Part]) -> str:
    first = f"{TODO}: a stub, guessed from headings. Read every line of it, then take this one out."
    said = dict.fromkeys([first, *(text for part in parts for text in part.todo)])
    lines = [*map(_remark, said), f"{{{{ config(materialized='ephemeral', tags=['system:{system}']) }}}}"]
    return "\n".join([*lines, "\nunion all\n".join(_select(system, part) for part in parts)]) + "\n"


def _select(system: str, part: Part) -> str:
    columns = "".join(f"    '{name}': {_jinja(text)},\n" for name, text in part.columns.items())
    inner = "".join(f"    {sql} as {name},\n" for name, sql in part.inner.items())
    key = _quoted(part.source_key)
    where = part.where + (" and false" if part.held else "")
    return (
        f"select\n  {{{{ entity_row('{part.entity}', '{system}', '{part.source_table}', {key}, {{\n"
        f"{columns}  }}) }}}}\nfrom (\n  select\n{inner}    _state,\n    _load_id\n"
        f"  from {{{{ raw_rows('{system}', '{part.table}') }}}} as r\n) as {part.table}_rows\n"
        f"where {where}"
    )


def _entities(system: str, entities: Sequence[str]) -> str:
    names = ", ".join(f"'{entity}'" for entity in entities)
    lines = [_remark(f"The entities that {system} fills: a model {system}__<entity> each.")]
    for entity in ("organization", "service", "location"):
        if entity not in entities:
            said = f"no table looks like the {entity}s of HSDS; without them little is published."
            lines.append(_remark(f"{TODO}: {said}"))
    lines += [f"{{% macro {system}__entities() %}}", f"  {{{{ return([{names}]) }}}}", "{% endmacro %}"]
    return "\n".join(lines) + "\n"


def _sources(system: str, tables: Sequence[Drafted], used: Mapping[str, Mapping[str, str]]) -> str:
    lines = [
        "version: 2",
        "",
        "# Only these columns are ever read: add what a model needs, and nothing more.",
    ]
    lines += ["", "sources:", f"  - name: {system}", "    schema: raw", "    tables:"]
    for table in tables:
        lines += [f"      - name: {table.table}", f"        identifier: {system}_{table.table}"]
        lines += ["        columns:"]
        read = used.get(table.table) or {column_name(table.key or table.headings[0]): ""}
        for raw, why in read.items():
            lines.append(f"          - {{name: {raw}}}" + (f"   # {why}" if why else ""))
        rest = [heading for heading in table.headings if column_name(heading) not in read]
        if rest:
            lines += comment(f"not read: {', '.join(rest)}", 10)
    return "\n".join(lines) + "\n"


def _remark(text: str) -> str:
    """A comment of Jinja's, whatever headings are in it."""
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return "{# " + re.sub(r"[{}#%]", "", plain) + " #}"


def _jinja(text: str) -> str:
    """A SQL text for entity_row; calls of macros stand as they are."""
    return text if text.startswith(("hsds_id(", "phone_number(", "literal(")) else _quoted(text)


def _quoted(text: str) -> str:
    return f'"{text}"' if "'" in text else f"'{text}'"
