"""Texts of the source in other languages are published with the row that they belong to."""

from __future__ import annotations

import pytest

SALS = [
    {"id": "x1", "service_id": "s1", "location_id": "l1"},
    {"id": "x2", "service_id": "s2", "location_id": "l2"},
]
ROWS = {
    "organization": [
        {"id": "o1", "name": "North", "description": "North"},
        {"id": "o2", "name": "South", "description": "In the south"},
    ],
    "service": [
        {"id": "s1", "organization_id": "o1", "name": "Food", "status": "active"},
        {"id": "s2", "organization_id": "o2", "name": "Advice", "status": "inactive"},
    ],
    "location": [
        {"id": "l1", "location_type": "virtual", "name": "Hall"},
        {"id": "l2", "location_type": "virtual", "name": "Annex"},
    ],
    "service_at_location": SALS,
}
SAID = [
    ("organization", "o1", "name", "es", "Norte"),
    ("organization", "o1", "description", "es", "Norte"),
    ("organization", "o2", "name", "es", "Sur"),
    ("organization", "o2", "description", "es", "En el sur"),
    ("service", "s1", "name", "es", "Comida"),
    ("service", "s1", "name", "fr", "Repas"),
    ("service", "s1", "name", "en", "Food"),
    ("service", "s2", "name", "es", "Consejo"),
    ("service", "s9", "name", "es", "De nadie"),
    ("location", "l1", "name", "es", "Salón"),
    ("location", "l2", "name", "es", "Anexo"),
    ("service_at_location", "x1", "schedule", "es", "Lunes"),
    ("service_at_location", "x2", "schedule", "es", "Martes"),
    ("service", "l1", "description", "es", "De otra entidad"),
]
NAMES = ("entity", "id", "field", "locale", "text")


@pytest.fixture(scope="module")
def built(stages):
    rows = [dict(zip(NAMES, said, strict=True)) for said in SAID]
    for row in rows:
        row["translation_id"] = "/".join(row[name] for name in NAMES[:4])

    def build(adapt):
        stage = stages()
        stage.load({**ROWS, "translation": rows})
        results = stage.build(adapt)
        assert [(name, r.message) for name, r in results.items() if not r.ok] == []
        return set(stage.rows(f"select {', '.join(NAMES)} from stage.translation"))

    return build


def test_texts_of_published_rows_in_the_tenants_other_locales(built):
    assert built({}) == {
        ("organization", "o1", "name", "es", "Norte"),
        ("organization", "o1", "description", "es", "Norte"),
        ("organization", "o2", "name", "es", "Sur"),
        ("organization", "o2", "description", "es", "En el sur"),
        ("service", "s1", "name", "es", "Comida"),
        ("location", "l1", "name", "es", "Salón"),
        ("service_at_location", "x1", "schedule", "es", "Lunes"),
    }


def test_an_organization_that_the_tenant_renames_has_that_name_in_every_language(built):
    found = built({"rename_organizations": {"o1": "Nord", "o2": "Süd"}})

    assert {said for said in found if said[0] == "organization"} == {
        ("organization", "o2", "description", "es", "En el sur"),
    }


def test_what_the_tenant_hides_is_hidden_in_every_language(built):
    found = built({"hide_services": ["s1"]})

    assert {said[0] for said in found} == {"organization"}
