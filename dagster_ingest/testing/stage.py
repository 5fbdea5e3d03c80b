"""Stage partitions made by hand, for tests of readers."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dagster_ingest import hsds
from dagster_ingest.naming import hsds_id
from dagster_ingest.publish.base import StagePartition

if TYPE_CHECKING:
    import pyarrow as pa

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def stage_partition(
    rows: Rows,
    *,
    tenant: str = "prairie",
    state: str = "IA",
    version: str | None = None,
    locales: tuple[str, ...] = ("en",),
    redirects: Mapping[str, str] | None = None,
) -> StagePartition:
    """`rows` by entity as a stage would hand them over; left-out HSDS fields are null.

    The version is a digest of the rows unless it is given.
    """
    tables = {name: _table(name, list(some)) for name, some in rows.items()}
    return StagePartition(
        tenant=tenant,
        display_name=tenant.title(),
        state=state,
        version=version or _digest({**rows, "redirects": [redirects]} if redirects else rows),
        locales=locales,
        entities=tuple(tables),
        table=tables.__getitem__,
        redirects=redirects or {},
    )


def sample_rows(
    services: int = 3, *, tenant: str = "prairie", seed: int = 1
) -> dict[str, list[dict[str, Any]]]:
    """Consistent rows of nine entities and the search records, `services` of each, all invented."""
    chance = random.Random(seed)
    term = hsds_id(tenant, "sample", "taxonomy_term", "XA-1000")
    taxonomy = hsds_id(tenant, "sample", "taxonomy", "1")
    rows: dict[str, list[dict[str, Any]]] = {
        "taxonomy": [{"id": taxonomy, "name": "Invented", "description": "Invented"}],
        "taxonomy_term": [
            {
                "id": term,
                "code": "XA-1000",
                "name": "XA-1000",
                "description": "XA-1000",
                "taxonomy_id": taxonomy,
            }
        ],
    }
    for number in range(services):
        for entity, row in _service_rows(number, tenant, term, chance).items():
            rows.setdefault(entity, []).append(row)
    return rows


def _service_rows(number: int, tenant: str, term: str, chance: random.Random) -> dict[str, dict[str, Any]]:
    def made(entity: str) -> str:
        return hsds_id(tenant, "sample", entity, str(number))

    org, service, location, sal = map(made, ("organization", "service", "location", "service_at_location"))
    place = {"latitude": round(chance.uniform(40, 43), 6), "longitude": round(chance.uniform(-96, -91), 6)}
    return {
        "organization": {
            "id": org,
            "name": f"Organization {number}",
            "description": 'Says "hi",\nthen \\. ends',
        },
        "service": {
            "id": service,
            "organization_id": org,
            "name": f"Service {number}",
            "status": "active",
            "minimum_age": 18.0,
            "assured_date": "2026-02-03",
            "last_modified": "2026-02-03 04:05:06.789",
        },
        "location": {"id": location, "location_type": "physical", "organization_id": org, **place},
        "service_at_location": {"id": sal, "service_id": service, "location_id": location, "description": ""},
        "phone": {"id": made("phone"), "service_id": service, "number": f"515-555-{number:04d}"},
        "schedule": {
            "id": made("schedule"),
            "service_id": service,
            "opens_at": "09:00",
            "closes_at": "17:00",
        },
        "attribute": {
            "id": made("attribute"),
            "link_id": service,
            "link_entity": "service",
            "taxonomy_term_id": term,
        },
        "search_record": {
            "id": sal,
            "service_id": service,
            "display_name": f"Service {number} at Organization {number}",
            "taxonomy_codes": ["XA-1000", 'quoted "code"'],
            **place,
        },
    }


def _table(name: str, rows: list[Mapping[str, Any]]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    entity = hsds.entities().get(name)
    if entity is None:
        return pa.Table.from_pylist([dict(r) for r in rows])
    kinds = {
        "number": pa.float64(),
        "date": pa.date32(),
        "datetime": pa.timestamp("us"),
    }
    columns = {
        field.name: pc.cast(pa.array([r.get(field.name) for r in rows]), kinds.get(field.type, pa.string()))
        for field in entity.fields
    }
    return pa.table(columns)


def _digest(rows: Rows) -> str:
    import xxhash

    return xxhash.xxh3_64_hexdigest(json.dumps(rows, sort_keys=True, default=str).encode())
