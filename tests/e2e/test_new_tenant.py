"""As a new user would: a vendor's delivery and no YAML; a few commands later it is published."""

from __future__ import annotations

import csv
import io
import shutil
import time

import pytest

from dagster_ingest.testing import sample

FIVE_MINUTES = 300


@pytest.mark.slow
def test_from_a_delivery_to_published_files_with_yaml_alone(world, tmp_path):
    sample.write(tmp_path / "sent", tenants=["capital"])  # an old iCarol export, one state
    sent = tmp_path / "sent" / "capital"
    drops = world.settings.drops / "lakeside"
    began = time.monotonic()

    made = world.command(
        "new", "tenant", "lakeside", "--system", "icarol", "--drop", str(sent), "--state", "DC",
        "--owner", "team:lakeside-data", "--yes",
    )  # fmt: skip
    shutil.copytree(sent, drops)
    checked = world.command("validate", "--tenant", "lakeside")
    reached = world.command("source", "check", "lakeside", "icarol")
    run = world.command("run", "--tenant", "lakeside")

    for done in (made, checked, reached, run):
        assert done.returncode == 0, done.stdout + done.stderr
    package = world.published("lakeside", "DC")
    services, organizations = (
        list(csv.DictReader(io.StringIO((package / name).read_text(encoding="utf-8"))))
        for name in ("services.csv", "organizations.csv")
    )
    assert len(services) > 20
    assert {row["organization_id"] for row in services} <= {row["id"] for row in organizations}
    assert time.monotonic() - began < FIVE_MINUTES
