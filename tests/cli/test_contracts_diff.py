"""`contracts diff` and `contracts check` as a user calls them, and as the workflow does."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from dagster_ingest.cli import app
from tests.evolution.conftest import ENVIRONMENT, SERVICE, Repository, repository

__all__ = ["repository"]

WEB = SERVICE + "      - {name: WEB}\n"
HEAVY = ("dagster", "polars", "dbt", "duckdb", "pandera", "sqlglot")


@pytest.fixture
def run(repository: Repository, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DAGSTER_INGEST_ROOT", str(repository.root))
    return lambda *arguments: CliRunner().invoke(app, ["contracts", *arguments])


def test_diff_compares_with_the_last_commit_and_exits_zero(run, repository):
    repository.service("1.0.0", "      - {name: STATUS}\n")

    result = run("diff")

    assert result.exit_code == 0
    assert "FEES: column removed: string" in result.output
    assert "writers compatible, readers breaking: queries that name it fail" in result.output
    assert "needed: 2.0.0" in result.output


def test_diff_of_an_untouched_tree_says_so(run):
    result = run("diff")

    assert (result.exit_code, result.output.strip()) == (0, "no contract differs from HEAD")


def test_check_exits_one_with_file_line_and_the_version_that_would_do(run, repository):
    repository.service("1.0.0", WEB)

    result = run("check", "--against", "HEAD")

    assert result.exit_code == 1
    assert (
        "systems/vendor/contracts/service.odcs.yaml:4: the contract changed and the version did not: "
        "still 1.0.0; needed: 1.1.0"
    ) in result.output


def test_check_passes_once_the_version_made_the_step(run, repository):
    repository.service("1.1.0", WEB)

    result = run("check", "--against", "HEAD")

    assert result.exit_code == 0
    assert "1 contract changed since HEAD: compatible" in result.output


def test_check_asks_for_a_revision(run):
    result = run("check")

    assert result.exit_code == 2
    assert "--against" in result.output


def test_an_unknown_revision_is_an_error_in_words(run):
    result = run("check", "--against", "nowhere")

    assert result.exit_code == 2
    assert "there is no revision 'nowhere'" in result.output


def test_a_rename_is_offered(run, repository):
    repository.service("2.0.0", "      - {name: FEES_TEXT, description: Fees}\n      - {name: STATUS}\n")
    repository.write(
        "systems/vendor/system.yaml",
        (repository.root / "systems/vendor/system.yaml").read_text(),
    )
    for tenant in ("alpha", "beta"):
        repository.tenant(tenant, "{agency: , service: {version: 2}}")

    result = run("diff")

    assert "looks like a rename of FEES: declare it under 'FEES_TEXT'" in result.output


def test_json_holds_what_the_words_say(run, repository):
    repository.service("1.0.0", WEB)

    result = run("check", "--against", "HEAD", "--json")

    found = json.loads(result.output)
    assert result.exit_code == 1
    assert found["ok"] is False
    assert found["comparisons"][0]["needed_version"] == "1.1.0"
    assert found["comparisons"][0]["reaches"] == [
        {"tenant": name, "source": "feed", "table": "service"} for name in ("alpha", "beta")
    ]


def test_a_report_is_written_also_where_the_check_fails(run, repository, tmp_path):
    repository.service("1.0.0", WEB)

    result = run("check", "--against", "HEAD", "--report", str(tmp_path / "report.md"))

    assert result.exit_code == 1
    assert "### Versions to raise" in (tmp_path / "report.md").read_text()


def test_neither_command_imports_what_only_a_load_needs(repository):
    repository.service("1.0.0", "      - {name: STATUS}\n")
    code = (
        "import sys\nfrom dagster_ingest.cli import app\n"
        "try: app(['contracts', 'check', '--against', 'HEAD'])\n"
        f"except SystemExit: print('heavy:', [n for n in {HEAVY!r} if n in sys.modules])"
    )
    environment = {**os.environ, **ENVIRONMENT, "DAGSTER_INGEST_ROOT": str(repository.root)}

    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )

    assert "needed: 2.0.0" in done.stdout
    assert done.stdout.strip().endswith("heavy: []")
