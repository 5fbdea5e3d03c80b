"""Geometry in the published schema, where PostGIS is there; nothing at all where it is not."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest

from dagster_ingest.publish.postgres import PostgresReader
from dagster_ingest.testing import postgis
from dagster_ingest.testing.postgres import new_database, session
from dagster_ingest.testing.stage import stage_partition
from dagster_ingest.testing.stage_search import search_rows
from tests.servers import or_skip

pytestmark = pytest.mark.postgres

INSIDE = """
select distinct s.name from prairie.service s join prairie.service_area a on a.service_id = s.id
where {0}st_contains(a.geom, {0}st_setsrid({0}st_makepoint(%s, %s), 4326))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with or_skip(postgis.running_server()) as dsn:
        yield dsn


@pytest.fixture(params=["public", "gis"])
def located(request: pytest.FixtureRequest, server: str) -> Iterator[tuple[str, str]]:
    """A database with the extension, and the schema that it is in."""
    with new_database(server) as dsn:
        with session(dsn) as connection:
            connection.execute(f"create schema if not exists {request.param}")
            connection.execute(f"create extension postgis schema {request.param}")
        yield dsn, request.param


def test_points_and_areas_are_geometry(located: tuple[str, str]) -> None:
    dsn, schema = located
    rows, reader = search_rows(8), PostgresReader("DSN", environ={"DSN": dsn})
    place = rows["location"][0]
    given = stage_partition(rows)

    reader.publish(given)

    with session(dsn) as connection:
        x, y, srid = connection.execute(
            f"select {schema}.st_x(geom), {schema}.st_y(geom), {schema}.st_srid(geom) from prairie.location"
            " where id = %s",
            [place["id"]],
        ).fetchone()
        here = connection.execute(
            INSIDE.format(f"{schema}."), [place["longitude"], place["latitude"]]
        ).fetchall()
        far = connection.execute(INSIDE.format(f"{schema}."), [0.0, 0.0]).fetchall()
    assert (x, y, srid) == (place["longitude"], place["latitude"], 4326)
    offered = {r["service_id"] for r in rows["service_at_location"] if r["location_id"] == place["id"]}
    names = {r["name"] for r in rows["service"] if r["id"] in offered}
    assert names
    assert names <= {name for (name,) in here}
    assert far == []
    assert reader.verify(given).problems == ()
    assert reader.verify(given).notes == ()


def test_a_change_moves_the_geometry_and_a_withheld_point_leaves_none(located: tuple[str, str]) -> None:
    dsn, schema = located
    rows, reader = search_rows(8), PostgresReader("DSN", environ={"DSN": dsn})
    reader.publish(stage_partition(rows))
    moved = copy.deepcopy(rows)
    moved["location"][0] |= {"latitude": None, "longitude": None}
    moved["location"][1] |= {"latitude": 30.0, "longitude": -88.0}
    moved["service_area"][0]["extent"] = '{"type": "Polygon", "coordinates": "odd"}'
    given = stage_partition(moved)

    done = reader.publish(given)

    with session(dsn) as connection:
        shown = dict(connection.execute(f"select id::text, {schema}.st_astext(geom) from prairie.location"))
    assert done.written == 3
    assert shown[moved["location"][0]["id"]] is None
    assert shown[moved["location"][1]["id"]] == "POINT(-88 30)"
    assert reader.verify(given).notes == ("1 service areas are no shapes that postgis reads",)


def test_an_extension_that_comes_later_brings_geometry(server: str) -> None:
    with new_database(server) as dsn:
        reader = PostgresReader("DSN", environ={"DSN": dsn})
        given = stage_partition(search_rows(8))
        reader.publish(given)
        assert "no extension postgis" in reader.verify(given).notes[0]
        with session(dsn) as connection:
            connection.execute("create extension postgis")
        assert "publish with --bulk" in reader.verify(given).notes[0]

        reader.apply(given, bulk=True)

        with session(dsn) as connection:
            count = connection.execute("select count(geom) from prairie.service_area").fetchone()
        assert count == (len(given.table("service_area")),)
        assert reader.verify(given).notes == ()


def test_without_the_extension_there_is_no_geometry_and_verify_says_so(postgres_dsn: str) -> None:
    with session(postgres_dsn) as connection:
        found = connection.execute("select 1 from pg_extension where extname = 'postgis'").fetchone()
    if found is not None:
        pytest.skip("the server gives postgis to every database")
    reader = PostgresReader("DSN", environ={"DSN": postgres_dsn})
    given = stage_partition(search_rows(8))
    reader.publish(given)

    found = reader.verify(given)

    assert (found.problems, found.notes) == (
        (),
        ("the database has no extension postgis, so there is no geometry",),
    )
