"""`dagster-ingest validate` and `schema` as a user calls them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dagster_ingest.cli import COMMANDS, app

CONTRACT = """\
kind: DataContract
apiVersion: v3.1.0
id: a-b
version: 1.0.0
schema:
  - name: agency
    properties: [{name: ID, primaryKey: true}]
"""

TENANT = """\
tenant: NAME
display_name: Alpha 211
owners: [team:alpha]
cost: {cost_center: cc-1}
states: [IA]
sources: {feed: {system: csv, tables: {agency: }}}
freshness: {fail: 36h}
publish: [{reader: hsds_package}]
"""


@pytest.fixture
def root(project_root: Path) -> Path:
    for name in ("alpha", "beta"):
        write(project_root, name, TENANT.replace("NAME", name))
    return project_root


def write(root: Path, name: str, text: str, contract: str = CONTRACT) -> None:
    folder = root / "tenants" / name
    (folder / "contracts").mkdir(parents=True, exist_ok=True)
    (folder / "tenant.yaml").write_text(text)
    (folder / "contracts" / "agency.odcs.yaml").write_text(contract)


def invoke(*arguments: str):
    return CliRunner().invoke(app, arguments)


def test_sound_specs_exit_0_and_are_counted(root: Path) -> None:
    result = invoke("validate")

    assert result.exit_code == 0
    assert "2 tenants, 2 sources, 2 tables, 2 rules" in result.stdout


def test_errors_exit_1_with_file_line_and_guess(root: Path) -> None:
    write(root, "alpha", TENANT.replace("NAME", "alpha").replace("owners", "ownres"))

    result = invoke("validate")

    assert result.exit_code == 1
    assert "tenants/alpha/tenant.yaml  (alpha not loaded)" in result.stdout
    assert "3:1     unknown key 'ownres'" in result.stdout
    assert "did you mean 'owners'?" in result.stdout
    assert "1 tenants, 1 sources" in result.stdout
    assert "1 error in alpha" in result.stdout


def test_json_holds_every_error_in_full(root: Path) -> None:
    write(root, "alpha", TENANT.replace("NAME", "alpha").replace("[IA]", "[IO]"))

    result = invoke("validate", "--json")

    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (report["ok"], report["tenants"], report["broken"]) == (False, 1, ["alpha"])
    (error,) = report["errors"]
    assert "IA" in error.pop("allowed")
    assert error == {
        "tenant": "alpha",
        "file": "tenants/alpha/tenant.yaml",
        "line": 5,
        "column": 10,
        "problem": "'IO' is no US state",
        "value": "'IO'",
        "guess": None,
        "fix": "use the two capital letters of a US state or territory",
    }


def test_a_filter_looks_at_one_tenant(root: Path) -> None:
    write(root, "alpha", "][")

    assert invoke("validate", "--tenant", "beta").exit_code == 0
    assert invoke("validate", "--tenant", "alpha").exit_code == 1


def test_an_unknown_tenant_exits_1_with_a_guess(root: Path) -> None:
    result = invoke("validate", "-t", "alpah")

    assert result.exit_code == 1
    assert "there is no tenant 'alpah'" in result.stdout
    assert "did you mean 'alpha'?" in result.stdout


def test_a_problem_that_tenants_share_is_printed_once(root: Path) -> None:
    folder = root / "systems" / "shop"
    (folder / "contracts").mkdir(parents=True)
    (folder / "contracts" / "agency.odcs.yaml").write_text(CONTRACT.replace("ID,", "ID, logicalType: strng,"))
    (folder / "system.yaml").write_text(
        "system: shop\ntitle: Shop\n"
        "tables: {agency: {contract: contracts/agency.odcs.yaml, required: true}}\n"
    )
    for name in ("alpha", "beta"):
        write(root, name, TENANT.replace("NAME", name).replace("csv", "shop"))

    result = invoke("validate")

    assert result.stdout.count("logicalType cannot be 'strng'") == 1
    assert "(alpha, beta not loaded)" in result.stdout


def test_markup_in_a_spec_is_printed_as_it_stands(root: Path) -> None:
    write(root, "alpha", TENANT.replace("NAME", "alpha").replace("owners", '"[red]ow[/]"'))

    result = invoke("validate")

    assert "unknown key '[red]ow[/]'" in result.stdout


def test_schema_writes_into_the_project_or_where_asked(root: Path, tmp_path: Path) -> None:
    assert invoke("schema").exit_code == 0
    assert (root / "schemas" / "tenant.schema.json").is_file()

    assert invoke("schema", "--out", str(tmp_path / "other")).exit_code == 0
    assert (tmp_path / "other" / "contract.schema.json").is_file()


def test_an_unknown_command_is_an_error_with_a_guess() -> None:
    result = invoke("valdate")

    assert result.exit_code == 2
    assert "Did you mean 'validate'?" in " ".join(result.output.replace("│", " ").split())


def test_help_lists_the_commands() -> None:
    result = invoke("--help")

    assert result.exit_code == 0
    assert all(name in result.stdout for name in ("validate", "schema"))


def test_every_command_names_a_module_of_this_package() -> None:
    for name, target in COMMANDS.items():
        module, _, function = target.partition(":")
        assert module.isidentifier(), name
        assert function.isidentifier(), name


def test_validate_imports_nothing_heavy(root: Path) -> None:
    code = (
        "import json, sys\n"
        "from dagster_ingest.cli import app\n"
        "try: app(['validate'])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print(json.dumps([name for name in sys.modules if '.' not in name]))"
    )

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    loaded = set(json.loads(result.stdout.splitlines()[-1]))
    heavy = {"dagster", "polars", "pandera", "duckdb", "pyarrow", "dbt", "psycopg", "pandas", "numpy"}
    assert loaded & heavy == set()
    assert {"pydantic", "yaml_rs", "open_data_contract_standard"} <= loaded
