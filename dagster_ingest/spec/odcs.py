"""ODCS documents as contracts. What a document asks for and nothing here can execute is an error."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_ingest.errors import guess
from dagster_ingest.naming import is_name
from dagster_ingest.spec.contract import Column, Contract, Review, Rule
from dagster_ingest.spec.draft import Draft, is_texts
from dagster_ingest.spec.odcs_head import API_VERSIONS, check_head, owners
from dagster_ingest.spec.odcs_keys import REFUSED
from dagster_ingest.spec.odcs_property import compile_property
from dagster_ingest.spec.odcs_quality import table_quality
from dagster_ingest.spec.odcs_relationship import names_of, relationship
from dagster_ingest.spec.odcs_review import compile_review, is_review
from dagster_ingest.spec.problem import Loc, Report, SpecProblem, shown
from dagster_ingest.spec.yamlfile import YamlError, YamlFile

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["API_VERSIONS", "checksum", "compile_document", "read_contract", "rule_lines", "rule_places"]

MAX_COLUMNS = 2000


def read_contract(
    path: str | Path, shown_as: str | None = None, *, digest: bool = True, table: str | None = None
) -> tuple[Contract | None, list[SpecProblem]]:
    """A contract file and what is wrong with it. With problems there is no contract.

    digest  compute the checksum; whoever only checks the file can do without
    table   which one, of a file that describes several
    """
    try:
        file = YamlFile(path, shown_as)
    except YamlError as error:
        return None, list(error.problems)
    report = Report(file)
    contract = compile_document(file, report, digest=digest, table=table)
    return contract, report.problems()


def compile_document(
    file: YamlFile, report: Report, *, digest: bool = True, table: str | None = None
) -> Contract | None:
    """A document that is parsed already (`file.data`, `file.path`). With problems in `report`: None."""
    compiled = _compiled(file, report, table)
    return None if report or compiled is None else _contract(file, compiled, digest)


def rule_places(file: YamlFile, table: str | None = None) -> dict[str, Loc]:
    """Rule id to its place in the document. The document is sound."""
    compiled = _compiled(file, Report(file), table)
    return dict(compiled.draft.locs) if compiled else {}


def rule_lines(path: str | Path, table: str | None = None) -> dict[str, int]:
    """Rule id to line of the contract file; empty if the file cannot be read any more."""
    file = Path(path)
    try:
        stat = file.stat()
    except OSError:
        return {}
    return dict(_rule_lines(str(file), table, stat.st_mtime_ns, stat.st_size))


@lru_cache(maxsize=256)
def _rule_lines(path: str, table: str | None, mtime: int, size: int) -> tuple[tuple[str, int], ...]:
    try:
        file = YamlFile(path)
    except YamlError:
        return ()
    positions = file.positions()
    found = ((rule, positions.line(*loc)) for rule, loc in rule_places(file, table).items())
    return tuple((rule, line) for rule, line in found if line is not None)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A table of a document. `place`: where in it the table stands."""

    draft: Draft
    table: Mapping[str, Any]
    place: Loc
    review: Review | None
    inferred: bool


def _compiled(file: YamlFile, report: Report, wanted: str | None) -> _Compiled | None:
    """The document's only table, or the one that is wanted. None where it has no such table."""
    from pydantic import ValidationError

    document = file.data
    try:
        _odcs().__pydantic_validator__.validate_python(document, strict=True, extra="forbid")
    except ValidationError as error:
        from dagster_ingest.spec.wording import explain

        explain(error, _odcs(), report)
        return None
    inferred = check_head(document, report)
    tables = document.get("schema") or []
    index = _index(tables, wanted, report)
    if index is None:
        return None
    table, at = tables[index], ("schema", index)
    draft = Draft(report, str(table.get("name")))
    draft.names = names_of(document)
    review = _compile_table(draft, table, at)
    if document.get("slaProperties"):
        from dagster_ingest.spec.odcs_sla import compile_sla

        compile_sla(draft, document, tuple(str(table.get("name")) for table in tables))
    return _Compiled(draft, table, at, compile_review(draft, review, at), inferred)


