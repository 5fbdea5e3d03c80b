"""Names and literals of Snowflake. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dagster_ingest.errors import SpecError
from dagster_ingest.land.snowflake import names
from dagster_ingest.land.snowflake.names import Names, candidate_name, identifier, made_at, older_than, text
from dagster_ingest.spec.warehouse import SnowflakeWarehouse


def test_names_of_a_tenant():
    found = Names.of(SnowflakeWarehouse(type="snowflake", database="RES_{TENANT}"), "gulf_2")

    assert found.relation("raw", "wellsky_services") == '"RES_GULF_2"."RAW_GULF_2"."WELLSKY_SERVICES"'
    assert found.system("partitions".upper()) == '"RES_GULF_2"."RAW_GULF_2"."_INGEST_PARTITIONS"'
    assert found.system("_INGEST_LOAD_X") == '"RES_GULF_2"."RAW_GULF_2"."_INGEST_LOAD_X"'
    assert found.staged("C") == "@RES_GULF_2.RAW_GULF_2._INGEST_STAGE/C/"


@pytest.mark.parametrize("bad", ['a"b', "a b", "", "1a", "a;drop", "né"])
def test_what_is_no_name_reaches_no_statement(bad):
    with pytest.raises(SpecError):
        identifier(bad)


def test_reserved_words_are_names_in_quotes():
    assert identifier("order") == '"ORDER"'


@pytest.mark.parametrize("value", ["it's", "back\\slash", "\\'", "line\nbreak", "", "emoji 😀"])
def test_literals_are_read_back_as_they_were(value):
    import sqlglot

    [found] = sqlglot.parse_one(f"select {text(value)}", read="snowflake").selects

    assert found.this == value


def test_candidates_tell_their_load_and_their_age():
    name = candidate_name("20260102T030405-a1b2c3")

    assert name.startswith("_INGEST_LOAD_20260102T030405_A1B2C3_")
    assert identifier(name) == f'"{name}"'
    assert candidate_name("x") != candidate_name("x")
    made = made_at(name)
    assert made is not None
    assert abs(datetime.now(UTC) - made) < timedelta(minutes=1)
    assert older_than(name, timedelta(hours=1), made + timedelta(hours=1))
    assert not older_than(name, timedelta(hours=1), made + timedelta(minutes=59))


@pytest.mark.parametrize("load_id", ["a", "load-1", "é", "x" * 200, "20260102T030405_0123456789AB"])
def test_any_load_id_makes_a_name_of_known_age(load_id):
    name = candidate_name(load_id)

    assert len(name) <= 120
    assert identifier(name)
    assert made_at(name) is not None


def test_what_is_no_candidate_has_no_age():
    for name in ("_INGEST_PARTITIONS", "_INGEST_LOAD_X", "_INGEST_LOAD_A_99999999T999999_0123456789AB"):
        assert made_at(name) is None
        assert not older_than(name, timedelta(0), datetime.now(UTC))
    assert names.CANDIDATE.startswith(names.SYSTEM)
