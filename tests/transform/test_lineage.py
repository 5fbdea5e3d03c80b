"""Column lineage of single queries: what each column is made of, what decides over rows."""

from __future__ import annotations

import pytest

from dagster_ingest.errors import TransformError
from dagster_ingest.transform.lineage import trace
from dagster_ingest.transform.relation import ANY, Traced

TABLES = {
    ("raw", "t"): ("id", "a", "b", "c", "doc", "flag"),
    ("raw", "u"): ("id", "t_id", "d", "e"),
    ("elt", "v"): ("id", "A"),
}


def traced(sql: str) -> Traced:
    return trace(sql, TABLES)


def names(leaves) -> set[str]:
    return {f"{table}.{column}" for _, table, column in leaves}


# (expression over t and u, what it is made of, what decides over it)
EXPRESSIONS = [
    ("t.a", {"t.a"}, set()),
    ("a || coalesce(b, 'x')", {"t.a", "t.b"}, set()),
    ("upper(T.A)", {"t.a"}, set()),
    ("'constant'", set(), set()),
    ("count(*) over ()", set(), set()),
    ("case when flag = 'y' then a else b end", {"t.a", "t.b"}, {"t.flag"}),
    ("case flag when 'y' then a end", {"t.a"}, {"t.flag"}),
    ("if(flag = 'y', a, b)", {"t.a", "t.b"}, {"t.flag"}),
    ("nullif(a, b)", {"t.a"}, {"t.b"}),
    ("first_value(a) over (partition by b order by c)", {"t.a"}, {"t.b", "t.c"}),
    ("row_number() over w", set(), {"t.b", "t.c"}),
    ("string_agg(a, ';' order by b) over ()", {"t.a"}, {"t.b"}),
    ("max(a) filter (where flag = 'y') over ()", {"t.a"}, {"t.flag"}),
    ("arg_max(a, b) over ()", {"t.a"}, {"t.b"}),
    ("doc -> 'address' ->> 'city'", {"t.doc"}, set()),
    ("json_extract_string(doc, '$.a.b')", {"t.doc"}, set()),
    ("t.doc.city", {"t.doc"}, set()),
    ("doc.city", {"t.doc"}, set()),
    ("{'x': a, 'y': b}", {"t.a", "t.b"}, set()),
    ("list_transform(string_split(a, ','), x -> trim(x) || b)", {"t.a", "t.b"}, set()),
    ("[x for x in string_split(a, ',') if x > b]", {"t.a", "t.b"}, set()),
    ("map_extract_value(map {'k': 'v'}, a)", {"t.a"}, set()),
    ("(select max(d) from raw.u where u.t_id = t.id)", {"u.d"}, {"u.t_id", "t.id"}),
    ("a in (select d from raw.u)", {"t.a", "u.d"}, set()),
    ("exists (select 1 from raw.u where u.t_id = t.id)", set(), {"u.t_id", "t.id"}),
    ("t", {"t.id", "t.a", "t.b", "t.c", "t.doc", "t.flag"}, set()),
]


@pytest.mark.parametrize(("expression", "value", "choice"), EXPRESSIONS, ids=[e[0] for e in EXPRESSIONS])
def test_an_expression_is_made_of_its_columns(expression: str, value: set[str], choice: set[str]) -> None:
    found = traced(f"select {expression} as x from raw.t window w as (partition by b order by c)")
    assert (names(found.columns["x"].value), names(found.columns["x"].choice)) == (value, choice)
    assert found.unresolved == ()


# (query, what decides over its rows)
ROWS = [
    ("select a from raw.t", set()),
    ("select a from raw.t where b = 'x'", {"t.b"}),
    ("select a from raw.t qualify row_number() over (partition by b order by c) = 1", {"t.b", "t.c"}),
    ("select a, max(b) from raw.t group by a having max(c) > 1", {"t.a", "t.c"}),
    ("select a, max(b) from raw.t group by 1", {"t.a"}),
    ("select upper(a) as x, max(b) from raw.t group by x", {"t.a"}),
    ("select distinct a from raw.t", {"t.a"}),
    ("select distinct on (b) a from raw.t order by c", {"t.b", "t.c"}),
    ("select a from raw.t order by b", set()),
    ("select a from raw.t order by b limit 1", {"t.b"}),
    ("select a from raw.t join raw.u on u.t_id = t.id", {"t.id", "u.t_id"}),
    ("select a from raw.t left join raw.u using (id)", {"t.id", "u.id"}),
    ("select a from raw.t where id in (select t_id from raw.u where d = 'x')", {"t.id", "u.t_id", "u.d"}),
    ("with f as (select * from raw.t where flag = 'y') select a from f", {"t.flag"}),
    ("select a from raw.t union select d from raw.u", {"t.a", "u.d"}),
    ("select a from raw.t union all select d from raw.u where e = 'x'", {"u.e"}),
    ("select a from raw.t except select d from raw.u", {"t.a", "u.d"}),
    ("select unnest(string_split(a, ',')) as x from raw.t", {"t.a"}),
    ("select i.item from raw.t cross join unnest(string_split(a, ',')) as i(item)", {"t.a"}),
]


