"""Organizations, for whoever looks one up by its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dagster_ingest.publish.documents.about import About
from dagster_ingest.publish.documents.digest import compact
from dagster_ingest.publish.documents.record import RECORDS
from dagster_ingest.publish.documents.tables import Tables

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition

_PLACE = {"address_1": "address_1", "city": "city", "state": "state_province", "postal_code": "postal_code"}


def organization_documents(partition: StagePartition, about: About) -> Iterator[dict[str, Any]]:
    """One for each organization with a published record, in order of id."""
    tables = Tables(partition)
    frame = tables.frame(RECORDS)
    if frame.is_empty() or "organization_id" not in frame.columns:
        return
    first = frame.filter(frame["service_at_location_id"].is_not_null()) if _has_places(frame) else frame
    shown = {row["organization_id"]: row for row in first.reverse().iter_rows(named=True)}
    phones = tables.children("phone", "organization_id", shown)
    for key, organization in tables.by_id("organization").items():
        if key not in shown:
            continue
        numbers = [p["number"] for p in phones.get(key, ()) if p["contact_id"] is None and p["type"] != "fax"]
        yield compact(
            {
                "organization_id": key,
                "tenant_id": about.tenant_id,
                "name": organization["name"],
                "alternate_name": organization["alternate_name"],
                "email": organization["email"],
                "website": organization["website"],
                "phone": numbers[0] if numbers else None,
                "location": {field: shown[key].get(column) for field, column in _PLACE.items()},
            }
        )


def _has_places(frame) -> bool:
    return "service_at_location_id" in frame.columns
