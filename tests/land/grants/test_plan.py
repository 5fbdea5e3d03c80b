"""The SQL that sets up an account: golden files, Snowflake's grammar, and what it may never say."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_ingest.errors import SpecError
from dagster_ingest.land.grants.iceberg import iceberg_plan
from dagster_ingest.land.grants.names import identifier, names_of, text, user_name
from dagster_ingest.land.grants.plan import snowflake_plan
from dagster_ingest.land.grants.statement import Plan
from dagster_ingest.naming import is_name
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.models import Cost, Tenant
from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.spec.warehouse import IcebergWarehouse, SnowflakeWarehouse

ROOT = Path(__file__).parents[3]
GOLDEN = Path(__file__).parent / "golden"
QUOTED = re.compile(r'"([^"]+)"')


@pytest.fixture(scope="module")
def specs() -> list[TenantSpec]:
    return load_tenants(Settings.load(root=ROOT, tenants=("gulf", "prairie"))).tenants


def tenant(specs: list[TenantSpec], name: str, **budget: dict[str, float]) -> Tenant:
    """A sample tenant under another name, with a budget."""
    cost: dict[str, object] = {"cost_center": "cc-1"}
    if budget:
        cost["budget"] = budget
    return specs[0].model.model_copy(update={"tenant": name, "cost": Cost.model_validate(cost)})


def target(**parts: object) -> SnowflakeWarehouse:
    given = {"type": "snowflake", "database": "RESOURCES", "role": "INGEST_{TENANT}_WRITER", **parts}
    return SnowflakeWarehouse.model_validate(given)


def compared(plan: Plan, name: str) -> None:
    """With the golden file; UPDATE_GOLDEN=1 writes it."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(plan.script())
    assert plan.script() == path.read_text()


def parsed(plan: Plan, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "sqlglot")  # what it keeps as a text it warns of
    for statement in plan.statements:
        assert ";" not in statement.sql
        trees = sqlglot.parse(statement.sql, dialect="snowflake")
        assert len(trees) == 1, statement.sql
        assert trees[0] is not None
        assert trees[0].key in ("create", "command", "alter", "grant"), statement.sql


def test_one_warehouse_for_all_tenants(specs, caplog):
    asked = target(warehouse="INGEST_WH", user="svc_ingest", networks=["203.0.113.0/24", "198.51.100.7"])
    plan = snowflake_plan(asked, [spec.model for spec in specs])
    compared(plan, "shared.sql")
    parsed(plan, caplog)


def test_a_warehouse_a_database_and_a_budget_for_each_tenant(specs, caplog):
    asked = target(
        database="RES_{TENANT}", warehouse="{TENANT}_WH", compute={"size": "SMALL", "suspend_at": 150}
    )
    tenants = [
        tenant(specs, "gulf", per_month={"credits": 40.5}),
        tenant(specs, "gulf_north", per_day={"credits": 2}),
        tenant(specs, "prairie", per_month={"cpu_seconds": 9}),
    ]
    plan = snowflake_plan(asked, tenants)
    compared(plan, "apart.sql")
    parsed(plan, caplog)


@pytest.mark.parametrize("name", ["nessie", "rest", "compatible"])
def test_how_snowflake_reads_iceberg(specs, caplog, name):
    catalogs = {
        "nessie": {"type": "nessie", "uri": "https://nessie.example", "token": {"secret": "NESSIE_TOKEN"}},
        "rest": {
            "type": "rest",
            "uri": "https://catalog.example/iceberg",
            "warehouse": "it's",
            "credential": {"secret": "CATALOG"},
        },
        "compatible": {"type": "rest", "uri": "http://127.0.0.1:8181"},
    }
    stores = {"compatible": {"endpoint": "https://objects.example", "access_key": {"secret": "OBJECTS_KEY"}}}
    asked = IcebergWarehouse.model_validate(
        {
            "type": "iceberg",
            "catalog": catalogs[name],
            "location": "s3://resources/raw",
            "store": stores.get(name),
            "snowflake": {
                "database": "LAKE",
                "storage_role": "arn:aws:iam::123456789012:role/reads" if name == "rest" else None,
                "catalog_uri": "https://public.example/iceberg" if name == "compatible" else None,
            },
        }
    )
    plan = iceberg_plan(asked, specs)
    compared(plan, f"iceberg_{name}.sql")
    parsed(plan, caplog)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"location": "s3://a/b"}, "how Snowflake reads it"),
        ({"location": "s3://a/b", "snowflake": {"database": "LAKE"}}, "type sqlite"),
        ({"catalog": {"type": "rest", "uri": "u"}, "snowflake": {"database": "LAKE"}}, "this machine"),
        ({"snowflake": {"database": "L_{TENANT}"}}, "one database"),
    ],
)
def test_iceberg_that_snowflake_cannot_reach_is_refused(specs, parts, said):
    with pytest.raises(SpecError, match=said):
        iceberg_plan(IcebergWarehouse.model_validate({"type": "iceberg", **parts}), specs)


