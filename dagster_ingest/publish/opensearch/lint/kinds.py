"""Which kinds of fields a clause may be asked of, and why not of others."""

from __future__ import annotations

TEXT = frozenset({"text", "search_as_you_type", "match_only_text"})
WHOLE = frozenset({"keyword", "constant_keyword", "wildcard"})
NUMBER = frozenset(
    {"long", "integer", "short", "byte", "double", "float", "half_float", "scaled_float", "unsigned_long"}
)
POINT, SHAPE, VECTOR = (
    frozenset({"geo_point"}),
    frozenset({"geo_point", "geo_shape"}),
    frozenset({"dense_vector", "knn_vector"}),
)
TIME = frozenset({"date", "date_nanos"})
EXACT = WHOLE | NUMBER | TIME | {"boolean", "ip"}
ANY = TEXT | EXACT | SHAPE | VECTOR | {"object", "nested"}
SAID = TEXT | EXACT  # what a match may be asked of
SPOKEN = TEXT | WHOLE

# Clauses that name their field as a key.
BY_KEY = {
    "match": SAID,
    "match_phrase": SAID,
    "match_phrase_prefix": TEXT,
    "match_bool_prefix": TEXT,
    "intervals": TEXT,
    "term": EXACT,
    "terms": EXACT,
    "terms_set": EXACT,
    "prefix": SPOKEN,
    "wildcard": SPOKEN,
    "regexp": SPOKEN,
    "fuzzy": SPOKEN,
    "range": EXACT,
    "geo_distance": POINT,
    "geo_bounding_box": SHAPE,
    "geo_polygon": POINT,
    "geo_shape": SHAPE,
}
# Members of such a clause that are no fields.
OPTIONS = frozenset({"boost", "_name"})
OPTIONS_OF_PLACES = OPTIONS | {
    "distance",
    "distance_type",
    "validation_method",
    "ignore_unmapped",
    "type",
    "unit",
}
# Clauses that list their fields, the kinds by the clause's type where it has one.
BY_LIST = {
    "multi_match": SAID,
    "combined_fields": TEXT,
    "query_string": SAID,
    "simple_query_string": SAID,
    "more_like_this": SPOKEN,
}
BY_TYPE = {"phrase_prefix": TEXT, "bool_prefix": TEXT}

METRICS = {
    **dict.fromkeys(("avg", "sum", "stats", "extended_stats", "percentiles"), NUMBER | {"boolean"}),
    **dict.fromkeys(("min", "max"), NUMBER | TIME),
    **dict.fromkeys(("value_count", "cardinality", "missing"), EXACT | SHAPE),
    **dict.fromkeys(("terms", "significant_terms", "rare_terms"), EXACT),
    **dict.fromkeys(("histogram", "range", "variable_width_histogram"), NUMBER),
    **dict.fromkeys(("date_histogram", "auto_date_histogram", "date_range"), TIME),
    **dict.fromkeys(("geo_distance", "geohash_grid", "geotile_grid", "geo_bounds", "geo_centroid"), POINT),
}


def why(clause: str, kind: str) -> str:
    """What becomes of a clause on a field that is not of its kind."""
    if kind in TEXT:
        return "its words are taken apart, so a whole value is never met; ask its keyword below it"
    if kind in SHAPE:
        return "places are asked with geo clauses"
    if kind in ("object", "nested"):
        return "it has members of its own: name one"
    return f"{clause} takes no {kind}"
