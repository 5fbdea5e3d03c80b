"""Rows of every HSDS entity that the platform fills, seeded and consistent, for `stage_partition`."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, datetime
from typing import Any

from dagster_ingest import naming

Rows = dict[str, list[dict[str, Any]]]

_AWKWARD = (
    'Says "open", mostly',
    "Two\nlines, one comma",
    "<p>Förderung &amp; Hilfe</p>",
    "=1+1",
    "tab\tvertical\u000btab",
    "back\\slash",
    "  padded ",
    "emoji \U0001f34e and \u2028 separator",
)


def every_entity(services: int = 20, seed: int = 1, tenant: str = "sample", state: str = "IA") -> Rows:
    """HSDS rows by entity, awkward texts among them. Every reference resolves."""
    chance = random.Random(seed)
    rows: Rows = defaultdict(list)

    def add(entity: str, key: object, **values: Any) -> str:
        values["id"] = naming.hsds_id(tenant, "sample", entity, f"{state}:{key}")
        rows[entity].append(values)
        return values["id"]

    def text() -> str:
        return chance.choice(_AWKWARD)

    taxonomy = add("taxonomy", 0, name="Sample taxonomy", description="Invented codes")
    terms = [_term(add, i, taxonomy) for i in range(6)]
    for n in range(max(1, services // 4)):
        organization = _organization(add, n, text)
        locations = [_location(add, f"{n}.{i}", organization, chance, state) for i in range(2)]
        for i in range(n, services, max(1, services // 4)):
            _service(add, i, organization, chance.choice(locations), chance, terms, text)
    return dict(rows)


def _term(add, key: int, taxonomy: str) -> str:
    code = f"X{'ABCDEF'[key]}-1000"
    return add("taxonomy_term", key, code=code, name=code, description=code, taxonomy_id=taxonomy)


def _organization(add, key: int, text) -> str:
    made = add(
        "organization",
        key,
        name=f"Organization {key}",
        description=text(),
        website=f"https://org{key}.example.org",
        email=f"info@org{key}.example.org",
        year_incorporated=1990.0,
    )
    contact = add("contact", key, organization_id=made, name=f"Person {key}")
    add("phone", f"contact{key}", contact_id=contact, number="555-0100", extension=12.0, type="voice")
    add("phone", f"org{key}", organization_id=made, number="555-0101", type="voice", description="Main")
    add("url", key, organization_id=made, url=f"https://more{key}.example.org", label="More")
    add("program", key, organization_id=made, name=f"Program {key}", description=text())
    add("program", f"{key}b", organization_id=made, name=f"Second program {key}", description=text())
    add(
        "organization_identifier",
        key,
        organization_id=made,
        identifier_type="legacy",
        identifier=f"00{key}",
    )
    return made


def _location(add, key: str, organization: str, chance: random.Random, state: str) -> str:
    made = add(
        "location",
        key,
        location_type="physical",
        organization_id=organization,
        name=f"Place {key}",
        latitude=round(chance.uniform(40, 43), 5),
        longitude=round(chance.uniform(-96, -91), 5),
    )
    add(
        "address",
        key,
        location_id=made,
        address_1=f"{chance.randint(1, 999)} Main St, Suite 4",
        city="Ames",
        state_province=state,
        postal_code="00505",
        country="US",
        address_type="physical",
    )
    add("accessibility", key, location_id=made, description="Ramp")
    return made


def _service(add, key, organization, location, chance: random.Random, terms, text) -> None:
    made = add(
        "service",
        key,
        organization_id=organization,
        name=f"Service {key}",
        description=text(),
        alternate_name="",
        status="active",
        minimum_age=18.0 if chance.random() < 0.5 else None,
        maximum_age=20.5 if chance.random() < 0.1 else None,
        assured_date=date(2025, 6, 9),
        last_modified=datetime(2025, 6, 9, 19, 29, 58),
    )
    offered = add("service_at_location", key, service_id=made, location_id=location)
    for slot in range(chance.randint(0, 2)):
        phone = add("phone", f"{key}.{slot}", service_id=made, number=f"555-01{slot:02}", type="voice")
        add("language", f"phone{key}.{slot}", phone_id=phone, name="Spanish", code="es")
    add(
        "schedule",
        key,
        service_at_location_id=offered,
        freq="WEEKLY",
        byday="MO",
        opens_at="08:00",
        closes_at="16:30",
    )
    add("schedule", f"{key}.text", service_id=made, description=text())
    add("service_area", key, service_id=made, name="Story County")
    add("language", key, service_id=made, name="English", code="en")
    add("required_document", key, service_id=made, document="Proof of address")
    add("cost_option", key, service_id=made, option="Free", amount=0.0)
    add("url", f"service{key}", service_id=made, url="https://apply.example.org/a?b=c")
    attribute = add(
        "attribute",
        key,
        link_id=made,
        link_entity="service",
        link_type="taxonomy",
        taxonomy_term_id=chance.choice(terms),
    )
    add("attribute", f"{key}.own", link_id=offered, link_entity="service_at_location", value="yes", label="Q")
    for about, kind in ((made, "service"), (attribute, "attribute")):
        add(
            "metadata",
            f"{kind}{key}",
            resource_id=about,
            resource_type=kind,
            last_action_date=date(2025, 6, 9),
            last_action_type="update",
            field_name="name",
            previous_value=f"Old {key}",
            replacement_value=f"Service {key}",
            updated_by="source",
        )
