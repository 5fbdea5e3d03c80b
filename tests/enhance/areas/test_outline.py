"""Outlines: valid, wound the right way, longitude first, and where they ought to be."""

import gzip
import hashlib
import json
from importlib.resources import files

import pytest
import shapely

from dagster_ingest.enhance.areas import merged, outline
from dagster_ingest.enhance.areas.atlas import atlas, shape, state_boxes, state_shape
from dagster_ingest.enhance.areas.extent import outline_of_extent
from dagster_ingest.enhance.names import BY_FIPS, STATES
from dagster_ingest.testing.sample.places import PLACES, Place

EVERY = [place for places in PLACES.values() for place in places]


def drawn(*ids: str) -> shapely.Geometry:
    return shapely.from_geojson(json.dumps(outline(ids)))


def spot(place: Place) -> shapely.Point:
    return shapely.Point(place.lon, place.lat)


@pytest.mark.parametrize(
    "ids",
    [
        ("state:IA",), ("state:AK",), ("state:HI",), ("country:US",), ("county:19153",), ("zip:50309",),
        ("city:IA/Des Moines",), ("county:19153", "county:19169"),
        ("county:19153", "zip:50309", "city:IA/Ames"),
        ("state:IA", "county:31055"), ("county:51059", "county:51600"),
    ],
)  # fmt: skip
def test_an_outline_is_valid_and_wound_as_the_standard_has_it(ids: tuple[str, ...]) -> None:
    told = outline(ids)
    assert told is not None
    assert set(told) == {"type", "coordinates"}
    found = shapely.from_geojson(json.dumps(told))

    assert found.is_valid, shapely.is_valid_reason(found)
    assert told["type"] == found.geom_type
    for polygon in shapely.get_parts(found):
        assert polygon.exterior.is_ccw
        assert not any(hole.is_ccw for hole in polygon.interiors)
        assert polygon.exterior.coords[0] == polygon.exterior.coords[-1]
    west, south, east, north = found.bounds
    assert -180 <= west < east <= 180
    assert -90 <= south < north <= 90


def test_no_places_have_no_outline() -> None:
    assert outline([]) is None


@pytest.mark.parametrize("place", EVERY, ids=lambda place: f"{place.city}-{place.state}-{place.zip}")
def test_a_place_lies_in_its_state_and_zip_code(place: Place) -> None:
    assert drawn(f"state:{place.state}").contains(spot(place))
    assert drawn(f"zip:{place.zip}").contains(spot(place))
    other = next(p for p in EVERY if p.state != place.state and p.state not in ("DC", "MD", "VA"))
    assert not drawn(f"state:{place.state}").contains(spot(other))
    assert not drawn(f"zip:{place.zip}").contains(spot(other))


@pytest.mark.parametrize(
    ("fips", "inside", "outside"),
    [
        ("29189", (-90.40, 38.64), (-90.24, 38.63)),  # Clayton is in the county, downtown is not
        ("29510", (-90.24, 38.63), (-90.40, 38.64)),
        ("24005", (-76.61, 39.40), (-76.61, 39.29)),
        ("24510", (-76.61, 39.29), (-76.61, 39.40)),
    ],
)
def test_a_county_and_the_city_it_surrounds_are_apart(fips: str, inside: tuple, outside: tuple) -> None:
    found = drawn(f"county:{fips}")

    assert found.contains(shapely.Point(inside))
    assert not found.contains(shapely.Point(outside))


def test_neighbours_become_one_polygon_and_a_state_takes_its_counties() -> None:
    assert drawn("county:19153", "county:19169").geom_type == "Polygon"
    assert drawn("state:IA", "county:19153", "zip:50309").equals(drawn("state:IA"))


def test_the_country_holds_every_state() -> None:
    country = drawn("country:US")

    assert all(country.contains(state_shape(code).representative_point()) for code in STATES)


def test_outlines_stay_small() -> None:
    assert len(json.dumps(outline(["state:IA"]))) < 10_000
    assert len(json.dumps(outline(["state:AK"]))) < 60_000
    assert len(json.dumps(outline(["country:US"]))) < 60_000


def test_outlines_of_several_areas_are_joined() -> None:
    one, other = json.dumps(outline(["county:19153"])), json.dumps(outline(["county:19169"]))

    joined = merged([one, None, other, one])

    assert joined is not None
    assert shapely.from_geojson(joined).equals(drawn("county:19153", "county:19169"))
    assert merged([None, one]) == one
    assert merged([]) is None


def test_every_shape_of_the_data_can_be_drawn() -> None:
    bad = [fips for fips in atlas().shapes if not shape(fips).is_valid or shape(fips).area == 0]

    assert bad == ["51610"]
    assert drawn("county:51610").contains(shapely.Point(-77.17, 38.88))  # Falls Church, by its ZIP code
    assert len(atlas().counties) == 3231
    assert {fips[:2] for fips in atlas().counties} == set(BY_FIPS)


def test_counties_fill_their_state() -> None:
    iowa = shapely.union_all([shape(fips) for fips in atlas().counties if fips.startswith("19")])

    assert iowa.symmetric_difference(state_shape("IA")).area < 1e-6


def test_alaska_lies_on_both_sides_of_the_date_line() -> None:
    assert len(state_boxes("AK")) == 2
    assert len(state_boxes("IA")) == 1


def test_the_data_is_small_and_has_its_licence() -> None:
    folder = files("dagster_ingest.enhance.areas").joinpath("data")
    packed = folder.joinpath("us.topojson.gz").read_bytes()

    assert len(packed) < 3_000_000
    assert "Permission to use, copy, modify" in folder.joinpath("LICENSE.us-atlas.txt").read_text()
    digest = hashlib.sha256(gzip.decompress(packed)).hexdigest()
    assert digest == "141da84483249edfcb272e7eabd9ae19a0f2c2f89a2a5669a736821410ccbca3"


SQUARE = [[-93.7, 41.5], [-93.5, 41.5], [-93.5, 41.7], [-93.7, 41.7], [-93.7, 41.5]]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"type": "Polygon", "coordinates": [SQUARE]}),
        json.dumps({"type": "Polygon", "coordinates": [SQUARE[::-1]]}),
        json.dumps(
            {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [SQUARE]}, "properties": {}}
        ),
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [SQUARE]}}],
            }
        ),
        "POLYGON ((-93.7 41.5, -93.5 41.5, -93.5 41.7, -93.7 41.7, -93.7 41.5))",
    ],
)
def test_an_extent_of_the_source_is_used(text: str) -> None:
    found = outline_of_extent(text)

    assert found is not None
    assert shapely.from_geojson(found).contains(shapely.Point(-93.6, 41.6))
    assert shapely.from_geojson(found).exterior.is_ccw


@pytest.mark.parametrize(
    "text",
    [
        None, "", "Polk County", "{}", "[1]", '{"type": "Polygon"}',
        '{"type": "Polygon", "coordinates": "x"}',
        '{"type": "Point", "coordinates": [-93.6, 41.6]}',
        json.dumps({"type": "Polygon", "coordinates": [[[y, x] for x, y in SQUARE]]}),
        json.dumps({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}),
        "POLYGON ((broken",
    ],
)  # fmt: skip
def test_an_extent_that_is_no_area_here_is_not(text: str | None) -> None:
    assert outline_of_extent(text) is None
