"""All tenants of an installation. A broken tenant is left out and says why; the others load."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dagster_ingest.collector import collector_off
from dagster_ingest.errors import guess
from dagster_ingest.settings import Settings
from dagster_ingest.spec.catalog import Catalog, Connectors
from dagster_ingest.spec.problem import SpecProblem
from dagster_ingest.spec.resolve import FILE, publishes_to, resolve_tenant
from dagster_ingest.spec.resolved import TenantSpec


@dataclass(frozen=True, slots=True)
class Loaded:
    """tenants: those without a fault, by name. errors: everything wrong with the others."""

    tenants: tuple[TenantSpec, ...]
    errors: tuple[SpecProblem, ...]


def load_tenants(settings: Settings, connectors: Connectors | None = None) -> Loaded:
    """The tenants of `settings.tenants_dir`, or those that `settings.tenants` names."""
    tenants: list[TenantSpec] = []
    errors: list[SpecProblem] = []
    with collector_off():
        for spec, problems in each_tenant(settings, connectors):
            errors.extend(problems)
            if spec is not None:
                tenants.append(spec)
    return Loaded(tuple(tenants), tuple(errors))


def each_tenant(
    settings: Settings,
    connectors: Connectors | None = None,
    *,
    checks_only: bool = False,
    catalog: Catalog | None = None,
) -> Iterator[tuple[TenantSpec | None, list[SpecProblem]]]:
    """One tenant after the other, so that a caller who only counts need not hold them all.

    Problems that belong to no tenant come with None first. With `checks_only` the specs lack what
    only a load needs: lines and checksums of contracts.
    """
    catalog = Catalog.of(settings.root, connectors, digest=not checks_only)
    folders, problems = _folders(settings, catalog)
    if problems:
        yield None, problems
    places: dict[tuple[str, ...], str] = {}
    for folder in folders:
        spec, problems = resolve_tenant(folder, catalog, lines=not checks_only)
        if spec is not None and (taken := _taken(spec, places, catalog)):
            spec, problems = None, taken
        yield spec, problems


def _folders(settings: Settings, catalog: Catalog) -> tuple[list[Path], list[SpecProblem]]:
    home = settings.tenants_dir
    if not home.is_dir():
        fix = "create it, or set DAGSTER_INGEST_TENANTS_DIR to where the tenants are"
        return [], [SpecProblem(catalog.shown(home), "there is no folder of tenants", fix=fix)]
    found = {
        entry.name: entry for entry in sorted(home.iterdir()) if entry.is_dir() and entry.name[0] not in "._"
    }
    if not found:
        fix = f"create <tenant>/{FILE} in it"
        return [], [SpecProblem(catalog.shown(home), "the folder holds no tenant", fix=fix)]
    wanted = dict.fromkeys(settings.tenants or found)
    names = tuple(found)
    problems = [
        SpecProblem(
            catalog.shown(home),
            f"there is no tenant {name!r}",
            value=repr(name),
            allowed=names,
            guess=guess(name, names),
            tenant=name,
        )
        for name in wanted
        if name not in found
    ]
    return [found[name] for name in wanted if name in found], problems


def _taken(spec: TenantSpec, places: dict[tuple[str, ...], str], catalog: Catalog) -> list[SpecProblem]:
    """Two tenants that publish to the same place would overwrite each other; the second is left out."""
    problems = []
    for index, target in enumerate(spec.model.publish):
        other = places.setdefault(publishes_to(spec.model, index), spec.name)
        if other != spec.name:
            problems.append(
                SpecProblem(
                    catalog.shown(spec.file),
                    f"publishes by {target.reader} to the same place as the tenant {other!r}",
                    value=repr(publishes_to(spec.model, index)[-1]),
                    fix="give it a `db_schema` of its own",
                    tenant=spec.name,
                )
            )
    return problems
