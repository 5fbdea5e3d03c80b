"""Whether a state's stage partition is whole, and what is enhanced from it, so that a reader may show it."""

from __future__ import annotations

from dataclasses import dataclass

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.history import Checked, failing, last_check
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.transform.versions import behind, whole_version

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Gate:
    """version: what may be published, or None. blockers: failing checks upstream. waiting: tables behind."""

    version: str | None
    blockers: tuple[Checked, ...] = ()
    waiting: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        return self.version is not None and not self.blockers and not self.waiting

    def reason(self) -> str:
        if self.blockers:
            names = ", ".join(f"{'/'.join(c.asset)} ({c.name})" for c in self.blockers)
            return f"blocked upstream by {names}"
        if self.waiting:
            first = ", ".join(self.waiting[:_SHOWN])
            more = len(self.waiting) - _SHOWN
            return f"not up to date with its inputs: {first}" + (f" and {more} more" if more > 0 else "")
        return "nothing has been loaded yet" if self.version is None else "open"


def gate(instance: dg.DagsterInstance, platform: TenantPlatform, state: str) -> Gate:
    """Look at the versions in the store and the newest verdict of every blocking check upstream."""
    versions = platform.versions(state)
    waiting = tuple(
        f"{node.layer}.{node.table}"
        for node in platform.graph.nodes.values()
        if node.layer != "raw" and behind(node, platform.variables, versions)
    )
    return Gate(whole_version(platform.graph, versions), blockers(instance, platform, state), waiting)


def blockers(instance: dg.DagsterInstance, platform: TenantPlatform, state: str) -> tuple[Checked, ...]:
    """Blocking checks of raw, elt, stage and enhanced whose newest verdict on this state is a failure."""
    found = []
    for check in failing(instance, blocking_checks(platform), [state])[state]:
        verdict = last_check(instance, check, state)
        if verdict is not None and verdict.severe and not verdict.passed:
            found.append(verdict)
    return tuple(found)


def reviews(instance: dg.DagsterInstance, platform: TenantPlatform, state: str) -> tuple[Checked, ...]:
    """Review checks that fail: something waits, or was turned down.

    They hold no reader back: the partition is the last good one, and what hangs on it is whole.
    """
    asked = [t.raw for s in platform.spec.sources for t in s.tables if t.contract.review is not None]
    checks = [
        dg.AssetCheckKey(keys.asset_key(platform.spec.name, "raw", raw), keys.REVIEW_CHECK) for raw in asked
    ]
    found = (last_check(instance, check, state) for check in checks)
    return tuple(verdict for verdict in found if verdict is not None and not verdict.passed)


def blocking_checks(platform: TenantPlatform) -> list[dg.AssetCheckKey]:
    """Contracts of the raw tables, the tests of the models, the ends of the enhancements, in this order."""
    from dagster_ingest.transform.graph import PROJECT_LAYER
    from dagster_ingest.transform.project import manifests

    tenant = platform.spec.name
    found = [
        dg.AssetCheckKey(keys.asset_key(tenant, *node.name), keys.CONTRACT_CHECK)
        for node in platform.graph.layer("raw")
    ]
    for project, manifest in manifests(platform.settings).items():
        for node in platform.graph.layer(PROJECT_LAYER[project]):
            found += [
                dg.AssetCheckKey(
                    keys.asset_key(tenant, *node.name), keys.test_check(manifest["nodes"][uid]["name"])
                )
                for uid in node.tests
            ]
    found += [
        dg.AssetCheckKey(keys.asset_key(tenant, *node.name), keys.ENHANCED_CHECK)
        for node in platform.graph.layer("enhanced")
    ]
    return found
