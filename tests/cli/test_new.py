"""`dagster-ingest new`: what it writes validates, and nothing is overwritten."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from dagster_ingest.cli import app
from dagster_ingest.testing import sample

ROOT = Path(__file__).parents[2]
OWNER = ("--owner", "team:acme-data", "--yes")


@pytest.fixture(scope="module")
def drops(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("drops")
    sample.write(folder, tenants=["prairie", "gulf", "keystone"])
    return folder


@pytest.fixture
def root(project_root: Path) -> Path:
    (project_root / "tenants").mkdir()
    shutil.copytree(ROOT / "schemas", project_root / "schemas")
    return project_root


def new(*words: str | Path, typed: str | None = None):
    return CliRunner().invoke(app, ["new", *map(str, words)], input=typed)


def validated() -> None:
    result = CliRunner().invoke(app, ["validate"])
    assert result.exit_code == 0, result.output


def written(root: Path, name: str = "acme"):
    text = (root / "tenants" / name / "tenant.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=../../schemas/tenant.schema.json\n")
    return yaml.safe_load(text)


def test_a_feed_of_several_states_is_bound_by_the_column_that_tells_them_apart(root, drops):
    result = new("tenant", "acme", "--system", "icarol", "--drop", drops / "prairie", *OWNER)

    assert result.exit_code == 0, result.output
    spec = written(root)
    assert spec["states"] == ["IA", "NE"]
    assert spec["sources"]["icarol"]["state"] == {
        "by": "column",
        "column": "RecordOwner",
        "values": {"PRAIRIE-IA": "IA", "PRAIRIE-NE": "NE"},
    }
    assert "346 rows, 169 columns, all in the contract" in result.output
    assert "dagster-ingest run --tenant acme" in result.output
    validated()


def test_a_folder_for_each_state_is_a_feed_for_each_state(root, drops):
    result = new("tenant", "acme", "--system", "wellsky", "--drop", drops / "gulf", *OWNER)

    assert result.exit_code == 0, result.output
    source = written(root)["sources"]["wellsky"]
    assert (source["state"], source["settings"]) == ({"by": "feed"}, {"path": "{state}"})
    assert written(root)["states"] == ["AL", "FL"]
    validated()


def test_an_archive_of_one_state(root, drops):
    drop = drops / "keystone"

    result = new("tenant", "acme", "--system", "visionlink", "--drop", drop, "--state", "PA", *OWNER)

    assert result.exit_code == 0, result.output
    assert written(root)["sources"]["visionlink"]["state"] == {"by": "whole"}
    assert written(root)["schedule"]["timezone"] == "America/New_York"
    validated()


def test_a_file_under_another_name_gets_a_pattern(root, drops, tmp_path):
    export = tmp_path / "everything_2026-03-02.csv"
    shutil.copy(next((drops / "prairie").iterdir()), export)

    result = new("tenant", "acme", "--system", "icarol", "--drop", export, *OWNER)

    assert result.exit_code == 0, result.output
    tables = written(root)["sources"]["icarol"]["tables"]
    assert tables == {"resource": {"settings": {"pattern": "everything_*.csv"}}}
    validated()


def test_a_folder_whose_file_has_another_name_is_found_by_its_headings(root, drops, tmp_path):
    folder = tmp_path / "delivery"
    folder.mkdir()
    shutil.copy(next((drops / "prairie").iterdir()), folder / "everything_2026-03-02.csv")
    (folder / "readme.csv").write_text("what,when\na,b\n")

    result = new("tenant", "acme", "--system", "icarol", "--drop", folder, *OWNER)

    assert result.exit_code == 0, result.output
    tables = written(root)["sources"]["icarol"]["tables"]
    assert tables == {"resource": {"settings": {"pattern": "everything_*.csv"}}}


def test_files_of_no_vendor_get_drafted_contracts(root, tmp_path):
    folder = tmp_path / "plain"
    folder.mkdir()
    agencies = "".join(f"{n},Name {n},{'IA' if n % 2 else 'NE'}\n" for n in range(60))
    (folder / "agency_2026-01-01.csv").write_text(f"Agency Id,Name,State\n{agencies}")
    (folder / "site_2026-01-01.csv").write_text("Site Id,State\n1,IA\n2,NE\n")

    result = new("tenant", "acme", "--system", "csv", "--drop", folder, *OWNER)

    assert result.exit_code == 0, result.output
    spec = written(root)
    assert list(spec["sources"]["csv"]["tables"]) == ["agency", "site"]
    assert spec["sources"]["csv"]["state"] == {"by": "column", "column": "State"}
    draft = yaml.safe_load((root / "tenants/acme/contracts/agency.odcs.yaml").read_text())
    assert (draft["status"], draft["schema"][0]["properties"][0]["primaryKey"]) == ("draft", True)
    assert "no dbt model reads them" in result.output
    validated()


def test_without_a_delivery_the_answers_are_enough(root):
    words = ["--system", "icarol", "--state", "IA", "--state", "NE", "--reader", "postgres", *OWNER]

    result = new("tenant", "acme", *words)

    assert result.exit_code == 0, result.output
    spec = written(root)
    assert spec["sources"]["icarol"]["settings"] == {"path": "{state}"}
    assert spec["publish"] == [{"reader": "postgres", "dsn": "PUBLISH_POSTGRES_DSN"}]
    validated()


def test_questions_are_asked_and_wrong_answers_asked_again(root, drops):
    typed = f"{drops / 'prairie'}\nicarol\n\n\nAcme 211\nnobody\nteam:acme\ncc-7\n\n0 5 * * 1\n\n"

    result = new("tenant", "acme", typed=typed)

    assert result.exit_code == 0, result.output
    assert "give an e-mail address or team:name" in result.output
    spec = written(root)
    assert (spec["display_name"], spec["owners"]) == ("Acme 211", ["team:acme"])
    assert spec["freshness"] == {"warn": "8d", "fail": "10d"}
    validated()


def test_dry_run_shows_and_writes_nothing(root):
    result = new("tenant", "acme", "--system", "icarol", "--state", "IA", "--dry-run", *OWNER)

    assert result.exit_code == 0, result.output
    assert "tenant: acme" in result.output
    assert list((root / "tenants").iterdir()) == []


def test_a_connector_that_needs_settings_is_told_them(root):
    words = ["--system", "icarol", "--connector", "http", "--state", "IA", *OWNER]
    refused = new("tenant", "acme", *words)
    result = new("tenant", "acme", *words, "--setting", "url=https://localhost:1/v1")

    assert refused.exit_code == 2
    assert "--setting url=..." in refused.output
    assert result.exit_code == 0, result.output
    assert written(root)["sources"]["icarol"]["settings"] == {"url": "https://localhost:1/v1"}
    assert "The source was not looked at" in result.output
    assert "validate --secrets --tenant acme" in result.output
    validated()


def test_what_is_there_is_never_overwritten(root):
    words = ["tenant", "acme", "--system", "icarol", "--state", "IA", *OWNER]
    assert new(*words).exit_code == 0
    path = root / "tenants/acme/tenant.yaml"
    before = path.read_bytes()

    again = new(*words, "--display-name", "Other")

    assert again.exit_code == 2
    assert "there is a tenant 'acme' already" in again.output
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Acme 211"], "did you mean 'acme_211'?"),
        (["shared", "--system", "icarol", "--state", "IA"], "no tenant may be called 'shared'"),
        (["acme", "--system", "icaro"], "did you mean 'icarol'?"),
        (["acme", "--system", "icarol", "--connector", "file"], "did you mean 'files'?"),
        (["acme", "--system", "icarol", "--state", "ia"], "did you mean 'IA'?"),
        (["acme", "--system", "icarol", "--state", "IA", "--timezone", "America/Chicgo"], "America/Chicago"),
        (["acme", "--system", "icarol", "--state", "IA", "--cron", "99 * * * *"], "99"),
        (
            ["acme", "--system", "icarol", "--state", "IA", "--reader", "hsds_pack"],
            "did you mean 'hsds_package'?",
        ),
        (["acme", "--system", "icarol", "--state", "IA", "--setting", "patern=x"], "pattern"),
        (["acme", "--system", "icarol", "--state", "IA", "--setting", "oops"], "no setting with a value"),
        (["acme", "--system", "icarol", "--drop", "nowhere"], "no such delivery"),
        (["acme", "--system", "csv", "--state", "IA"], "give a sample delivery"),
        (["acme", "--system", "icarol"], "--state"),
        (["acme", "--system", "icarol_api", "--drop", "."], "a sample delivery is files"),
    ],
)
def test_a_wrong_answer_is_named_and_nothing_is_written(root, words, said):
    result = new("tenant", *words, *OWNER)

    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output
    assert list((root / "tenants").iterdir()) == []


def test_a_new_connector_holds_what_every_connector_has_to_hold(root, tmp_path):
    folder, site = tmp_path / "made", tmp_path / "site"

    made = new("connector", "paper_mail", "--into", folder)
    install(folder, site)
    environ = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{ROOT}"}
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, timeout=300)

    assert made.exit_code == 0, made.output
    assert done.returncode == 0, done.stdout + done.stderr
    passed = int(done.stdout.rsplit(" passed", 1)[0].split()[-1])
    assert passed >= 15, done.stdout


def install(folder: Path, site: Path) -> None:
    """The distribution's wheel, as an installer unpacks it."""
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(site)]
    subprocess.run(words, cwd=folder, check=True, capture_output=True, timeout=300)
    for wheel in site.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)


@pytest.mark.parametrize(
    ("name", "said"), [("files", "there is a connector 'files' already"), ("Paper-Mail", "'paper_mail'?")]
)
def test_a_connector_of_that_name_is_refused(root, tmp_path, name, said):
    result = new("connector", name, "--into", tmp_path / "made")

    assert result.exit_code == 2
    assert said in result.output
    assert not (tmp_path / "made").exists()


def test_a_connector_is_not_written_over_another(root, tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_mine.py").write_text("# mine")

    result = new("connector", "mine", "--into", tmp_path)

    assert result.exit_code == 2
    assert "there already" in result.output
    assert not (tmp_path / "pyproject.toml").exists()
    assert (tmp_path / "tests" / "test_mine.py").read_text() == "# mine"
