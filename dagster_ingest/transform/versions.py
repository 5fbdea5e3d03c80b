"""What is out of date, from the versions that the partitions themselves carry. Pure functions.

A partition is current when the digest of its inputs equals the one it was made from. Nothing
else is consulted: a step that was killed anywhere is simply found out of date by the next run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Container, Mapping
from typing import Any

from dagster_ingest.land.base import PartitionVersion
from dagster_ingest.transform.graph import Cohort, Node, TenantGraph

AS_OF = "as_of"
Versions = Mapping[tuple[str, str], PartitionVersion]


def inputs_digest(node: Node, variables: Mapping[str, Any], versions: Versions) -> str:
    """Digest of all that `node` is made from: its code, the dbt variables, its inputs' versions.

    A model whose rows depend on the day has the day behind it, `<digest>@2026-03-10`; for all others
    the day does not count.
    """
    digest = _digest(node, variables, versions)
    return f"{digest}@{variables[AS_OF]}" if node.daily and AS_OF in variables else digest


def behind(node: Node, variables: Mapping[str, Any], versions: Versions) -> bool:
    """Whether the partition of `node` is missing or was made from other inputs, on whatever day."""
    have = versions.get(node.name)
    return have is None or have.inputs.partition("@")[0] != _digest(node, variables, versions)


def due(node: Node, variables: Mapping[str, Any], versions: Versions) -> bool:
    """Whether there is something to do: `node` is behind, or was made for another day."""
    have = versions.get(node.name)
    return have is None or have.inputs != inputs_digest(node, variables, versions)


def to_run(
    cohort: Cohort, selected: set[tuple[str, str]], variables: Mapping[str, Any], versions: Versions
) -> list[Node]:
    """The selected models of a cohort that are due, and their descendants within it."""
    chosen: dict[tuple[str, str], Node] = {}
    for node in cohort.models:
        if node.name not in selected:
            continue
        if due(node, variables, versions) or any(parent in chosen for parent in node.parents):
            chosen[node.name] = node
    return list(chosen.values())


def of_the_day(
    cohort: Cohort, selected: set[tuple[str, str]], variables: Mapping[str, Any], versions: Versions
) -> list[Node]:
    """Those of `to_run` for which nothing has changed but the day.

    Built first and alone: on most days they come out as they were, and nothing after them is due.
    """
    chosen = to_run(cohort, selected, variables, versions)
    names = {node.name for node in chosen}
    return [n for n in chosen if not behind(n, variables, versions) and names.isdisjoint(n.parents)]


def _digest(node: Node, variables: Mapping[str, Any], versions: Versions) -> str:
    parents = [
        (f"{p[0]}.{p[1]}", versions[p].data_version if p in versions else None) for p in sorted(node.parents)
    ]
    lasting = {name: value for name, value in variables.items() if name != AS_OF}
    text = json.dumps([node.code, lasting, parents], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


class Demand:
    """Which outputs a run must yield so that every step that has work to do is reached.

    A step is reached only if each of its inputs is yielded, so an output is needed when some step
    downstream of it, within the selection, may have work: a model that is due or hangs on one
    that is, or an event that was lost.
    """

    def __init__(
        self,
        graph: TenantGraph,
        selected: set[tuple[str, str]],
        variables: Mapping[str, Any],
        versions: Versions,
        recorded: Callable[[tuple[str, str]], str | None],
        unsettled: Container[tuple[str, str]] = (),
    ) -> None:
        """unsettled: tables with work to do although they are made from the present inputs."""
        self._selected = selected
        self._versions = versions
        self._unsettled = unsettled
        self._recorded = recorded
        self._consumers: dict[tuple[str, str], set[Cohort]] = {}
        self._working: dict[Cohort, bool] = {}
        stale: set[tuple[str, str]] = set()
        for cohort in graph.steps:
            members = [n for n in cohort.models if n.name in selected]
            if not members:
                continue
            own = {n.name for n in cohort.models}
            for node in members:
                for parent in node.parents:
                    if parent not in own:
                        self._consumers.setdefault(parent, set()).add(cohort)
            for n in members:
                after_stale = any(parent in stale for parent in n.parents)
                if after_stale or n.name in unsettled or due(n, variables, versions):
                    stale.add(n.name)
            self._working[cohort] = any(n.name in stale or self.unrecorded(n.name) for n in members)
        self._reached = self._propagate(graph)

    def unrecorded(self, name: tuple[str, str]) -> bool:
        """Whether the event log does not know the version that the store holds."""
        have = self._versions.get(name)
        return have is not None and self._recorded(name) != have.data_version

    def is_unsettled(self, name: tuple[str, str]) -> bool:
        return name in self._unsettled

    def needed(self, name: tuple[str, str]) -> bool:
        """Whether the output `name` must be yielded in this run."""
        return self.unrecorded(name) or any(self._reached[c] for c in self._consumers.get(name, ()))

    def _propagate(self, graph: TenantGraph) -> dict[Cohort, bool]:
        reached: dict[Cohort, bool] = {}
        for cohort in reversed(graph.steps):
            if cohort in self._working:
                reached[cohort] = self._working[cohort] or any(
                    reached[c] for node in cohort.models for c in self._consumers.get(node.name, ())
                )
        return reached


def stage_version(graph: TenantGraph, versions: Versions) -> str | None:
    """One version for a whole stage partition, or None while a table of it is missing."""
    nodes = sorted(graph.layer("stage"), key=lambda n: n.name)
    if not nodes or any(node.name not in versions for node in nodes):
        return None
    text = json.dumps([(n.table, versions[n.name].data_version) for n in nodes])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def whole_version(graph: TenantGraph, versions: Versions) -> str | None:
    """One version for all that readers read of a state: stage, and what is enhanced from it. None while a
    table of either is missing."""
    stage, nodes = stage_version(graph, versions), sorted(graph.layer("enhanced"), key=lambda n: n.name)
    if stage is None or not nodes:
        return stage
    if any(node.name not in versions for node in nodes):
        return None
    text = json.dumps([stage, *((n.table, versions[n.name].data_version) for n in nodes)])
    return hashlib.sha256(text.encode()).hexdigest()[:32]
