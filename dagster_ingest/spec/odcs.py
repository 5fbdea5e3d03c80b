"""ODCS documents as contracts. What a document asks for and nothing here can execute is an error."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_ingest.naming import is_name
from dagster_ingest.spec.contract import Column, Contract, Rule
from dagster_ingest.spec.draft import Draft, is_texts
from dagster_ingest.spec.odcs_property import compile_property
from dagster_ingest.spec.odcs_quality import relationship, table_quality
from dagster_ingest.spec.problem import Loc, Report, SpecProblem, shown
from dagster_ingest.spec.yamlfile import YamlError, YamlFile

if TYPE_CHECKING:
    from pydantic import BaseModel

API_VERSIONS = ("v3.0.0", "v3.0.1", "v3.0.2", "v3.1.0", "v3.2.0")
MAX_COLUMNS = 2000


def read_contract(
    path: str | Path, shown_as: str | None = None, *, digest: bool = True
) -> tuple[Contract | None, list[SpecProblem]]:
    """A contract file and what is wrong with it. With problems there is no contract.

    digest  compute the checksum; whoever only checks the file can do without
    """
    try:
        file = YamlFile(path, shown_as)
    except YamlError as error:
        return None, list(error.problems)
    report = Report(file)
    contract = compile_document(file, report, digest=digest)
    return contract, report.problems()


def compile_document(file: YamlFile, report: Report, *, digest: bool = True) -> Contract | None:
    """A document that is parsed already (`file.data`, `file.path`). With problems in `report`: None."""
    draft = _draft(file, report)
    return None if report or draft is None else _contract(file, draft, digest)


def rule_places(file: YamlFile) -> dict[str, Loc]:
    """Rule id to its place in the document. The document is sound."""
    draft = _draft(file, Report(file))
    return dict(draft.locs) if draft else {}


def rule_lines(path: str | Path) -> dict[str, int]:
    """Rule id to line of the contract file; empty if the file cannot be read any more."""
    file = Path(path)
    try:
        stat = file.stat()
    except OSError:
        return {}
    return dict(_rule_lines(str(file), stat.st_mtime_ns, stat.st_size))


@lru_cache(maxsize=256)
def _rule_lines(path: str, mtime: int, size: int) -> tuple[tuple[str, int], ...]:
    try:
        file = YamlFile(path)
    except YamlError:
        return ()
    positions = file.positions()
    found = ((rule, positions.line(*loc)) for rule, loc in rule_places(file).items())
    return tuple((rule, line) for rule, line in found if line is not None)


def _draft(file: YamlFile, report: Report) -> Draft | None:
    """The document's only table, compiled. None where it has no such table."""
    from pydantic import ValidationError

    document = file.data
    try:
        _odcs().__pydantic_validator__.validate_python(document, strict=True, extra="forbid")
    except ValidationError as error:
        from dagster_ingest.spec.wording import explain

        explain(error, _odcs(), report)
        return None
    _check_head(document, report)
    tables = document.get("schema") or []
    if len(tables) != 1:
        fix = "write one contract file for each table"
        report.add(("schema",), f"a contract describes one table, not {len(tables)}", fix=fix, on_key=True)
        return None
    draft = Draft(report, str(tables[0].get("name")))
    _compile_table(draft, tables[0])
    return draft


def _check_head(document: Mapping[str, Any], report: Report) -> None:
    for key in ("kind", "apiVersion", "id", "version"):
        if not document.get(key):
            report.add((), f"the key {key!r} is missing", fix=f"add `{key}:`")
    if document.get("kind", "DataContract") != "DataContract":
        value = document["kind"]
        report.add(("kind",), f"kind cannot be {value!r}", value=value, allowed=("DataContract",))
    version = document.get("apiVersion")
    if version and version not in API_VERSIONS:
        report.add(
            ("apiVersion",), f"apiVersion {version!r} is not read", value=version, allowed=API_VERSIONS
        )
    Draft(report).custom(document.get("customProperties"), (), {})


