"""What may be done about one location: use its own point, look its address up, or nothing at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from dagster_ingest.enhance.geocoding.address import Address, address_of, says_withheld
from dagster_ingest.enhance.geocoding.kinds import Point

if TYPE_CHECKING:
    import polars as pl

_ADDRESS = ("address_1", "address_2", "city", "region", "state_province", "postal_code", "country")


class Subject(NamedTuple):
    """withheld: why neither point nor address is looked at; None if they are.
    address: None where there is none in the United States."""

    id: str
    withheld: str | None
    point: Point | None
    address: Address | None
    state: str


def location_rows(location: pl.DataFrame, address: pl.DataFrame) -> pl.DataFrame:
    """`location` and `address` of the stage layer as rows for `geocode`: a location each, in their order,
    with its physical address, which is the one of the lowest id, as in `search_record`."""
    import polars as pl

    physical = (
        address.filter(pl.col("address_type") == "physical")
        .sort("id")
        .unique("location_id", keep="first", maintain_order=True)
        .select("location_id", *_ADDRESS)
    )
    return location.join(
        physical, left_on="id", right_on="location_id", how="left", maintain_order="left", validate="m:1"
    )


def subject_of(row: Mapping[str, Any]) -> Subject:
    withheld = _withheld(row)
    if withheld:
        return Subject(row["id"], withheld, None, None, row["_state"])
    lat, lon = row.get("latitude"), row.get("longitude")
    point = Point(float(lat), float(lon)) if lat is not None and lon is not None else None
    address = address_of(row) if row.get("address_1") or row.get("postal_code") or row.get("city") else None
    if address and (row.get("country") or "US").upper() not in ("US", "USA", "UNITED STATES"):
        address = None
    return Subject(row["id"], None, point, address, address.state if address else row["_state"])


def _withheld(row: Mapping[str, Any]) -> str | None:
    """dbt_elt leaves a withheld address out and makes its location virtual. That alone decides; the words are
    for sources that have no flag and say it in the address. A point from the ZIP code would tell it again."""
    if row.get("location_type") == "virtual":
        return "virtual"
    texts = (row.get("address_1"), row.get("address_2"))
    if says_withheld(*texts) or (row.get("description") or "").startswith("Address withheld"):
        return "withheld"
    return None
