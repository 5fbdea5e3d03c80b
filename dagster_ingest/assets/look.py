"""All states of a tenant as the store and the event log have them, read with few queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.gate import Gate, blocking_checks
from dagster_ingest.assets.history import (
    Checked,
    Materialized,
    failing,
    last_check,
    last_materialized_of_each,
    newest_verdict,
    newest_verdicts,
)
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.observe.story import LayerSeen
from dagster_ingest.transform.graph import Node
from dagster_ingest.transform.versions import behind, whole_version

_LAYERS = ("raw", "elt", "stage", "enhanced")


@dataclass
class Look:
    """One tenant. What is asked for one state is read for all of them at once, where that is cheaper."""

    instance: dg.DagsterInstance
    platform: TenantPlatform
    states: Sequence[str]

    @cached_property
    def versions(self) -> Mapping[str, dict[tuple[str, str], Any]]:
        """State to (layer, table) to what the store holds."""
        found: dict[str, dict[tuple[str, str], Any]] = {state: {} for state in self.states}
        for version in self.platform.landing.versions():
            if version.state in found:
                found[version.state][version.layer, version.table] = version
        return found

    @cached_property
    def _failing(self) -> Mapping[str, list[dg.AssetCheckKey]]:
        known = [*self._blocking, *self._reviews, *self._warning]
        return failing(self.instance, known, self.states)

    @cached_property
    def _blocking(self) -> list[dg.AssetCheckKey]:
        return blocking_checks(self.platform)

    @cached_property
    def _reviews(self) -> list[dg.AssetCheckKey]:
        asked = [t.raw for s in self.platform.spec.sources for t in s.tables if t.contract.review is not None]
        return [dg.AssetCheckKey(self._key("raw", raw), keys.REVIEW_CHECK) for raw in asked]

    @cached_property
    def _warning(self) -> list[dg.AssetCheckKey]:
        """Checks that stop nothing and yet are news: providers of enhancements."""
        from dagster_ingest.assets.enhance_parts import parts_of

        return [
            dg.AssetCheckKey(self._key(*part.node_name), name)
            for part in parts_of(self.platform.spec)
            for name in part.checks
        ]

    def gate(self, state: str) -> Gate:
        """As gate.gate gives it."""
        versions = self.versions[state]
        waiting = tuple(f"{layer}.{table}" for layer, table in self.behind(state))
        blockers = tuple(check for check in self._newest(state, self._blocking) if check.severe)
        return Gate(whole_version(self.platform.graph, versions), blockers, waiting)

    def reviews(self, state: str) -> tuple[Checked, ...]:
        """As gate.reviews gives them."""
        return self._newest(state, self._reviews)

    def warnings(self, state: str) -> tuple[Checked, ...]:
        return self._newest(state, self._warning)

    def _newest(self, state: str, among: Sequence[dg.AssetCheckKey]) -> tuple[Checked, ...]:
        failed = set(self._failing[state])
        verdicts = (last_check(self.instance, check, state) for check in among if check in failed)
        return tuple(verdict for verdict in verdicts if verdict is not None and not verdict.passed)

    def behind(self, state: str) -> list[tuple[str, str]]:
        """Tables after raw that are missing, or made from other inputs than there are."""
        versions, variables = self.versions[state], self.platform.variables
        nodes: Sequence[Node] = tuple(self.platform.graph.nodes.values())
        return [n.name for n in nodes if n.layer != "raw" and behind(n, variables, versions)]

    def layers(self, state: str, failed: Sequence[Checked]) -> tuple[LayerSeen, ...]:
        """failed: blockers and reviews of the state."""
        late, bad = self.behind(state), [(check.asset[1], check.asset[2]) for check in failed]
        found = []
        for layer in _LAYERS:
            nodes = [node.name for node in self.platform.graph.layer(layer)]
            there = [self.versions[state][name] for name in nodes if name in self.versions[state]]
            times = [datetime.fromisoformat(v.committed_at) for v in there]
            found.append(
                LayerSeen(
                    layer=layer,
                    tables=len(nodes),
                    there=len(there),
                    behind=tuple(table for of, table in late if of == layer),
                    failing=tuple(dict.fromkeys(table for of, table in bad if of == layer)),
                    at=max((_seconds(time) for time in times), default=None),
                )
            )
        return tuple(layer for layer in found if layer.tables)

    def loads(self, state: str) -> dict[str, dict[str, Any]]:
        """Raw table to the newest verdict on a delivery that was read, with its time as `_at`, and when it
        was looked at last as `_looked`."""
        nodes = self.platform.graph.layer("raw")
        checks = [dg.AssetCheckKey(self._key(*node.name), keys.CONTRACT_CHECK) for node in nodes]
        found = {}
        for check, newest in newest_verdicts(self.instance, checks, state).items():
            read = newest if not newest[1].get("unchanged") else self._read(check, state)
            known = {**read[1], "_at": read[0]} if read else {"_at": None}
            retriable = bool(newest[1].get("retriable"))
            found[check.asset_key.path[-1]] = {**known, "_looked": newest[0], "_retriable": retriable}
        return found

    def _read(self, check: dg.AssetCheckKey, state: str) -> tuple[float, dict[str, Any]] | None:
        return newest_verdict(self.instance, check, state, lambda told: not told.get("unchanged"))

    @cached_property
    def _published(self) -> Mapping[str, Mapping[str, Materialized]]:
        targets = self.platform.spec.model.publish
        return {
            t.reader: last_materialized_of_each(self.instance, self._key("published", t.reader), self.states)
            for t in targets
        }

    def published(self, reader: str, state: str) -> Materialized | None:
        return self._published[reader].get(state)

    def _key(self, layer: str, table: str) -> dg.AssetKey:
        return keys.asset_key(self.platform.spec.name, layer, table)


def _seconds(time: datetime) -> float:
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
