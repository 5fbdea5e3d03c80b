"""What of a plan is still due, from what SHOW tells in Snowflake's own columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from dagster_ingest.errors import AccessDenied, LandError
from dagster_ingest.land import tags
from dagster_ingest.land.grants.against import differing
from dagster_ingest.land.grants.apply import apply
from dagster_ingest.land.grants.plan import snowflake_plan
from dagster_ingest.land.grants.statement import Plan
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.models import Cost
from dagster_ingest.spec.warehouse import SnowflakeWarehouse

ROOT = Path(__file__).parents[3]
WHOLE = re.compile(r'show (future grants to|grants to|grants of) role "(\w+)"')


@pytest.fixture(scope="module")
def plan() -> Plan:
    [gulf] = load_tenants(Settings.load(root=ROOT, tenants=("gulf",))).tenants
    cost = Cost.model_validate({"cost_center": "cc-1", "budget": {"per_month": {"credits": 40}}})
    target = SnowflakeWarehouse.model_validate(
        {"type": "snowflake", "database": "RESOURCES", "warehouse": "WH", "user": "svc"}
    )
    return snowflake_plan(target, [gulf.model.model_copy(update={"cost": cost})])


class Account:
    """What an account answers that has everything of a plan, in the shape of Snowflake's SHOW."""

    def __init__(self, plan: Plan) -> None:
        self.facts = {fact for statement in plan.statements for fact in statement.facts}
        self.denied: set[str] = set()
        self.asked: list[str] = []

    def ask(self, sql: str) -> Sequence[Mapping[str, Any]]:
        self.asked.append(sql)
        if any(sql.startswith(start) for start in self.denied):
            raise AccessDenied("not yours to see")
        if found := WHOLE.fullmatch(sql):
            return list(self.of_role(found[1], found[2]))
        return list(self.simple(sql))

    def of(self, kind: str) -> list[tuple[str, ...]]:
        return sorted(fact[1:] for fact in self.facts if fact[0] == kind)

    def owner(self, kind: str, name: str) -> str:
        return next((f[2] for f in self.of("owner") if f[:2] == (kind, name)), "SYSADMIN")

    def simple(self, sql: str):
        if sql == "show roles":
            yield from ({"name": name} for (name,) in self.of("role"))
        elif sql == "show databases":
            yield from ({"name": n, "owner": self.owner("DATABASE", n)} for (n,) in self.of("database"))
        elif sql == "show warehouses":
            for (name,) in self.of("warehouse"):
                monitor = [f[2] for f in self.of("setting") if f[1] == "RESOURCE_MONITOR"]
                yield {
                    "name": name,
                    "size": "X-Small",
                    "auto_suspend": 60,
                    "resource_monitor": monitor[0] if monitor else "null",
                    "owner": self.owner("WAREHOUSE", name),
                }
        elif sql == "show resource monitors":
            for (name,) in self.of("monitor"):
                quota = [f for f in self.of("quota") if f[0] == name]
                yield {"name": name, "credit_quota": "40.00" if quota else None, "frequency": "MONTHLY"}
        elif sql == 'show schemas in database "RESOURCES"':
            for (name,) in self.of("schema"):
                options = "MANAGED ACCESS" if (name,) in self.of("managed") else ""
                database, schema = name.split(".")
                owner = self.owner("SCHEMA", name)
                yield {"database_name": database, "name": schema, "options": options, "owner": owner}
        else:
            raise AssertionError(sql)

    def of_role(self, show: str, role: str):
        if show == "grants to":
            for privilege, kind, name, to in self.of("grant"):
                if to == role:
                    yield {"privilege": privilege, "granted_on": kind.replace(" ", "_"), "name": name}
        elif show == "future grants to":
            for privilege, kind, place, to in self.of("future"):
                if to == role:
                    yield {"privilege": privilege, "grant_on": kind, "name": f"{place}.<{kind}>"}
        else:
            for granted, kind, to in self.of("member"):
                if granted == role:
                    yield {"granted_to": kind, "grantee_name": to}


def due(plan: Plan, account: Account) -> list[str]:
    return [statement.sql for statement in differing(plan, account.ask).statements]


def test_an_account_that_has_everything_is_due_only_what_cannot_be_told(plan):
    assert due(plan, Account(plan)) == ['alter user "SVC" set default_secondary_roles = ()']


def test_an_empty_account_is_due_the_whole_plan_and_is_not_asked_of_roles_that_are_not_there(plan):
    account = Account(plan)
    account.facts.clear()
    assert due(plan, account) == [statement.sql for statement in plan.statements]
    assert not [sql for sql in account.asked if "role" in sql.removeprefix("show roles")]


def test_each_statement_is_due_again_when_what_it_brings_is_gone(plan):
    for statement in plan.statements:
        for fact in statement.facts:
            account = Account(plan)
            account.facts.remove(fact)
            if fact[0] == "setting" and fact[2] != "RESOURCE_MONITOR":
                continue  # sizes are compared below
            assert statement.sql in due(plan, account), fact


def test_a_warehouse_of_another_size_is_altered(plan):
    account = Account(plan)
    simple = account.simple
    account.simple = lambda sql: (
        {**row, "size": "2X-Large"} if "size" in row else row for row in simple(sql)
    )
    [alter, _] = due(plan, account)
    assert alter.startswith('alter warehouse "WH" set warehouse_size')


def test_what_may_not_be_looked_at_is_kept_and_said(plan):
    account = Account(plan)
    account.denied = {"show resource monitors", "show grants to"}
    found = differing(plan, account.ask)
    kept = [statement.sql for statement in found.statements]
    assert [sql for sql in kept if sql.startswith("create resource monitor")]
    assert not [sql for sql in kept if sql.startswith("create role")]
    assert [sql for sql in kept if sql.startswith("grant usage on database")]
    assert any("show resource monitors could not be asked (not yours to see)" in n for n in found.notes)
    assert len([sql for sql in account.asked if sql.startswith("show grants to role")]) == 1


def test_apply_runs_all_in_order_as_the_right_role_with_tags(plan):
    ran: list[tuple[str, str]] = []
    done = list(apply(plan, lambda sql: ran.append((sql, tags.current().get("tenant", "")))))

    assert [step.statement for step in done] == list(plan.statements)
    assert not [step for step in done if step.error]
    role = None
    statements = iter(plan.statements)
    for sql, tenant in ran:
        if sql.startswith("use role"):
            role = sql
            continue
        statement = next(statements)
        assert (sql, tenant) == (statement.sql, statement.tenant)
        assert role == f'use role "{statement.role}"'


def test_apply_ends_at_the_first_refusal(plan):
    refused = plan.statements[7].sql

    def run(sql: str) -> None:
        if sql == refused:
            raise LandError("insufficient privileges")

    done = list(apply(plan, run))
    assert [step.error is None for step in done] == [True] * 7 + [False]
    assert done[-1].as_dict()["error"] == "insufficient privileges"
