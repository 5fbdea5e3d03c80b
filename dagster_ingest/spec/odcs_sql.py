"""ODCS rules of type sql: one select over the candidate, checked before anything is run.

What may be called is listed, so that a function nobody thought of is refused. The sandbox that runs
the query (land/sandbox.py) holds nothing but the candidate and cannot reach files either way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dagster_ingest.naming import quoted
from dagster_ingest.spec.contract import Column
from dagster_ingest.spec.draft import Draft
from dagster_ingest.spec.problem import Loc, shown

if TYPE_CHECKING:
    from sqlglot import exp

Problems = Iterator[tuple[str, dict[str, Any]]]
"""What is wrong, and what else to tell of it (see Report.add)."""

MAX_QUERY = 10_000
_PLACEHOLDER = re.compile(r"\$?\{\s*([A-Za-z_]*)\s*\}")
_OBJECT, _PROPERTY = ("object", "table", "schema"), ("property", "column")
# Nothing of these reads files, settings, the clock or chance. Left out for what one call may cost, which
# neither the time nor the memory of a query bounds: levenshtein, repeat.
# fmt: off
FUNCTIONS = frozenset([
    "count", "sum", "avg", "min", "max", "median", "mode", "stddev", "stddev_pop", "stddev_samp",
    "variance", "var_pop", "var_samp", "quantile_cont", "quantile_disc", "any_value", "bool_and",
    "bool_or", "count_if", "approx_count_distinct", "string_agg", "abs", "ceil", "floor", "round",
    "trunc", "sign", "sqrt", "ln", "log", "exp", "pow", "power", "mod", "greatest", "least", "isnan",
    "coalesce", "nullif", "ifnull", "if", "case", "cast", "try_cast", "exists", "lower", "upper", "trim",
    "ltrim", "rtrim", "length", "strlen", "substring", "substr", "left", "right", "replace", "concat",
    "concat_ws", "contains", "starts_with", "ends_with", "regexp_matches", "regexp_full_match",
    "regexp_replace", "regexp_extract", "strpos", "position", "reverse", "lpad", "rpad",
    "split_part", "year", "month", "day", "hour", "minute", "second", "date_part",
    "date_trunc", "date_diff", "datediff", "extract", "epoch", "strptime", "try_strptime", "strftime",
    "make_date", "row_number", "rank", "dense_rank", "lag", "lead", "first_value", "last_value", "ntile",
])
# How the parser calls some of them.
_ALSO = {
    "stddevpop": "stddev_pop", "stddevsamp": "stddev_samp", "variancepop": "var_pop",
    "percentilecont": "quantile_cont", "percentiledisc": "quantile_disc", "logicaland": "bool_and",
    "logicalor": "bool_or", "countif": "count_if", "approxdistinct": "approx_count_distinct",
    "groupconcat": "string_agg", "anyvalue": "any_value", "trycast": "try_cast",
    "regexplike": "regexp_matches", "regexpfullmatch": "regexp_full_match",
    "regexpreplace": "regexp_replace", "regexpextract": "regexp_extract", "startswith": "starts_with",
    "endswith": "ends_with", "strposition": "strpos", "concatws": "concat_ws", "datediff": "date_diff",
    "datetrunc": "date_trunc", "timestamptrunc": "date_trunc", "pad": "lpad", "splitpart": "split_part",
    "strtotime": "strptime", "timetostr": "strftime", "datefromparts": "make_date",
    "rownumber": "row_number", "denserank": "dense_rank", "firstvalue": "first_value",
    "lastvalue": "last_value", "dayofmonth": "day", "and": "if", "or": "if", "not": "if", "xor": "if",
    "tochar": "strftime", "timetounix": "epoch", "tsordstodatediff": "date_diff", "varpop": "var_pop",
    "varsamp": "var_samp", "bytelength": "strlen", "timestampdiff": "date_diff",
}
# fmt: on
_FIX = "write one select over the table itself: SELECT count(*) FROM {object} WHERE ..."


def sql_rule(
    draft: Draft, quality: Mapping[str, Any], loc: Loc, column: Column | None
) -> tuple[str, list[str], str | None] | None:
    """(query with its placeholders filled in, raw columns that it reads, tag of the rule's id)."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    text, where = quality.get("query"), (*loc, "query")
    if not isinstance(text, str) or not text.strip() or len(text) > MAX_QUERY:
        fix = "add `query: SELECT count(*) FROM {object} WHERE ...`"
        draft.refuse(loc, f"a sql rule needs a query of 1 to {MAX_QUERY:,} signs", fix=fix, on_key=True)
        return None
    query = _filled(draft, text, where, column)
    if query is None:
        return None
    try:
        found = [tree for tree in sqlglot.parse(query, read="duckdb") if tree is not None]
    except (SqlglotError, RecursionError, ValueError) as error:
        words = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).splitlines()
        draft.refuse(where, f"the query cannot be read: {words[0] if words else error}", fix=_FIX)
        return None
    problems = list(_problems(draft, found))
    for problem, parts in problems:
        draft.refuse(where, problem, **parts)
    if problems:
        return None
    reads = _columns_read(draft, found[0])
    return query, reads, quality.get("id") or _slug(quality.get("name"))


