"""sling's answers, with a stand-in; and the real sling against a real MariaDB."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_ingest.connectors import registry
from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.connectors.registry import parse_settings
from dagster_ingest.errors import SpecError
from dagster_ingest.testing import mysql
from dagster_ingest.testing.programs import install, write_rows
from dagster_ingest.testing.served import drain


@pytest.mark.parametrize(
    "stream", ["select 1", "things", "a.b;drop table x", "public.things.sql", "/tmp/x.sql", "a.b -- x", "a.*"]
)
def test_a_stream_is_a_table_and_never_a_statement(stream: str):
    with pytest.raises(SpecError, match="stream"):
        parse_settings("sling", {"connection": {"secret": "DSN"}, "stream": stream})


def test_the_stand_in_is_read_in_the_order_of_the_columns(tmp_path: Path, programs_folder: Path):
    install(programs_folder, "sling", "sling.py")
    write_rows(tmp_path / "rows.jsonl", ("Z", "A"), [("1", None), ("2", "")])
    address = f"rows://host{tmp_path}/rows.jsonl"
    settings = {"connection": {"secret": "DSN"}, "stream": "public.things"}
    request = ReadRequest(
        "acme", "db", "things", "IA", settings, str(tmp_path), secrets={"DSN": address}.__getitem__
    )

    found = drain(registry.connector("sling").read(request))

    assert found.read.columns == ["Z", "A"]
    assert found.rows == [("1", None), ("2", "")]
    assert found.completeness.complete


@pytest.mark.mysql
@pytest.mark.programs
def test_sling_and_sql_read_the_same_rows(
    tmp_path: Path, mysql_server: str, real_program: Callable[[str], Path]
):
    real_program("sling")
    with mysql.new_database(mysql_server) as (address, run):
        run(
            "create table things (id bigint primary key, a varchar(20), n decimal(10,2), f double,"
            " ts timestamp(6) null, dt datetime, d date, yes boolean)",
            "insert into things values (9007199254740993, 'Peña: \"x\"', 1.50, 0.1, '2026-11-02 03:15:00.5',"
            " '2026-11-02 03:15:00', '2026-11-02', true), (2, '', 0, 5, null, null, null, false),"
            " (3, null, null, 1e-7, null, null, null, null)",
        )
        name = address.rpartition("/")[2]
        secrets = {"DSN": address}.__getitem__
        by_sling = {"connection": {"secret": "DSN"}, "stream": f"{name}.things"}
        by_sql = {"dsn": {"secret": "DSN"}, "dialect": "mysql"}

        found = [
            drain(
                registry.connector(connector).read(
                    ReadRequest("acme", "db", "things", "IA", settings, str(tmp_path), secrets=secrets)
                )
            )
            for connector, settings in (("sling", by_sling), ("sql", by_sql))
        ]

    assert found[0].read.columns == found[1].read.columns
    assert sorted(found[0].rows, key=str) == sorted(found[1].rows, key=str)
    assert found[0].completeness.complete
