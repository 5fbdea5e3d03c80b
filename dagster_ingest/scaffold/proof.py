"""The test of a new system: fails until a person has finished the mapping, and says what is left."""

from __future__ import annotations

import json
from collections.abc import Mapping
from string import Template

from dagster_ingest.naming import column_name
from dagster_ingest.scaffold.roles import role_of
from dagster_ingest.scaffold.stubs import Stubs

_MADE_UP = {
    "name": "Made-up name", "email": "info@example.org", "website": "https://example.org",
    "phone": "(555) 555-0100", "fax": "(555) 555-0199", "address_1": "1 Main St", "city": "Springfield",
    "state_province": "IA", "postal_code": "50309", "country": "US", "latitude": "41.6",
    "longitude": "-93.6", "hours": "Mon-Fri 9-5", "last_modified": "2026-01-01", "status": "",
}  # fmt: skip

_TEXT = Template('''\
"""$system to HSDS. Drafted by `dagster-ingest new system`: it fails until the mapping is finished."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.dbt_elt.harness import Project, Warehouse

ROOT = Path(__file__).parents[2]
SYSTEM = ROOT / "systems" / "$system"
MACROS = ROOT / "dbt_elt" / "macros" / "$system"
MODELS = ROOT / "dbt_elt" / "models" / "$system"
FILES = sorted(path for folder in (SYSTEM, MACROS, MODELS) for path in folder.rglob("*") if path.is_file())
ENTITIES = re.findall("'([a-z_]+)'", (MACROS / "entities.sql").read_text().split("%}", 1)[1])

# Made-up rows, never real ones. Give them what the mapping looks at: flags, statuses, nested lists.
ROWS = $rows


def test_nothing_is_left_to_do():
    left = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in FILES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if "TODO" in line
    ]

    assert not left, "decide on these, then take the lines out:\\n" + "\\n".join(left)


@pytest.mark.parametrize("path", sorted((SYSTEM / "contracts").iterdir()), ids=lambda path: path.name)
def test_a_contract_is_agreed_on(path):
    contract = yaml.safe_load(path.read_text())
    inferred = [p for p in contract.get("customProperties", ()) if p["property"] == "inferred"]

    assert contract["status"] == "active", f"read {path.name}, mend it, then set `status: active`"
    assert not inferred, f"{path.name} has been read: take `inferred` out of its customProperties"


@pytest.fixture(scope="module")
def mapped(tmp_path_factory):
    """Entity to its HSDS rows, made from ROWS."""
    folder = tmp_path_factory.mktemp("$system")
    warehouse = Warehouse(folder / "acme.duckdb", Project(ROOT / "dbt_elt", folder))
    for table, rows in ROWS.items():
        warehouse.land(f"${system}_{table}", rows)
    warehouse.build(systems=["$system"], command="run", as_of="2026-01-01")
    return warehouse.tables()


@pytest.mark.parametrize("entity", ENTITIES)
def test_rows_come_out(mapped, entity):
    assert mapped[entity], (
        f"no {entity} came out of the made-up rows: finish ${system}__{entity}.sql, or take {entity} out of"
        " ${system}__entities()"
    )
''')


def proof_text(stubs: Stubs) -> str:
    """The test file, with a made-up row for each table."""
    lines = ["{"]
    for table in stubs.tables:
        lines += [f"    {json.dumps(table.table)}: [", "        {"]
        row = _row(table.headings, table.key, table.references)
        lines += [f"            {json.dumps(name)}: {json.dumps(cell)}," for name, cell in row.items()]
        lines += ["        },", "    ],"]
    return _TEXT.substitute(system=stubs.system, rows="\n".join([*lines, "}"]))


def _row(headings: tuple[str, ...], key: str | None, references: Mapping[str, str]) -> dict[str, str]:
    """A row by raw names: keys are 1, what has no role is empty."""
    return {
        column_name(heading): "1" if heading == key or heading in references else _cell(role_of(heading))
        for heading in headings
    }


def _cell(role: str | None) -> str:
    return "" if role is None else _MADE_UP.get(role, "Made up")
