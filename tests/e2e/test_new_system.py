"""A vendor that nobody knows: from samples to published data, if every guess were right."""

from __future__ import annotations

import csv
import io
import shutil

import pytest

from dagster_ingest.settings import Settings
from tests.cli.test_new_system import finish, sample
from tests.e2e.conftest import ROOT, World


@pytest.mark.slow
def test_from_samples_of_an_unknown_vendor_to_published_files(tmp_path):
    root, sent = tmp_path / "project", sample_in(tmp_path / "sent")
    for part in ("dbt_elt", "dbt_stage", "schemas"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("target", "logs"))
    (root / "tenants").mkdir()
    world = World(Settings.load(root=root, home=root / "var", tenants_dir=root / "tenants", tenants=()))
    answers = ["--state", "IA", "--owner", "team:lakeside", "--yes"]

    described = world.command("new", "system", "acme", "--from", str(sent))
    finish(root)
    made = world.command("new", "tenant", "lakeside", "--system", "acme", "--drop", str(sent), *answers)
    shutil.copytree(sent, world.settings.drops / "lakeside")
    run = world.process("run", "--tenant", "lakeside")

    assert described.returncode == made.returncode == 0, described.stderr + made.stderr
    assert run.returncode == 0, run.stdout + run.stderr
    package = world.published("lakeside", "IA")
    counts = {
        name: len(records(package / f"{name}.csv")) for name in ("organizations", "services", "addresses")
    }
    assert counts == {"organizations": 60, "services": 90, "addresses": 80}
    published = "".join(path.read_text(encoding="utf-8") for path in package.glob("*.csv"))
    assert "a@example.org" not in published  # e-mail addresses count as private until a person maps them


def sample_in(folder):
    folder.mkdir()
    return sample(folder)


def records(path) -> list[dict]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
