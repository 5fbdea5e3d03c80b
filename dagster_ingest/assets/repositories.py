"""One repository a tenant, built when it is asked for.

A code server asks for all of them, a run for its own alone, so that starting a run costs one
tenant however many there are, and a broken tenant leaves the others standing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import dagster as dg

from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.errors import SpecError
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants

log = logging.getLogger("dagster_ingest")


class Repositories:
    """Tenant name to repository. `build` makes a tenant's definitions."""

    def __init__(self, build: Callable[[TenantPlatform], dg.Definitions]) -> None:
        self._build = build
        self._made: dict[str, dg.RepositoryDefinition] = {}

    def names(self) -> list[str]:
        """Every tenant whose spec is sound; the others are reported and left out."""
        settings = Settings.load()
        loaded = load_tenants(settings)
        for problem in loaded.errors:
            log.error("tenant left out: %s", problem)
        if not loaded.tenants:
            raise SpecError(
                f"no tenant can be loaded from {settings.tenants_dir}",
                not_done="the code location is empty",
                fix="run `dagster-ingest validate`",
            )
        for spec in loaded.tenants:
            self._add(TenantPlatform(settings, spec))
        return sorted(self._made)

    def get(self, name: str) -> dg.RepositoryDefinition:
        """The repository of one tenant; reads that tenant's folder only. KeyError if there is none."""
        if name not in self._made:
            settings = Settings.load(tenants=(name,))
            if not (settings.tenants_dir / name).is_dir():
                raise KeyError(name)
            loaded = load_tenants(settings)
            if not loaded.tenants:
                raise SpecError(
                    "\n".join(str(problem) for problem in loaded.errors),
                    not_done=f"the definitions of tenant {name} were not loaded",
                )
            self._add(TenantPlatform(settings, loaded.tenants[0]))
        return self._made[name]

    def forget(self) -> None:
        """Read the specs again when they are next asked for."""
        self._made.clear()

    def _add(self, platform: TenantPlatform) -> None:
        if platform.spec.name in self._made:
            return
        definitions = self._build(platform)
        self._made[platform.spec.name] = dg.create_repository_using_definitions_args(
            name=platform.spec.name,
            assets=definitions.assets,
            jobs=definitions.jobs,
            schedules=definitions.schedules,
            sensors=definitions.sensors,
        )
