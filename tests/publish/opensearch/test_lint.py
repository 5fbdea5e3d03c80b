"""Planted mistakes in search requests, each of which a server would answer with nothing or not at all."""

from __future__ import annotations

import pytest

from dagster_ingest.publish.opensearch.lint import lint
from dagster_ingest.publish.opensearch.mappings import ORGANIZATIONS, RESOURCES, TAXONOMIES, index_body

POINT = {"lat": 41.6, "lon": -93.6}
SPOT = {"shape": {"type": "point", "coordinates": [-93.6, 41.6]}, "relation": "contains"}


def problems(body, kind=RESOURCES) -> list[str]:
    return [str(problem) for problem in lint(body, index_body(kind, shards=1)["mappings"])]


def within(query, path="taxonomies"):
    return {"nested": {"path": path, "query": query}}


RIGHT = [
    {"query": {"match_all": {}}, "size": 25, "from": 50, "track_total_hits": True},
    {"query": {"multi_match": {"query": "food", "fields": ["name^3", "service.name"], "operator": "and"}}},
    {"query": within({"match_phrase_prefix": {"taxonomies.code": "BD"}})},
    {"query": within({"bool": {"must": [{"term": {"taxonomies.code.raw": "BD"}}]}})},
    {"query": {"term": {"facets.target_population.keyword": "Veterans"}}},
    {"query": {"match": {"facets_en.languages": "English"}}},
    {"query": {"bool": {"must_not": {"exists": {"field": "location.point"}}}}},
    {"query": {"exists": {"field": "taxonomies"}}},
    {"query": {"geo_shape": {"service_area": SPOT, "ignore_unmapped": True}}},
    {"query": {"geo_distance": {"distance": "10mi", "location.point": POINT}}},
    {"query": {"range": {"minimum_age": {"lte": 18}}}},
    {"query": {"match": {"attribute_values.quality_review.value": "yes"}}},
    {"sort": [{"priority": "desc"}, {"_geo_distance": {"location.point": POINT, "unit": "mi"}}, "_score"]},
    {"sort": [{"name.raw": {"order": "asc"}}, "organization.name.raw", "service_at_location_id.raw"]},
    {"sort": [{"taxonomies.code.raw": {"order": "asc", "nested": {"path": "taxonomies"}}}]},
    {"aggs": {"f": {"terms": {"field": "facets.languages.keyword", "size": 100}}}},
    {"aggs": {"n": {"terms": {"field": "taxonomy_names.languages.en.keyword"}}}},
    {
        "aggs": {
            "t": {
                "nested": {"path": "taxonomies"},
                "aggs": {
                    "c": {
                        "terms": {"field": "taxonomies.code.raw"},
                        "aggs": {"r": {"reverse_nested": {}, "aggs": {"o": {"terms": {"field": "id"}}}}},
                    }
                },
            }
        }
    },
    {"_source": {"excludes": ["service_area", "taxonomies", "facets.*"]}},
    {"highlight": {"fields": {"service.description": {}}}},
    {"query": {"more_like_this": {"fields": ["name"], "like": "food"}}},
    {"query": {"function_score": {"query": {"match_all": {}}, "field_value_factor": {"field": "priority"}}}},
]


@pytest.mark.parametrize("body", RIGHT)
def test_what_the_mapping_answers_is_let_through(body) -> None:
    assert problems(body) == []


LACKING = {
    "a field": ({"query": {"match": {"title": "food"}}}, "no field title"),
    "a member": ({"query": {"match": {"service.fees": "free"}}}, "no field service.fees"),
    "a sub-field": ({"query": {"term": {"service.name.raw": "x"}}}, "no field service.name.raw"),
    "a sub-field of a facet": ({"query": {"term": {"facets.languages.raw": "x"}}}, "facets.languages.raw"),
    "a facet's keyword": ({"query": {"term": {"facets.languages": "x"}}}, "term on facets.languages, which"),
    "half a path": (
        {"aggs": {"n": {"terms": {"field": "taxonomy_names.languages.keyword"}}}},
        "which is text",
    ),
    "one of many": (
        {"query": {"multi_match": {"query": "x", "fields": ["name", "summry^2"]}}},
        "fields[1]: the mapping has no field summry",
    ),
    "stars": ({"query": {"multi_match": {"query": "x", "fields": ["servise.*"]}}}, "no field servise.*"),
    "a sort": ({"sort": [{"relevance": "desc"}]}, "no field relevance"),
    "what is left out": ({"_source": {"excludes": ["service_areas"]}}, "no field service_areas"),
    "a deep clause": (
        {"query": {"bool": {"filter": [{"bool": {"should": [{"term": {"taxonomy": "x"}}]}}]}}},
        "query.bool.filter[0].bool.should[0].term: the mapping has no field taxonomy",
    ),
    "a vector": ({"knn": {"field": "embedding", "query_vector": [0.1], "k": 5}}, "no field embedding"),
}


