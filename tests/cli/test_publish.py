"""`dagster-ingest publish`: what it says, what it does, what it refuses.

The stage is made by hand here; the commands of the README run on one that the demo loaded.
"""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dagster_ingest.assets.enhance_translation import cache_file
from dagster_ingest.assets.hand import Hand
from dagster_ingest.cli import app
from dagster_ingest.enhance.translation.cache import Cache, Kept
from dagster_ingest.publish.hsds_package import HsdsPackageReader
from dagster_ingest.settings import Settings
from dagster_ingest.testing.readers.world import made, rows_of, saying, without

ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(tmp_path, monkeypatch, parsed_projects) -> Settings:
    shutil.copytree(parsed_projects, tmp_path / "home" / "target")
    found = Settings.load(root=ROOT, home=tmp_path / "home", tenants=())
    for name, value in found.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DAGSTER_INGEST_TENANTS")
    return found


@pytest.fixture
def reader(settings: Settings) -> HsdsPackageReader:
    return HsdsPackageReader(settings.published)


@pytest.fixture
def stage(monkeypatch):
    """Says what the stage of every state holds."""
    held = {}

    def hold(rows) -> None:
        held["rows"] = rows

    monkeypatch.setattr(Hand, "partition", lambda self, state, target: made(rows=held["rows"], state=state))
    return hold


def publish(*words: str, answer: str | None = None):
    return CliRunner().invoke(app, ["publish", *words], input=answer)


def flat(text: str) -> str:
    return " ".join(text.split())


def test_a_state_is_planned_applied_and_verified(settings, reader, stage):
    rows = rows_of()
    stage(rows)

    planned = json.loads(publish("plan", "gulf", "FL", "--json").output)
    unsure = publish("apply", "gulf", "FL", answer="n\n")
    assert reader.published("gulf", "FL") is None
    done = publish("apply", "gulf", "FL", answer="y\n")
    verified = publish("verify", "gulf", "FL", "--json")

    assert [(one["state"], one["reader"], one["written"]["service"]) for one in planned] == [
        ("FL", "hsds_package", 8)
    ]
    assert unsure.exit_code == 1
    assert "Publish FL of gulf to hsds_package?" in unsure.output
    assert done.exit_code == 0, done.output
    assert reader.published("gulf", "FL") == made(rows=rows).version
    assert (verified.exit_code, json.loads(verified.output)[0]["problems"]) == (0, [])
    assert "nothing would change" in publish("plan", "gulf", "FL").output
    assert "shown already" in publish("apply", "gulf", "FL", "--yes").output


def test_all_states_are_meant_where_none_is_named(settings, reader, stage):
    stage(rows_of())

    done = publish("apply", "gulf", "--yes")

    assert done.exit_code == 0
    assert all(reader.published("gulf", state) for state in ("FL", "AL"))


def test_verify_ends_with_one_where_something_differs(settings, reader, stage):
    rows = rows_of()
    stage(rows)
    publish("apply", "gulf", "FL", "--yes")
    stage(saying(rows, rows["service"][0]["id"], "Another name"))

    found = publish("verify", "gulf", "FL")

    assert found.exit_code == 1
    assert "PROBLEM" in found.output
    assert "service lacks or shows otherwise 1 rows" in flat(found.output)


def test_deletes_need_the_option(settings, reader, stage):
    rows = rows_of()
    stage(rows)
    publish("apply", "gulf", "FL", "--yes")
    stage(without(rows, *(row["id"] for row in rows["service"][1:])))

    refused = publish("apply", "gulf", "FL", "--yes")
    assert reader.published("gulf", "FL") == made(rows=rows).version
    done = publish("apply", "gulf", "FL", "--yes", "--allow-deletes")

    assert refused.exit_code == 2
    assert "7 of 8 published services would be deleted" in refused.output
    assert done.exit_code == 0, done.output


def test_rollback_shows_the_package_before(settings, reader, stage):
    rows = rows_of()
    stage(rows)
    publish("apply", "gulf", "FL", "--yes")
    stage(saying(rows, rows["service"][0]["id"], "Another name"))
    publish("apply", "gulf", "FL", "--yes")

    unsure = publish("rollback", "gulf", "FL", answer="n\n")
    done, again = publish("rollback", "gulf", "FL", "--yes"), publish("rollback", "gulf", "FL", "--yes")

    assert unsure.exit_code == 1
    assert (done.exit_code, again.exit_code) == (0, 2)
    assert reader.published("gulf", "FL") == made(rows=rows).version
    assert "no package is kept" in again.output


def test_withdraw_takes_one_state_and_also_one_that_the_tenant_has_no_more(settings, reader, stage):
    stage(rows_of())
    publish("apply", "gulf", "--yes")
    reader.publish(made(state="GA"))

    unsure = publish("withdraw", "gulf", "GA", answer="n\n")
    done, absent = publish("withdraw", "gulf", "GA", "--yes"), publish("withdraw", "gulf", "TX", "--yes")

    assert unsure.exit_code == 1
    assert "Remove GA of gulf from hsds_package?" in unsure.output
    assert (done.exit_code, absent.exit_code) == (0, 0)
    assert reader.published("gulf", "GA") is None
    assert "nothing was shown" in absent.output
    assert all(reader.published("gulf", state) for state in ("FL", "AL"))


def test_withdraw_takes_the_states_texts_out_of_the_cache_of_translations(settings, reader, stage):
    path, key, now = cache_file(settings.work), "k", datetime(2026, 10, 1)
    for scope in ("gulf/GA", "gulf/FL"):
        with Cache(path, scope) as cache:
            cache.hold([key, f"of {scope}"])
            cache.put("deepl", "v2", {key: Kept("Comidas", now), f"of {scope}": Kept(f"Camas {scope}", now)})

    done = publish("withdraw", "gulf", "GA", "--yes")

    assert done.exit_code == 0, done.output
    with Cache(path, "gulf/FL") as cache:
        assert set(cache.get("deepl", "v2", [key, "of gulf/GA", "of gulf/FL"])) == {key, "of gulf/FL"}
    assert b"Camas gulf/GA" not in path.read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("plan", "golf"), "gulf"),
        (("plan", "gulf", "XX"), "states here: AL, FL"),
        (("withdraw", "gulf", "alabama", "--yes"), "no chosen tenant has the state 'alabama'"),
        (("verify", "gulf", "--reader", "postgres"), "the tenant gulf has no reader 'postgres'"),
        (("plan", "gulf", "FL"), "the stage partition of FL is not whole"),
        (("apply", "gulf", "FL", "--yes"), "dagster-ingest explain gulf FL"),
    ],
)
def test_it_says_what_it_cannot_do(settings, words, said):
    refused = publish(*words)

    assert refused.exit_code == 2, refused.output
    assert said in flat(refused.output)
    assert not settings.published.exists()
