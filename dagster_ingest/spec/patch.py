"""A tenant's deviation from its system's contract: a small merge patch in place of a copy.

A patch file is shaped like the contract, holds only what differs, and has a header:

    patch: {version: 1.0.0, of: wellsky/services, major: 1, why: fees are not filled in here}
    schema:
      services:
        properties:
          FEES: {required: false}          # changes a property
          OLD_FEES:                        # null removes one
          WALK_IN: {logicalType: boolean}  # a new one is complete: it has a logicalType
        quality:
          rowCount: {mustBeGreaterOrEqualTo: 500}

See `merge.NAMED` for the lists that are written as mappings, and by what their entries go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.merge import Merged, merge
from dagster_ingest.spec.models import Model
from dagster_ingest.spec.odcs import compile_document, rule_lines, rule_places
from dagster_ingest.spec.problem import Report, SpecProblem
from dagster_ingest.spec.wording import explain
from dagster_ingest.spec.yamlfile import YamlError, YamlFile

_VERSION = r"^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})$"
KEPT = ("id", "apiVersion", "kind", "version")


class PatchHeader(Model):
    """What a patch is of, and why it is."""

    version: Annotated[str, StringConstraints(pattern=_VERSION)] = Field(examples=["1.0.0"])
    """The patch's own semantic version; it follows the contract's: `1.4.0+gulf.1.0.0`."""
    of: str = Field(examples=["wellsky/services"])
    """System and table."""
    major: int = Field(ge=0)
    """The major version of the contract that the patch was written for. It lands on no other."""
    why: str = Field(min_length=1, max_length=500)
    """The reason, for whoever reads the matrix."""


class MergedFile(YamlFile):
    """The merged document where a file is expected."""

    def __init__(self, base: YamlFile, data: dict[str, Any]) -> None:
        self.path, self.shown, self.data, self._base = base.path, base.shown, data, base

    def _text(self) -> str:
        return self._base._text()


class MergedReport(Report):
    """Problems of a merged document, each at its line of the patch or of the contract under it."""

    def __init__(self, file: MergedFile, base: YamlFile, patch: YamlFile, merged: Merged) -> None:
        super().__init__(file)
        self._base, self._patch, self._merged = base, patch, merged

    def problems(self, tenant: str | None = None) -> list[SpecProblem]:
        found = []
        for pending in self._pending.values():
            patched, loc = self._merged.blame(pending.loc)
            file = self._patch if patched else self._base
            line, column = file.positions().of(loc, on_key=pending.on_key)
            problem, fix = pending.problem, pending.problem.fix
            if not patched:
                fix = "; ".join(filter(None, (fix, f"the contract is sound without {self._patch.shown}")))
            found.append(replace(problem, file=file.shown, line=line, column=column, fix=fix, tenant=tenant))
        return sorted(found, key=lambda p: (p.file, p.line or 0, p.column or 0))


def apply_patch(
    base: YamlFile, patch: YamlFile, *, of: str, major: int, tenant: str, digest: bool = True
) -> tuple[Contract | None, list[SpecProblem]]:
    """The sound contract `base` with the patch laid over it, or everything that is wrong with the patch.

    of      system/table that the tenant uses it for
    major   the major version that the tenant is on
    """
    report = Report(patch)
    header = _header(patch, report)
    if header is not None:
        _check_header(header, of, major, report)
    _check_kept(patch.data, report)
    _check_table(patch.data, of.partition("/")[2], report)
    if report or header is None:
        return None, report.problems()
    merged = merge(base.data, _body(patch.data))
    for fault in merged.faults:
        parts = {"value": fault.value, "allowed": fault.allowed, "near": fault.near, "fix": fault.fix}
        report.add(fault.loc, fault.problem, on_key=True, **parts)
    if not merged.faults and not merged.changes:
        fix = "leave it out of the tenant file, or say what differs"
        report.add((), f"the patch changes nothing of {of} {base.data['version']}", fix=fix)
    if report:
        return None, report.problems()
    file = MergedFile(base, merged.data)
    result = MergedReport(file, base, patch, merged)
    contract = compile_document(file, result, digest=digest, table=of.partition("/")[2])
    if contract is None:
        return None, result.problems()
    version = f"{contract.version}+{tenant}.{header.version}"
    return replace(contract, version=version, patch=patch.path, patched=tuple(merged.changes)), []


def declassified(base: Contract, patched: Contract, patch: YamlFile) -> list[SpecProblem]:
    """Private columns of `base` that a patch would make public, or take out of the contract.

    A column that no contract names still lands, and nothing would mask it.
    """
    report = Report(patch)
    for column in base.columns:
        after = patched.column(column.field)
        if column.private and not (after and after.private):
            loc = ("schema", base.table, "properties", column.name, *(("classification",) if after else ()))
            what = "declassifies" if after else "removes"
            fix = "leave it private; what may be published of it is decided by the tenant's `privacy`"
            report.add(loc, f"the patch {what} the private column {column.name!r}", fix=fix, on_key=True)
    return report.problems()


def rule_positions(contract: Contract) -> dict[str, tuple[str, int]]:
    """Rule id to (file, line): a rule that a patch brought or changed stands in the patch."""
    if contract.patch is None:
        lines = rule_lines(contract.file, contract.table)
        return {rule: (contract.file, line) for rule, line in lines.items()}
    stamps = tuple(_stamp(path) for path in (contract.file, contract.patch))
    return dict(_patched_positions(contract.file, contract.patch, contract.table, stamps))


def _stamp(path: str) -> tuple[int, int]:
    try:
        stat = Path(path).stat()
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_size


@lru_cache(maxsize=256)
def _patched_positions(
    base: str, patch: str, table: str, stamps: tuple
) -> tuple[tuple[str, tuple[str, int]], ...]:
    try:
        under, over = YamlFile(base), YamlFile(patch)
    except YamlError:
        return ()
    merged = merge(under.data, _body(over.data))
    found = []
    for rule, loc in rule_places(MergedFile(under, merged.data), table).items():
        patched, place = merged.place(loc)
        line = (over if patched else under).positions().line(*place)
        if line is not None:
            found.append((rule, (patch if patched else base, line)))
    return tuple(found)


def _body(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != "patch"}


def _header(patch: YamlFile, report: Report) -> PatchHeader | None:
    if "patch" not in patch.data:
        fix = "begin with `patch: {version: 1.0.0, of: SYSTEM/TABLE, major: 1, why: ...}`"
        report.add((), "the patch has no header", fix=fix)
        return None
    try:
        return PatchHeader.model_validate(patch.data["patch"])
    except ValidationError as error:
        explain(error, PatchHeader, report, ("patch",))
        return None


def _check_header(header: PatchHeader, of: str, major: int, report: Report) -> None:
    if header.of != of:
        fix = "name this patch only for the table it is of"
        problem = f"the patch is of {header.of!r}, but is used for {of!r}"
        report.add(("patch", "of"), problem, value=header.of, allowed=(of,), fix=fix)
    if header.major != major:
        problem = f"the patch is for major {header.major} of {of}, but the tenant is on major {major}"
        fix = f"hold it against that contract, then write `major: {major}`"
        report.add(("patch", "major"), problem, value=header.major, fix=fix)


def _check_kept(data: Mapping[str, Any], report: Report) -> None:
    for key in KEPT:
        if key in data:
            fix = "leave it out" + ("; the patch's own is `patch: {version: ..}`" if key == "version" else "")
            report.add((key,), f"a patch cannot change the contract's {key!r}", fix=fix, on_key=True)
    if data.get("status", "draft") != "draft":
        problem = "a patch can make a contract a draft, and nothing else of its status"
        report.add(("status",), problem, value=data["status"], allowed=("draft",))


def _check_table(data: Mapping[str, Any], table: str, report: Report) -> None:
    """A contract file may describe several tables; a patch is of one."""
    tables = data.get("schema")
    for name in tables if isinstance(tables, Mapping) else ():
        if name != table:
            problem = f"the patch is of the table {table!r}, not of {name!r}"
            report.add(("schema", name), problem, value=name, allowed=(table,), on_key=True)
