"""Small contracts for tests."""

from __future__ import annotations

from dagster_ingest.naming import rule_id
from dagster_ingest.spec.contract import Column, Contract, Rule


def rule(kind: str, *columns: str, severity: str = "error", **params) -> Rule:
    named = columns[0] if len(columns) == 1 else None
    return Rule(rule_id(named, kind), kind, columns, params, severity)


def contract(*rules: Rule, private: tuple[str, ...] = (), null_texts: tuple[str, ...] = ("",)) -> Contract:
    names = dict.fromkeys(column for r in rules for column in r.columns)
    return Contract(
        id="sample",
        version="1.0.0",
        table="sample",
        file="contracts/sample.odcs.yaml",
        columns=tuple(Column(name, name, private=name in private) for name in names),
        rules=rules,
        null_texts=null_texts,
    )
