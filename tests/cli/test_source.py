"""`dagster-ingest source check|discover|preview`, on drops of the csv system and one with a register."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dagster_ingest.cli import app

TENANT = """\
tenant: alpha
display_name: Alpha 211
owners: [team:alpha]
cost: {cost_center: cc-1}
states: [IA, NE]
sources:
  feed: {system: SYSTEM, settings: {path: "{state}"}, tables: {TABLE: {settings: {pattern: "*TABLE*.csv"}}}}
freshness: {fail: 36h}
publish: [{reader: hsds_package}]
"""


@pytest.fixture
def root(project_root: Path) -> Path:
    tenant(project_root, "csv", "agency")
    drop(project_root, "agency_2026-11-01.csv", "ID,Name\n1,Old\n")
    drop(project_root, "agency_2026-11-02.csv", 'ID,Name\n1,"Peña, Inc"\n2,\n3,Third\n')
    drop(project_root, "site_2026-11-02.csv.gz.csv", "SITE ID\n7\n")
    return project_root


def tenant(root: Path, system: str, table: str) -> None:
    folder = root / "tenants" / "alpha"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tenant.yaml").write_text(TENANT.replace("SYSTEM", system).replace("TABLE", table))


def drop(root: Path, name: str, text: str, state: str = "ia") -> None:
    folder = root / "var" / "drops" / "alpha" / state
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def invoke(*arguments: str):
    return CliRunner().invoke(app, ["source", *arguments])


def test_check_says_what_is_there_for_each_state(root):
    result = invoke("check", "alpha", "feed", "--table", "agency")

    assert result.exit_code == 1
    assert "ok      alpha/feed IA: 1 file: alpha/ia/agency_2026-11-02.csv" in result.output
    assert "failed  alpha/feed NE: there is no folder alpha/ne" in result.output


def test_check_of_one_state_as_json(root):
    result = invoke("check", "alpha", "feed", "--state", "IA", "--json")

    [found] = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (found["state"], found["ok"], found["details"]["folder"]) == ("IA", True, "alpha/ia")


def test_check_of_a_table_without_a_drop_lists_what_is_there(root):
    drop(root, "other.csv", "ID\n1\n", "ne")

    result = invoke("check", "alpha", "feed", "--table", "agency", "--state", "NE")

    assert result.exit_code == 1
    assert "no file matches '*agency*.csv'" in result.output


def test_discover_lists_tables_with_headings_and_the_settings_that_read_them(root):
    found = json.loads(invoke("discover", "alpha", "feed", "--json").stdout)

    assert [t["table"] for t in found] == ["agency", "site"]
    assert [c["name"] for c in found[0]["columns"]] == ["ID", "Name"]
    assert found[0]["settings"] == {"pattern": "agency_*.csv"}


def test_discover_for_people(root):
    result = invoke("discover", "alpha", "feed")

    assert result.exit_code == 0
    assert "2 tables" in result.output
    assert "SITE ID" in result.output


def test_preview_shows_rows_as_they_would_land(root):
    result = invoke("preview", "alpha", "feed", "--table", "agency", "--rows", "2", "--json")

    assert json.loads(result.stdout) == [{"ID": "1", "Name": "Peña, Inc"}, {"ID": "2", "Name": ""}]


def test_preview_for_people_takes_the_only_table(root):
    result = invoke("preview", "alpha", "feed")

    assert result.exit_code == 0
    assert "Peña, Inc" in result.output
    assert "row 3" in result.output
    assert not (root / "var" / "warehouse").exists()


def test_preview_masks_what_the_register_names(root):
    tenant(root, "wellsky", "physicaladdress")
    drop(root, "physicaladdress_2026-11-02.csv", "ID,ADDRESS_1,COUNTRY\n1,12 Hidden Lane,US\n2,,US\n")

    masked = json.loads(invoke("preview", "alpha", "feed", "--json").stdout)
    shown = json.loads(invoke("preview", "alpha", "feed", "--json", "--show-private").stdout)

    assert [r["ADDRESS_1"] for r in masked] == ["***", ""]
    assert [r["COUNTRY"] for r in masked] == ["US", "US"]
    assert shown[0]["ADDRESS_1"] == "12 Hidden Lane"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("alpah", "feed"), "there is no tenant 'alpah'"),
        (("alpha", "fed"), "there is no source 'fed'"),
        (("alpha", "feed", "--state", "TX"), "does not have the state 'TX'"),
    ],
)
def test_what_is_not_there_is_named(root, words, said):
    result = invoke("check", *words)

    assert result.exit_code == 2
    assert said in result.output
