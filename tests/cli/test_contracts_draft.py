"""`contracts propose` and `contracts infer` as commands, on files, loads and tenants."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from dagster_ingest.cli import app
from dagster_ingest.extract import SourceLoad
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.validate import validate

SYSTEM = """\
system: vendor
title: Vendor
tables:
  thing:
    contract: contracts/thing.odcs.yaml
    required: true
    settings: {pattern: "thing*.csv"}
"""
CONTRACT = """\
kind: DataContract
apiVersion: v3.1.0
id: vendor-thing
version: 1.4.0
status: active
schema:
  - name: thing
    properties:
      - {name: ID, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: KIND, enum: [{value: food}, {value: rent}]}
      - {name: NOTE}
"""
TENANT = """\
tenant: alpha
display_name: Alpha 211
owners: [team:alpha]
cost: {cost_center: cc-1}
states: [IA]
sources:
  feed: {system: vendor, state: {by: whole}, tables: {thing: OPTIONS}}
  drops: {system: csv, state: {by: whole}, tables: {plain: {settings: {pattern: plain.csv}}}}
freshness: {fail: 36h}
publish: [{reader: hsds_package}]
"""
PLAIN = """\
kind: DataContract
apiVersion: v3.1.0
id: alpha-plain
version: 1.0.0
status: active
schema:
  - name: plain
    properties:
      - {name: ID, required: true, primaryKey: true, primaryKeyPosition: 1}
"""


class World:
    """A project with one tenant, its drops and its store."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tenant = root / "tenants" / "alpha"
        self.write("systems/vendor/system.yaml", SYSTEM)
        self.write("systems/vendor/contracts/thing.odcs.yaml", CONTRACT)
        self.write("tenants/alpha/tenant.yaml", TENANT.replace("OPTIONS", ""))
        self.write("tenants/alpha/contracts/plain.odcs.yaml", PLAIN)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def load(self, source: str, table: str, text: str) -> str:
        self.write(f"drops/alpha/{table}.csv", text)
        settings = Settings.load()
        loaded = load_tenants(settings)
        assert not loaded.errors, loaded.errors
        [spec] = loaded.tenants
        feed = next(s for s in spec.sources if s.name == source)
        landing = DuckDBLanding(settings.warehouse, "alpha")
        load = SourceLoad(spec, feed, "IA", landing, settings.drops)
        return load.run(feed.table(table), "load-1").outcome

    def run(self, *words: str):
        return CliRunner().invoke(app, ["contracts", *words])

    def problems(self) -> list[str]:
        return [str(problem) for problem in validate(Settings.load()).errors]


@pytest.fixture
def world(project_root, monkeypatch):
    monkeypatch.setenv("DAGSTER_INGEST_DROPS", str(project_root / "drops"))
    return World(project_root)


DRIFTED = "ID,KIND,NOTE,Opening Hours\n1,legal,x,9-5\n2,legal,y,\n"


def test_a_blocked_load_is_proposed_for_written_named_and_loads(world):
    assert world.load("feed", "thing", DRIFTED) == "blocked"

    shown = world.run("propose", "alpha", "thing")
    assert shown.exit_code == 0, shown.output
    assert "# enum: 2 rows with another value: 'legal' (2) (IA, load load-1, blocked)" in shown.output
    assert not (world.tenant / "contracts" / "thing.patch.yaml").exists()

    written = world.run("propose", "alpha", "feed_thing", "--write")
    assert written.exit_code == 0, written.output
    assert "sources.feed.tables.thing.patch: contracts/thing.patch.yaml" in written.output.replace("\n", "")
    assert (world.tenant / "contracts" / "thing.patch.yaml").read_text() == shown.output

    world.write("tenants/alpha/tenant.yaml", TENANT.replace("OPTIONS", "{patch: contracts/thing.patch.yaml}"))
    assert world.problems() == []
    assert world.load("feed", "thing", DRIFTED) == "committed"
    assert "ask for no change" in world.run("propose", "alpha", "thing").output


def test_more_drift_is_added_to_the_patch_that_is_there(world):
    patch = world.write(
        "tenants/alpha/contracts/thing.patch.yaml",
        "# by hand\npatch: {version: 1.0.0, of: vendor/thing, major: 1, why: notes}\nschema:\n  thing:\n"
        "    properties:\n      NOTE: {description: A note.}   # kept\n",
    )
    world.write("tenants/alpha/tenant.yaml", TENANT.replace("OPTIONS", "{patch: contracts/thing.patch.yaml}"))
    world.load("feed", "thing", DRIFTED)

    written = world.run("propose", "alpha", "thing", "--write")

    assert written.exit_code == 0, written.output
    text = patch.read_text()
    assert "# by hand" in text
    assert "{description: A note.}   # kept" in text
    assert "version: 1.1.0" in text
    assert world.problems() == []
    assert world.load("feed", "thing", DRIFTED) == "committed"


def test_what_cannot_be_written_leaves_the_file_as_it_was(world):
    patch = world.write(
        "tenants/alpha/contracts/thing.patch.yaml",
        "patch: {version: 1.0.0, of: vendor/thing, major: 1, why: w}\n"
        "schema: {thing: {properties: {KIND: {description: k}}}}\n",
    )
    before = patch.read_text()
    world.write("tenants/alpha/tenant.yaml", TENANT.replace("OPTIONS", "{patch: contracts/thing.patch.yaml}"))
    world.load("feed", "thing", DRIFTED)

    written = world.run("propose", "alpha", "thing", "--write")

    assert written.exit_code == 2
    assert "merge by hand" in written.output
    assert patch.read_text() == before


