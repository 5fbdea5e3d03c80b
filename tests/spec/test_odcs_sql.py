# ruff: noqa: E501 - a query is easier to read on one line
"""Sql rules are read before they are run: one select over the table itself, of functions that are listed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from dagster_ingest.land.sandbox import ask
from dagster_ingest.spec.odcs import read_contract
from dagster_ingest.spec.odcs_sql import FUNCTIONS

DOCUMENT = {
    "kind": "DataContract", "apiVersion": "v3.1.0", "id": "a", "version": "1.0.0",
    "schema": [
        {
            "name": "services",
            "properties": [
                {"name": "ID", "primaryKey": True},
                {"name": "First Name"},
                {"name": "Fee", "logicalType": "number"},
                {"name": "Day", "logicalType": "date"},
            ],
        }
    ],
}  # fmt: skip


def read(tmp_path, query: str):
    document = json.loads(json.dumps(DOCUMENT))
    document["schema"][0]["quality"] = [{"type": "sql", "query": query, "mustBe": 0}]
    path = tmp_path / "services.odcs.yaml"
    path.write_text(json.dumps(document, indent=1))
    contract, problems = read_contract(path)
    line = next(i for i, text in enumerate(path.read_text().splitlines(), 1) if '"query"' in text)
    return contract, problems, line


SOUND = {
    "a count": ("select count(*) from services where Fee < 0", ["Fee"]),
    "placeholders": ("SELECT COUNT(*) FROM {object} WHERE Fee IS NULL", ["Fee"]),
    "the standard's other placeholder": ("SELECT COUNT(*) FROM ${table} t WHERE t.Fee IS NULL", ["Fee"]),
    "any case": ("select count(*) from SERVICES where fee is null and first_name <> ''", ["First_Name", "Fee"]),
    "a share": ("select 100.0 * sum(case when Fee > 5 then 1 else 0 end) / nullif(count(*), 0) from services", ["Fee"]),
    "a filter": ("select count(*) filter (where ID ~ '^[0-9]+$') from services", ["ID"]),
    "groups": ("select count(*) from (select Day, count(*) n from services group by Day having count(*) > 9) d", ["Day"]),
    "a common table": ("with cheap as (select Fee f from services where Fee < 5) select max(f) - min(f) from cheap", ["Fee"]),
    "a self join": ("select count(*) from services a join services b on a.ID = b.Fee::varchar", ["ID", "Fee"]),
    "a window": ("select count(*) from (select row_number() over (partition by Day order by ID) r from services) x where r > 1", ["ID", "Day"]),
    "a union": ("select count(*) from (select ID from services union all select First_Name from services) u", ["ID", "First_Name"]),
    "everything": ("select count(*) from (select distinct * from services) u", ["ID", "First_Name", "Fee", "Day"]),
    "exists": ("select count(*) from services s where not exists (select 1 from services t where t.ID = s.First_Name)", ["ID", "First_Name"]),
    "dates": ("select count(*) from services where year(Day) < 1990 or date_diff('day', Day, date '2024-01-01') > 9", ["Day"]),
}  # fmt: skip


@pytest.mark.parametrize(("query", "columns"), SOUND.values(), ids=SOUND)
def test_a_select_over_the_table_is_taken_with_the_columns_it_reads(tmp_path, query, columns) -> None:
    contract, problems, _ = read(tmp_path, query)

    assert problems == []
    rule = next(rule for rule in contract.rules if rule.kind == "sql")
    assert rule.params["columns"] == columns


REFUSED = {
    "no SQL": ("selec count(*) frm services", "cannot be read|not one select"),
    "two statements": ("select 1 from services; select 2", "not one select"),
    "a drop": ("drop table services", "not one select"),
    "an update": ("update services set Fee = 0", "not one select"),
    "an insert inside": ("with x as (insert into services values (1) returning 1) select * from x", "insert|cannot be read"),
    "a copy": ("copy services to '/tmp/x.csv'", "not one select"),
    "a setting": ("set memory_limit = '9GB'", "not one select"),
    "a pragma": ("pragma database_list", "not one select"),
    "summarize": ("summarize services", "not one select"),
    "another table": ("select count(*) from organization", "may read 'services' only"),
    "another schema": ("select count(*) from main.services", "may read 'services' only"),
    "a catalog table": ("select count(*) from information_schema.tables", "may read 'services' only"),
    "a file": ("select count(*) from '/etc/passwd'", "may read 'services' only"),
    "a file function": ("select count(*) from read_csv('/etc/passwd')", "may read 'services' only"),
    "a glob": ("select count(*) from glob('*')", "may read 'services' only"),
    "settings as a table": ("select count(*) from duckdb_settings()", "may read 'services' only"),
    "a series": ("select count(*) from range(10), services", "may read 'services' only"),
    "values": ("select count(*) from (values (1)) v", "values, which may not"),
    "the table's name for something else": ("with services as (select 1 as n) select n from services", "to something else"),
    "recursion": ("with recursive t as (select 1 as n union all select n + 1 from t) select max(n) from t", "may never end"),
    "the environment": ("select getenv('HOME') from services", "function 'getenv'"),
    "a setting's value": ("select current_setting('threads') from services", "function 'current_setting'"),
    "the clock": ("select count(*) from services where Day < current_date", "function 'current_date'"),
    "now": ("select count(*) from services where Day < now()", "function 'now'"),
    "chance": ("select random() from services", "function 'rand'"),
    "a file's text": ("select read_text('/etc/passwd') from services", "function 'read_text'"),
    "what no time bounds": ("select max(levenshtein(ID, ID)) from services", "function 'levenshtein'"),
    "what no memory bounds": ("select max(length(repeat(ID, 9e9))) from services", "function 'repeat'"),
    "a version": ("select version() from services", "function"),
    "a parameter": ("select count(*) from services where Fee = $1", "parameter|placeholder"),
    "a sample": ("select count(*) from services tablesample 10%", "tablesample"),
    "no such column": ("select count(*) from services where Fees < 0", "reads 'Fees'"),
    "a heading": ('select count(*) from services where "First Name" is null', "reads 'First Name'"),
    "a placeholder of a property": ("select count(*) from {object} where {property} is null", "stands at the table"),
    "an unknown placeholder": ("select count(*) from {objekt}", "is unknown"),
    "nothing": (" ", "needs a query"),
}  # fmt: skip


@pytest.mark.parametrize(("query", "words"), REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused_at_the_query(tmp_path, query, words) -> None:
    contract, problems, line = read(tmp_path, query)

    assert contract is None
    assert any(word in problem.problem for problem in problems for word in words.split("|")), problems
    assert all(problem.line in (line, line - 1, line - 2) for problem in problems)


ARGUMENTS = {
    "count": "*", "quantile_cont": "n, 0.5", "quantile_disc": "n, 0.5", "string_agg": "t, ','", "round": "n, 1",
    "power": "n, 2", "pow": "n, 2", "mod": "n, 2", "greatest": "n, 1", "least": "n, 1", "coalesce": "n, 1",
    "nullif": "n, 1", "ifnull": "n, 1", "substring": "t, 1, 2", "substr": "t, 1, 2", "left": "t, 1",
    "right": "t, 1", "replace": "t, 'a', 'b'", "concat": "t, t", "concat_ws": "'-', t, t",
    "contains": "t, 'a'", "starts_with": "t, 'a'", "ends_with": "t, 'a'", "regexp_matches": "t, 'a'",
    "regexp_full_match": "t, 'a'", "regexp_replace": "t, 'a', 'b'", "regexp_extract": "t, 'a'",
    "strpos": "t, 'a'", "lpad": "t, 2, 'x'", "rpad": "t, 2, 'x'",
    "split_part": "t, ',', 1", "date_part": "'year', d", "date_trunc": "'month', d",
    "date_diff": "'day', d, d", "datediff": "'day', d, d", "strptime": "'2024', '%Y'",
    "try_strptime": "t, '%Y'", "strftime": "d, '%Y'", "make_date": "2024, 1, 1", "trim": "t", "ltrim": "t",
    "rtrim": "t", "lower": "t", "upper": "t", "length": "t", "strlen": "t", "reverse": "t", "isnan": "n",
    "bool_and": "n > 0", "bool_or": "n > 0", "count_if": "n > 0",
    **dict.fromkeys(("year", "month", "day", "hour", "minute", "second", "epoch"), "d"),
}  # fmt: skip
WINDOWS = {"row_number": "", "rank": "", "dense_rank": "", "lag": "n", "lead": "n", "first_value": "n",
           "last_value": "n", "ntile": "2"}  # fmt: skip
SPELLED = {
    "if": "if(n > 0, 1, 2)", "case": "case when n > 0 then 1 end", "cast": "cast(n as varchar)",
    "try_cast": "try_cast(t as int)", "exists": "exists(select 1 from services)",
    "position": "position('a' in t)", "extract": "extract(year from d)",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_listed_function_is_read_and_can_be_run(tmp_path, name) -> None:
    """What the parser makes of a name, and what the store calls it, are two things."""
    import polars as pl

    call = SPELLED.get(name) or f"{name}({ARGUMENTS.get(name, WINDOWS.get(name, 'n'))})"
    call += " over (order by n)" if name in WINDOWS else ""
    columns = ("Fee as n", "ID as t", "cast(Day as timestamp) as d")
    query = f"select count(*) from (select {call} as v from (select {', '.join(columns)} from services) r) q"

    contract, problems, _ = read(tmp_path, query)

    assert problems == []
    sql = next(rule for rule in contract.rules if rule.kind == "sql").params["query"]
    rows = pl.DataFrame({"ID": ["a"], "Fee": [2.5], "Day": ["2024-01-01"]})
    value, fault = ask([rows], "services", {"q": sql}, {"Day": "date"})["q"]
    assert (value, fault) == (1, None)


def test_contracts_without_sql_rules_do_not_import_the_parser(tmp_path) -> None:
    path = tmp_path / "services.odcs.yaml"
    path.write_text(json.dumps(DOCUMENT))
    code = (
        "import sys; from dagster_ingest.spec.odcs import read_contract; "
        f"assert read_contract({str(path)!r})[0]; print('sqlglot' in sys.modules, 'polars' in sys.modules)"
    )

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert said.split() == ["False", "False"]
