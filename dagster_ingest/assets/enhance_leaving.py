"""What enhancements made and keep for states and parts that nobody asks for any more: deleted."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from dagster_ingest.assets.enhance_parts import parts_of
from dagster_ingest.assets.enhance_translation import cache_file
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.settings import Settings
from dagster_ingest.spec.resolve import FILE
from dagster_ingest.spec.resolved import TenantSpec


def clear(platform: TenantPlatform, state: str) -> list[str]:
    """Delete the state's rows of parts that the tenant asks for no more, and the texts that the cache of
    translations keeps for those that left. Names what was deleted; a cache that is busy is left for the
    next run."""
    asked = [part.table for part in parts_of(platform.spec)]
    told = [f"enhanced.{table} {state}" for table in platform.landing.drop_enhanced(state, keep=asked)]
    try:
        gone = _leave(platform.settings, _is_gone(platform.settings, platform.spec))
    except sqlite3.Error as error:
        return [*told, f"the cache of translations, not cleared: {error}"]
    return told + [f"translations of {scope}" for scope in gone]


def withdrawn(settings: Settings, tenant: str, state: str) -> None:
    """No reader shows the state any more: the cache keeps no texts for it."""
    _leave(settings, lambda scope: scope == f"{tenant}/{state}")


def _leave(settings: Settings, is_gone: Callable[[str], bool]) -> list[str]:
    from dagster_ingest.enhance.translation.cache import leave

    return leave(cache_file(settings.work), is_gone)


def _is_gone(settings: Settings, spec: TenantSpec) -> Callable[[str], bool]:
    """Of a scope: its tenant has no file any more, or this tenant lacks the state or the part."""
    states = spec.states if spec.model.enhance.asks_for("translation") else ()

    def has_file(tenant: str) -> bool:
        return (settings.tenants_dir / tenant / FILE).is_file()

    seen = has_file(spec.name)  # else the folder itself is out of reach, and tells nothing of others

    def is_gone(scope: str) -> bool:
        tenant, _, state = scope.partition("/")
        return state not in states if tenant == spec.name else seen and not has_file(tenant)

    return is_gone
