"""The dbt models of both projects as one graph of a tenant, and how failure travels in it.

Models with the same set of raw ancestors are stopped by the same failures, so they form one
*cohort*: one step of a run. A cohort's set grows along every edge, so cohorts cannot form a
cycle, and a blocked raw table stops exactly the cohorts whose set holds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dagster_ingest.errors import SpecError
from dagster_ingest.transform.code import ModelCode, is_ephemeral

PROJECT_LAYER = {"dbt_elt": "elt", "dbt_stage": "stage"}
_SYSTEM_TAG = "system:"


@dataclass(frozen=True, slots=True)
class Node:
    """A table of the tenant: `name` is (layer, table); raw tables have no `unique_id`.

    parents   direct inputs, by name
    raw       names of the raw tables it descends from (a raw table: itself)
    tests     unique ids of the dbt tests attached to it
    code      digest of the model's own code and everything it calls, its tests included
    daily     whether its rows depend on the day
    """

    name: tuple[str, str]
    parents: tuple[tuple[str, str], ...] = ()
    raw: frozenset[str] = frozenset()
    unique_id: str | None = None
    tests: tuple[str, ...] = ()
    code: str = ""
    daily: bool = False

    @property
    def layer(self) -> str:
        return self.name[0]

    @property
    def table(self) -> str:
        return self.name[1]


@dataclass(frozen=True, slots=True)
class Cohort:
    """Models of one layer that fail together. `models` stand parents first."""

    layer: str
    raw: frozenset[str]
    models: tuple[Node, ...]

    @property
    def name(self) -> str:
        """Stable, legal as an op name; the first model names it."""
        return f"{self.layer}_{self.models[0].table}"


@dataclass(frozen=True)
class TenantGraph:
    """All tables of a tenant from raw to stage, and what is enhanced from it, parents first.

    cohorts   steps of dbt
    enhanced  steps after them, of one table each, that dbt knows nothing of
    """

    nodes: Mapping[tuple[str, str], Node]
    cohorts: tuple[Cohort, ...]
    enhanced: tuple[Cohort, ...] = ()

    def with_enhanced(self, nodes: Iterable[Node]) -> TenantGraph:
        """With tables of the enhanced layer; of each: its name, code, and parents, if they are there."""
        made = []
        for node in nodes:
            parents = tuple(parent for parent in node.parents if parent in self.nodes)
            raw = frozenset().union(*(self.nodes[parent].raw for parent in parents))
            made.append(replace(node, parents=parents, raw=raw))
        steps = tuple(Cohort(n.layer, n.raw, (n,)) for n in made)
        return TenantGraph({**self.nodes, **{n.name: n for n in made}}, self.cohorts, steps)

    @property
    def steps(self) -> tuple[Cohort, ...]:
        return (*self.cohorts, *self.enhanced)

    def descendants(self, names: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Everything downstream of `names`, without them."""
        reached: set[tuple[str, str]] = set(names)
        start = set(reached)
        for node in self.nodes.values():
            if any(parent in reached for parent in node.parents):
                reached.add(node.name)
        return reached - start

    def layer(self, layer: str) -> list[Node]:
        return [node for node in self.nodes.values() if node.layer == layer]


def tenant_graph(
    manifests: Mapping[str, Mapping[str, Any]],
    raw_tables: Mapping[tuple[str, str], list[str]],
    majors: Mapping[tuple[str, str], Iterable[int]] | None = None,
) -> TenantGraph:
    """Wire the projects' manifests for one tenant.

    manifests   project name ("dbt_elt", "dbt_stage") to the parsed manifest
    raw_tables  (system, table) to the raw relations that the tenant loads for it
    majors      (system, table) to the major versions that it lands and the models do not read
    """
    systems = {system for system, _ in raw_tables}
    nodes: dict[tuple[str, str], Node] = {
        ("raw", relation): Node(("raw", relation), raw=frozenset([relation]))
        for relations in raw_tables.values()
        for relation in relations
    }
    for project, layer in PROJECT_LAYER.items():
        if project in manifests:
            _add_models(nodes, manifests[project], layer, systems, raw_tables, majors)
    return TenantGraph(nodes, _cohorts(nodes))


