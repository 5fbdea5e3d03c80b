"""kill -9 at every step of a publication: whole before, whole after, nothing left over."""

import json
import signal
import subprocess
import sys

import pytest

from dagster_ingest.publish.hsds_package import HsdsPackageReader
from dagster_ingest.testing.stage import stage_partition
from dagster_ingest.testing.stage_sample import every_entity

CHILD = """
import os, signal, sys
from pathlib import Path
from dagster_ingest import faults
from dagster_ingest.publish.hsds_package import HsdsPackageReader, store
from dagster_ingest.testing.stage import stage_partition
from dagster_ingest.testing.stage_sample import every_entity

root, point = Path(sys.argv[1]), sys.argv[2]
die = lambda: os.kill(os.getpid(), signal.SIGKILL)
if point.startswith("publish."):
    faults.reach = lambda reached: reached == point and die()
else:
    real, calls = os.replace, []
    def replace(source, target):
        calls.append(target)
        if len(calls) == int(point):
            die()
        real(source, target)
    os.replace = replace
HsdsPackageReader(root).publish(
    stage_partition(every_entity(8), tenant="sample", state="IA", version="v3")
)
"""

# publish.* by name; numbers: before the version, before the link.
POINTS = ["publish.building", "publish.swap", "1", "2"]


def partition(version):
    return stage_partition(every_entity(8), tenant="sample", state="IA", version=version)


def tree(root):
    """Names of what is kept, versions by what they hold and not by their folder."""
    aside = root / "sample" / "IA" / ".hsds_package"
    versions = {
        p.name: f"{p.name[0]} {json.loads((p / 'manifest.json').read_text())['version']}"
        for p in aside.glob("[vp]-*")
    }
    return sorted(versions.get(p.name, p.name) for p in aside.iterdir())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    root = tmp_path_factory.mktemp("undisturbed")
    for version in ("v1", "v2", "v3"):
        HsdsPackageReader(root).publish(partition(version))
    shown = HsdsPackageReader(root).folder("sample", "IA")
    return {p.name: p.read_bytes() for p in shown.iterdir()}, tree(root)


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_leaves_the_old_version_and_the_next_run_ends_as_ever(tmp_path, undisturbed, point):
    reader = HsdsPackageReader(tmp_path)
    for version in ("v1", "v2"):
        reader.publish(partition(version))
    shown = reader.folder("sample", "IA")
    before = {p.name: p.read_bytes() for p in shown.iterdir()}

    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path), point], capture_output=True, text=True
    )

    assert child.returncode == -signal.SIGKILL, child.stderr
    assert reader.published("sample", "IA") == "v2"
    assert {p.name: p.read_bytes() for p in shown.iterdir()} == before

    reader.publish(partition("v3"))

    assert ({p.name: p.read_bytes() for p in shown.iterdir()}, tree(tmp_path)) == undisturbed


# Number: before what is kept back gets its name.
@pytest.mark.parametrize("point", ["publish.shown", "3"])
def test_a_kill_after_the_swap_leaves_nothing_of_the_version_before_past_the_next_run(tmp_path, point):
    reader = HsdsPackageReader(tmp_path)
    reader.publish(partition("v2"))

    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path), point], capture_output=True, text=True
    )

    assert child.returncode == -signal.SIGKILL, child.stderr
    assert reader.published("sample", "IA") == "v3"
    assert not reader.publish(partition("v3")).changed
    assert tree(tmp_path) == ["lock", "v v3"]
