"""The catalog as JSON, in the shape that `catalog.schema.json` beside this file describes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from dagster_ingest.observe.catalog.values import VERSION, Asset, Catalog, Field, Source


def as_json(catalog: Catalog) -> dict[str, Any]:
    return {
        "version": VERSION,
        "made_at": _iso(catalog.made_at),
        "assets": [_asset(asset) for asset in catalog.assets],
        "problems": list(catalog.problems),
    }


def _asset(asset: Asset) -> dict[str, Any]:
    contract = asset.contract
    return {
        "key": list(asset.key),
        "tenant": asset.tenant,
        "layer": asset.layer,
        "table": asset.table,
        "description": asset.description,
        "owners": list(asset.owners),
        "kinds": list(asset.kinds),
        "states": list(asset.states),
        "columns": [_field(asset, one) for one in asset.fields],
        "upstream": [[asset.tenant, *place] for place in asset.upstream],
        "freshness": dict(asset.freshness),
        "materialized_at": _iso(asset.materialized_at),
        "contract": {
            "id": contract.id,
            "version": contract.version,
            "owner": contract.owner,
            "file": contract.file,
        }
        if contract
        else None,
        "code": [{"file": one.file, "line": one.line, "label": one.label} for one in asset.code],
        "cost": dict(asset.cost),
    }


def _field(asset: Asset, one: Field) -> dict[str, Any]:
    return {
        "name": one.name,
        "type": one.type,
        "description": one.description,
        "required": one.required,
        "key": one.key,
        "classification": list(one.classes),
        "made_of": list(_sources(asset, one.made_of)),
        "sources": list(_sources(asset, one.sources)),
    }


def _sources(asset: Asset, found: tuple[Source, ...]) -> Iterator[dict[str, Any]]:
    for layer, table, column in found:
        yield {"asset": [asset.tenant, layer, table], "column": column}


def _iso(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
