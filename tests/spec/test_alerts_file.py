"""`deploy/alerts.yaml`: the sample, what validate says of a wrong one, and its secrets."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import jsonschema
import pytest
import yaml

from dagster_ingest.cli.secrets import absent
from dagster_ingest.errors import SpecError
from dagster_ingest.settings import Settings
from dagster_ingest.spec.alerts import Alerts
from dagster_ingest.spec.alerts_file import asked_for, channel_of, check, read_alerts
from dagster_ingest.spec.editor import schemas
from dagster_ingest.spec.validate import validate

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "deploy" / "alerts.yaml"
URL = "url: {secret: ALERTS_HOOK}"
QUIET = f"channels:\n  team:\n    {URL}\n    quiet: "


def uncommented() -> dict:
    """The sample with its channels and routes in force."""
    _, _, text = SAMPLE.read_text().partition("channels: {}\n")
    text = re.sub(r"^(  )?# ", r"\1", text.replace("routes: []", "routes:"), flags=re.MULTILINE)
    return yaml.safe_load("channels:\n" + text)


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """The sample tenants with this file of alerts."""

    def made(text: str | None) -> Settings:
        monkeypatch.setenv("DAGSTER_INGEST_ALERTS", str(tmp_path / "alerts.yaml"))
        if text is not None:
            (tmp_path / "alerts.yaml").write_text(text)
        return Settings.load(root=ROOT, home=tmp_path / "home", tenants=())

    return made


def test_the_sample_asks_for_nothing_and_its_examples_are_valid():
    found = Alerts.model_validate(uncommented())

    assert not read_alerts(Settings.load(root=ROOT)).on
    assert found.on
    assert list(found.channels) == ["data_team", "on_call"]
    assert found.names() == ["ALERTS_SLACK", "ALERTS_PAGERDUTY"]
    assert len(found.routes) == 3


def test_editors_take_what_the_loader_takes():
    schema = schemas(ROOT)["alerts.schema.json"]
    check = jsonschema.Draft7Validator(schema)

    assert list(check.iter_errors(uncommented())) == []
    assert list(check.iter_errors({"channels": {"a": {"url": "slack://x"}}}))
    assert json.loads((ROOT / "schemas" / "alerts.schema.json").read_text()) == schema


def test_no_file_and_an_empty_one_tell_nobody(settings):
    assert not asked_for(settings(None))
    assert not asked_for(settings("channels: {}\nroutes: []\n"))
    assert asked_for(settings(f"channels:\n  a: {{{URL}}}\nroutes:\n  - to: [a]\n"))
    assert asked_for(settings("chanels: {}\n")), "whoever looks into it will say what is wrong"


WRONG = [
    ("chanels: {}\n", 1, "unknown key 'chanels'", "channels"),
    (f"channels:\n  team: {{{URL}}}\nroutes:\n  - to: [taem]\n", 4, "there is no channel 'taem'", "team"),
    (
        f"channels:\n  team: {{{URL}}}\nroutes:\n  - to: [team]\n    kinds: [blokced]\n",
        5,
        "blokced",
        "blocked",
    ),
    (f"channels:\n  team: {{{URL}}}\nroutes:\n  - to: [team]\n    severities: [high]\n", 5, "high", None),
    (f"channels:\n  team: {{{URL}, per_hour: 0}}\n", 2, "per_hour", None),
    (f"channels:\n  team: {{{URL}, coalesce: 5s}}\n", 2, "'coalesce' cannot be '5s'", None),
    (
        f'{QUIET}{{start: "22:00", end: "7:00", timezone: UTC}}\n',
        4,
        "'7:00' is no time of day",
        None,
    ),
    (
        f'{QUIET}{{start: "22:00", end: "22:00", timezone: UTC}}\n',
        4,
        "start and end at one time",
        None,
    ),
    (
        f'{QUIET}{{start: "22:00", end: "07:00", timezone: America/Chicgo}}\n',
        4,
        "there is no time zone",
        "America/Chicago",
    ),
    (
        f'{QUIET}{{start: "22:00", end: "07:00", timezone: UTC, up_to: critical}}\n',
        4,
        "'up_to' cannot be 'critical'",
        None,
    ),
    ("base_url: javascript://x\n", 1, "'base_url' cannot be", None),
    (
        f"channels:\n  team: {{{URL}}}\nroutes:\n  - to: [team]\n    tenants: [gluf]\n",
        5,
        "'gluf' is none",
        "gulf",
    ),
    (
        f"channels:\n  team: {{{URL}}}\nroutes:\n  - to: [team]\n    owners: ['team:gluf-data']\n",
        5,
        "'team:gluf-data' is none of the owners",
        "team:gulf-data",
    ),
]


@pytest.mark.parametrize(("text", "line", "problem", "guess"), WRONG, ids=[w[2][:30] for w in WRONG])
def test_a_wrong_file_is_told_with_its_line_and_a_guess(settings, text, line, problem, guess):
    owners, tenants = ["team:gulf-data", "team:prairie-data"], ["gulf", "prairie"]

    [found] = check(settings(text), owners, tenants)

    assert found.line == line
    assert problem in found.problem
    assert found.guess == guess


@pytest.mark.parametrize("literal", ["slack://hunter2/hunter2/hunter2", "{secret: slack://hunter2}"])
def test_an_address_in_the_place_of_a_secret_is_not_quoted(settings, literal):
    [found] = check(
        settings(f"channels:\n  team: {{url: '{literal}'}}\n".replace("'{", "{").replace("}'", "}"))
    )

    assert "hunter2" not in str(found)
    assert found.line == 2


def test_names_of_tenants_that_were_not_read_are_not_doubted(settings):
    text = f"channels:\n  team: {{{URL}}}\nroutes:\n  - to: [team]\n    tenants: [gluf]\n"

    assert check(settings(text)) == []
    with pytest.raises(SpecError, match="did you mean 'team'"):
        channel_of(settings(text), "taem")


def test_validate_reads_it_beside_the_tenants(settings, tmp_path):
    made = settings(f"channels:\n  team: {{{URL}}}\nroutes:\n  - to: [team]\n    tenants: [gluf]\n")

    assert [(p.line, p.guess) for p in validate(made).errors] == [(5, "gulf")]


def test_missing_secrets_of_channels_are_told(settings, monkeypatch, tmp_path):
    (tmp_path / "tenants" / "gulf").mkdir(parents=True)
    shutil.copy(ROOT / "tenants" / "gulf" / "tenant.yaml", tmp_path / "tenants" / "gulf")
    monkeypatch.setenv("DAGSTER_INGEST_TENANTS_DIR", str(tmp_path / "tenants"))
    monkeypatch.delenv("PLATFORM__ALERTS_HOOK", raising=False)
    made = settings(f"channels:\n  team: {{{URL}}}\n")

    [found] = [one for one in absent(made) if one.tenant == "platform"]
    assert (found.secret, found.user) == ("ALERTS_HOOK", "alerts channel team")
    assert any("PLATFORM__ALERTS_HOOK" in place for place in found.looked)

    monkeypatch.setenv("PLATFORM__ALERTS_HOOK", "json://127.0.0.1/")
    assert [one for one in absent(made) if one.tenant == "platform"] == []
