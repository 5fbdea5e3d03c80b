"""The tables of a tenant as datasets for others: names that last, columns, owners, where columns are from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from dagster_ingest.errors import IngestError
from dagster_ingest.naming import warehouse_schema
from dagster_ingest.settings import Settings
from dagster_ingest.spec.resolved import SourceSpec, TableSpec, TenantSpec
from dagster_ingest.spec.warehouse import IcebergWarehouse, SnowflakeWarehouse, Warehouse
from dagster_ingest.transform.graph import TenantGraph

Place = tuple[str, str]
"""(layer, table); the layer `source` is what the tenant delivers."""


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: str | None = None
    description: str | None = None
    private: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """A column that another one is made of (direct), or that only decides over it."""

    namespace: str
    dataset: str
    column: str
    direct: bool


@dataclass(frozen=True, slots=True)
class Dataset:
    """contract: id and version. origins: column to what it hangs on. rows: what decides over the rows."""

    namespace: str
    name: str
    fields: tuple[Field, ...] = ()
    owners: tuple[str, ...] = ()
    description: str | None = None
    contract: str | None = None
    origins: Mapping[str, tuple[Origin, ...]] = field(default_factory=dict)
    rows: tuple[Origin, ...] = ()


@dataclass(frozen=True)
class Datasets:
    """Of one tenant. manifests: of the dbt projects. columns: whether lineage of columns is looked for."""

    settings: Settings
    spec: TenantSpec
    graph: TenantGraph
    manifests: Mapping[str, Mapping[str, Any]]
    target: Warehouse
    columns: bool = True

    def named(self, place: Place) -> tuple[str, str]:
        """Namespace and name. They hang on the installation and the spec alone, never on a run."""
        (layer, table), tenant = place, self.spec.name
        if layer == "source":
            source, found = self._raw(table)
            return f"{source.connector}://{tenant}/{source.name}", found.name
        if layer == "published":
            return f"{table}://{tenant}", f"{tenant}.published"
        if isinstance(self.target, SnowflakeWarehouse) and layer != "enhanced":
            database = self.target.database.replace("{TENANT}", tenant.upper())
            account = self.target.account or self.target.connection or "default"
            return f"snowflake://{account}", f"{database}.{warehouse_schema(layer, tenant)}.{table}".upper()
        if isinstance(self.target, IcebergWarehouse) and layer == "raw":
            uri = getattr(self.target.catalog, "uri", None)
            place_of = uri if isinstance(uri, str) else self.target.location
            return place_of or f"iceberg://{self.settings.target}", f"{tenant}.{table}"
        return f"duckdb://{self.settings.target}/{tenant}", f"{tenant}.{layer}.{table}"

    def inputs(self, place: Place) -> list[Place]:
        """What a table is made from, direct parents only."""
        layer, table = place
        if layer == "raw":
            return [("source", table)]
        if layer == "published":
            return [node.name for of in ("stage", "enhanced") for node in self.graph.layer(of)]
        node = self.graph.nodes.get(place)
        return list(node.parents) if node is not None else []

    def bare(self, place: Place) -> Dataset:
        return Dataset(*self.named(place))

    def whole(self, place: Place) -> Dataset:
        """With all that is known of it before a run."""
        if place not in self._known:
            self._known[place] = self._whole(place)
        return self._known[place]

    @cached_property
    def _known(self) -> dict[Place, Dataset]:
        return {}

    def _whole(self, place: Place) -> Dataset:
        layer, table = place
        owners, description, contract = list(self.spec.model.owners), None, None
        if layer == "raw":
            known = self._raw(table)[1].contract
            owners += [owner for owner in known.owners if owner not in owners]
            description, contract = known.description, f"{known.id} {known.version}"
        elif (model := self._model(place)) is not None:
            description = model.get("description") or None
        return Dataset(
            *self.named(place),
            fields=tuple(self._fields(place)),
            owners=tuple(owners),
            description=description,
            contract=contract,
            origins=dict(self._origins(place)),
            rows=self._rows(place),
        )

    def _raw(self, raw: str) -> tuple[SourceSpec, TableSpec]:
        return next((s, t) for s in self.spec.sources for t in s.tables if t.raw == raw)

    def _model(self, place: Place) -> Mapping[str, Any] | None:
        node = self.graph.nodes.get(place)
        if node is None or node.unique_id is None:
            return None
        found = (m["nodes"].get(node.unique_id) for m in self.manifests.values())
        return next((model for model in found if model is not None), None)

    def _fields(self, place: Place) -> Iterator[Field]:
        layer, table = place
        if layer == "raw":
            for column in self._raw(table)[1].contract.columns:
                yield Field(column.field, column.type, column.description, column.private)
        elif layer == "published":
            yield from (Field(name) for name, _ in self._shown(table))
        elif (model := self._model(place)) is not None:
            for column in model["columns"].values():
                yield Field(column["name"], column.get("data_type"), column.get("description") or None)

    def _origins(self, place: Place) -> Iterator[tuple[str, tuple[Origin, ...]]]:
        layer, table = place
        if layer == "raw":
            space, name = self.named(("source", table))
            for column in self._raw(table)[1].contract.columns:
                yield column.field, (Origin(space, name, column.name, True),)
        elif layer == "published":
            yield from self._shown(table)
        elif place in self._traced:
            for name, made in self._traced[place].columns.items():
                direct = self._leaves(made.value, True)
                indirect = self._leaves(made.choice - made.value, False)
                if not name.startswith("_") and (direct or indirect):
                    yield name, (*direct, *indirect)

    def _shown(self, reader: str) -> Iterator[tuple[str, tuple[Origin, ...]]]:
        """`place.field` of a store to the stage columns that it shows."""
        from dagster_ingest.publish.shown import shown

        found: dict[str, list[Origin]] = {}
        for node in self.graph.layer("stage") if self.columns else ():
            model = self._model(node.name)
            for column in model["columns"] if model is not None else ():
                origin = Origin(*self.named(node.name), column, True)
                for place, fields in shown(reader, node.table, [column]).items():
                    for name in fields:
                        found.setdefault(f"{place}.{name}", []).append(origin)
        for name in sorted(found):
            yield name, tuple(found[name])

    def _rows(self, place: Place) -> tuple[Origin, ...]:
        traced = self._traced.get(place) if place[0] in ("elt", "stage") else None
        return self._leaves(traced.rows, False) if traced is not None else ()

    def _leaves(self, leaves, direct: bool) -> tuple[Origin, ...]:
        return tuple(
            Origin(*self.named((layer, table)), column, direct)
            for layer, table, column in sorted(leaves)
            if column != "*" and not column.startswith("_")
        )

    @cached_property
    def _traced(self) -> Mapping[Place, Any]:
        """Empty where it is not asked for, or the models cannot be compiled: events go without, then."""
        if not self.columns:
            return {}
        from dagster_ingest.land.empty import empty_tables
        from dagster_ingest.transform.compiled import model_lineage
        from dagster_ingest.transform.shapes import tenant_shapes

        try:
            return model_lineage(self.settings, tenant_shapes(self.settings, self.spec), empty_tables)
        except IngestError:
            return {}
