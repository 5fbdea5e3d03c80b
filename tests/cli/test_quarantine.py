"""`dagster-ingest quarantine` on a tenant with real loads: look, export, dismiss, forecast, purge."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from dagster_ingest import naming
from dagster_ingest.cli import app
from dagster_ingest.cli.quarantine.export import guarded
from dagster_ingest.extract import SourceLoad
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants

TENANT = """\
tenant: alpha
display_name: Alpha 211
owners: [team:alpha]
cost: {cost_center: cc-1}
states: [IA, NE]
sources:
  feed:
    system: csv
    settings: {path: "{state}"}
    state: {by: feed}
    tables:
      thing:
        settings: {pattern: "thing*.csv"}
        policy: {on_reject: quarantine, max_share: 0.9}
freshness: {fail: 36h}
publish: [{reader: hsds_package}]
"""
CONTRACT = """\
kind: DataContract
apiVersion: v3.1.0
id: alpha-thing
version: 1.0.0
status: active
schema:
  - name: thing
    properties:
      - name: ID
        required: true
        primaryKey: true
        primaryKeyPosition: 1
      - name: NAME
        logicalType: string
        logicalTypeOptions: {maxLength: 3}
      - name: SECRET
        classification: private
        logicalType: string
        logicalTypeOptions: {maxLength: 3}
"""
ROWS = "ID,NAME,SECRET\n1,abc,x\n2,=1+1,long secret\n3,abcd,y\n4,ab,more secret\n5,ok,z\n"


class Tenant:
    """A tenant in a folder, its commands and its loads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "tenants" / "alpha"
        (self.folder / "contracts").mkdir(parents=True)
        (self.folder / "tenant.yaml").write_text(TENANT)
        self.contract(CONTRACT)

    def contract(self, text: str) -> None:
        (self.folder / "contracts" / "thing.odcs.yaml").write_text(text)

    def deliver(self, text: str, state: str = "IA", name: str = "thing.csv"):
        folder = self.settings.drops / "alpha" / state.lower()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        [spec] = load_tenants(self.settings).tenants
        [source] = spec.sources
        load = SourceLoad(spec, source, state, self.landing, self.settings.drops)
        return load.run(source.table("thing"), naming.new_load_id())

    @property
    def settings(self) -> Settings:
        return Settings.load()

    @property
    def landing(self) -> DuckDBLanding:
        return DuckDBLanding(self.settings.warehouse, "alpha")

    def run(self, *words: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, ["quarantine", *words])
        assert result.exit_code == code, (result.output, result.stderr, result.exception)
        return result.output + (result.stderr if code else "")

    def read(self, *words: str):
        return json.loads(self.run(*words, "--json"))


@pytest.fixture
def tenant(project_root) -> Tenant:
    made = Tenant(project_root)
    assert made.deliver(ROWS).outcome == "committed"
    return made


def numbers(rows) -> list[int]:
    return sorted(row["row_number"] for row in rows)


def test_list_filters_by_rule_and_masks(tenant):
    assert numbers(tenant.read("list")) == [2, 3, 4]
    assert numbers(tenant.read("list", "--rule", "SECRET|length")) == [2, 4]
    both = next(row for row in tenant.read("list") if row["row_number"] == 2)
    assert both["rules"] == ["NAME|length", "SECRET|length"]
    assert both["row"] == {"ID": "2", "NAME": "=1+1", "SECRET": "***"}
    [shown] = [row for row in tenant.read("list", "--private") if row["row_number"] == 2]
    assert shown["row"]["SECRET"] == "long secret"
    assert "long secret" not in tenant.run("list")


def test_the_summary_counts_sets_of_rules(tenant):
    found = {tuple(c["rules"]): c["rows"] for c in tenant.read("list", "--summary")}
    assert found == {("NAME|length", "SECRET|length"): 1, ("NAME|length",): 1, ("SECRET|length",): 1}
    text = tenant.run("list", "--summary")
    assert "NAME|length 2, SECRET|length 2" in text
    assert "NAME|length + SECRET|length" in text


def test_show_names_the_line_of_each_rule_and_the_value(tenant):
    text = tenant.run("show", "alpha", "feed_thing", "2")
    line = next(n for n, at in enumerate(CONTRACT.splitlines(), 1) if "maxLength" in at)
    assert f"breaks NAME|length  ({tenant.folder}/contracts/thing.odcs.yaml:{line})  value '=1+1'" in text
    assert "value '***'" in text
    assert "set aside, the rest of its load was committed" in text


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_export_holds_the_rows_and_their_story(tenant, tmp_path, kind):
    out = tmp_path / "out" / f"bad.{kind}"
    assert "3 rows" in tenant.run("export", "alpha", "--out", str(out))
    if kind == "csv":
        with out.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert rows[0]["NAME"] == "'=1+1"
        assert rows[0]["_rules"] == "NAME|length + SECRET|length"
    else:
        frame = pl.read_ndjson(out) if kind == "jsonl" else pl.read_parquet(out)
        rows = frame.to_dicts()
        assert rows[0]["NAME"] == "=1+1"
        assert rows[0]["_rules"] == ["NAME|length", "SECRET|length"]
    assert [int(row["_row_number"]) for row in rows] == [2, 3, 4]
    assert [row["SECRET"] for row in rows] == ["***", "***", "***"]
    assert rows[0]["_source_uri"] == "alpha/ia/thing.csv"
    assert out.stat().st_mode & 0o077 == 0


