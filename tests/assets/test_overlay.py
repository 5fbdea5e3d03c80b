"""What readers read: stage tables with the enhanced ones laid over them, by id."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

from dagster_ingest.assets.overlay import overlaid, versions

POINT = {"latitude": 41.6, "longitude": -93.6}
NOWHERE = {"latitude": None, "longitude": None}


def table(*rows: dict[str, Any], **kinds: pa.DataType) -> pa.Table:
    names = list(dict.fromkeys(name for row in rows for name in row))
    fields = [(name, kinds.get(name, pa.string())) for name in names]
    return pa.Table.from_pylist(list(rows), schema=pa.schema(fields))


def places(*rows: dict[str, Any]) -> pa.Table:
    return table(*rows, latitude=pa.float64(), longitude=pa.float64())


def stage(street: str | None = "1 Main St", **point: Any) -> dict[str, pa.Table]:
    return {
        "location": places({"id": "l", "name": "Site", **(point or NOWHERE)}),
        "address": table({"id": "a", "location_id": "l", "address_type": "physical", "address_1": street}),
        "search_record": places({"id": "r", "location_id": "l", **(point or NOWHERE)}),
    }


def located(precision: str, **point: Any) -> dict[str, pa.Table]:
    return {"location": places({"id": "l", "precision": precision, **(point or POINT)})}


@pytest.mark.parametrize(
    ("precision", "street", "shown"),
    [
        ("street", "1 Main St", True),
        ("source", None, True),
        ("zip", "1 Main St", True),
        ("zip", None, False),
        ("zip", "", False),
        ("city", None, False),
        ("county", None, False),
    ],
)
def test_a_middle_stands_in_for_a_street_that_is_published_and_for_nothing_else(precision, street, shown):
    found = overlaid(stage(street), located(precision))

    for name in ("location", "search_record"):
        [row] = found[name].to_pylist()
        assert row["latitude"] == (41.6 if shown else None)
        assert row["point_precision"] == (precision if shown else None)


def test_a_point_of_the_stage_that_geocoding_turned_down_is_not_shown():
    found = overlaid(stage(latitude=0.0, longitude=0.0), located("none", **NOWHERE))

    [row] = found["location"].to_pylist()
    assert (row["latitude"], row["longitude"], row["point_precision"]) == (None, None, None)


def test_a_row_of_another_id_is_laid_over_nothing():
    enhanced = {"location": places({"id": "gone", "precision": "street", **POINT})}

    found = overlaid(stage(), enhanced)

    assert found["location"].to_pylist() == [
        {"id": "l", "name": "Site", "latitude": None, "longitude": None, "point_precision": None}
    ]


def test_outlines_replace_extents_and_texts_without_one_keep_theirs():
    areas = table(
        {"id": "a", "extent": None, "extent_type": None}, {"id": "b", "extent": "near", "extent_type": "text"}
    )
    outlines = table({"id": "a", "outline": '{"type": "Polygon"}'}, {"id": "b", "outline": None})

    found = overlaid({"service_area": areas}, {"service_area": outlines})["service_area"]

    assert found.to_pylist() == [
        {"id": "a", "extent": '{"type": "Polygon"}', "extent_type": "geojson"},
        {"id": "b", "extent": "near", "extent_type": "text"},
    ]
    assert found.schema == areas.schema


def test_translations_have_a_key_of_their_own_and_no_time():
    texts = {"entity": "service", "field": "description", "text": "Comida", "source_locale": "en",
             "origin": "human", "provider": "overrides"}  # fmt: skip
    rows = [{"id": "s", "locale": locale, **texts, "at": datetime(2026, 3, 1)} for locale in ("es", "fr")]

    found = overlaid({}, {"translation": table(*rows, at=pa.timestamp("us"))})["translation"].to_pylist()

    assert [row["translation_id"] for row in found] == [
        "service/s/description/es",
        "service/s/description/fr",
    ]
    assert all("at" not in row for row in found)


def test_without_enhancements_tables_are_the_stages_own():
    tables = stage()

    assert overlaid(tables, {}) == tables


def layers(precision: str = "street", street: str = "1 Main St", area: str = "near", text: str = "Comida"):
    """Every table of stage and enhanced that is laid over another, or under."""
    words = {"entity": "service", "field": "name", "locale": "es", "source_locale": "en", "origin": "human"}
    enhanced = {
        **located(precision),
        "service_area": table({"id": "a", "outline": None}),
        "translation": table({"id": "s", "text": text, "provider": "p", **words}),
    }
    return stage(street) | {
        "service_area": table({"id": "a", "extent": area, "extent_type": "text"})
    }, enhanced


@pytest.mark.parametrize(
    ("part", "value"),
    [("precision", "none"), ("street", "2 Main St"), ("street", ""), ("area", "far"), ("text", "Comidas")],
)
def test_a_table_that_has_other_rows_has_another_version(part, value):
    def known(stage, enhanced):
        given = {("stage", n): t for n, t in stage.items()} | {
            ("enhanced", n): t for n, t in enhanced.items()
        }
        return {name: str(rows.to_pylist()) for name, rows in given.items()}

    before, after = layers(), layers(**{part: value})
    shown = [overlaid(*each) for each in (before, after)]
    told = [versions(known(*each), shown[0]) for each in (before, after)]

    others = {name for name in shown[0] if shown[0][name].to_pylist() != shown[1][name].to_pylist()}
    assert others
    assert others <= {name for name in told[0] if told[0][name] != told[1][name]}
    assert told[0].keys() == shown[0].keys()


def test_a_table_without_anything_laid_over_it_keeps_its_version():
    known = {("stage", name): "1" for name in ("phone", "location", "search_record")}
    before = versions(known, ["phone", "location", "search_record"])
    after = versions(known | {("enhanced", "location"): "1"}, ["phone", "location", "search_record"])

    assert before["phone"] == after["phone"]
    assert before["location"] != after["location"]
    assert before["search_record"] != after["search_record"]
