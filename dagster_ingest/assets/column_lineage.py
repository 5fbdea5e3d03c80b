"""Column lineage on definitions, for a code server to show: from the source's columns to published fields.

It stands there only if it is on disk already, since no definition may wait for a compilation: the report
and the catalog make it. A run needs none, and is spared the reading.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import dagster as dg
from dagster._core.definitions.definitions_load_context import DefinitionsLoadContext, DefinitionsLoadType

from dagster_ingest.assets import keys
from dagster_ingest.assets.columns import Columns, columns_of
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.errors import TransformError
from dagster_ingest.observe.catalog.values import Field
from dagster_ingest.transform.compiled import kept_lineage
from dagster_ingest.transform.shapes import tenant_shapes


def model_metadata(platform: TenantPlatform, name: tuple[str, str]) -> dict[str, Any]:
    """`dagster/column_lineage` of an elt or stage table; empty where there is none."""
    columns = platform.traced
    return _lineage(platform, columns.models.get(name, ())) if columns else {}


def published_metadata(platform: TenantPlatform, reader: str) -> dict[str, Any]:
    """The same for what a reader shows: `place.field` of stage columns."""
    columns = platform.traced
    return _lineage(platform, columns.published(reader)) if columns else {}


def kept_columns(platform: TenantPlatform) -> Columns | None:
    """Columns as they were traced. None where that is not on disk, and in the process of a run."""
    if DefinitionsLoadContext.get().load_type == DefinitionsLoadType.RECONSTRUCTION:
        return None
    try:
        known = kept_lineage(platform.settings, tenant_shapes(platform.settings, platform.spec))
        return columns_of(platform) if known is not None else None
    except TransformError:
        return None


def _lineage(platform: TenantPlatform, fields: Iterable[Field]) -> dict[str, Any]:
    tenant = platform.spec.name
    deps = {
        one.name: [
            dg.TableColumnDep(keys.asset_key(tenant, layer, table), column)
            for layer, table, column in one.made_of
        ]
        for one in fields
        if one.made_of
    }
    return {"dagster/column_lineage": dg.TableColumnLineage(deps)} if deps else {}
