"""One repository a tenant, built when it is asked for.

A code server asks for all of them, a run for its own alone, so that starting a run costs one
tenant however many there are, and a broken tenant leaves the others standing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.automation import EXECUTOR
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.collector import collector_off
from dagster_ingest.errors import SpecError
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import Loaded, load_tenants
from dagster_ingest.spec.resolve import FILE

log = logging.getLogger("dagster_ingest")


class TenantLeftOut(AttributeError):
    """A tenant whose spec is broken. An AttributeError, so that listing the module passes it over."""


class Repositories:
    """Tenant name to repository. `build` makes a tenant's definitions, `shared` what is no tenant's."""

    def __init__(
        self,
        build: Callable[[TenantPlatform], dg.Definitions],
        shared: Callable[[Settings], dg.RepositoryDefinition] | None = None,
    ) -> None:
        self._build = build
        self._shared = shared
        self._made: dict[str, dg.RepositoryDefinition] = {}
        self._all: Loaded | None = None

    def names(self) -> list[str]:
        """Every tenant that has a folder, sound or not: nothing is read."""
        settings = Settings.load()
        if not settings.tenants_dir.is_dir():
            return []
        found = {path.parent.name for path in settings.tenants_dir.glob(f"*/{FILE}")}
        return sorted(found & set(settings.tenants) if settings.tenants else found)

    def listed(self) -> list[str]:
        """What a code server shows: the tenants, and what is no tenant's unless only some are asked for."""
        whole = self._shared is not None and not Settings.load().tenants
        return [*self.names(), *([keys.PLATFORM] if whole else [])]

    def get(self, name: str) -> dg.RepositoryDefinition:
        """The repository of one tenant. Raises TenantLeftOut, and says why in the log, if it is broken.

        The first call reads that tenant's folder only, which is all that a run asks for. Who asks
        for a second one is a code server: then all are read, and checked against each other.
        """
        if name == keys.PLATFORM and self._shared is not None:
            return self._platform(self._shared)
        if name not in self._made:
            if name not in self.names():
                raise AttributeError(f"no tenant is called {name!r}")
            settings = Settings.load()
            alone = replace(settings, tenants=(name,))
            loaded = self._load_all(settings) if self._made else load_tenants(alone)
            spec = next((spec for spec in loaded.tenants if spec.name == name), None)
            if spec is None:
                problems = [problem for problem in loaded.errors if problem.tenant in (name, None)]
                for problem in problems:
                    log.error("tenant left out: %s", problem)
                raise TenantLeftOut("\n".join(str(problem) for problem in problems))
            with collector_off():  # a fifth of the time goes into walking objects that stay
                self._made[name] = self._repository(TenantPlatform(settings, spec))
        return self._made[name]

    def forget(self) -> None:
        """Read the specs again when they are next asked for."""
        self._made.clear()
        self._all = None

    def _platform(self, shared: Callable[[Settings], dg.RepositoryDefinition]) -> dg.RepositoryDefinition:
        if keys.PLATFORM not in self._made:
            try:
                made = shared(Settings.load(tenants=()))
            except SpecError as error:
                log.error("%s left out: %s", keys.PLATFORM, error)
                raise TenantLeftOut(str(error)) from None
            self._made[keys.PLATFORM] = made
        return self._made[keys.PLATFORM]

    def _load_all(self, settings: Settings) -> Loaded:
        if self._all is None:
            self._all = load_tenants(settings)
        return self._all

    def _repository(self, platform: TenantPlatform) -> dg.RepositoryDefinition:
        definitions = self._build(platform)
        return dg.create_repository_using_definitions_args(
            name=platform.spec.name,
            assets=definitions.assets,
            asset_checks=definitions.asset_checks,
            jobs=definitions.jobs,
            schedules=definitions.schedules,
            sensors=definitions.sensors,
            executor=EXECUTOR,
        )
