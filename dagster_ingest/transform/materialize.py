"""A cohort of models for one state: find what is behind, build it, record its versions."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from dagster_ingest import faults, naming, tracing
from dagster_ingest.land.base import PartitionVersion
from dagster_ingest.transform.graph import Cohort, Node
from dagster_ingest.transform.versions import inputs_digest, of_the_day, to_run

if TYPE_CHECKING:
    from dagster_ingest.transform.project import DbtProject
    from dagster_ingest.transform.run import NodeResult
    from dagster_ingest.transform.where import Where


class Store(Protocol):
    """The tenant's warehouse as a transform sees it."""

    def exclusive(self) -> Any: ...

    def content_versions(
        self, names: Sequence[tuple[str, str]], state: str
    ) -> dict[tuple[str, str], tuple[str, int]]: ...

    def record(self, versions: list[PartitionVersion]) -> None: ...


class Platform(Protocol):
    @property
    def variables(self) -> Mapping[str, Any]: ...

    @property
    def landing(self) -> Store: ...

    def versions(self, state: str) -> dict[tuple[str, str], PartitionVersion]: ...

    def dbt_project(self, layer: str) -> DbtProject: ...

    def where(self, layer: str, state: str) -> Where: ...


@dataclass(slots=True)
class Built:
    """What happened to a cohort.

    models  (layer, table) to the result of each model that ran
    tests   unique id to the result of each test that ran; `tested` names its model
    failed  models that may not be used: errored, skipped, or broken by a test of severity error
    """

    models: dict[tuple[str, str], NodeResult] = field(default_factory=dict)
    tests: dict[str, NodeResult] = field(default_factory=dict)
    tested: dict[str, Node] = field(default_factory=dict)
    failed: set[tuple[str, str]] = field(default_factory=set)

    def seconds(self, name: tuple[str, str] | None = None) -> float:
        """How long a model and its tests took, or all of them."""
        return sum(result.seconds for result in self._results(name))

    def queries(self, name: tuple[str, str]) -> tuple[str, ...]:
        """Ids of the statements of a model and its tests, where the warehouse gives them."""
        return tuple(result.query for result in self._results(name) if result.query)

    def _results(self, name: tuple[str, str] | None) -> list[NodeResult]:
        models = [result for of, result in self.models.items() if name in (None, of)]
        tests = [result for uid, result in self.tests.items() if name in (None, self.tested[uid].name)]
        return [*models, *tests]

    def explain(self) -> str:
        """The first causes, one a line; what was only skipped behind them is not repeated."""
        lines = [
            f"{'.'.join(name)}: {result.message}"
            for name, result in self.models.items()
            if result.status == "error"
        ]
        lines += [
            f"{'.'.join(self.tested[uid].name)}: test {uid.split('.')[2]}: {result.message}"
            for uid, result in self.tests.items()
            if result.status in ("fail", "error")
        ]
        return "\n".join(lines)


def materialize(platform: Platform, cohort: Cohort, selected: Set[tuple[str, str]], state: str) -> Built:
    """Bring the selected models of `cohort` up to date for `state`.

    Models whose inputs did not change are left alone. A model's version is recorded only after
    it and its tests passed, so whatever dies in between is done again.
    """
    built = Built()
    for choose in (of_the_day, to_run):
        nodes = choose(cohort, set(selected), platform.variables, platform.versions(state))
        if nodes:
            _build(platform, cohort, built, nodes, state)
    return built


def _build(platform: Platform, cohort: Cohort, built: Built, nodes: list[Node], state: str) -> None:
    tests = {uid: node for node in nodes for uid in node.tests}
    built.tested |= tests
    from dagster_ingest.transform.run import build

    with platform.landing.exclusive():
        results = build(
            platform.dbt_project(cohort.layer),
            [node.unique_id for node in nodes if node.unique_id] + list(tests),
            {**platform.variables, "state": state},
            platform.where(cohort.layer, state),
            on_node=lambda _: faults.reach("dbt.running"),
        )
    _sort(built, nodes, {result.unique_id: result for result in results})
    _tell(built, nodes, tests, results)
    _record(platform, built, nodes, state)


def _sort(built: Built, nodes: list[Node], results: Mapping[str, NodeResult]) -> None:
    for node in nodes:
        built.failed.discard(node.name)
        result = results.get(node.unique_id or "")
        if result is not None:
            built.models[node.name] = result
        tests = [results.get(uid) for uid in node.tests]
        built.tests |= {r.unique_id: r for r in tests if r is not None and r.status != "skipped"}
        # A test that could not run has proved nothing.
        proved = all(r is not None and r.ok for r in tests)
        after_failed = any(parent in built.failed for parent in node.parents)
        if result is None or not result.ok or not proved or after_failed:
            built.failed.add(node.name)


def _tell(built: Built, nodes: list[Node], tests: Mapping[str, Node], results: Sequence[NodeResult]) -> None:
    """A span for each model and test that ran."""
    models = {node.unique_id: node for node in nodes}
    for result in results if tracing.on() else ():
        node = models.get(result.unique_id) or tests[result.unique_id]
        kind = "model" if result.unique_id in models else "test"
        tracing.told(
            f"dbt {kind} {result.unique_id.split('.')[2]}",
            result.seconds,
            result.began,
            failed=None if result.ok or result.status == "skipped" else result.message or "failed",
            layer=node.layer,
            table=node.table,
            status=result.status,
            rows=result.rows,
            failing_rows=result.failures,
            query_id=result.query,
        )


def _record(platform: Platform, built: Built, nodes: list[Node], state: str) -> None:
    """Write the versions of what was built, parents first: a child's inputs name them."""
    versions = dict(platform.versions(state))
    good = [node for node in nodes if node.name not in built.failed]
    contents = platform.landing.content_versions([node.name for node in good], state)
    load_id = naming.new_load_id()
    for node in good:
        data_version, rows = contents[node.name]
        versions[node.name] = PartitionVersion(
            layer=node.layer,
            table=node.table,
            state=state,
            load_id=load_id,
            data_version=data_version,
            inputs=inputs_digest(node, platform.variables, versions),
            rows=rows,
            bytes=0,
            committed_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        )
    platform.landing.record([versions[node.name] for node in good])