def _filled(draft: Draft, text: str, loc: Loc, column: Column | None) -> str | None:
    """The query with `{object}` and `{property}` replaced by quoted names."""
    sound = True

    def name(match: re.Match[str]) -> str:
        nonlocal sound
        word = match[1].lower()
        if word in _OBJECT:
            return quoted(draft.table)
        if word in _PROPERTY and column is not None:
            return quoted(column.field)
        sound = False
        what = (
            "stands for the property, and the rule stands at the table" if word in _PROPERTY else "is unknown"
        )
        allowed = ("{object}", "{property}")
        draft.refuse(loc, f"the placeholder {match[0]!r} {what}", value=match[0], allowed=allowed)
        return match[0]

    filled = _PLACEHOLDER.sub(name, text)
    return filled if sound else None


def _problems(draft: Draft, trees: list[Any]) -> Problems:
    from sqlglot import exp

    if len(trees) != 1 or not isinstance(trees[0], exp.Select | exp.SetOperation):
        yield "the query is not one select", {"fix": _FIX}
        return
    tree = trees[0]
    ctes = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    if draft.table in ctes:
        problem = f"the query gives the name of the table, {draft.table!r}, to something else"
        yield problem, {"value": draft.table, "fix": "choose another name in `with`"}
    for node in tree.walk():
        yield from _node_problems(draft, node, ctes)
    yield from _unknown_columns(draft, tree)


def _node_problems(draft: Draft, node: exp.Expr, ctes: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    from sqlglot import exp

    if isinstance(node, exp.Table):
        name = node.name.lower()
        sound = isinstance(node.this, exp.Identifier) and not node.db and not node.catalog
        if not sound or (name != draft.table and name not in ctes):
            what = node.sql(dialect="duckdb")
            problem = f"the query may read {draft.table!r} only, not {shown(what)}"
            yield problem, {"value": what, "allowed": (draft.table,), "fix": _FIX}
    elif isinstance(node, exp.With) and node.recursive:
        yield "a recursive query may never end", {"fix": _FIX}
    elif isinstance(node, exp.Func) and not isinstance(node, exp.Connector | exp.Predicate):
        name = function_name(node)
        if name not in FUNCTIONS:
            fix = "only functions of the row's values may be called; the age of values is for slaProperties"
            yield (
                f"the function {name!r} may not be called",
                {"value": name, "allowed": sorted(FUNCTIONS), "fix": fix},
            )
    elif isinstance(node, _forbidden()):
        what = type(node).__name__.lower()
        yield f"the query uses {what}, which may not be run", {"fix": _FIX}


def function_name(node: exp.Func) -> str:
    """The function as people write it."""
    from sqlglot import exp

    if isinstance(node, exp.Anonymous):
        return node.name.lower()
    name = type(node).__name__.lower()
    spelled = node.sql_name().lower()
    return next((n for n in (_ALSO.get(name), spelled, name) if n in FUNCTIONS), spelled)


def _forbidden() -> tuple[type, ...]:
    from sqlglot import exp

    return (
        exp.Command, exp.DDL, exp.DML, exp.Into, exp.Parameter, exp.SessionParameter, exp.Placeholder,
        exp.Lateral, exp.Pivot, exp.TableSample, exp.Values, exp.Lock, exp.Summarize, exp.Describe,
        exp.PositionalColumn,
    )  # fmt: skip


def _unknown_columns(draft: Draft, tree: exp.Expr) -> Problems:
    from sqlglot import exp

    made = {alias.alias.lower() for alias in tree.find_all(exp.Alias, exp.TableAlias, exp.CTE) if alias.alias}
    made |= {c.name.lower() for a in tree.find_all(exp.TableAlias) for c in a.args.get("columns") or ()}
    known = {column.field.lower() for column in draft.columns}
    for node in tree.find_all(exp.Column):
        if not isinstance(node.this, exp.Star) and node.name.lower() not in known | made:
            fields = [column.field for column in draft.columns]
            problem = f"the query reads {node.name!r}, which the table does not have"
            yield problem, {"value": node.name, "allowed": fields, "fix": "use the raw names, or {property}"}


def _columns_read(draft: Draft, tree: exp.Expr) -> list[str]:
    """Raw names of the columns that the query may look at; of `select *` all."""
    from sqlglot import exp

    names = {node.name.lower() for node in tree.find_all(exp.Column)}
    stars = (s for s in tree.find_all(exp.Star) if not isinstance(s.parent, exp.Count))
    every = next(stars, None) is not None
    return [c.field for c in draft.columns if every or c.field.lower() in names]


def _slug(name: Any) -> str | None:
    text = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40] if isinstance(name, str) else ""
    return text or None
