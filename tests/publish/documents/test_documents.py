"""What documents hold, and what they must not."""

from __future__ import annotations

import copy
import json
from collections import Counter
from datetime import UTC, datetime

import pytest

from dagster_ingest.errors import PublishError, SpecError
from dagster_ingest.publish.documents import (
    About,
    digest,
    organization_documents,
    record_ids,
    records,
    resource_document,
    search_document,
    term_documents,
)
from dagster_ingest.publish.documents.tables import Tables
from dagster_ingest.testing.stage import stage_partition
from dagster_ingest.testing.stage_search import search_rows


def made(rows, locales=("en",), **parts):
    """Records of a partition, whose they are, and what was counted."""
    partition, tally = stage_partition(rows, locales=locales, **parts), Counter()
    about = About.of(partition)
    return [r for batch in records(partition, tally) for r in batch], about, tally


def searched(rows, locale="en", locales=("en",), **parts):
    found, about, _ = made(rows, locales, **parts)
    return [search_document(record, about, locale) for record in found]


def test_one_document_for_each_service_at_location_in_order_of_id() -> None:
    rows = search_rows(12)
    documents = searched(rows)
    assert [d["id"] for d in documents] == sorted(r["id"] for r in rows["service_at_location"])
    assert set(record_ids(Tables(stage_partition(rows)))) == {d["id"] for d in documents}


def test_what_a_search_document_holds() -> None:
    rows = search_rows(1)
    service = rows["service"][0]
    place = next(p for p in rows["location"] if p["id"] == rows["search_record"][0]["location_id"])

    document = searched(rows)[0]

    assert document["name"] == f"Service 0 at {place['name']}"
    assert document["service"] == {"name": "Service 0", "description": service["description"]}
    assert document["location"]["point"] == {"lat": place["latitude"], "lon": place["longitude"]}
    assert document["location"]["physical_address"]["state"] == "IA"
    assert document["taxonomies"][0]["code"] in {term["code"] for term in rows["taxonomy_term"]}
    assert document["facets"]["languages"] == document["facets_en"]["languages"] == ["English"]
    assert document["facets"]["sample_taxonomy"] == [document["taxonomies"][0]["name"]]
    assert document["taxonomy_names"]["sample_taxonomy"] == {"en": "Sample taxonomy"}
    assert document["attribute_values"] == {"q": {"value": "yes", "label": "Q"}}
    assert document["attribution"] == "Prairie"
    assert "maximum_age" not in document


def test_an_area_is_longitude_first_and_holds_its_place() -> None:
    document = searched(search_rows(1))[0]
    xs, ys = zip(*document["service_area"]["coordinates"][0], strict=True)
    point = document["location"]["point"]
    assert min(xs) < point["lon"] < max(xs) < 0
    assert 0 < min(ys) < point["lat"] < max(ys)


def test_areas_of_one_record_are_one_shape_and_what_cannot_be_read_is_counted() -> None:
    rows = search_rows(1)
    first = rows["service_area"][0]
    east = {"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [1, 1]]]}
    feature = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "geometry": east, "properties": {}}],
    }
    swapped = {"type": "Polygon", "coordinates": [[[42, -93], [43, -93], [43, -190], [42, -93]]]}
    for number, extent in enumerate((json.dumps(feature), json.dumps(swapped), "{not json", "Story County")):
        kind = None if extent == "Story County" else "GeoJSON"
        rows["service_area"].append({**first, "id": f"x{number}", "extent": extent, "extent_type": kind})

    found, about, tally = made(rows)
    area = search_document(found[0], about, "en")["service_area"]

    assert area["type"] == "MultiPolygon"
    assert len(area["coordinates"]) == 2
    assert tally == {"records": 1, "areas_unreadable": 2}


def test_a_record_without_an_area_stays_and_is_counted() -> None:
    rows = search_rows(2)
    rows["service_area"] = [{**a, "extent": None, "extent_type": None} for a in rows["service_area"]]
    found, about, tally = made(rows)
    assert tally["records_without_area"] == len(found) == 2
    assert "service_area" not in search_document(found[0], about, "en")
    assert resource_document(found[0], about)["serviceArea"] == {"description": ["Story County"]}


