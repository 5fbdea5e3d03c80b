"""`dagster-ingest warehouse plan` and `apply`, over the wire to the stand-in for Snowflake."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dagster_ingest.cli import app
from dagster_ingest.testing.snowflake import StandIn, running
from tests.servers import or_skip

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.snowflake


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    with or_skip(running()) as found:
        yield found


@pytest.fixture
def target(tmp_path, monkeypatch, stand_in) -> Path:
    """deploy/warehouses.yaml with a target of each kind; the stand-in's is in force."""
    file = tmp_path / "warehouses.yaml"
    file.write_text(
        "warehouses:\n"
        "  production:\n"
        "    type: snowflake\n"
        "    account: standin\n"
        "    user: svc_ingest\n"
        "    authentication: {by: password, password: {secret: SNOWFLAKE_PASSWORD}}\n"
        f"    host: 127.0.0.1\n    port: {stand_in.port}\n    protocol: http\n"
        "    database: RESOURCES\n"
        "    role: INGEST_{TENANT}_WRITER\n"
        "    warehouse: INGEST_WH\n"
        "    timeout: 60\n"
        "  lake: {type: iceberg, catalog: {type: nessie, uri: 'http://nessie'}, location: 's3://a/raw',"
        " snowflake: {database: LAKE}}\n"
    )
    monkeypatch.setenv("DAGSTER_INGEST_ROOT", str(ROOT))
    monkeypatch.setenv("DAGSTER_INGEST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DAGSTER_INGEST_WAREHOUSES", str(file))
    monkeypatch.setenv("DAGSTER_INGEST_TARGET", "production")
    monkeypatch.setenv("DAGSTER_INGEST_TENANTS", "")
    monkeypatch.setenv("SHARED__SNOWFLAKE_PASSWORD", "not looked at")
    return file


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["warehouse", *arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.output


def test_plan_prints_sql_for_all_tenants_or_for_one(target):
    whole, one = run("plan"), run("plan", "--tenant", "gulf")
    for tenant in ("GULF", "PRAIRIE", "SUMMIT"):
        assert f'create role if not exists "INGEST_{tenant}_WRITER";' in whole
    assert '"RAW_GULF"' in one
    assert "PRAIRIE" not in one
    assert 'create database if not exists "RESOURCES";' in one


def test_plan_as_json_gives_each_statement_a_reason_and_a_role(target):
    plan = json.loads(run("plan", "--json"))
    assert all(s["sql"] and s["reason"] and s["role"] for s in plan["statements"])
    assert any("no resource monitor" in note for note in plan["notes"])


def test_apply_runs_every_statement_tagged_and_again_without_harm(target, stand_in):
    stand_in.forget()
    done = json.loads(run("apply", "--all", "--yes", "--json"))
    planned = json.loads(run("plan", "--json"))["statements"]
    assert [step["sql"] for step in done] == [statement["sql"] for statement in planned]
    assert {step["error"] for step in done} == {None}

    texts = {row["query_text"]: json.loads(row["query_tag"]) for row in lowered(stand_in)}
    for statement in planned:
        tag = texts[statement["sql"]]
        assert tag["tenant"] == (statement["tenant"] or "platform")
        assert (tag["layer"], tag["table"]) == ("platform", "grants")
    assert len(json.loads(run("apply", "--all", "--yes", "--json"))) == len(planned)


def lowered(stand_in: StandIn) -> list[dict[str, str]]:
    return [{name.lower(): value for name, value in row.items()} for row in stand_in.history()]


def test_against_leaves_out_what_the_account_has(target):
    run("apply", "--all", "--yes")
    due = run("plan", "--against")
    assert "create schema" not in due
    assert "create database" not in due
    # The stand-in notes roles and grants and keeps none of them.
    assert 'create role if not exists "INGEST_GULF_WRITER";' in due


def test_apply_asks_first(target, stand_in):
    stand_in.forget()
    result = CliRunner().invoke(app, ["warehouse", "apply", "--all"], input="n\n")
    assert result.exit_code == 1
    assert "Run " in result.output
    assert not [row for row in lowered(stand_in) if row["query_text"].startswith("create ")]


def test_an_iceberg_target_is_text_only(target, monkeypatch):
    monkeypatch.setenv("DAGSTER_INGEST_TARGET", "lake")
    assert "create catalog integration" in run("plan")
    assert "it has no account to run on" in run("apply", "--yes", code=2)


def test_a_duckdb_target_has_nothing_to_set_up(target, monkeypatch):
    monkeypatch.setenv("DAGSTER_INGEST_TARGET", "local")
    for words in (("plan",), ("plan", "--against"), ("apply", "--yes")):
        assert run(*words).strip().endswith("there is nothing to set up")
    assert json.loads(run("apply", "--json")) == []
