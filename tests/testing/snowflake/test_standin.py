"""What the stand-in supplies beyond fakesnow, through the real connector."""

from __future__ import annotations

import datetime
import json
import threading

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.snowflake


@pytest.fixture
def part(tmp_path):
    table = pa.table(
        {
            "id": ["1", "2", "3"],
            "note": ["a", None, ""],
            "seen": pa.array(
                [datetime.datetime(2026, 1, 2, 3, 4, 5, 6), None, datetime.datetime(1960, 1, 1)]
            ),
            "row_hash": pa.array([1, 2**64 - 1, 2**63], pa.uint64()),
        }
    )
    pq.write_table(table, tmp_path / "part.parquet")
    return tmp_path / "part.parquet"


def _load(ask, part) -> None:
    ask("create or replace stage ST")
    ask("create transient table T (id varchar, note varchar, seen timestamp_ntz, row_hash number(20,0))")
    ask(f"put 'file://{part}' @ST/one auto_compress=false")
    how = "file_format=(type=parquet) match_by_column_name=case_insensitive"
    ask(f"copy into T from @ST/one/ {how}")


def test_what_was_put_and_copied_comes_back_as_it_was(ask, part):
    _load(ask, part)

    assert ask("select * from T order by id") == [
        ("1", "a", datetime.datetime(2026, 1, 2, 3, 4, 5, 6), 1),
        ("2", None, None, 2**64 - 1),
        ("3", "", datetime.datetime(1960, 1, 1), 2**63),
    ]
    assert ask("select sum(row_hash) from T") == [(2**64 + 2**63,)]


def test_removed_files_are_gone(ask, part):
    _load(ask, part)

    ask("remove @ST/one")

    assert ask("list @ST") == []


def test_a_rolled_back_load_left_nothing(ask, part):
    ask("create or replace stage ST")
    ask("create table T (id varchar)")
    ask(f"put 'file://{part}' @ST auto_compress=false")
    ask("begin")
    ask("copy into T from @ST file_format=(type=parquet) match_by_column_name=case_insensitive")
    ask("rollback")

    assert ask("select count(*) from T") == [(0,)]


def test_ddl_commits_the_open_transaction(ask):
    ask("create table T (id int)")
    ask("begin")
    ask("insert into T values (1)")
    ask("create table U (id int)")
    ask("rollback")

    assert ask("select count(*) from T") == [(1,)]


def test_merge_with_bare_columns_in_a_transaction(ask):
    ask("create table T as select 1 as id, 'old' as note")
    ask(
        "create or replace temporary table D.S.NEW as"
        " (select 1 as id, 'new' as note union all select 2, 'two')"
    )
    ask("begin")
    counts = ask(
        "merge into D.S.T as d using D.S.NEW as s on d.id = s.id when matched then update set note = s.note"
        " when not matched then insert (id, note) values (id, note)"
    )
    ask("commit")

    assert counts == [(1, 1)]
    assert ask("select id, note from T order by 1") == [(1, "new"), (2, "two")]


def test_a_temporary_table_is_its_sessions_own(connect, ask):
    ask("create temporary table D.S.MINE as select 1 as id")
    other = connect()

    assert ask("select id from MINE") == [(1,)]
    with pytest.raises(Exception, match="does not exist"):
        other.cursor().execute("select id from D.S.MINE")


def test_a_second_writer_waits_for_the_first(connect, ask):
    ask("create table T as select 1 as id union all select 2")
    first, second = connect().cursor(), connect().cursor()
    first.execute("begin")
    first.execute("delete from T where id = 1")
    deleted: list[int] = []
    waiting = threading.Thread(target=lambda: deleted.extend(second.execute("delete from T").fetchone()))
    waiting.start()

    assert ask("select count(*) from T") == [(2,)]
    first.execute("commit")
    waiting.join(timeout=30)

    assert deleted == [1]


def test_a_transaction_sees_what_was_committed_until_it_writes(connect, ask):
    ask("create table T (id int)")
    reader = connect().cursor()
    reader.execute("begin")
    assert reader.execute("select count(*) from T").fetchall() == [(0,)]

    ask("insert into T values (1)")

    assert reader.execute("select count(*) from T").fetchall() == [(1,)]


def test_tags_follow_the_session(server, connect):
    server.forget()
    cursor = connect(tag='{"tenant":"one"}').cursor()
    cursor.execute("select 1")
    cursor.execute('alter session set query_tag = \'{"tenant":"two"}\'')
    cursor.execute("select 2")

    assert (
        cursor.execute("show parameters like 'query_tag' in session").fetchall()[0][1] == '{"tenant":"two"}'
    )
    tags = {row["QUERY_TEXT"]: json.loads(row["QUERY_TAG"]) for row in server.history()}
    assert tags["select 1"] == {"tenant": "one"}
    assert tags["select 2"] == {"tenant": "two"}


def test_the_history_is_a_table(ask):
    ask("select 'looked for'")

    rows = ask(
        "select QUERY_TYPE, EXECUTION_STATUS, USER_NAME, WAREHOUSE_NAME, ROLE_NAME"
        " from SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY where QUERY_TEXT = 'select ''looked for'''"
    )

    assert set(rows) == {("SELECT", "SUCCESS", "TESTER", "TEST_WH", "TEST_ROLE")}


def test_what_cannot_be_done_is_told_at_once_and_noted(server, ask):
    from snowflake.connector.errors import ProgrammingError

    with pytest.raises(ProgrammingError):
        ask("select no_such_function(1)")

    assert server.history()[-1]["EXECUTION_STATUS"] == "FAIL"


@pytest.mark.parametrize(
    "statement",
    [
        "grant usage on schema D.S to role R",
        "create warehouse if not exists W warehouse_size = 'XSMALL'",
        "create resource monitor if not exists M with credit_quota = 10",
        "create role if not exists R",
        "/* from a plan */ revoke all on schema D.S from role R;",
    ],
)
def test_administration_is_noted_without_effect(server, ask, statement):
    ask(statement)

    assert server.history()[-1]["QUERY_TEXT"] == statement


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("uuid_string('6f0c1f6e-3f0e-5a53-9a3c-2f2d6a0e8b11', null)", None),
        ("regexp_replace('aXbx', 'x', '-', 1, 0, 'i')", "a-b-"),
        ("regexp_instr('abc', 'c')", 3),
        ("regexp_instr('abc', 'd')", 0),
        ("rtrim('a,b,,', ',')", "a,b"),
        ("cast(get(parse_json('[\"a\"]'), 0) as varchar)", "a"),
        ("typeof(parse_json('{}'))", "OBJECT"),
        ("is_object(parse_json('[]'))", False),
        ("array_to_string(parse_json('[\"a\", 1]'), ';')", "a;1"),
        ("current_role()", "TEST_ROLE"),
    ],
)
def test_functions(ask, expression, value):
    assert ask(f"select {expression}") == [(value,)]