def test_export_overwrites_only_when_asked(tenant, tmp_path):
    out = tmp_path / "bad.csv"
    out.write_text("mine")
    assert "is there already" in tenant.run("export", "alpha", "--out", str(out), code=2)
    assert out.read_text() == "mine"
    tenant.run("export", "alpha", "--out", str(out), "--force", "--private")
    assert "long secret" in out.read_text()
    assert sorted(p.name for p in tmp_path.glob("*bad*")) == ["bad.csv"], "nothing half-written is left"
    assert "no known format" in tenant.run("export", "alpha", "--out", str(tmp_path / "x.xls"), code=2)


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1", "'=1"), ("+1 555", "'+1 555"), ("-2", "'-2"), ("@a", "'@a"), ("\t=1", "'\t=1"),
        ("\rx", "'\rx"), ("  =1", "'  =1"), ("＝1", "'＝1"), ("'a", "''a"),
        ("a=1", "a=1"), ("", ""), (None, None),
    ],
)  # fmt: skip
def test_cells_that_a_spreadsheet_would_run_are_guarded(cell, written):
    frame = pl.DataFrame({"a": [cell]}, schema={"a": pl.String})
    assert guarded(frame)["a"].to_list() == [written]


def test_a_dismissed_row_is_not_listed_and_stays_dismissed_in_a_later_file(tenant):
    said = tenant.run(
        "dismiss", "alpha", "feed_thing", "--state", "IA", "--row", "3", "--by", "ann", "--note", "a test row"
    )
    assert "dismissed 1 row" in said
    assert numbers(tenant.read("list")) == [2, 4]
    assert "dismissed by ann" in next(r for r in tenant.read("list", "--all") if r["row_number"] == 3)["fate"]

    again = tenant.deliver("ID,NAME,SECRET\n1,abc,x\n7,new,x\n3,abcd,y\n")

    assert again.verdict.rows_rejected == 1, "it counts in the verdict"
    assert tenant.read("list") == []
    [row] = [r for r in tenant.read("list", "--all") if r["resolved_at"] is None]
    assert (row["row_number"], row["dismissed_by"], row["dismissed_note"]) == (3, "ann", "a test row")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--by", "a", "--note", "b"], "which rows"),
        (["--by", "a", "--note", "b", "--all", "--row", "2"], "which rows"),
        (["--by", " ", "--note", "b", "--all"], "needs a name and a reason"),
        (["--by", "a", "--note", "b", "--row", "99"], "no open row"),
    ],
)
def test_a_dismissal_says_which_rows_who_and_why(tenant, words, told):
    assert told in tenant.run("dismiss", "alpha", "feed_thing", "--state", "IA", *words, code=2)
    assert len(tenant.read("list")) == 3


def test_rows_are_dismissed_by_rule(tenant):
    tenant.run(
        "dismiss",
        "alpha",
        "feed_thing",
        "--state",
        "IA",
        "--rule",
        "SECRET|length",
        "--by",
        "a",
        "--note",
        "b",
    )
    assert numbers(tenant.read("list")) == [3]


def test_a_forecast_says_what_would_pass_by_rule(tenant):
    tenant.contract(CONTRACT.replace("{maxLength: 3}", "{maxLength: 4}", 1))
    text = tenant.run("replay", "alpha", "feed_thing", "--dry-run")
    assert "alpha/IA feed_thing: 1 of 3 quarantined rows would pass" in text
    assert "NAME|length: 1 of 2" in text
    assert "SECRET|length: 0 of 2" in text
    [said, nothing] = tenant.read("replay", "alpha", "feed_thing", "--dry-run")
    assert (said["state"], said["outcome"], said["passing"]) == ("IA", "commit", 1)
    assert (nothing["state"], nothing["outcome"]) == ("NE", "nothing")
    assert numbers(tenant.read("list")) == [2, 3, 4]


def test_without_a_change_there_is_nothing_to_replay(tenant):
    said = tenant.run("replay", "alpha", "feed_thing", "--state", "IA")
    assert "nothing changed since that load; change the contract or the mapping first" in said


def test_a_table_that_is_none_is_guessed(tenant):
    assert "did you mean 'feed_thing'?" in tenant.run("replay", "alpha", "feed_thin", code=2)


def test_purge_deletes_what_was_resolved_and_says_how_much(tenant):
    tenant.deliver("ID,NAME,SECRET\n1,abc,x\n9,abcd,y\n")
    assert len(tenant.read("list", "--all")) == 4
    assert "0 rows" in tenant.run("purge", "alpha", "--older-than", "1d")
    with tenant.landing._store.writing() as cursor:
        cursor.execute("update quarantine.feed_thing set _resolved_at = _resolved_at - interval 2 day")
    assert "3 rows resolved before" in tenant.run("purge", "alpha", "--older-than", "1d", "--dry-run")
    assert len(tenant.read("list", "--all")) == 4
    tenant.run("purge", "alpha", "--older-than", "1d")
    assert numbers(tenant.read("list", "--all")) == [2]
    assert "is no duration" in tenant.run("purge", "alpha", "--older-than", "soon", code=2)


def test_a_private_column_stays_masked_under_the_name_that_it_had_before(tenant):
    tenant.contract(CONTRACT.replace("name: SECRET", "name: HIDDEN"))
    assert "long secret" not in tenant.run("list") + tenant.run("show", "alpha", "feed_thing", "2")
    assert "long secret" not in tenant.run("list", "--json")
    assert "long secret" in tenant.run("list", "--json", "--private")