def _add_models(nodes, manifest, layer: str, systems: set[str], raw_tables, majors) -> None:
    models = {
        uid: node
        for uid, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and _belongs(node, systems)
    }
    tests = _tests_by_model(manifest)
    code = ModelCode(manifest, models, majors)
    expanded: dict[str, tuple[tuple[str, str], ...]] = {}

    def inputs(uid: str) -> tuple[tuple[str, str], ...]:
        """Direct inputs as table names; an ephemeral model is replaced by its own inputs."""
        if uid not in expanded:
            found: dict[tuple[str, str], None] = {}
            for parent in manifest["parent_map"].get(uid, []):
                if parent.startswith("source."):
                    source = manifest["sources"][parent]
                    found.update(dict.fromkeys(_source_tables(source, nodes, raw_tables)))
                elif parent in models:
                    if is_ephemeral(models[parent]):
                        found.update(dict.fromkeys(inputs(parent)))
                    else:
                        found[(layer, _table(models[parent]))] = None
            expanded[uid] = tuple(found)
        return expanded[uid]

    for uid in _parents_first(models, manifest["parent_map"]):
        if is_ephemeral(models[uid]):
            continue
        name = (layer, _table(models[uid]))
        parents = inputs(uid)
        raw = frozenset().union(*(nodes[p].raw for p in parents)) if parents else frozenset()
        own_tests = tuple(tests.get(uid, ()))
        nodes[name] = Node(name, parents, raw, uid, own_tests, code.digest(uid, own_tests), code.daily(uid))


def _cohorts(nodes: Mapping[tuple[str, str], Node]) -> tuple[Cohort, ...]:
    groups: dict[tuple[str, frozenset[str]], list[Node]] = {}
    for node in nodes.values():
        if node.unique_id is not None:
            groups.setdefault((node.layer, node.raw), []).append(node)
    cohorts = [Cohort(layer, raw, tuple(members)) for (layer, raw), members in groups.items()]
    order = list(PROJECT_LAYER.values())
    return tuple(sorted(cohorts, key=lambda c: (order.index(c.layer), len(c.raw), sorted(c.raw))))


def _belongs(node: Mapping[str, Any], systems: set[str]) -> bool:
    wanted = {tag.removeprefix(_SYSTEM_TAG) for tag in node["tags"] if tag.startswith(_SYSTEM_TAG)}
    return not wanted or bool(wanted & systems)


def _source_tables(source, nodes, raw_tables) -> list[tuple[str, str]]:
    """The tenant's tables behind a dbt source: elt tables by name, raw tables by (system, table)."""
    elt = ("elt", source["name"])
    if source["source_name"] == "elt":
        return [elt] if elt in nodes else []
    return [("raw", r) for r in raw_tables.get((source["source_name"], source["name"]), [])]


def _table(node: Mapping[str, Any]) -> str:
    return node.get("alias") or node["name"]


def _parents_first(models: Mapping[str, Any], parent_map: Mapping[str, list[str]]) -> list[str]:
    import graphlib

    edges = {uid: [p for p in parent_map.get(uid, []) if p in models] for uid in sorted(models)}
    return list(graphlib.TopologicalSorter(edges).static_order())


def _tests_by_model(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for uid, node in sorted(manifest["nodes"].items()):
        if node["resource_type"] != "test":
            continue
        model = node.get("attached_node") or next(
            (p for p in manifest["parent_map"].get(uid, []) if p.startswith("model.")), None
        )
        if model is None:
            raise SpecError(
                f"dbt test {node['name']} belongs to no model",
                where=node.get("original_file_path"),
                not_done="the dbt project was not loaded",
                fix="attach it to a model or remove it",
            )
        found.setdefault(model, []).append(uid)
    return found