@pytest.mark.parametrize(("body", "said"), LACKING.values(), ids=LACKING)
def test_what_the_mapping_lacks_is_told(body, said) -> None:
    assert len(problems(body)) == 1
    assert said in problems(body)[0]


WRONG = {
    "term on text": ({"query": {"term": {"name": "Food bank"}}}, "name, which is text"),
    "terms on text": ({"query": {"terms": {"email": ["a@b.c"]}}}, "email, which is text"),
    "sort on text": ({"sort": ["organization.name"]}, "organization.name, which is text"),
    "count on text": ({"aggs": {"a": {"terms": {"field": "name"}}}}, "name, which is text"),
    "sum of text": ({"aggs": {"a": {"sum": {"field": "phone"}}}}, "phone, which is text"),
    "range on text": ({"query": {"range": {"schedule": {"gte": "8"}}}}, "schedule, which is text"),
    "match on a place": ({"query": {"match": {"service_area": "Iowa"}}}, "service_area, which is geo_shape"),
    "geo on a keyword": (
        {"query": {"geo_distance": {"distance": "1mi", "tenant_id": POINT}}},
        "tenant_id, which is keyword",
    ),
    "distance on an area": (
        {"query": {"geo_distance": {"distance": "1mi", "service_area": POINT}}},
        "service_area, which is geo_shape",
    ),
    "distance sort on an area": (
        {"sort": [{"_geo_distance": {"service_area": POINT}}]},
        "service_area, which is geo_shape",
    ),
    "shape on text": ({"query": {"geo_shape": {"location.name": SPOT}}}, "location.name, which is text"),
    "an object": ({"query": {"match": {"location": "Ames"}}}, "location, which is object"),
    "prefix of a phrase on a keyword": (
        {"query": within({"match_phrase_prefix": {"taxonomies.code.raw": "BD"}})},
        "taxonomies.code.raw, which is keyword",
    ),
    "nested asked flat": ({"query": {"term": {"taxonomies.code.raw": "BD"}}}, "within the nested taxonomies"),
    "flat asked nested": ({"query": within({"match": {"name": "food"}})}, "name is not within taxonomies"),
    "nested path of an object": (
        {"query": within({"match_all": {}}, "service")},
        "service is object and not",
    ),
    "nested path of nothing": ({"query": within({"match_all": {}}, "taxonomy")}, "no field taxonomy"),
    "nested sorted flat": ({"sort": [{"taxonomies.code.raw": "asc"}]}, "within the nested taxonomies"),
    "nested counted flat": (
        {"aggs": {"c": {"terms": {"field": "taxonomies.code.raw"}}}},
        "within the nested taxonomies",
    ),
}


@pytest.mark.parametrize(("body", "said"), WRONG.values(), ids=WRONG)
def test_a_clause_of_the_wrong_kind_is_told(body, said) -> None:
    assert len(problems(body)) == 1
    assert said in problems(body)[0]


UNKNOWN = [
    {"query": {"percolate": {"field": "query"}}},
    {"query": {"bool": {"must": [{"match": {"name": "a"}, "term": {"id": "b"}}]}}},
    {"aggs": {"a": {"scripted_metric": {}}}},
    {"suggest": {"s": {"text": "fod", "term": {"field": "name"}}}},
    {"sort": [{"_script": {"type": "number", "script": "1"}}]},
    {"query": {"multi_match": {"query": "x"}}},
    {"query": {"query_string": {"query": "titel:x", "fields": ["name"]}}},
    {"query": {"nested": {"path": "taxonomies"}}},
]


@pytest.mark.parametrize("body", UNKNOWN)
def test_what_the_lint_does_not_know_is_not_said_to_be_right(body) -> None:
    assert len(problems(body)) == 1


def test_suggestions_are_asked_of_fields_that_are_made_for_them() -> None:
    def asked(*fields):
        return {"query": {"multi_match": {"query": "fo", "type": "bool_prefix", "fields": list(fields)}}}

    names = ("name", "name._2gram", "name._3gram", "code", "code._2gram", "code._3gram")
    assert problems(asked(*names), TAXONOMIES) == []
    assert problems(asked("name", "name._2gram"), ORGANIZATIONS) == []
    assert "no field name._4gram" in problems(asked("name._4gram"), TAXONOMIES)[0]
    assert "code.raw, which is keyword" in problems(asked("code.raw"), TAXONOMIES)[0]
    assert problems({"query": {"term": {"type": "taxonomy"}}}, TAXONOMIES) == []


def test_a_hint_names_what_may_be_meant() -> None:
    assert "there is" in problems({"query": {"match": {"service.descripton": "x"}}})[0]
    assert "service.description" in problems({"query": {"match": {"service.descripton": "x"}}})[0]