def test_what_was_committed_gives_types_to_new_columns_and_notes_on_old_ones(world):
    rows = [f"{i},food,{i % 7},{i % 9 + 1}/{i % 28 + 1}/2020" for i in range(60)]
    assert world.load("feed", "thing", "\n".join(["ID,KIND,NOTE,Opened", *rows])) == "committed"

    shown = world.run("propose", "alpha", "thing")

    properties = yaml.safe_load(shown.output)["schema"]["thing"]["properties"]
    assert properties["Opened"]["logicalType"] == "date"
    assert properties["Opened"]["logicalTypeOptions"] == {"format": "%m/%d/%Y"}
    assert properties["Opened"]["classification"] == "private"
    words = " ".join(line.removeprefix("# ") for line in shown.output.splitlines())
    assert "NOTE: all values of 60 committed rows are of the type integer" in words
    world.run("propose", "alpha", "thing", "--write")
    world.write("tenants/alpha/tenant.yaml", TENANT.replace("OPTIONS", "{patch: contracts/thing.patch.yaml}"))
    assert world.problems() == []


def test_a_contract_of_the_tenants_own_gets_a_fragment(world):
    world.load("drops", "plain", "ID,Fees\n1,none\n")

    shown = world.run("propose", "alpha", "plain")

    assert yaml.safe_load(shown.output) == [
        {"name": "Fees", "logicalType": "string", "classification": "private"}
    ]
    assert world.run("propose", "alpha", "plain", "--write").exit_code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["propose", "alpha", "thnig"], "did you mean 'thing'?"),
        (["propose", "alpha", "thing"], "no load of feed_thing has been looked at"),
        (["propose", "alpha", "thing", "--state", "NE"], "does not have the state 'NE'"),
        (["infer", "alhpa", "x"], "did you mean 'alpha'?"),
        (["infer", "alpha", "x"], "several sources"),
        (["infer", "alpha", "x", "--source", "drop"], "did you mean 'drops'?"),
        (["infer", "alpha", "X"], "no table can be named"),
        (["infer", "alpha", "x", "--source", "drops", "--raw"], "nothing of drops_x has been committed"),
        (
            ["infer", "alpha", "x", "--source", "drops", "--file", "../../secret.csv"],
            "leaves the drop folder",
        ),
    ],
)
def test_mistakes_are_told_with_the_way_out(world, words, told):
    run = world.run(*words)

    assert run.exit_code == 2
    assert told in " ".join(run.output.split())


def delivery(rows: int = 120) -> str:
    lines = ["Site ID,Kind,Zip,Opened,Contact Email"]
    lines += [
        f"S{i},{('food', 'rent')[i % 2]},{50000 + i},{i % 9 + 1}/{i % 28 + 1}/2020,p{i}@example.org"
        for i in range(rows)
    ]
    return "\n".join(lines) + "\n"


def test_a_draft_from_the_drops_is_accepted_and_its_own_delivery_loads(world):
    world.write("drops/alpha/site-2026-01-02.csv", delivery())
    out = world.tenant / "contracts" / "site.odcs.yaml"

    run = world.run("infer", "alpha", "site", "--source", "drops", "--out", str(out))

    assert run.exit_code == 0, run.output
    assert "key Site ID" in run.output
    found = {p["name"]: p for p in yaml.safe_load(out.read_text())["schema"][0]["properties"]}
    assert found["Opened"]["logicalType"] == "date"
    assert found["Contact Email"]["classification"] == "private"
    assert "@example.org" not in out.read_text()
    tenant = TENANT.replace("OPTIONS", "").replace("plain: {settings: {pattern: plain.csv}}", "site: ")
    world.write("tenants/alpha/tenant.yaml", tenant)
    assert [p for p in world.problems() if "site.odcs.yaml" in p and "publish" not in p] == []


def test_a_draft_is_printed_from_a_named_file_and_from_the_raw_layer(world, tmp_path):
    path = tmp_path / "elsewhere [1].csv"
    path.write_text(delivery())
    named = world.run("infer", "alpha", "site", "--source", "drops", "--file", str(path), "--rows", "60")
    assert "60 rows of" in " ".join(named.output.split()), named.output

    world.load("drops", "plain", "ID,Fees\n" + "".join(f"{i},none\n" for i in range(60)))
    landed = world.run("infer", "alpha", "plain", "--source", "drops", "--raw")

    found = yaml.safe_load(landed.output)["schema"][0]["properties"]
    assert [p["name"] for p in found] == ["ID", "Fees"]


def test_a_draft_never_takes_the_place_of_a_file(world):
    out = world.tenant / "contracts" / "plain.odcs.yaml"

    run = world.run("infer", "alpha", "plain", "--source", "drops", "--out", str(out))

    assert run.exit_code == 2
    assert out.read_text() == PLAIN


def test_neither_command_imports_the_orchestrator(world):
    world.load("feed", "thing", DRIFTED)
    world.write("drops/alpha/site.csv", delivery())
    script = (
        "import json, sys; from typer.testing import CliRunner; from dagster_ingest.cli import app\n"
        "runs = [CliRunner().invoke(app, w).exit_code for w in json.loads(sys.argv[1])]\n"
        "print(json.dumps([runs, 'dagster' in sys.modules]))"
    )
    words = [
        ["contracts", "propose", "alpha", "thing"],
        ["contracts", "infer", "alpha", "site", "--source", "drops"],
    ]
    run = subprocess.run(
        [sys.executable, "-c", script, json.dumps(words)], capture_output=True, text=True, check=True
    )
    assert json.loads(run.stdout.splitlines()[-1]) == [[0, 0], False]
