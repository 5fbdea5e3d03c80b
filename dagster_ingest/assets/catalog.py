"""The catalog out of specs, contracts, models, their lineage, and the event log."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.columns import Columns, columns_of, declared, raw_fields
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.specs import contract_attributes, tenant_attributes
from dagster_ingest.errors import TransformError
from dagster_ingest.observe.catalog.values import Asset, Catalog, Contracted, Field, Place
from dagster_ingest.settings import Settings
from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.transform.graph import PROJECT_LAYER

if TYPE_CHECKING:
    from dagster_ingest.spec.contract import Contract

_PAGE = 500


def catalog_of(
    settings: Settings, tenants: Iterable[TenantSpec], instance: dg.DagsterInstance | None = None
) -> Catalog:
    """Every asset of the tenants. Where models cannot be traced, their columns come without lineage."""
    assets: list[Asset] = []
    problems: list[str] = []
    for spec in tenants:
        platform = TenantPlatform(settings, spec)
        try:
            columns = columns_of(platform)
        except TransformError as error:
            problems.append(f"{spec.name}: no column was traced: {error.problem}")
            columns = Columns({}, {})
        assets += _of_tenant(platform, columns)
    made = _materialized(instance, [asset.key for asset in assets]) if instance is not None else {}
    return Catalog(time.time(), tuple(_at(asset, made.get(asset.key)) for asset in assets), tuple(problems))


def _of_tenant(platform: TenantPlatform, columns: Columns) -> Iterator[Asset]:
    from dagster_ingest.assets.enhance_parts import parts_of
    from dagster_ingest.publish import registry
    from dagster_ingest.transform.project import manifests

    spec, graph = platform.spec, platform.graph
    for source in spec.sources:
        for table in source.tables:
            kept: tuple[str, ...] = (source.system, source.connector, platform.kind("raw"))
            code = _raw_code(platform, table.line or source.line, table.contract)
            text = table.contract.description or f"{source.system} {table.name}, verbatim"
            owners = contract_attributes(spec, table.contract)["owners"]
            fields = columns.raw[table.raw] if table.raw in columns.raw else raw_fields(table.contract)
            yield _asset(platform, ("raw", table.raw), text, kept, (), fields, code, owners, table.contract)
    for project, manifest in manifests(platform.settings).items():
        for node in graph.layer(PROJECT_LAYER[project]):
            model = manifest["nodes"][node.unique_id]
            code = [Place(f"{project}/{model['original_file_path']}", 1, "model")]
            kinds = ("dbt", platform.kind(node.layer))
            fields = columns.models.get(node.name) or declared(model)
            yield _asset(platform, node.name, model["description"], kinds, node.parents, fields, code)
    for part in parts_of(spec):
        node = graph.nodes[part.node_name]
        code = [_in_tenant(platform, spec.enhance_line)]
        yield _asset(platform, node.name, part.description, ("duckdb", part.name), node.parents, (), code)
    inputs = [node.name for layer in ("stage", "enhanced") for node in graph.layer(layer)]
    for target in spec.model.publish:
        name, text = ("published", target.reader), registry.describe(target.reader)
        fields, code = columns.published(target.reader), [_in_tenant(platform, None)]
        yield _asset(platform, name, text, (target.reader,), inputs, fields, code)


def _asset(
    platform: TenantPlatform,
    name: tuple[str, str],
    description: str | None,
    kinds: Sequence[str],
    upstream: Sequence[tuple[str, str]],
    fields: Sequence[Field],
    code: Sequence[Place],
    owners: Sequence[str] | None = None,
    contract: Contract | None = None,
) -> Asset:
    model = platform.spec.model
    file = contract.patch or contract.file if contract else ""
    return Asset(
        tenant=platform.spec.name,
        layer=name[0],
        table=name[1],
        description=description or "",
        owners=tuple(owners or tenant_attributes(platform.spec, name[0])["owners"]),
        kinds=tuple(kinds),
        states=platform.spec.states,
        fields=tuple(fields),
        upstream=tuple(upstream),
        freshness=model.freshness.model_dump(mode="json", exclude_none=True),
        cost=model.cost.tags,
        contract=Contracted(contract.id, contract.version, contract.owner, _shown(platform, file))
        if contract
        else None,
        code=tuple(code),
    )


def _raw_code(platform: TenantPlatform, line: int | None, contract: Contract) -> list[Place]:
    files = ((contract.file, "contract"), (contract.patch, "contract patch"))
    places = [Place(_shown(platform, file), 1, label) for file, label in files if file]
    return [_in_tenant(platform, line), *places]


def _in_tenant(platform: TenantPlatform, line: int | None) -> Place:
    return Place(_shown(platform, str(platform.spec.file)), line or 1, "tenant spec")


def _shown(platform: TenantPlatform, file: str) -> str:
    """Relative to the project, or to the package for what it ships."""
    import dagster_ingest

    for root in (platform.settings.root, Path(dagster_ingest.__file__).parents[1]):
        if file.startswith(f"{root}/"):
            return file.removeprefix(f"{root}/")
    return file


def _materialized(
    instance: dg.DagsterInstance, wanted: Sequence[tuple[str, str, str]]
) -> dict[tuple[str, ...], float]:
    """Asset to when it was last materialized, in few queries."""
    found = {}
    for start in range(0, len(wanted), _PAGE):
        page = [keys.asset_key(*key) for key in wanted[start : start + _PAGE]]
        for record in instance.get_asset_records(page):
            entry = record.asset_entry.last_materialization_record
            if entry is not None:
                found[tuple(record.asset_entry.asset_key.path)] = entry.timestamp
    return found


def _at(asset: Asset, moment: float | None) -> Asset:
    return asset if moment is None else replace(asset, materialized_at=moment)