@pytest.mark.parametrize(("sql", "rows"), ROWS, ids=[r[0] for r in ROWS])
def test_rows_hang_on_filters_joins_and_groups(sql: str, rows: set[str]) -> None:
    assert names(traced(sql).rows) == rows


def test_common_tables_stars_and_aliases_are_seen_through() -> None:
    found = traced(
        "with one as (select t.*, a || b as ab from raw.t), two(first, ab) as (select a, ab from one)"
        " select two.*, trim(ab) as ab_text, upper(ab_text) as louder from two"
    )
    assert list(found.columns) == ["first", "ab", "ab_text", "louder"]
    assert names(found.columns["first"].all) == {"t.a"}
    assert names(found.columns["louder"].all) == {"t.a", "t.b"}
    assert found.inputs == {("raw", "t")}


def test_a_column_comes_before_an_alias_of_its_name() -> None:
    found = traced("select b as a, upper(a) as x from raw.t")
    assert names(found.columns["x"].all) == {"t.a"}


def test_a_star_leaves_out_replaces_and_renames() -> None:
    found = traced("select * exclude (doc, flag) replace (b || c as c) rename (id as key) from raw.t")
    assert list(found.columns) == ["key", "a", "b", "c"]
    assert names(found.columns["c"].all) == {"t.b", "t.c"}


def test_unions_lay_columns_over_each_other_by_place_or_by_name() -> None:
    by_place = traced("select id, a from raw.t union all select d, e from raw.u")
    by_name = traced("select id, a from raw.t union all by name select e, id from raw.u")
    assert names(by_place.columns["a"].all) == {"t.a", "u.e"}
    assert {k: names(v.all) for k, v in by_name.columns.items()} == {
        "id": {"t.id", "u.id"}, "a": {"t.a"}, "e": {"u.e"},
    }  # fmt: skip


def test_items_of_a_nested_value_belong_to_its_column() -> None:
    found = traced(
        "select i.item ->> 'name' as name, i.place from raw.t as o"
        " cross join lateral (select u.item, u.place"
        "   from unnest(json_extract(o.doc, '$[*]')) with ordinality as u(item, place)) as i"
    )
    assert names(found.columns["name"].value) == {"t.doc"}
    assert (names(found.columns["place"].value), names(found.columns["place"].choice)) == (set(), {"t.doc"})
    assert names(found.rows) == {"t.doc"}


def test_a_recursive_table_is_followed_to_its_end() -> None:
    found = traced(
        "with recursive up(id, path) as (select id, a from raw.t"
        " union all select u.id, up.path || u.d from up join raw.u on u.t_id = up.id) select path from up"
    )
    assert names(found.columns["path"].value) == {"t.a", "u.d"}
    assert names(found.rows) == {"t.id", "u.id", "u.t_id"}


def test_a_name_nobody_knows_counts_as_every_column_in_reach() -> None:
    found = traced("select nowhere as x, a from raw.t")
    assert names(found.columns["x"].choice) == {"t.id", "t.a", "t.b", "t.c", "t.doc", "t.flag"}
    assert found.unresolved == ("nowhere",)
    assert names(found.columns["a"].all) == {"t.a"}


def test_columns_chosen_by_pattern_count_as_every_column() -> None:
    found = traced("select max(columns('a.*')) as x from raw.t")
    assert len(found.columns["x"].choice) == 6
    assert len(found.unresolved) == 1


def test_columns_that_are_not_known_are_one_column_of_the_table() -> None:
    found = trace("select x.anything as y from elt.x", {("elt", "x"): (ANY,)})
    assert found.columns["y"].value == {("elt", "x", ANY)}


@pytest.mark.parametrize(
    "sql",
    [
        "select * from raw.unheard_of",
        "select a from",
        "delete from raw.t",
        "select * from read_parquet('x.parquet')",
        "select * from (pivot raw.t on a using max(b))",
    ],
)
def test_a_query_that_cannot_be_read_as_a_whole_is_refused(sql: str) -> None:
    with pytest.raises(TransformError, match="could not be traced"):
        traced(sql)
