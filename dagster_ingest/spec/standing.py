"""Whether a table may be loaded under its contract: a draft publishes nothing, a retired one is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.patch import rule_positions
from dagster_ingest.spec.problem import SpecProblem
from dagster_ingest.spec.yamlfile import YamlError, YamlFile

if TYPE_CHECKING:
    from dagster_ingest.spec.source import Context

NOT_AGREED = ("draft", "proposed")


def check_standing(context: Context, contract: Contract, *, publishes: bool, mode: str) -> None:
    """Note in the context why the contract cannot be in force.

    publishes  the system declares the table, so dbt and the readers use it
    mode       the source's: full, partial or incremental
    """
    status = contract.status
    if status == "retired":
        fix = "follow a version that is in force"
        _flag(context, contract, "the contract is retired", fix)
    elif status in NOT_AGREED and publishes:
        fix = "agree on it and set `status: active`; a draft is for tables of the tenant's own (`own_tables`)"
        problem = f"the contract is {status!r}, and {contract.table!r} is a table that is published"
        _flag(context, contract, problem, fix)
    if mode != "full":
        _check_ages(context, contract, mode)


def _flag(context: Context, contract: Contract, problem: str, fix: str) -> None:
    try:
        line, column = YamlFile(contract.file).positions().of(("status",))
    except YamlError:
        line, column = 1, 1
    shown = context.catalog.shown(contract.file)
    value = repr(contract.status)
    context.problems.append(SpecProblem(shown, problem, line, column, value=value, fix=fix))


def _check_ages(context: Context, contract: Contract, mode: str) -> None:
    """Changes say nothing of the newest row of a table: the rows that stayed are not read again."""
    for rule in contract.rules:
        if rule.kind == "freshness":
            file, line = rule_positions(contract).get(rule.id, (contract.file, 1))
            problem = f"{rule.id!r} cannot be asked of a source in mode {mode}, which delivers changes only"
            fix = "set `freshness` in tenant.yaml instead, or load the table in full"
            context.problems.append(SpecProblem(context.catalog.shown(file), problem, line, fix=fix))
