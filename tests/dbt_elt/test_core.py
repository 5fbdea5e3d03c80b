"""What every system relies on: ids, states, texts, cascade."""

from __future__ import annotations

from dagster_ingest import naming


def agency(number: str, **fields: str) -> dict[str, str]:
    return {
        "ResourceAgencyNum": number,
        "TaxonomyLevelName": "Agency",
        "PublicName": f"Agency {number}",
        **fields,
    }


def test_ids_are_those_of_naming(warehouse):
    warehouse.land("icarol_resource", [agency("17"), agency("Zoë 'x'")])

    warehouse.build(systems=["icarol"])

    found = {row["_source_id"]: row["id"] for row in warehouse.rows("organization")}
    assert found == {n: naming.hsds_id("acme", "icarol", "agency", n) for n in ("17", "Zoë 'x'")}


def test_a_run_touches_its_own_state_only(warehouse):
    warehouse.land("icarol_resource", [agency("1")], state="IA")
    warehouse.land("icarol_resource", [agency("2")], state="NE")
    warehouse.build(systems=["icarol"], state="IA")
    warehouse.build(systems=["icarol"], state="NE")
    before = warehouse.rows("organization", state="NE")

    warehouse.land("icarol_resource", [], state="NE")
    warehouse.land("icarol_resource", [agency("3")], state="IA")
    warehouse.build(systems=["icarol"], state="IA")

    assert [r["_source_id"] for r in warehouse.rows("organization", state="IA")] == ["3"]
    assert warehouse.rows("organization", state="NE") == before != []


def test_the_last_row_of_a_state_goes_too(warehouse):
    warehouse.land("icarol_resource", [agency("1")])
    warehouse.build(systems=["icarol"])

    warehouse.land("icarol_resource", [])
    warehouse.build(systems=["icarol"])

    assert warehouse.rows("organization") == []
