"""The architecture as import-linter contracts (pyproject.toml), and what start-up may not import."""

import logging
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
CONTRACTS = tomllib.loads(PYPROJECT.read_text())["tool"]["importlinter"]["contracts"]


@pytest.fixture
def loggers() -> Iterator[None]:
    """The linter configures logging and thereby disables every logger of the process; undo that."""
    known = [log for log in logging.root.manager.loggerDict.values() if isinstance(log, logging.Logger)]
    before = [(log, log.disabled) for log in known]
    yield
    for log, disabled in before:
        log.disabled = disabled


@pytest.mark.usefixtures("loggers")
@pytest.mark.parametrize("contract", [contract["id"] for contract in CONTRACTS])
def test_imports_keep_the_contract(contract: str, capsys: pytest.CaptureFixture[str]) -> None:
    broken = lint_imports(str(PYPROJECT), limit_to_contracts=(contract,), no_cache=True)
    assert broken == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("dagster_ingest.spec.load", {"dagster", "dbt", "polars", "pandera", "duckdb", "pyarrow"}),
        ("dagster_ingest.cli", {"dagster", "dbt", "polars", "pandera", "duckdb", "pyarrow"}),
        ("dagster_ingest.publish.postgres", {"dagster", "psycopg", "polars", "pyarrow"}),
        ("dagster_ingest.publish.hsds_package", {"dagster", "polars", "pyarrow"}),
        ("dagster_ingest.land.duckdb", {"dagster", "duckdb", "polars"}),
        ("dagster_ingest.land.snowflake", {"dagster", "snowflake", "duckdb", "polars", "pyarrow"}),
        ("dagster_ingest.extract", {"dagster", "dbt"}),
        (
            "dagster_ingest.evolution.impact_report",
            {"dagster", "dbt", "sqlglot", "polars", "duckdb", "pyarrow"},
        ),
    ],
)
def test_a_module_starts_without_heavy_libraries(module: str, heavy: set[str]) -> None:
    """`validate` answers in a second, and loading definitions imports no driver."""
    code = f"import sys, {module}; print(*sorted({heavy!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
