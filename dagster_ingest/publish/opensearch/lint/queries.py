"""Clauses of a query, from the outside in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dagster_ingest.publish.opensearch.lint.fields import Fields
from dagster_ingest.publish.opensearch.lint.finding import Problem
from dagster_ingest.publish.opensearch.lint.kinds import (
    ANY,
    BY_KEY,
    BY_LIST,
    BY_TYPE,
    NUMBER,
    OPTIONS,
    OPTIONS_OF_PLACES,
    POINT,
    TIME,
    VECTOR,
    why,
)

_DECAYS = ("gauss", "linear", "exp")
_NO_FIELD = ("match_all", "match_none", "ids")
# Compound clauses and the members in which they hold others.
_INSIDE = {
    "bool": ("must", "should", "filter", "must_not"),
    "constant_score": ("filter",),
    "dis_max": ("queries",),
    "boosting": ("positive", "negative"),
    "script_score": ("query",),
    "function_score": ("query",),
    "nested": ("query",),
}


def queries(fields: Fields, clause: Any, where: str, nested: str | None = None) -> Iterator[Problem]:
    """Problems of one clause or of a list of them. nested: the path of the nested clause around it."""
    if isinstance(clause, list):
        for number, each in enumerate(clause):
            yield from queries(fields, each, f"{where}[{number}]", nested)
        return
    if not isinstance(clause, Mapping) or len(clause) != 1:
        yield Problem(where, "a query clause is an object with one member, the clause's name")
        return
    [(name, body)] = clause.items()
    at = f"{where}.{name}"
    if name in _NO_FIELD:
        return
    if not isinstance(body, Mapping):
        yield Problem(at, "a clause is an object")
    elif name in _INSIDE:
        yield from _compound(fields, name, body, at, nested)
    elif name in BY_KEY:
        options = OPTIONS_OF_PLACES if name.startswith("geo_") else OPTIONS
        keys = [key for key in body if key not in options]
        if not keys:
            yield Problem(at, "it names no field")
        for key in keys:
            yield from named(fields, key, BY_KEY[name], name, at, nested)
    elif name in BY_LIST:
        yield from _listed(fields, name, body, at, nested)
    elif name == "exists":
        yield from named(fields, body.get("field"), ANY, name, at, nested)
    elif name == "distance_feature":
        yield from named(fields, body.get("field"), POINT | TIME, name, at, nested)
    elif name == "knn":
        yield from _vectors(fields, body, at, nested)
    else:
        yield Problem(at, f"the lint does not know the clause {name}", "teach it, or ask another way")


def named(
    fields: Fields, name: Any, kinds: Iterable[str], clause: str, where: str, nested: str | None
) -> Iterator[Problem]:
    """Problems of one field that a clause names; with stars, of all that it stands for."""
    if not isinstance(name, str) or not name:
        yield Problem(where, "it names no field")
        return
    found = fields.matching(name.partition("^")[0])
    if not found:
        yield Problem(where, f"the mapping has no field {name}", fields.like(name))
        return
    if "*" in name:  # servers leave out what cannot be asked so
        found = [each for each in found if each.type in kinds] or found[:1]
    for each in found:
        if each.type not in kinds:
            yield Problem(where, f"{clause} on {each.name}, which is {each.type}", why(clause, each.type))
        yield from _placed(each.name, each.nested, where, nested, whole=each.type == "nested")


def _placed(name: str, own: str | None, where: str, nested: str | None, *, whole: bool) -> Iterator[Problem]:
    if own == nested or name.startswith("_"):
        return
    if own is None:
        yield Problem(where, f"{name} is not within {nested}, so nothing is found there", "ask it outside")
    elif whole and nested is None:
        return
    else:
        yield Problem(where, f"{name} is within the nested {own}", f"ask it in a nested clause of path {own}")


def path(fields: Fields, body: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """Problems of the path that a nested clause, sort or aggregation names."""
    name = body.get("path")
    found = fields.find(name) if isinstance(name, str) else None
    if found is None:
        yield Problem(where, f"the mapping has no field {name}", fields.like(str(name)))
    elif found.type != "nested":
        yield Problem(where, f"{name} is {found.type} and not nested", "ask its members without `nested`")


def _compound(fields: Fields, name: str, body: Mapping[str, Any], at: str, nested: str | None):
    if name == "nested":
        yield from path(fields, body, at)
        nested = str(body.get("path"))
    members = [member for member in _INSIDE[name] if member in body]
    if not members and name not in ("bool", "function_score"):
        yield Problem(at, f"it lacks `{_INSIDE[name][0]}`")
    for member in members:
        yield from queries(fields, body[member], f"{at}.{member}", nested)
    if name == "function_score":
        listed = body.get("functions")
        for number, each in enumerate([body] if listed is None else listed):
            yield from _function(fields, each, at if listed is None else f"{at}.functions[{number}]", nested)


def _function(fields: Fields, body: Mapping[str, Any], at: str, nested: str | None) -> Iterator[Problem]:
    if "filter" in body:
        yield from queries(fields, body["filter"], f"{at}.filter", nested)
    if factor := body.get("field_value_factor"):
        yield from named(fields, factor.get("field"), NUMBER, "field_value_factor", at, nested)
    for decay in _DECAYS:
        for key in body.get(decay, {}):
            if key != "multi_value_mode":
                yield from named(fields, key, NUMBER | TIME | POINT, decay, f"{at}.{decay}", nested)


def _listed(fields: Fields, name: str, body: Mapping[str, Any], at: str, nested: str | None):
    kinds = BY_TYPE.get(str(body.get("type")), BY_LIST[name])
    listed = body.get("fields") or ([body["default_field"]] if "default_field" in body else [])
    if not listed:
        yield Problem(at, "it names no fields, so it asks all of them", "list those that are meant")
    if name in ("query_string", "simple_query_string") and ":" in str(body.get("query")):
        yield Problem(at, "a field named within the text is not looked at", "ask it in a clause of its own")
    for number, each in enumerate(listed):
        yield from named(fields, each, kinds, name, f"{at}.fields[{number}]", nested)


def _vectors(fields: Fields, body: Mapping[str, Any], at: str, nested: str | None) -> Iterator[Problem]:
    names = [body["field"]] if "field" in body else list(body)
    for each in names:
        yield from named(fields, each, VECTOR, "knn", at, nested)
