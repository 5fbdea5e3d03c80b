"""An HSDS package: h is a house as it should be, d has everything that is kept back, s goes on day two."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dagster_ingest.testing.fake import hsds_package
from tests.systems.expectations.canary import Canaries

SOURCE = """settings: {path: hsds}
tables: {TABLES}"""
STREET = {
    "address_1": "1 Main St",
    "city": "Ames",
    "state_province": "IA",
    "postal_code": "50010",
    "country": "US",
}


class Feed:
    """Rows of HSDS tables. The standard has no flags: what it keeps back is whole columns and tables."""

    def __init__(self, system: str, lead: str) -> None:
        self.system, self.lead, self.canaries, self.sunset = (
            system,
            lead,
            Canaries(system),
            f"sunset-{system}",
        )

    def tables(self, day: int) -> dict[str, list[dict[str, Any]]]:
        c, at, changed = self.canaries, self.lead, {"last_modified": f"2026-03-0{day}T10:00:00Z"}
        held = c.text, c.phone
        text, phone = held
        dark = {"tax_status": text("organization.tax_status"), "tax_id": text("organization.tax_id")}
        person = {n: c.of(n, "contact") for n in ("name", "title", "department", "email")}
        rows: dict[str, list[dict[str, Any]]] = {
            "organization": [
                {"id": f"{at}o1", "name": "Harbor House", "description": "d"},
                {"id": f"{at}o2", "name": "Quiet house", "description": "d", **dark},
                {"id": f"{at}o3", "name": f"{self.sunset} organization", "description": "d"},
            ],
            "service": [
                {
                    "id": f"{at}s1",
                    "organization_id": f"{at}o1",
                    "name": "Food pantry",
                    "status": "active",
                    **changed,
                },
                {
                    "id": f"{at}s2",
                    "organization_id": f"{at}o2",
                    "name": "Quiet service",
                    "status": "active",
                    **changed,
                    "assurer_email": c.of("email", "service.assurer_email"),
                },
                {
                    "id": f"{at}s3",
                    "organization_id": f"{at}o1",
                    "name": f"{self.sunset} service",
                    "status": "active",
                    **changed,
                },
            ],
            "location": [
                {
                    "id": f"{at}l1",
                    "organization_id": f"{at}o1",
                    "name": "East door",
                    "location_type": "physical",
                    "latitude": "42.03",
                    "longitude": "-93.62",
                },
                {
                    "id": f"{at}l2",
                    "organization_id": f"{at}o2",
                    "name": "Quiet door",
                    "location_type": "virtual",
                },
            ],
            "address": [{"id": f"{at}a1", "location_id": f"{at}l1", "address_type": "physical", **STREET}],
            "service_at_location": [
                {"id": f"{at}x{n}", "service_id": f"{at}s{n}", "location_id": f"{at}l{place}"}
                for n, place in ((1, 1), (2, 2), (3, 1))
            ],
            "phone": [
                {"id": f"{at}p1", "service_id": f"{at}s1", "number": "515-555-0102"},
                *(
                    {"id": f"{at}p{n}", "contact_id": f"{at}c{n}", "number": phone("contact")}
                    for n in (2, 3, 4, 5)
                ),
            ],
            "contact": [
                {"id": f"{at}c2", "organization_id": f"{at}o2", **person},
                {"id": f"{at}c3", "service_id": f"{at}s2", "name": text("contact of a service")},
                {"id": f"{at}c4", "location_id": f"{at}l2", "name": text("contact of a location")},
                {
                    "id": f"{at}c5",
                    "service_at_location_id": f"{at}x2",
                    "name": text("contact of a service there"),
                },
            ],
            "organization_identifier": [
                {
                    "id": f"{at}i1",
                    "organization_id": f"{at}o2",
                    "identifier_type": "EIN",
                    "identifier": text("identifier"),
                }
            ],
            "funding": [{"id": f"{at}f1", "organization_id": f"{at}o2", "source": text("funding.source")}],
            "metadata": [
                {
                    "id": f"{at}m1",
                    "resource_id": f"{at}s2",
                    "resource_type": "service",
                    "last_action_date": "2026-01-01",
                    "last_action_type": "update",
                    "field_name": "name",
                    "previous_value": text("metadata.previous_value"),
                    "replacement_value": text("metadata.replacement_value"),
                    "updated_by": text("metadata.updated_by"),
                },
            ],
        }
        if day == 2:  # the third organization, service and offer are no longer there
            for entity in ("organization", "service", "service_at_location"):
                rows[entity] = rows[entity][:2]
        return rows

    def expected(self) -> dict[int, dict]:
        at = self.lead
        houses = [(f"@organization/{at}o1", "Harbor House"), (f"@organization/{at}o2", "Quiet house")]
        services = [
            (f"@service/{at}s1", f"@organization/{at}o1", "Food pantry"),
            (f"@service/{at}s2", f"@organization/{at}o2", "Quiet service"),
        ]
        offers = [
            (f"@service_at_location/{at}x1", f"@service/{at}s1", f"@location/{at}l1"),
            (f"@service_at_location/{at}x2", f"@service/{at}s2", f"@location/{at}l2"),
        ]
        same = {
            "location": [(f"@location/{at}l1", "physical", "42.03"), (f"@location/{at}l2", "virtual", "")],
            "address": [(f"@location/{at}l1", "1 Main St", "Ames", "50010", "physical")],
            "phone": [("", f"@service/{at}s1", "", "", "515-555-0102")],
        }
        last = (f"@service_at_location/{at}x3", f"@service/{at}s3", f"@location/{at}l1")
        return {
            1: {
                **same,
                "organization": [*houses, (f"@organization/{at}o3", f"{self.sunset} organization")],
                "service": [
                    *services,
                    (f"@service/{at}s3", f"@organization/{at}o1", f"{self.sunset} service"),
                ],
                "service_at_location": [*offers, last],
            },
            2: {**same, "organization": houses, "service": services, "service_at_location": offers},
        }


FEED = Feed("hsds", "h")
CANARIES, EXPECTED, GOES = FEED.canaries, FEED.expected(), [FEED.sunset]
NAMES = [name for name in FEED.tables(1) if name != "funding"]
SOURCE = SOURCE.replace("TABLES", ", ".join(f"{name}: " for name in NAMES))


def files(day: int) -> dict[str, str]:
    with TemporaryDirectory() as folder:
        names = hsds_package.write(FEED.tables(day), Path(folder), stamp=f"2026-03-0{day}")
        return {f"hsds/{name}": (Path(folder) / name).read_text() for name in names}
