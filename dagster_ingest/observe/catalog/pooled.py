"""The catalog small enough for a page: what many assets share is said once, and pointed to by number.

Tenants of one system have the same columns and lineage, so that a schema is of many tenants.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from typing import Any, Generic, TypeVar

from dagster_ingest.observe.catalog.values import Asset, Catalog, Field, Source

T = TypeVar("T", bound=Hashable)


class _Pool(Generic[T]):
    """Values by number, in the order in which they came."""

    def __init__(self) -> None:
        self.numbers: dict[T, int] = {}

    def put(self, value: T) -> int:
        return self.numbers.setdefault(value, len(self.numbers))

    def values(self) -> list[T]:
        return list(self.numbers)


def pooled(catalog: Catalog) -> str:
    """JSON `{assets, pools}`: `pools.texts`, `pools.owners` (lists of names), `pools.schemas`, whose columns
    are `[name, type, description, classes, made_of, sources]`."""
    texts, lists = _Pool[str](), _Pool[tuple[str, ...]]()
    schemas: _Pool[tuple[Field, ...]] = _Pool()
    places = {asset.key: number for number, asset in enumerate(catalog.assets)}
    assets = [_asset(asset, places, texts, lists, schemas) for asset in catalog.assets]
    pools = {
        "texts": texts.values(),
        "owners": [list(each) for each in lists.values()],
        "schemas": [[_field(one) for one in fields] for fields in schemas.values()],
    }
    return json.dumps({"assets": assets, "pools": pools}, ensure_ascii=False, separators=(",", ":"))


def _asset(asset: Asset, places, texts: _Pool[str], lists: _Pool, schemas: _Pool) -> dict[str, Any]:
    upstream = [places[key] for p in asset.upstream if (key := (asset.tenant, *p)) in places]
    contract = asset.contract
    return {
        "key": "/".join(asset.key),
        "tenant": asset.tenant,
        "layer": asset.layer,
        "description": texts.put(asset.description),
        "owners": lists.put(asset.owners),
        "states": lists.put(asset.states),
        "kinds": list(asset.kinds),
        "schema": schemas.put(asset.fields),
        "upstream": upstream,
        "freshness": texts.put(", ".join(f"{name} {value}" for name, value in asset.freshness.items())),
        "cost": texts.put(", ".join(f"{name} {value}" for name, value in asset.cost.items())),
        "code": texts.put(", ".join(f"{one.file}:{one.line}" for one in asset.code)),
        **({"contract": contract.id, "version": contract.version} if contract else {}),
    }


def _field(one: Field) -> list[Any]:
    return [one.name, one.type, one.description, list(one.classes), _told(one.made_of), _told(one.sources)]


def _told(found: Sequence[Source]) -> list[str]:
    return [f"{layer}/{table}.{column}" for layer, table, column in found]
