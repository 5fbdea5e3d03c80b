"""What a search application may rely on, for every sample tenant in every language, after two days."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dagster_ingest import faults
from dagster_ingest.testing import mongodb
from dagster_ingest.testing.opensearch import ask
from dagster_ingest.testing.search import forms
from dagster_ingest.testing.search.facts import published
from dagster_ingest.testing.search.places import NOWHERE
from tests.e2e.readers.conftest import DATABASE, LOCALES, TENANTS, codes_of
from tests.search_servers import STAND_IN

pytestmark = pytest.mark.slow

each_language = pytest.mark.parametrize(("tenant", "code"), LOCALES)
each_tenant = pytest.mark.parametrize("tenant", TENANTS)


def ids(store, tenant, code, query, **more) -> set[str]:
    body = {**forms.request(query, size=forms.MOST, **more), "_source": False}
    answer = store.client.once("POST", f"/{tenant}-resources_{code}/_search", body)
    return {hit["_id"] for hit in answer["hits"]["hits"]}


def expected(both, tenant) -> set[str]:
    return {row["service_at_location_id"] for partition in both.of(tenant) for row in published(partition)}


def shown(documents, tenant) -> dict[str, dict]:
    every = mongodb.documents(documents.address, DATABASE, "resources")
    return {key: document for key, document in every.items() if document["tenant_id"] == tenant}


@each_language
def test_the_aliases_are_there_and_every_count_agrees(both, search, documents, tenant, code) -> None:
    aliases = ask(search.address, "GET", "/_alias")
    behind = {alias: index for index, about in aliases.items() for alias in about["aliases"]}
    count = ask(search.address, "POST", f"/{tenant}-resources_{code}/_count", {"query": forms.ALL})["count"]

    assert {f"{tenant}-resources_{code}", f"{tenant}-taxonomies_v2_{code}"} <= behind.keys()
    assert "organizations" in behind
    assert len(expected(both, tenant)) > 20
    assert count == len(shown(documents, tenant)) == len(expected(both, tenant))
    assert ids(search, tenant, code, forms.ALL) == shown(documents, tenant).keys() == expected(both, tenant)


@each_tenant
def test_every_document_has_every_language(documents, tenant) -> None:
    found = [[t["locale"] for t in each["translations"]] for each in shown(documents, tenant).values()]
    assert found
    assert all(codes == codes_of(tenant) for codes in found)
    assert "en" in codes_of(tenant)


@each_tenant
def test_a_document_is_looked_up_by_its_tenant_and_id(both, documents, tenant) -> None:
    for key, document in shown(documents, tenant).items():
        assert (document["_id"], document["serviceAtLocationId"]) == (key, key)
    others = {
        row["service_at_location_id"]
        for (name, _), partition in both.shown.items()
        if name != tenant
        for row in published(partition)
    }
    assert not others & expected(both, tenant)


@each_language
def test_each_document_is_found_by_its_name(both, search, tenant, code) -> None:
    for fact in both.facts(tenant, code):
        assert fact.id in ids(search, tenant, code, forms.keyword(fact.texts["name"])), fact.texts["name"]


@each_language
def test_each_document_is_found_by_the_beginning_of_each_of_its_codes(both, search, tenant, code) -> None:
    known = both.facts(tenant, code)
    assert any(fact.codes for fact in known)
    for each in sorted(set().union(*(fact.codes for fact in known))):
        holders = {fact.id for fact in known if each in fact.codes}
        for size in (len(each), len(each) // 2 + 1, 4):
            found = ids(search, tenant, code, forms.taxonomy(each[:size]))
            assert holders <= found < {fact.id for fact in known} | {"more"}


@each_language
def test_each_document_is_found_within_its_service_area_and_not_outside(both, search, tenant, code) -> None:
    known = [fact for fact in both.facts(tenant, code) if fact.area is not None]
    assert len(known) > 20
    asked: dict[tuple[float, float], set[str]] = {}
    for fact in known:
        for spot in inside(fact.area, search.name):
            assert fact.id in found_at(asked, search, tenant, code, spot)
        for spot in outside(fact.area, search.name):
            assert fact.id not in found_at(asked, search, tenant, code, spot)
    assert found_at(asked, search, tenant, code, NOWHERE) == set()


def found_at(asked, search, tenant, code, spot) -> set[str]:
    if spot not in asked:  # neighbours share their areas
        asked[spot] = ids(search, tenant, code, forms.ALL, filters=[forms.serving(*spot)])
    return asked[spot]


def inside(area, kind) -> list[tuple[float, float]]:
    """Latitude and longitude of a point in each part. The stand-in looks at the first part alone."""
    import shapely

    parts = shapely.get_parts(area)[: 1 if kind == STAND_IN else 20]
    spots = [part.representative_point() for part in parts]
    return [(spot.y, spot.x) for spot in spots]


def outside(area, kind) -> list[tuple[float, float]]:
    """Points that are near, and not in it. To the stand-in an area is the box around its first part."""
    import shapely

    west, south, east, north = area.bounds
    beyond = [(north + 0.2, (west + east) / 2), ((south + north) / 2, west - 0.2)]
    if kind == STAND_IN:
        return beyond
    inset = 0.01
    corners = [(lat, lon) for lat in (south + inset, north - inset) for lon in (west + inset, east - inset)]
    spots = [(lat, lon) for lat, lon in corners if area.distance(shapely.Point(lon, lat)) > inset / 10]
    return beyond + spots


@each_tenant
def test_a_second_run_without_a_change_writes_nothing(
    both, search, documents, tables, packages, tenant
) -> None:
    for store in (search, documents, tables, packages):
        for partition in both.of(tenant):
            again = store.reader.publish(partition)
            assert (again.changed, again.written, again.deleted) == (False, 0, 0)
            assert store.reader.published(tenant, partition.state) == partition.version
            assert store.reader.verify(partition).problems == ()


@each_tenant
def test_a_new_version_of_the_same_rows_writes_no_document(both, search, documents, tables, tenant) -> None:
    for store in (search, documents, tables):
        for partition in both.of(tenant):
            again = store.reader.publish(replace(partition, version=f"{partition.version}-again"))
            assert (again.written, again.deleted) == (0, 0)
            store.reader.publish(partition)


def test_day_two_was_published_by_difference(search, documents, tables, both) -> None:
    for store in (search, documents, tables):
        assert {done.details["mode"] for done in store.second.values()} == {"incremental"}
        for key, done in store.second.items():
            assert 0 < done.written < store.first[key].written


def test_the_aliases_move_in_one_step_after_the_counts_agree(both, search, monkeypatch) -> None:
    tenant, code = "prairie", "es"
    alias, whole = f"{tenant}-resources_{code}", expected(both, tenant)
    seen: list[tuple[str, str]] = []

    def look(point: str) -> None:
        [index] = ask(search.address, "GET", f"/_alias/{alias}")
        assert ids(search, tenant, code, forms.ALL) == whole
        seen.append((point, index))
        if point == "publish.swap":  # what comes is whole before anything moves
            new = [name for name in ask(search.address, "GET", "/_alias") if name.startswith(f"{alias}--")]
            counts = {name: ask(search.address, "POST", f"/{name}/_count")["count"] for name in new}
            assert len(counts) >= 2
            assert set(counts.values()) == {len(whole)}

    monkeypatch.setattr(faults, "reach", look)
    partition = both.of(tenant)[0]
    done = search.reader.apply(partition, bulk=True)

    assert done.details["mode"].startswith("bulk")
    points = [point for point, _ in seen]
    moved = points.index("publish.swapped")
    assert points.index("publish.written") < points.index("publish.swap") < moved
    assert len({index for _, index in seen[:moved]}) == 1
    assert {index for _, index in seen[:moved]}.isdisjoint({index for _, index in seen[moved:]})


def test_a_redirect_stands_for_an_id_that_was_changed(both, documents) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    partition = both.shown["summit", "CO"]
    old = min(expected(both, "summit"))
    new = f"{old[:-4]}ffff"

    def table(entity: str) -> pa.Table:
        given = partition.table(entity)
        for number, column in enumerate(given.column_names):
            if pa.types.is_string(given.schema.field(column).type):
                changed = pc.if_else(pc.equal(given[column], old), new, given[column])
                given = given.set_column(number, column, changed)
        return given

    documents.reader.publish(replace(partition, version="renamed", table=table))
    redirects = mongodb.documents(documents.address, DATABASE, "redirects")
    assert redirects == {old: {"_id": old, "newId": new, "tenantId": "summit"}}
    assert new in shown(documents, "summit")
    assert old not in shown(documents, "summit")

    documents.reader.publish(partition)  # as it was, and nothing leads away from what is shown
    assert shown(documents, "summit").keys() == expected(both, "summit")
    assert old not in mongodb.documents(documents.address, DATABASE, "redirects")
