"""Sql rules judge what would be committed: the rows that stay, with the contract's types."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dagster_ingest.extract import questions
from dagster_ingest.spec.contract import Rule


def sql(query: str, columns: list[str], severity: str = "error", **must) -> Rule:
    return Rule("*|sql", "sql", (), {"query": query, "columns": columns, "must": must}, severity)


def table(world, make, *rules: Rule, policy=None, null_texts=("",)):
    types = (Rule("FEE|type", "type", ("FEE",), {"type": "number"}),)
    made = make.contract("ID", "FEE", rules=(*types, *rules), null_texts=null_texts)
    world.table("services", made, policy=policy or make.block, path="{state}")


def test_a_query_that_holds_lets_the_delivery_pass(world, make) -> None:
    table(world, make, sql("select sum(FEE) from services", ["FEE"], mustBe=3.5))
    world.put("ia/services.csv", "ID,FEE\n1,1\n2, 2.50 \n3,\n")

    found = world.load()

    assert found.outcome == "committed"
    assert [r.observed for r in found.verdict.results if r.rule == "*|sql"] == ["the query gave 3.5"]


def test_a_query_that_does_not_hold_blocks_and_says_why(world, make) -> None:
    table(world, make, sql("select count(*) from services where FEE > 9", ["FEE"], mustBeLessThan=2))
    world.put("ia/services.csv", "ID,FEE\n1,10\n2,11\n3,1\n")

    found = world.load()

    assert (found.outcome, world.rows()) == ("blocked", [])
    assert found.verdict.reason == "blocked: *|sql: the query gave 2, must be less than 2"


def test_a_warning_lets_it_pass(world, make) -> None:
    table(world, make, sql("select count(*) from services", [], "warn", mustBe=5))
    world.put("ia/services.csv", "ID,FEE\n1,10\n")

    found = world.load()

    assert found.outcome == "committed"
    assert [r.failed for r in found.verdict.failed_rules] == [1]


def test_only_rows_that_stay_are_asked(world, make) -> None:
    """Not the row that broke a rule of its own, nor those with the same key."""
    rule = sql("select string_agg(ID, ',' order by ID) = '1,4' from services", ["ID"], mustBe=True)
    table(world, make, rule, policy=replace_share(make.quarantine))
    world.put("ia/services.csv", "ID,FEE\n1,1\n2,x\n3,1\n3,2\n4,1\n4,1\n")

    found = world.load()

    assert found.outcome == "committed", found.verdict.reason
    assert world.rows("ID") == [("1",), ("4",)]


def test_a_delta_is_asked_as_the_table_that_it_makes(world, make) -> None:
    table(world, make, sql("select sum(FEE) from services", ["FEE"], mustBe=31))
    world.mode = "partial"
    world.put("ia/services.csv", "ID,FEE\n1,10\n2,21\n")
    world.load()
    world.put("ia/services.csv", "ID,FEE\n2,20\n3,1\n")

    found = world.load()

    assert found.outcome == "committed", found.verdict.reason
    assert sorted(world.rows("ID", "FEE")) == [("1", "10"), ("2", "20"), ("3", "1")]


def test_null_texts_are_null_and_blanks_around_a_value_are_gone(world, make) -> None:
    rule = sql("select count(ID) filter (where ID = 'a') + count(FEE) from services", ["ID", "FEE"], mustBe=1)
    table(world, make, rule, null_texts=("", "n/a"))
    world.put("ia/services.csv", "ID,FEE\n a\u00a0,n/a\n")

    assert world.load().outcome == "committed"


@pytest.mark.parametrize(
    ("query", "columns", "words"),
    [
        ("select max(FEE) from services", ["FEE"], "gave no value"),
        ("select ID from services", ["ID"], "several rows"),
        ("select max(ID) from services", ["ID"], "gave no number"),
        ("select sum(ID::int) from services", ["ID"], "the query failed: ConversionException"),
        ("select sqrt(-1.0) from services", [], "the query failed"),
    ],
)
def test_what_is_no_number_fails_closed(world, make, query, columns, words) -> None:
    table(world, make, sql(query, columns, mustBeGreaterThan=-1))
    world.put("ia/services.csv", "ID,FEE\na,\nb,\n")

    found = world.load()

    assert found.outcome == "blocked"
    assert words in found.verdict.reason


def test_an_error_does_not_tell_a_private_cell(world, make) -> None:
    table(world, make, sql("select sum(ID::int) from services", ["ID"], mustBe=1))
    spec = world.tables[0]
    columns = tuple(replace(c, private=c.name == "ID") for c in spec.contract.columns)
    world.table("services", replace(spec.contract, columns=columns), path="{state}")
    world.put("ia/services.csv", "ID,FEE\nsecret-7,1\n")

    found = world.load()

    assert found.outcome == "blocked"
    assert "secret-7" not in repr(found.verdict)


def test_a_contract_without_queries_opens_no_sandbox(world, make, monkeypatch) -> None:
    monkeypatch.setattr(questions, "sandbox", None)
    table(world, make)
    world.put("ia/services.csv", "ID,FEE\n1,1\n")

    assert world.load().outcome == "committed"


def replace_share(policy):
    return policy.model_copy(update={"max_share": 1.0})
