"""Columns of a tenant's assets with what they are made of, from the source's columns to published fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.observe.catalog.values import Field, Source
from dagster_ingest.transform.graph import PROJECT_LAYER

if TYPE_CHECKING:
    from dagster_ingest.spec.contract import Column, Contract
    from dagster_ingest.transform.relation import Traced

Table = tuple[str, str]
_Known = Mapping[Source, tuple[Source, ...]]


@dataclass(frozen=True)
class Columns:
    """raw: raw relation to its fields. models: (layer, table) to those of elt and stage."""

    raw: Mapping[str, tuple[Field, ...]]
    models: Mapping[Table, tuple[Field, ...]]

    def published(self, reader: str) -> tuple[Field, ...]:
        """What a reader shows of the stage: `place.field`, made of stage columns."""
        from dagster_ingest.publish.shown import shown

        found: dict[str, Field] = {}
        for (layer, table), fields in self.models.items():
            if layer != "stage":
                continue
            for one in fields:
                for place, names in shown(reader, table, [one.name]).items():
                    for name in names:
                        made = Field(
                            f"{place}.{name}",
                            one.type,
                            one.description,
                            classes=one.classes,
                            made_of=((layer, table, one.name),),
                            sources=one.sources,
                        )
                        known = found.get(made.name)
                        found[made.name] = made if known is None else _both(known, made)
        return tuple(found[name] for name in sorted(found))


def columns_of(platform: TenantPlatform) -> Columns:
    """Raises TransformError where the dbt projects cannot be read.

    Lineages are compiled once for tenants that are alike, and kept on disk.
    """
    raw = {t.raw: raw_fields(t.contract) for s in platform.spec.sources for t in s.tables}
    traced = lineage_of(platform)
    known: dict[Source, tuple[Source, ...]] = {}
    private: set[Source] = set()
    for relation, fields in raw.items():
        for one in fields:
            known["raw", relation, one.name.lower()] = (("raw", relation, one.name),)
            if "private" in one.classes:
                private.add(("raw", relation, one.name))
    models: dict[Table, tuple[Field, ...]] = {}
    for table, fields in _declared(platform):
        models[table] = tuple(_made(one, table, traced.get(table), known, private) for one in fields)
        known.update({(*table, one.name.lower()): one.sources for one in models[table]})
    return Columns(raw, models)


def lineage_of(platform: TenantPlatform) -> dict[Table, Traced]:
    from dagster_ingest.land.empty import empty_tables
    from dagster_ingest.transform.compiled import model_lineage
    from dagster_ingest.transform.shapes import tenant_shapes

    return model_lineage(platform.settings, tenant_shapes(platform.settings, platform.spec), empty_tables)


def raw_fields(contract: Contract) -> tuple[Field, ...]:
    return tuple(
        Field(
            c.field,
            c.type,
            c.description or "",
            c.required,
            c.key,
            _classes(c),
        )
        for c in contract.columns
    )


def _classes(column: Column) -> tuple[str, ...]:
    named = ["private"] if column.private else []
    return tuple(dict.fromkeys([*named, *([column.classification] if column.classification else [])]))


def declared(model: Mapping[str, Any]) -> tuple[Field, ...]:
    """The columns of a model's contract."""
    return tuple(
        Field(name, (c.get("data_type") or "").lower(), c.get("description") or "")
        for name, c in model["columns"].items()
    )


def _declared(platform: TenantPlatform) -> Iterable[tuple[Table, tuple[Field, ...]]]:
    """Models of the tenant, parents first."""
    from dagster_ingest.transform.project import manifests

    found = manifests(platform.settings)
    nodes = {uid: node for manifest in found.values() for uid, node in manifest["nodes"].items()}
    for node in platform.graph.nodes.values():
        if node.layer in PROJECT_LAYER.values() and node.unique_id is not None:
            yield node.name, declared(nodes[node.unique_id])


def _made(one: Field, table: Table, traced: Traced | None, known: _Known, private: set[Source]) -> Field:
    """The column with what it is made of; columns that only decide which value is taken are left out."""
    made = traced.columns.get(one.name) if traced else None
    leaves = sorted(leaf for leaf in made.value if not leaf[2].startswith("_")) if made else []
    own = [leaf for leaf in leaves if leaf[:2] != table]
    sources = {s for leaf in own for s in known.get((leaf[0], leaf[1], leaf[2].lower()), ())}
    classes = ("from private",) if sources & private else ()
    return replace(one, made_of=tuple(own), sources=tuple(sorted(sources)), classes=classes)


def _both(one: Field, other: Field) -> Field:
    return replace(
        one,
        classes=tuple(dict.fromkeys((*one.classes, *other.classes))),
        made_of=tuple(sorted({*one.made_of, *other.made_of})),
        sources=tuple(sorted({*one.sources, *other.sources})),
    )