def _compile_table(draft: Draft, table: Mapping[str, Any]) -> None:
    at = ("schema", 0)
    if not is_name(draft.table):
        fix = "use lower-case letters, digits and single underscores, at most 40"
        draft.refuse((*at, "name"), f"no table can be named {shown(table.get('name'))}", fix=fix)
    properties = table.get("properties") or []
    if not 1 <= len(properties) <= MAX_COLUMNS:
        draft.refuse(at, f"a table has 1 to {MAX_COLUMNS} properties, not {len(properties)}", on_key=True)
    if table.get("logicalType") not in (None, "object"):
        value = table["logicalType"]
        draft.refuse((*at, "logicalType"), f"a table cannot be {value!r}", value=value, allowed=("object",))
    custom = draft.custom(table.get("customProperties"), at, {"nullTexts": is_texts})
    draft.null_texts = tuple(dict.fromkeys(("", *custom.get("nullTexts", ()))))
    for index, prop in enumerate(properties):
        compile_property(draft, prop, (*at, "properties", index))
    _primary_key(draft, table)
    for index, prop in enumerate(properties):
        column = draft.by_heading.get(prop.get("name"))
        for number, item in enumerate(prop.get("relationships") or () if column else ()):
            relationship(draft, item, (*at, "properties", index, "relationships", number), column)
    for index, item in enumerate(table.get("relationships") or ()):
        relationship(draft, item, (*at, "relationships", index))
    for index, quality in enumerate(table.get("quality") or ()):
        table_quality(draft, quality, (*at, "quality", index))


def _primary_key(draft: Draft, table: Mapping[str, Any]) -> None:
    """One rule for the whole key; a compound key goes by `*`, since a table has one."""
    if not draft.keys:
        return
    positions = [position for position, _ in draft.keys]
    first = next(i for i, prop in enumerate(table["properties"]) if prop.get("primaryKey"))
    at = ("schema", 0, "properties", first, "primaryKey")
    if len(positions) > 1 and (min(positions) < 1 or len(set(positions)) < len(positions)):
        fix = "give each key column its own `primaryKeyPosition`, from 1"
        draft.refuse(at, "the order of the compound primary key is not clear", fix=fix, on_key=True)
        return
    draft.keys.sort()
    fields = tuple(field for _, field in draft.keys)
    draft.rule("primary_key", fields, {}, at, name=fields[0] if len(fields) == 1 else "*")


def _contract(file: YamlFile, draft: Draft, digest: bool) -> Contract:
    document = file.data
    description = document.get("description") or {}
    columns, rules = tuple(draft.columns), tuple(draft.rules)
    keys = tuple(field for _, field in draft.keys)
    return Contract(
        id=document["id"],
        version=document["version"],
        table=draft.table,
        file=file.path,
        columns=columns,
        rules=rules,
        keys=keys,
        null_texts=draft.null_texts,
        description=document["schema"][0].get("description") or description.get("purpose"),
        owner=_owner(document.get("team")),
        checksum=checksum(columns, rules, keys, draft.null_texts) if digest else "",
    )


def checksum(
    columns: tuple[Column, ...], rules: tuple[Rule, ...], keys: tuple[str, ...], null_texts: tuple[str, ...]
) -> str:
    """Digest of what decides a verdict and its evidence. Descriptions and the order of keys in
    `params` do not count."""
    parts = (
        [(c.name, c.type, c.required, c.private, c.optional) for c in columns],
        [(r.id, r.columns, sorted(r.params.items()), r.severity) for r in rules],
        keys,
        null_texts,
    )
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _owner(team: Any) -> str | None:
    """The member whose role is owner, else the team's name."""
    members = team if isinstance(team, list) else (team or {}).get("members") or []
    named = (m.get("username") or m.get("name") for m in members if "owner" in (m.get("role") or "").lower())
    return next(named, None) or (team.get("name") if isinstance(team, dict) else None)


def _odcs() -> type[BaseModel]:
    from open_data_contract_standard.model import OpenDataContractStandard

    return OpenDataContractStandard
