from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from dagster_ingest import faults

CODE = """
from dagster_ingest import faults
for number in range(3):
    print(number, flush=True)
    faults.reach("land.commit")
"""


@pytest.mark.parametrize(
    ("asked", "printed", "ended"),
    [
        ({}, ["0", "1", "2"], 0),
        ({faults.VARIABLE: "land.committed"}, ["0", "1", "2"], 0),
        ({faults.VARIABLE: "land.commit"}, ["0"], -signal.SIGKILL),
        ({faults.VARIABLE: "land.commit:2"}, ["0", "1"], -signal.SIGKILL),
    ],
    ids=["not asked", "another point", "the first time", "the second time"],
)
def test_a_point_kills_only_when_it_is_asked_for(asked, printed, ended):
    done = subprocess.run([sys.executable, "-c", CODE], env={"PYTHONPATH": ".", **asked}, capture_output=True)

    assert (done.stdout.decode().split(), done.returncode) == (printed, ended)
