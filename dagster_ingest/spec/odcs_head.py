"""The head of an ODCS document: what it is, in which version, in what state, and whose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster_ingest.spec import semver
from dagster_ingest.spec.draft import Draft
from dagster_ingest.spec.problem import Report, shown

API_VERSIONS = ("v3.0.0", "v3.0.1", "v3.0.2", "v3.1.0", "v3.2.0")
STATUSES = ("proposed", "draft", "active", "deprecated", "retired")
_INFERRED = {"inferred": lambda value: isinstance(value, bool)}


def check_head(document: Mapping[str, Any], report: Report) -> bool:
    """Note what is wrong. Whether the contract was drafted from data (custom property `inferred`)."""
    for key in ("kind", "apiVersion", "id", "version"):
        if not document.get(key):
            report.add((), f"the key {key!r} is missing", fix=f"add `{key}:`")
    if document.get("kind", "DataContract") != "DataContract":
        value = document["kind"]
        report.add(("kind",), f"kind cannot be {value!r}", value=value, allowed=("DataContract",))
    api = document.get("apiVersion")
    if api and api not in API_VERSIONS:
        report.add(("apiVersion",), f"apiVersion {api!r} is not read", value=api, allowed=API_VERSIONS)
    version = document.get("version")
    # What follows a plus is a tenant's patch: written by hand, it would pass for a step of its own.
    if version and (semver.parse(version) is None or "+" in version):
        fix = "write MAJOR.MINOR.PATCH, such as 1.0.0"
        report.add(("version",), f"{shown(version)} is no semantic version", value=version, fix=fix)
    status = document.get("status")
    if status is not None and status not in STATUSES:
        report.add(("status",), f"status cannot be {shown(status)}", value=status, allowed=STATUSES)
    custom = Draft(report).custom(document.get("customProperties"), (), _INFERRED)
    inferred = bool(custom.get("inferred"))
    if inferred and status != "draft":
        fix = "set `status: draft`; when a person has read it, take `inferred` out and set `status: active`"
        where = ("status",) if status is not None else ()
        report.add(where, "the contract was drafted from data and is no draft", value=status, fix=fix)
    return inferred


def owners(team: Any) -> tuple[str, ...]:
    """The members whose role is owner and who did not leave, else the team's name."""
    members = team if isinstance(team, list) else (team or {}).get("members") or []
    named = [
        m.get("username") or m.get("name")
        for m in members
        if "owner" in (m.get("role") or "").lower() and not m.get("dateOut")
    ]
    if not any(named) and isinstance(team, dict):
        named = [team.get("name")]
    return tuple(dict.fromkeys(name for name in named if name))
