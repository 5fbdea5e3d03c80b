"""Organizations, for whoever looks one up by its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import polars as pl

from dagster_ingest.publish.documents.about import About
from dagster_ingest.publish.documents.digest import compact
from dagster_ingest.publish.documents.record import BATCH, RECORDS
from dagster_ingest.publish.documents.tables import Groups, Reads, Tables

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition

_PLACE = {"address_1": "address_1", "city": "city", "state": "state_province", "postal_code": "postal_code"}
_AT = "service_at_location_id"


def organization_documents(partition: StagePartition, about: About) -> Iterator[dict[str, Any]]:
    """One for each organization with a published record, in order of id."""
    tables = Tables(partition)
    for _, document in made(tables, about, organization_ids(tables)):
        yield document


def organization_ids(tables: Tables) -> pl.Series:
    """Those that have a document."""
    frame, known = tables.frame(RECORDS), tables.frame("organization")
    if frame.is_empty() or known.is_empty() or "organization_id" not in frame.columns:
        return pl.Series(dtype=pl.String)
    first = frame.filter(frame[_AT].is_not_null()) if _AT in frame.columns else frame
    shown = first["organization_id"].drop_nulls().cast(pl.String).unique()
    ids = known["id"].unique()
    return ids.filter(ids.is_in(shown.implode()))


def made(tables: Tables, about: About, ids: Iterable[str]) -> Iterator[tuple[Reads, dict[str, Any]]]:
    """The documents of these in order of id, and what each was made of."""
    known = sorted(ids)
    for start in range(0, len(known), BATCH):
        some = known[start : start + BATCH]
        own = tables.groups("organization", "id", some)
        records = tables.groups(RECORDS, "organization_id", some)
        phones = tables.groups("phone", "organization_id", some)
        for key in some:
            reads: Reads = set()
            yield reads, _document(about, key, own, records, phones, reads)


def _document(
    about: About, key: str, own: Groups, records: Groups, phones: Groups, reads: Reads
) -> dict[str, Any]:
    organization = own.read(reads, key)[-1]
    place = next(row for row in records.read(reads, key) if row.get(_AT, "") is not None)
    some = phones.read(reads, key)
    numbers = [p["number"] for p in some if p["contact_id"] is None and p["type"] != "fax"]
    return compact(
        {
            "organization_id": key,
            "tenant_id": about.tenant_id,
            "name": organization["name"],
            "alternate_name": organization["alternate_name"],
            "email": organization["email"],
            "website": organization["website"],
            "phone": numbers[0] if numbers else None,
            "location": {field: place.get(column) for field, column in _PLACE.items()},
        }
    )