@pytest.mark.parametrize(
    "change",
    [
        {"location_type": "virtual"},
        {"address_1": None},
        {"latitude": None},
        {"latitude": 0.0, "longitude": 0.0},
    ],
)
def test_no_pin_where_the_place_is_not_public(change) -> None:
    rows = search_rows(1)
    rows["search_record"][0] |= change
    found, about, _ = made(rows)
    assert "point" not in search_document(found[0], about, "en")["location"]
    assert "location" not in resource_document(found[0], about)


def test_records_without_a_place_or_an_organization_are_left_out_and_counted() -> None:
    rows = search_rows(3)
    rows["search_record"][0]["service_at_location_id"] = None
    rows["search_record"][1]["organization_id"] = None
    found, _, tally = made(rows)
    assert len(found) == 1
    assert tally["records_without_location"] == tally["records_without_organization"] == 1


def test_every_locale_is_there_and_falls_back_to_the_source() -> None:
    rows = search_rows(4, languages=("es-MX",))
    found, about, _ = made(rows, locales=("es-MX", "zh-Hans"))
    last = rows["service"][-1]["id"]

    documents = {r.row["service_id"]: resource_document(r, about) for r in found}

    assert {t["locale"] for d in documents.values() for t in d["translations"]} == {"es", "zh_hans", "en"}
    for service, document in documents.items():
        said = {t["locale"]: t["serviceName"] for t in document["translations"]}
        assert said["en"] == said["zh_hans"]
        assert (said["es"] == said["en"]) == (service == last)
        assert all(t["displayName"] == document["displayName"] for t in document["translations"])


def test_a_search_document_speaks_one_language_and_facets_in_english_as_well() -> None:
    rows = search_rows(1, languages=("es",))
    term = rows["taxonomy_term"]
    spoken = rows["language"][-1]
    rows["translation"] = [
        {"id": term[0]["id"], "field": "name", "locale": "es", "text": "Uno"},
        {"id": spoken["id"], "field": "name", "locale": "es", "text": "Inglés"},
        {"id": rows["service"][0]["id"], "field": "name", "locale": "es", "text": "Servicio"},
    ]
    document = searched(rows, locale="es", locales=("en", "es"))[0]
    assert document["service"]["name"] == "Servicio"
    assert (document["facets"]["languages"], document["facets_en"]["languages"]) == (["Inglés"], ["English"])


# Entity and field of each text that documents show, and the row of `search_rows` that has it.
SPOKEN = [
    ("service_at_location", "display_name"),
    ("service_at_location", "schedule"),
    ("service", "name"),
    ("service", "alternate_name"),
    ("service", "description"),
    ("service", "alert"),
    ("service", "eligibility_description"),
    ("service", "application_process"),
    ("service", "fees_description"),
    ("service", "interpretation_services"),
    ("organization", "name"),
    ("organization", "alternate_name"),
    ("organization", "description"),
    ("location", "name"),
    ("location", "alternate_name"),
    ("location", "description"),
    ("location", "accessibility"),
    ("location", "transportation"),
    ("schedule", "description"),
    ("required_document", "document"),
    ("language", "name"),
    ("taxonomy", "name"),
    ("taxonomy_term", "name"),
    ("taxonomy_term", "description"),
    ("attribute", "label"),
    ("attribute", "value"),
    ("contact", "title"),
    ("phone", "description"),
    ("service_area", "description"),
]


def spoken_rows():
    """Rows of one record in which each of these texts is there, and translated into Spanish."""
    rows = search_rows(1)
    record = rows["search_record"][0]
    columns = ("alternate_name", "description")
    record |= {f"{entity}_{c}": c for entity in ("service", "organization", "location") for c in columns}
    told = ("alert", "eligibility", "application_process", "fees", "interpretation_services")
    record |= dict.fromkeys((*told, "accessibility", "transportation"), "told")
    rows["service_area"][0]["name"] = None
    rows["translation"] = []
    for entity, field in SPOKEN:
        for row in rows[entity]:
            if entity not in ("service", "organization", "location", "service_at_location", "attribute"):
                row[field] = row.get(field) or "told"
            text = f"es {entity}.{field}"
            rows["translation"].append(
                {"entity": entity, "id": row["id"], "field": field, "locale": "es", "text": text}
            )
    return rows


@pytest.mark.parametrize(("entity", "field"), SPOKEN)
def test_every_text_that_is_shown_is_shown_in_the_language_that_is_asked_for(entity, field) -> None:
    found, about, _ = made(spoken_rows(), locales=("en", "es"))

    def texts(locale):
        [entry] = [t for t in resource_document(found[0], about)["translations"] if t["locale"] == locale]
        document = search_document(found[0], about, locale)
        del document["taxonomy_names"]  # says how a facet is called in every language
        return json.dumps([entry, document])

    assert f"es {entity}.{field}" in texts("es")
    assert f"es {entity}.{field}" not in texts("en")


