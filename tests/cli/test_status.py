"""`dagster-ingest status`, `explain` and `history`: widths, colours, exit codes, wrong names."""

from __future__ import annotations

import io
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from dagster_ingest.cli import app, status
from dagster_ingest.errors import Unavailable
from dagster_ingest.settings import Settings
from tests.observe.telling import HOUR, NOW, blocked, shown, story

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "observe" / "golden"


def printed(stories, width: int, **more) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(status.table(stories, NOW, width=width, **more))
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


@pytest.mark.parametrize("width", [80, 160])
def test_the_matrix_fits(width):
    golden = (GOLDEN / f"status_{width}.txt").read_text()

    assert printed([story(state="FL"), blocked("ID|unique")], width) == golden


def test_long_names_stay_within_80_columns():
    told = replace(
        blocked("ID|unique"), tenant="a_tenant_with_a_name_of_forty_characters"[:40], shown=(shown(),)
    )

    assert max(len(line) for line in printed([told], 80).splitlines()) <= 80


def test_many_states_are_told_where_somebody_is_needed():
    many = [story(state=f"S{number}") for number in range(40)]

    short, whole = printed([*many, blocked("ID|unique")], 80), printed(many, 80, everything=True)

    assert [line.split()[1] for line in short.splitlines() if line.startswith("gulf ")] == ["AL"]
    said = (
        "41 states of 1 tenant: 1 blocked, 40 current; 40 that are current and in time are not listed (--all)"
    )
    assert said in " ".join(short.split())
    assert whole.count("\ngulf ") == 40


def ask(monkeypatch, stories, errors, *words: str):
    monkeypatch.setattr(status, "read", lambda *_: (stories, errors))
    return CliRunner().invoke(app, ["status", *words])


def now_fresh(told):
    return replace(told, shown=(replace(told.shown[0], at=time.time() - HOUR),))


def test_there_are_no_colours_where_there_is_no_terminal(monkeypatch):
    assert "\x1b" not in ask(monkeypatch, [now_fresh(blocked("ID|unique"))], {}).stdout


@pytest.mark.parametrize(("words", "code"), [((), 0), (("--check",), 1)])
def test_a_script_may_ask_for_an_exit_code(monkeypatch, words, code):
    assert ask(monkeypatch, [now_fresh(blocked("ID|unique"))], {}, *words).exit_code == code
    assert ask(monkeypatch, [now_fresh(story())], {}, *words).exit_code == 0
    assert ask(monkeypatch, [story(shown=(shown(at=1.0),))], {}, *words).exit_code == code


def test_a_tenant_that_cannot_be_read_is_told_beside_the_others(monkeypatch):
    errors = {"prairie": Unavailable("the file is locked")}

    found = ask(monkeypatch, [now_fresh(story())], errors)

    assert (found.exit_code, "gulf" in found.stdout) == (0, True)
    assert "cannot be told of: prairie: the file is locked" in found.stderr
    assert ask(monkeypatch, [now_fresh(story())], errors, "--check").exit_code == 1
    assert ask(monkeypatch, [], errors).exit_code == 2


def test_machines_get_the_story_and_more(monkeypatch):
    [found] = json.loads(ask(monkeypatch, [now_fresh(blocked("ID|unique"))], {}, "--json").stdout)

    assert (found["health"], found["rows_read"], found["services"]) == ("blocked", 100, 50)
    assert found["freshness"]["status"] == "fresh"
    assert found["matrix"]["raw"] == "blocked"


@pytest.fixture
def settings(tmp_path, monkeypatch, parsed_projects) -> Settings:
    import shutil

    shutil.copytree(parsed_projects, tmp_path / "home" / "target")
    made = Settings.load(root=ROOT, home=tmp_path / "home", tenants=())
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DAGSTER_INGEST_TENANTS")
    return made


def test_wrong_names_get_a_guess(settings):
    for words, said in (
        (("explain", "gulf", "AL", "--reader", "hsds_pakage"), "did you mean 'hsds_package'?"),
        (("history", "gulf", "wellsky_service"), "did you mean 'wellsky_services'?"),
        (("history", "gulf", "wellsky_services", "--state", "XX"), "states here: AL, FL"),
    ):
        found = CliRunner().invoke(app, list(words))
        assert found.exit_code == 2
        assert said in found.stderr


def test_a_tenant_that_never_ran(settings):
    history = CliRunner().invoke(app, ["history", "gulf", "wellsky_services"])
    told = CliRunner().invoke(app, ["explain", "gulf", "AL"])
    seen = CliRunner().invoke(app, ["status", "--tenant", "gulf"])

    assert history.stdout.strip() == "Nothing ever happened to gulf/raw/wellsky_services."
    assert "is empty: nothing was ever published" in told.stdout
    assert "1. dagster-ingest source check gulf wellsky" in told.stdout
    assert "2 states of 1 tenant: 2 empty" in seen.stdout
