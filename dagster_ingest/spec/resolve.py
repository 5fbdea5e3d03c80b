"""A tenant's folder as a TenantSpec, or as everything that is wrong with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dagster_ingest.errors import guess
from dagster_ingest.naming import US_STATES, column_name
from dagster_ingest.spec.catalog import Catalog
from dagster_ingest.spec.models import PostgresTarget, Source, Tenant
from dagster_ingest.spec.problem import Report, SpecProblem
from dagster_ingest.spec.redirects import read_redirects
from dagster_ingest.spec.resolved import SourceSpec, TenantSpec
from dagster_ingest.spec.source import Context, resolve_source
from dagster_ingest.spec.translation_files import read_files
from dagster_ingest.spec.wording import explain
from dagster_ingest.spec.yamlfile import YamlError, YamlFile

FILE = "tenant.yaml"


def resolve_tenant(
    folder: Path, catalog: Catalog, *, lines: bool = True
) -> tuple[TenantSpec | None, list[SpecProblem]]:
    """The tenant of one folder and what is wrong with it. With problems there is no spec.

    lines  fill in the lines of sources and tables; costs a second parse of the tenant file
    """
    path = folder / FILE
    try:
        file = YamlFile(path, catalog.shown(path))
    except YamlError as error:
        return None, [replace(problem, tenant=folder.name) for problem in error.problems]
    report = Report(file)
    context = Context(folder.name, str(folder.resolve()), (), catalog, report, [])
    model, sources = None, []
    led: dict[str, str] = {}
    try:
        model = Tenant.model_validate(file.data)
    except ValidationError as error:
        explain(error, Tenant, report)
        _check_what_can_be(file.data, context)
    else:
        context.states = tuple(model.states)
        context.lines = file.positions() if lines else None
        _check_identity(model, folder, report)
        sources = [resolve_source(context, name, source) for name, source in model.sources.items()]
        _check_raw_names(sources, report)
        translation = model.enhance.translation
        context.problems += read_files(folder, translation, model.locales, report, catalog.shown)[1]
        led, wrong = read_redirects(folder, model.redirects, report, catalog.shown)
        context.problems += wrong
        if not report and not context.problems:
            _check_attributes(model, [source for source in sources if source], report)
    problems = report.problems(folder.name)
    problems += [replace(problem, tenant=folder.name) for problem in context.problems]
    if problems or model is None:
        return None, list(dict.fromkeys(problems))
    line = context.lines.line("enhance") if context.lines and "enhance" in file.data else None
    spec = TenantSpec(model.tenant, model, folder, path, tuple(filter(None, sources)), "", line, led)
    return replace(spec, checksum=_checksum(spec)), []


def _check_what_can_be(data: Mapping[str, Any], context: Context) -> None:
    """The tenant's model is wrong already; look into its sound sources all the same."""
    states, sources = data.get("states"), data.get("sources")
    if not isinstance(states, list) or not isinstance(sources, dict):
        return
    context.states = tuple(state for state in states if isinstance(state, str) and state in US_STATES)
    for name, raw in sources.items():
        try:
            source = Source.model_validate(raw)
        except ValidationError:
            continue
        if context.states and isinstance(name, str):
            resolve_source(context, name, source)


def _check_identity(model: Tenant, folder: Path, report: Report) -> None:
    if model.tenant != folder.name:
        allowed = (folder.name,)
        problem = f"the tenant {model.tenant!r} stands in the folder {folder.name!r}"
        report.add(("tenant",), problem, value=model.tenant, allowed=allowed, near=folder.name)
    seen: dict[tuple, int] = {}
    for index, target in enumerate(model.publish):
        key = publishes_to(model, index)
        if key in seen:
            fix = (
                "keep one, or give the other a `db_schema`"
                if isinstance(target, PostgresTarget)
                else "keep one"
            )
            problem = f"publishes to the same place as entry {seen[key] + 1} of the list"
            report.add(("publish", index), problem, value=target.reader, fix=fix)
        seen.setdefault(key, index)


def publishes_to(model: Tenant, index: int) -> tuple[str, ...]:
    """What identifies the place that a target writes to."""
    target = model.publish[index]
    if isinstance(target, PostgresTarget):
        return (target.reader, target.dsn, target.db_schema or model.tenant)
    return (target.reader, model.tenant)


def _check_raw_names(sources: list[SourceSpec | None], report: Report) -> None:
    owners: dict[str, str] = {}
    for source in filter(None, sources):
        for table in source.tables:
            other = owners.setdefault(table.raw, source.name)
            if other != source.name:
                problem = (
                    f"the sources {other!r} and {source.name!r} would both load the raw table {table.raw!r}"
                )
                fix = "rename one of the sources"
                report.add(("sources", source.name), problem, value=table.raw, fix=fix, on_key=True)


def _check_attributes(model: Tenant, sources: list[SourceSpec], report: Report) -> None:
    """A column published as an attribute is declared by a contract, and not as private."""
    columns = [c for source in sources for table in source.tables for c in table.contract.columns]
    private = {c.field.lower() for c in columns if c.private}
    known = {c.field.lower() for c in columns}
    for heading in model.adapt.custom_attributes:
        where, field = ("adapt", "custom_attributes", heading), column_name(heading).lower()
        if field in private:
            problem = f"the column {heading!r} is private and cannot be published as an attribute"
            fix = "take it out; the never-publish register and `classification: private` say what is"
            report.add(where, problem, value=heading, fix=fix, on_key=True)
        elif field not in known:
            near, fix = guess(heading, [c.name for c in columns]), "name a column, or add it to a contract"
            report.add(
                where,
                f"no contract has the column {heading!r}",
                value=heading,
                near=near,
                fix=fix,
                on_key=True,
            )


def _checksum(spec: TenantSpec) -> str:
    """Digest of what dbt and readers see. States are left out: each is a partition of its own."""
    model = spec.model
    seen = model.model_dump(mode="json", include={"tenant", "display_name", "locales", "privacy", "adapt"})
    seen["sources"] = {name: source.system for name, source in model.sources.items()}
    if versions := spec.versions:
        seen["versions"] = versions
    if spec.redirects:
        seen["redirects"] = spec.redirects
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:32]
