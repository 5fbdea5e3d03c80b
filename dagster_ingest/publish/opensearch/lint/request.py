"""All of a search request: its query, its order, its counts, and what it wants to see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dagster_ingest.publish.opensearch.lint.aggregations import aggregations
from dagster_ingest.publish.opensearch.lint.fields import Fields
from dagster_ingest.publish.opensearch.lint.finding import Problem
from dagster_ingest.publish.opensearch.lint.kinds import ANY, EXACT, POINT
from dagster_ingest.publish.opensearch.lint.queries import named, path, queries

# Members of a request that name no field.
_PLAIN = frozenset(
    {"from", "size", "track_total_hits", "track_scores", "min_score", "timeout", "terminate_after"}
    | {"search_after", "explain", "version", "seq_no_primary_term", "stats", "pit", "slice", "profile"}
)
_UNSORTED = ("_score", "_doc", "_shard_doc")


def lint(body: Mapping[str, Any], mapping: Mapping[str, Any]) -> list[Problem]:
    """body: as it is posted to `_search`. mapping: `{"properties": ...}`. Empty: nothing was found."""
    fields = Fields(mapping, body.get("runtime_mappings", {}))
    return [problem for name, value in body.items() for problem in _member(fields, name, value)]


def _member(fields: Fields, name: str, value: Any) -> Iterator[Problem]:
    if name in _PLAIN or name == "runtime_mappings":
        return
    if name in ("query", "post_filter"):
        yield from queries(fields, value, name)
    elif name == "sort":
        yield from _sort(fields, value)
    elif name in ("aggs", "aggregations"):
        yield from aggregations(fields, value, name)
    elif name == "_source":
        yield from _source(fields, value)
    elif name in ("fields", "docvalue_fields", "stored_fields"):
        for each in _many(value):
            field = each.get("field") if isinstance(each, Mapping) else each
            if field != "_none_":
                yield from _known(fields, field, name)
    elif name == "highlight":
        for field in value.get("fields", {}):
            yield from _known(fields, field, "highlight.fields")
    elif name == "collapse":
        yield from named(fields, value.get("field"), EXACT, name, name, None)
    elif name == "rescore":
        for each in _many(value):
            yield from queries(fields, each["query"]["rescore_query"], "rescore.query.rescore_query")
    elif name == "knn":
        for each in _many(value):
            yield from queries(fields, {"knn": each}, name)
    else:
        yield Problem(name, f"the lint does not know the member {name}", "teach it, or leave it out")


def _sort(fields: Fields, value: Any) -> Iterator[Problem]:
    for number, each in enumerate(_many(value)):
        where = f"sort[{number}]"
        asked = {each: {}} if isinstance(each, str) else each
        for name, how in asked.items():
            options = how if isinstance(how, Mapping) else {}
            if name in _UNSORTED:
                continue
            if name == "_script":
                yield Problem(where, "what a script sorts by is not looked at", "sort by a field")
                continue
            within = options.get("nested", {})
            if within:
                yield from path(fields, within, f"{where}.nested")
                if "filter" in within:
                    inner = f"{where}.nested.filter"
                    yield from queries(fields, within["filter"], inner, within.get("path"))
            yield from _sorted(fields, name, options, where, within.get("path"))


def _sorted(fields: Fields, name: str, options: Mapping[str, Any], where: str, nested: str | None):
    if name != "_geo_distance":
        yield from named(fields, name.partition(":")[0], EXACT, "sort", where, nested)
        return
    known = {"order", "unit", "mode", "distance_type", "ignore_unmapped", "validation_method", "nested"}
    places = [key for key in options if key not in known]
    if not places:
        yield Problem(where, "_geo_distance names no field")
    for key in places:
        yield from named(fields, key, POINT, "_geo_distance", where, nested)


def _source(fields: Fields, value: Any) -> Iterator[Problem]:
    if isinstance(value, bool):
        return
    asked = value if isinstance(value, Mapping) else {"includes": value}
    for member, names in asked.items():
        for each in _many(names):
            yield from _known(fields, each, f"_source.{member}")


def _known(fields: Fields, name: Any, where: str) -> Iterator[Problem]:
    """A document's member, however it is stored: a nested one can be shown like any other."""
    for problem in named(fields, name, ANY, where, where, None):
        if "nested" not in problem.what:
            yield problem


def _many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]
