"""Aggregations: what is counted, by which field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dagster_ingest.publish.opensearch.lint.fields import Fields
from dagster_ingest.publish.opensearch.lint.finding import Problem
from dagster_ingest.publish.opensearch.lint.kinds import EXACT, METRICS
from dagster_ingest.publish.opensearch.lint.queries import named, path, queries

_BELOW = ("aggs", "aggregations")
_NO_FIELD = ("global", "bucket_sort", "bucket_selector", "bucket_script", "sampler")


def aggregations(fields: Fields, asked: Any, where: str, nested: str | None = None) -> Iterator[Problem]:
    """Problems of aggregations by name, those below them included."""
    for name, spec in asked.items():
        at, inside = f"{where}.{name}", nested
        kinds = [kind for kind in spec if kind not in (*_BELOW, "meta")]
        if len(kinds) != 1:
            yield Problem(at, "an aggregation has one kind")
        for kind in kinds:
            yield from _one(fields, kind, spec[kind], f"{at}.{kind}", nested)
            if kind in ("nested", "reverse_nested"):
                inside = spec[kind].get("path")
        for member in _BELOW:
            yield from aggregations(fields, spec.get(member, {}), f"{at}.{member}", inside)


def _one(fields: Fields, kind: str, body: Mapping[str, Any], at: str, nested: str | None):
    if kind in _NO_FIELD or (kind == "reverse_nested" and "path" not in body):
        return
    if kind in ("nested", "reverse_nested"):
        yield from path(fields, body, at)
    elif kind == "filter":
        yield from queries(fields, body, at, nested)
    elif kind == "filters":
        given = body.get("filters", {})
        for key, each in given.items() if isinstance(given, Mapping) else enumerate(given):
            yield from queries(fields, each, f"{at}.filters.{key}", nested)
    elif kind == "composite":
        for source in body.get("sources", ()):
            for name, each in source.items():
                for inner, about in each.items():
                    yield from _one(fields, inner, about, f"{at}.{name}.{inner}", nested)
    elif kind == "multi_terms":
        for each in body.get("terms", ()):
            yield from named(fields, each.get("field"), EXACT, kind, at, nested)
    elif kind in METRICS:
        yield from named(fields, body.get("field"), METRICS[kind], kind, at, nested)
    else:
        yield Problem(at, f"the lint does not know the aggregation {kind}", "teach it, or count another way")
