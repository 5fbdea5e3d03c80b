"""A draft is for tables of the tenant's own; a retired contract loads nothing."""

from __future__ import annotations

import pytest

from dagster_ingest.spec.validate import validate
from tests.spec.conftest import TENANT

CONTRACT = """\
kind: DataContract
apiVersion: v3.1.0
id: a
version: 1.0.0
status: {status}
{more}schema:
  - name: services
    properties:
      - {{name: ID, primaryKey: true}}
      - {{name: Day, logicalType: date}}
"""


@pytest.fixture
def standing(project):
    """What is wrong with a tenant whose table `services` has that contract, its own or its system's."""

    def make(status: str, *, own: bool, mode: str = "full", more: str = ""):
        contract = CONTRACT.format(status=status, more=more)
        tables = "    tables:\n      services:\n"
        text = TENANT.replace("    tables:\n      site:\n      agency:\n", tables)
        text = text.replace("    system: csv\n", f"    system: vendor\n    mode: {mode}\n")
        system = project.root / "systems" / "vendor"
        (system / "contracts").mkdir(parents=True)
        listed = "own_tables: {}" if own else "tables: {services: {contract: contracts/services.odcs.yaml}}"
        (system / "system.yaml").write_text(f"system: vendor\ntitle: Vendor\n{listed}\n")
        if own:
            project.tenant(text=text, services=contract)
        else:
            project.tenant(text=text)
            (system / "contracts" / "services.odcs.yaml").write_text(contract)
        return validate(project.settings()).errors

    return make


@pytest.mark.parametrize(
    ("status", "own", "words"),
    [
        ("active", False, None),
        ("deprecated", False, None),
        ("draft", True, None),
        ("draft", False, "is a table that is published"),
        ("proposed", False, "is a table that is published"),
        ("retired", True, "the contract is retired"),
        ("retired", False, "the contract is retired"),
    ],
)
def test_what_may_be_loaded_under_a_status(standing, status, own, words) -> None:
    errors = standing(status, own=own)

    assert [(error.line, words in error.problem) for error in errors] == (
        [] if words is None else [(5, True)]
    )


def test_the_age_of_a_table_cannot_be_told_from_changes(standing) -> None:
    sla = "slaProperties:\n  - {property: latency, value: 1, unit: d, element: Day}\n"

    errors = standing("active", own=False, mode="partial", more=sla)

    assert [(e.line, "mode partial" in e.problem) for e in errors] == [(7, True)]
