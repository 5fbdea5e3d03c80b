"""Statements about roles, warehouses and privileges: noted in the history, without effect on rows."""

from __future__ import annotations

import re

_THINGS = (
    r"(?:account|database\s+)?role|warehouse|resource\s+monitor|user|network\s+policy|network\s+rule|"
    r"masking\s+policy|row\s+access\s+policy|tag|integration|(?:storage|api|catalog|security|notification)"
    r"\s+integration|external\s+volume|budget|share|task|pipe|stream|alert"
)
_WITHOUT_EFFECT = re.compile(
    rf"(?:grant|revoke)\b|(?:create(?:\s+or\s+replace)?|alter|drop|describe|desc)\s+(?:{_THINGS})\b"
    r"|alter\s+(?:account|database|schema)\b|comment\s+on\b|use\s+secondary\s+roles?\b",
    re.IGNORECASE,
)
_LISTING = re.compile(
    r"show\s+(?:grants|(?:database\s+)?roles|resource\s+monitors|integrations)\b", re.IGNORECASE
)
_USE = re.compile(r"use\s+(role|warehouse)\s+(\"[^\"]+\"|[\w$]+)", re.IGNORECASE)


def is_without_effect(sql: str) -> bool:
    """Whether the statement is one that is noted and nothing else."""
    return _WITHOUT_EFFECT.match(sql) is not None


def used(sql: str) -> tuple[str, str] | None:
    """(role or warehouse, its name) of USE ROLE and USE WAREHOUSE."""
    if not (found := _USE.fullmatch(sql)):
        return None
    name = found[2]
    return found[1].lower(), name[1:-1] if name.startswith('"') else name.upper()


def is_listing(sql: str) -> bool:
    """Whether the statement lists what is only noted here: the answer has no rows."""
    return (
        re.match(
            r"show\s+(?:grants|(?:database\s+)?roles|resource\s+monitors|integrations)\b", sql, re.IGNORECASE
        )
        is not None
    )
