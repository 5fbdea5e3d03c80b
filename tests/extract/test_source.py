"""A source's tables one after another, with everything real."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from dagster_ingest.extract import SourceLoad
from dagster_ingest.spec.models import FeedState
from dagster_ingest.spec.resolved import SourceSpec


def test_parents_and_children_are_loaded_by_one_source(world, make):
    key = make.rule("ORG", "foreign_key", table="orgs", columns=["ID"])
    orgs = world.table("orgs", make.contract("ID"), path="{state}")
    services = world.table(
        "services", make.contract("ID", "ORG", rules=(key,)), parents=("orgs",), path="{state}"
    )
    source = SourceSpec("feed", "csv", "files", "full", FeedState(), (orgs, services))
    tenant = SimpleNamespace(name="acme", states=("IA",), file=Path("tenant.yaml"))
    world.put("ia/orgs.csv", "ID\nA\n")
    world.put("ia/services.csv", "ID,ORG\n1,A\n")

    load = SourceLoad(tenant, source, "IA", world.landing, world.drops)
    outcomes = [load.run(table, f"load-{table.name}").outcome for table in source.tables]
    again = [load.run(table, f"again-{table.name}").outcome for table in source.tables]

    assert outcomes == ["committed", "committed"]
    assert again == ["unchanged", "unchanged"]


def test_naming_the_package_imports_nothing_heavy():
    code = "import sys, dagster_ingest.extract; print({'polars', 'pandera', 'pyarrow'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
