"""Roles, shapes and the template row of the sample's VisionLink families."""

from __future__ import annotations

from collections.abc import Sequence

from dagster_ingest.testing.sample.plan import role_of

# One family each, in this order. `turn_` families change sides on day two.
ROLES = (
    "plain", "deleted", "disabled", "internal_only", "do_not_use", "seasonal", "confidential_only", "plain",
    "confidential_too", "deleted_service", "disabled_service", "internal_service", "stray_comma",
    "turn_confidential", "turn_deleted", "turn_disabled", "turn_internal", "turn_removed", "turn_service",
    "suspended", *(("plain",) * 12),
)  # fmt: skip
OTHERS = tuple(
    r for r in dict.fromkeys(ROLES) if r not in ("plain", "stray_comma") and not r.startswith("turn_")
)
LABELS = {
    77: "Active", 78: "Cancelled - DO NOT USE", 79: "Internal Only", 80: "Seasonal", 81: "Suspended",
}  # fmt: skip


def role(number: int) -> str:
    return role_of(ROLES, OTHERS, number)


def services(number: int) -> int:
    return 1 + number % 3


def size(number: int) -> int:
    return 1 + services(number)


def template_row(header: Sequence[str]) -> list[str]:
    """The row under the headings: what the form's designer wrote about each column."""
    return [_describe(name) for name in header]


def _describe(name: str) -> str:
    field = name.split("_", 1)[1]
    if name.endswith(("Agency_Id", "Service_Id", "PortalId", "DeploymentId", "Stamp")):
        return "Unchangeable"
    if name.endswith(("AccountId", "_Both")) or "UpdateFrequency" in name:
        return "EXPORT ONLY"
    if name.startswith(("AgencyOption_Status", "ServiceOption_Status")):
        return "[" + ", ".join(f'{code} => "{label}"' for code, label in LABELS.items()) + "]"
    if "Option_" in name:
        return '[101 => "First choice", 102 => "Second choice"]'
    if name in ("Agency_Status", "Service_Status"):
        return '["active", "disabled", "deleted"]'
    if field == "Name":
        return "*REQUIRED* text"
    if "latitude" in field or "longitude" in field:
        return "decimal"
    if "Date" in field:
        return "date (YYYY/MM/DD)"
    return "text"