tenant_names = st.from_regex(r"[a-z](_?[a-z0-9]){0,12}", fullmatch=True).filter(is_name)
patterns = st.sampled_from(["INGEST_{TENANT}_WRITER", "{TENANT}_WRITER", "R_{TENANT}_X", "{TENANT}"])


@settings(max_examples=60, deadline=None)
@given(names=st.lists(tenant_names, min_size=2, max_size=5, unique=True), role=patterns, own=st.booleans())
def test_a_role_of_one_tenant_is_given_nothing_of_another(specs, names, role, own):
    asked = target(role=role, warehouse="{TENANT}_WH" if own else "INGEST_WH", user="svc")
    of = {name: names_of(asked, name) for name in names}
    shared = [role for n in of.values() for role in {n.writer, n.reader}]
    if len({*shared, of[names[0]].platform, of[names[0]].cost}) < len(shared) + 2:
        with pytest.raises(SpecError, match="would be a role of"):
            snowflake_plan(asked, [tenant(specs, name) for name in names])
        return
    plan = snowflake_plan(asked, [tenant(specs, name) for name in names])
    for name, mine in of.items():
        others = {n.schema(layer) for o, n in of.items() if o != name for layer in ("raw", "elt", "stage")}
        others |= {role for o, n in of.items() if o != name for role in (n.writer, n.reader)}
        for statement in plan.statements:
            said = QUOTED.findall(statement.sql)
            if mine.writer in said or mine.reader in said:
                assert statement.tenant == name
                assert not others & set(said), statement.sql
            if said[-1] == mine.reader and " on " in statement.sql:
                assert statement.sql.startswith(("grant select on", "grant usage on"))
                assert not {mine.schema("raw"), mine.schema("elt")} & set(said)


def test_nothing_is_dropped_replaced_or_revoked_and_all_can_be_run_again(specs):
    asked = target(warehouse="W", user="svc", networks=["203.0.113.0/24"])
    for statement in snowflake_plan(asked, [spec.model for spec in specs]).statements:
        words = statement.sql.split()
        assert not {"drop", "replace", "revoke", "truncate,"} & set(words), statement.sql
        assert words[0] in ("grant", "alter") or "if not exists" in statement.sql
        assert " public" not in statement.sql.lower()
        assert statement.reason


@pytest.mark.parametrize(
    "name", ["a; drop database x", 'a"b', "a'b", "A", "a--b", "a b", "a__b", "", "ä", "a\n", "x" * 41, "a_"]
)
def test_a_hostile_tenant_gets_no_sql(specs, name):
    with pytest.raises(SpecError, match="tenant's name"):
        snowflake_plan(target(), [tenant(specs, name)])


@pytest.mark.parametrize("name", ['A"B', "A B", "a", "1A", "", "A;B", "A.B", "Ä", "A\n", "A" * 256])
def test_a_hostile_identifier_is_refused(name):
    with pytest.raises(SpecError, match="name in Snowflake"):
        identifier("RESOURCES", name)


def test_users_may_be_addresses_and_texts_are_escaped():
    assert user_name("svc.ingest@acme.example") == '"SVC.INGEST@ACME.EXAMPLE"'
    with pytest.raises(SpecError, match="user's name"):
        user_name('svc"')
    assert text("it's a \\ path") == "'it\\'s a \\\\ path'"


def test_one_role_for_all_tenants_is_refused(specs):
    with pytest.raises(SpecError, match="that of every tenant"):
        snowflake_plan(target(role="INGEST"), [specs[0].model])


def test_a_role_that_would_be_two_tenants_is_refused(specs):
    with pytest.raises(SpecError, match="INGEST_GULF_READER would be a role of gulf"):
        snowflake_plan(target(role="INGEST_{TENANT}"), [tenant(specs, n) for n in ("gulf", "gulf_reader")])


def test_quotas_are_sums_of_budgets_and_none_where_one_is_missing(specs):
    tenants = [tenant(specs, "a", per_month={"credits": 1.2}), tenant(specs, "b", per_month={"credits": 2})]
    shared = snowflake_plan(target(warehouse="W"), tenants)
    assert any("credit_quota = 4 frequency = monthly" in s.sql for s in shared.statements)
    assert not any("monitor" in note for note in shared.notes)
    without = snowflake_plan(target(warehouse="W"), [*tenants, tenant(specs, "c")])
    assert not any("monitor" in s.sql for s in without.statements)
    assert any("no resource monitor (no budget of credits: c)" in note for note in without.notes)