def test_a_language_that_nobody_translated_into_has_the_sources_text() -> None:
    found, about, _ = made(spoken_rows(), locales=("en", "es", "zh_hans"))
    entries = {t.pop("locale"): t for t in resource_document(found[0], about)["translations"]}
    assert entries["zh_hans"] == entries["en"] != entries["es"]


def test_two_locales_that_applications_cannot_tell_apart_are_refused() -> None:
    with pytest.raises(SpecError, match="es-MX and es-AR"):
        About.of(stage_partition({}, locales=("es-MX", "es-AR"))).languages  # noqa: B018


def test_a_resource_document_holds_moments_points_and_people() -> None:
    rows = search_rows(1)
    rows["address"].append({**rows["address"][0], "id": "0", "address_type": "postal", "location_id": None})
    found, about, _ = made(rows)

    document = resource_document(found[0], about)

    assert document["_id"] == document["serviceAtLocationId"] == rows["service_at_location"][0]["id"]
    assert document["tenant_id"] == "prairie"
    assert document["originalId"] == "source-Service 0"
    assert document["updatedAt"] == datetime(2025, 6, 9, 19, 29, 58, tzinfo=UTC)
    assert document["lastAssuredDate"] == datetime(2025, 6, 9, tzinfo=UTC)
    assert document["location"]["coordinates"][0] < 0 < document["location"]["coordinates"][1]
    assert document["translations"][0]["contacts"][0]["phones"] == [
        {"number": "555-0100 x12", "rank": 1, "type": "voice"}
    ]
    assert "555-0100 x12" not in [p["number"] for p in document["phoneNumbers"]]
    assert document["translations"][0]["requiredDocuments"] == ["Proof of address"]


def test_the_same_rows_in_another_order_give_the_same_documents() -> None:
    rows = search_rows(8)
    mixed = {entity: list(reversed(some)) for entity, some in rows.items()}
    assert [digest(d) for d in searched(rows)] == [digest(d) for d in searched(mixed)]


def test_a_changed_value_changes_the_digest_of_its_documents_alone() -> None:
    rows = search_rows(8)
    changed = copy.deepcopy(rows)
    changed["phone"][-1]["number"] = "515-555-0199"
    owner = changed["phone"][-1]["service_id"]

    def digests(some):
        found, about, _ = made(some)
        return {r.row["service_id"]: digest(resource_document(r, about)) for r in found}

    one, two = digests(rows), digests(changed)
    assert {service for service in one if one[service] != two[service]} == {owner}


def test_columns_of_the_platform_and_unknown_ones_leave_no_trace() -> None:
    rows = search_rows(2)
    for entity in ("search_record", "translation"):
        for row in rows.get(entity, []):
            row |= {"_note": "canary-one", "internal_note": "canary-two"}
    found, about, _ = made(rows)
    text = str([(search_document(r, about, "en"), resource_document(r, about)) for r in found])
    assert "canary" not in text


def test_ids_of_tenants_differ() -> None:
    one = {d["id"] for d in searched(search_rows(4, tenant="prairie"))}
    two = {d["id"] for d in searched(search_rows(4, tenant="gulf"), tenant="gulf")}
    assert not one & two


def test_terms_and_organizations() -> None:
    rows = search_rows(8)
    rows["organization"].append({**rows["organization"][0], "id": "0", "name": "Without a record"})
    partition = stage_partition(rows)

    terms = list(term_documents(partition, "en"))
    organizations = list(organization_documents(partition, About.of(partition)))

    assert [t["code"] for t in sorted(terms, key=lambda t: t["code"])] == [f"X{c}-1000" for c in "ABCDEF"]
    assert sorted(o["name"] for o in organizations) == ["Organization 0", "Organization 1"]
    assert {o["phone"] for o in organizations} == {"555-0101"}
    assert all(o["location"]["state"] == "IA" for o in organizations)


def test_a_stage_without_search_records_is_refused() -> None:
    with pytest.raises(PublishError, match="has no search_record"):
        list(records(stage_partition({"service": []})))


def test_no_records_are_no_documents() -> None:
    assert searched({**search_rows(1), "search_record": []}) == []
