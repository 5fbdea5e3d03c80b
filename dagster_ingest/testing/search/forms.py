"""Search requests in the forms that applications send: bodies of `_search`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Clause = dict[str, Any]
Tree = str | Mapping[str, Sequence["Tree"]]

_TEXTS = ("name", "alternate_name", "description", "summary")
FIELDS = (
    "name",
    "description",
    "summary",
    *(f"{of}.{text}" for of in ("service", "location", "organization") for text in _TEXTS),
)
PAGE, MOST = 25, 300  # hits on a page, as a rule and at most
DEEPEST = 5  # of a tree of codes
ALL: Clause = {"match_all": {}}


def keyword(text: str) -> Clause:
    """All words in one of the texts of a record, or in those of one of its terms."""
    asked = {"query": text, "operator": "and", "analyzer": "standard"}
    terms = ["taxonomies.name", "taxonomies.description"]
    return any_of(
        {"multi_match": {**asked, "fields": list(FIELDS)}},
        _nested({"multi_match": {**asked, "fields": terms}}),
    )


def taxonomy(codes: str) -> Clause:
    """Codes that begin like one of a comma list."""
    return any_of(*(_nested({"match_phrase_prefix": {"taxonomies.code": code}}) for code in codes.split(",")))


def tree(node: Tree, depth: int = 1) -> Clause:
    """Whole codes under AND and OR: `{"AND": ["XB", {"OR": ["XC", "XD"]}]}`."""
    if isinstance(node, str):
        return _nested({"term": {"taxonomies.code.raw": node}})
    if depth > DEEPEST:
        raise ValueError(f"a tree of codes is at most {DEEPEST} deep")
    [(word, below)] = node.items()
    clauses = [tree(each, depth + 1) for each in below]
    return any_of(*clauses) if word == "OR" else {"bool": {"must": clauses}}


def like(key: str) -> Clause:
    """Records that share words with one of them."""
    return {
        "more_like_this": {
            "fields": ["name", "service.description", "organization.name"],
            "like": [{"_id": key}],
            "min_term_freq": 1,
            "min_doc_freq": 1,
            "max_query_terms": 1000,
            "minimum_should_match": 1,
        }
    }


def facets(chosen: Mapping[str, Sequence[str]], group: str = "facets") -> list[Clause]:
    """One filter for each value: all of them have to hold."""
    return [{"term": {f"{group}.{key}.keyword": value}} for key, some in chosen.items() for value in some]


def age(years: float) -> list[Clause]:
    """Who is so old; a record that names no limit is for everybody."""
    return [
        any_of({"range": {field: {side: years}}}, _without(field))
        for field, side in (("minimum_age", "lte"), ("maximum_age", "gte"))
    ]


def serving(lat: float, lon: float) -> Clause:
    """Records whose service area holds a point."""
    shape = {"type": "point", "coordinates": [lon, lat]}
    return {"geo_shape": {"service_area": {"shape": shape, "relation": "contains"}}}


def within(box: tuple[float, float, float, float], field: str = "service_area") -> Clause:
    """Records that reach into a boundary. box: west, south, east, north."""
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    shape = {"type": "polygon", "coordinates": [ring]}
    return {"geo_shape": {field: {"shape": shape, "relation": "intersects"}}}


def near(lat: float, lon: float, miles: float, *, or_anywhere: bool = True) -> Clause:
    """Places in reach; those that have no pin as well, unless only the distance counts."""
    reach = {"geo_distance": {"distance": f"{miles}mi", "location.point": {"lat": lat, "lon": lon}}}
    return any_of(reach, _without("location.point")) if or_anywhere else reach


def suggestion(text: str) -> Clause:
    """A term of a taxonomy, while its name or code is typed."""
    fields = [f"{of}{part}" for of in ("code", "name") for part in ("", "._2gram", "._3gram")]
    typed = {"query": text, "type": "bool_prefix", "operator": "and", "fields": fields}
    return {"bool": {"must": [{"multi_match": typed}], "filter": [{"term": {"type": "taxonomy"}}]}}


def organization(text: str, tenant_id: str) -> Clause:
    """An organization of a tenant, while its name is typed."""
    fields = ["name", "name._2gram", "name._3gram"]
    typed = {"query": text, "type": "bool_prefix", "operator": "and", "fields": fields}
    return {"bool": {"must": [{"multi_match": typed}], "filter": [{"term": {"tenant_id": tenant_id}}]}}


def order(by: str = "", *, direction: str = "asc", spot: tuple[float, float] | None = None) -> list[Clause]:
    """By priority, then by distance from `spot` or by a field, then by id, so that pages do not overlap."""
    found: list[Clause] = [{"priority": {"order": "desc"}}]
    if spot is not None:
        at = {"lat": spot[0], "lon": spot[1]}
        found.append({"_geo_distance": {"location.point": at, "order": direction, "unit": "mi"}})
    elif by:
        found.append({by: {"order": direction}})
    return [*found, {"service_at_location_id.raw": {"order": "asc"}}]


def counts(*fields: str) -> dict[str, Any]:
    """How often each value of a facet stands, by its field."""
    return {field: {"terms": {"field": f"{field}.keyword", "size": 100}} for field in fields}


def request(
    query: Clause = ALL, filters: Sequence[Clause] = (), *, page: int = 1, size: int = PAGE, **more: Any
) -> dict[str, Any]:
    """A body. page: from 1. more: `sort`, `aggs`."""
    if size > MOST:
        raise ValueError(f"a page has at most {MOST} hits")
    asked = {"bool": {"must": [query], "filter": list(filters)}} if filters else query
    return {"query": asked, "from": (page - 1) * size, "size": size, "track_total_hits": True, **more}


def any_of(*clauses: Clause) -> Clause:
    return {"bool": {"should": list(clauses), "minimum_should_match": 1}}


def _nested(query: Clause) -> Clause:
    return {"nested": {"path": "taxonomies", "query": query}}


def _without(field: str) -> Clause:
    return {"bool": {"must_not": [{"exists": {"field": field}}]}}
