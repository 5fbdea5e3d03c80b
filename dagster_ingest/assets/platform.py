"""What every step of a tenant needs at hand: settings, spec, graph, the tenant's store."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dagster_ingest.settings import Settings
from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.spec.warehouse import SnowflakeWarehouse, Warehouse, warehouse_of
from dagster_ingest.transform import graph as model_graph
from dagster_ingest.transform import project, variables

if TYPE_CHECKING:
    from dagster_ingest.assets.columns import Columns
    from dagster_ingest.land.duckdb import DuckDBLanding
    from dagster_ingest.transform.where import Where


@dataclass(frozen=True)
class TenantPlatform:
    """One tenant on this installation. Cheap to make; the manifests are read once a process."""

    settings: Settings
    spec: TenantSpec

    @cached_property
    def graph(self) -> model_graph.TenantGraph:
        from dagster_ingest.assets.enhance_parts import parts_of

        manifests = project.manifests(self.settings)
        raw, majors = variables.raw_tables(self.spec), variables.majors(self.spec)
        models = model_graph.tenant_graph(manifests, raw, majors)
        return models.with_enhanced(part.node(self.spec) for part in parts_of(self.spec))

    @cached_property
    def traced(self) -> Columns | None:
        """What columns are made of, for definitions to show; None where nobody traced it yet."""
        from dagster_ingest.assets.column_lineage import kept_columns

        return kept_columns(self)

    @cached_property
    def variables(self) -> dict[str, Any]:
        return variables.variables(self.spec)

    @cached_property
    def landing(self) -> DuckDBLanding:
        from dagster_ingest.land.warehouse import landing_of

        return landing_of(self.settings, self.spec)

    @cached_property
    def warehouse(self) -> Warehouse:
        """The target in force."""
        return warehouse_of(self.settings)

    def kind(self, layer: str) -> str:
        """What keeps a layer's rows, as an asset's kind."""
        kept = self.warehouse.type
        return "duckdb" if kept == "iceberg" and layer != "raw" else kept

    def tags(self, layer: str, state: str, run_id: str) -> dict[str, str]:
        """What the statements of a step are run for: land.tags lays them on sessions and commits."""
        place = {"tenant": self.spec.name, "state": state, "layer": layer, "run_id": run_id}
        return {**self.spec.model.cost.tags, **place}

    def dbt_project(self, layer: str) -> project.DbtProject:
        wanted = next(name for name, of in model_graph.PROJECT_LAYER.items() if of == layer)
        return next(p for p in project.projects(self.settings) if p.name == wanted)

    def where(self, layer: str, state: str) -> Where:
        """Where dbt builds a layer, with the tags of this context on its statements."""
        from dagster_ingest.land import tags
        from dagster_ingest.secrets import secrets_of
        from dagster_ingest.transform.where import DuckDBFile, SnowflakeSession

        if not isinstance(self.warehouse, SnowflakeWarehouse):
            return DuckDBFile(self.landing.path)
        cost = self.tags(layer, state, "")
        told = {name: value for name, value in {**cost, **tags.current()}.items() if value}
        secrets = secrets_of(self.settings, self.spec.name)
        return SnowflakeSession.of(self.warehouse, self.spec.name, secrets, told)

    def versions(self, state: str) -> dict[tuple[str, str], Any]:
        """What the store holds of a state: (layer, table) to its PartitionVersion."""
        return {(v.layer, v.table): v for v in self.landing.versions(state)}