def _index(tables: Sequence[Mapping[str, Any]], wanted: str | None, report: Report) -> int | None:
    """Which table. A file with one table is that table's, whatever its name."""
    if len(tables) == 1:
        return 0
    names = [table.get("name") for table in tables]
    if names.count(wanted) == 1:
        return names.index(wanted)
    if wanted is None or not tables:
        problem = f"a contract describes one table, not {len(tables)}"
        report.add(("schema",), problem, fix="write one contract file for each table", on_key=True)
    elif wanted in names:
        report.add(("schema",), f"the table {wanted!r} stands twice", fix="keep one", on_key=True)
    else:
        known = [name for name in names if isinstance(name, str)]
        problem = f"the contract has no table {wanted!r}"
        report.add(("schema",), problem, allowed=known, near=guess(wanted, known), on_key=True)
    return None


def _compile_table(draft: Draft, table: Mapping[str, Any], at: Loc) -> Any:
    """Columns and rules. What the custom property `review` says."""
    if not is_name(draft.table):
        fix = "use lower-case letters, digits and single underscores, at most 40"
        draft.refuse((*at, "name"), f"no table can be named {shown(table.get('name'))}", fix=fix)
    properties = table.get("properties") or []
    if not 1 <= len(properties) <= MAX_COLUMNS:
        draft.refuse(at, f"a table has 1 to {MAX_COLUMNS} properties, not {len(properties)}", on_key=True)
    if table.get("logicalType") not in (None, "object"):
        value = table["logicalType"]
        draft.refuse((*at, "logicalType"), f"a table cannot be {value!r}", value=value, allowed=("object",))
    for key, why in REFUSED["SchemaObject"].items():
        if table.get(key) not in (None, draft.table):
            draft.refuse((*at, key), f"{key!r} cannot be executed", fix=why, on_key=True)
    custom = draft.custom(table.get("customProperties"), at, {"nullTexts": is_texts, "review": is_review})
    draft.null_texts = tuple(dict.fromkeys(("", *custom.get("nullTexts", ()))))
    for index, prop in enumerate(properties):
        compile_property(draft, prop, (*at, "properties", index))
    _primary_key(draft, table, at)
    for index, prop in enumerate(properties):
        column = draft.by_heading.get(prop.get("name"))
        for number, item in enumerate(prop.get("relationships") or () if column else ()):
            relationship(draft, item, (*at, "properties", index, "relationships", number), column)
    for index, item in enumerate(table.get("relationships") or ()):
        relationship(draft, item, (*at, "relationships", index))
    for index, quality in enumerate(table.get("quality") or ()):
        table_quality(draft, quality, (*at, "quality", index))
    return custom.get("review")


def _primary_key(draft: Draft, table: Mapping[str, Any], place: Loc) -> None:
    """One rule for the whole key; a compound key goes by `*`, since a table has one."""
    if not draft.keys:
        return
    positions = [position for position, _ in draft.keys]
    first = next(i for i, prop in enumerate(table["properties"]) if prop.get("primaryKey"))
    at = (*place, "properties", first, "primaryKey")
    if len(positions) > 1 and (min(positions) < 1 or len(set(positions)) < len(positions)):
        fix = "give each key column its own `primaryKeyPosition`, from 1"
        draft.refuse(at, "the order of the compound primary key is not clear", fix=fix, on_key=True)
        return
    draft.keys.sort()
    fields = tuple(field for _, field in draft.keys)
    draft.rule("primary_key", fields, {}, at, name=fields[0] if len(fields) == 1 else "*")


def _contract(file: YamlFile, compiled: _Compiled, digest: bool) -> Contract:
    document, draft, table = file.data, compiled.draft, compiled.table
    description = document.get("description") or {}
    columns, rules = tuple(draft.columns), tuple(draft.rules)
    keys = tuple(field for _, field in draft.keys)
    named = owners(document.get("team"))
    return Contract(
        id=document["id"],
        version=document["version"],
        table=draft.table,
        file=file.path,
        columns=columns,
        rules=rules,
        keys=keys,
        null_texts=draft.null_texts,
        description=table.get("description") or description.get("purpose"),
        owner=named[0] if named else None,
        checksum=checksum(columns, rules, keys, draft.null_texts) if digest else "",
        status=document.get("status"),
        tags=tuple(dict.fromkeys((*(document.get("tags") or ()), *(table.get("tags") or ())))),
        review=compiled.review,
        owners=named,
        inferred=compiled.inferred,
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


def _odcs() -> type[BaseModel]:
    from open_data_contract_standard.model import OpenDataContractStandard

    return OpenDataContractStandard
