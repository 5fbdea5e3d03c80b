"""Every target on its seeds and on seeds spoiled at random, always the same; by coverage where atheris is."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.fuzz.harness import MEGABYTES, NAMES, SECONDS, examples, load
from tests.hang import no_hang

ROOT = Path(__file__).parents[2]
BESIDE = ROOT / ".fuzzing"


@pytest.mark.parametrize("name", NAMES)
def test_spoiled_input_is_read_or_refused_with_a_reason(name):
    one = load(name).one
    for data in examples(name, 300):
        with no_hang(SECONDS):
            one(data)


@pytest.mark.parametrize("name", NAMES)
def test_seeds_are_worth_spoiling(name):
    seeds = list(load(name).seeds())

    assert len(set(seeds)) >= 3
    assert sum(map(len, seeds)) > 200
    assert max(map(len, seeds)) <= 16_384, "longer ones are cut by the fuzzer"


@pytest.mark.fuzz
@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_found_by_following_coverage(name, tmp_path):
    if not (BESIDE / "atheris").is_dir() and find_spec("atheris") is None:
        pytest.skip("atheris is not installed: `make fuzz` does it")
    command = [
        sys.executable,
        "-m",
        "tests.fuzz",
        name,
        "--runs=4000",
        "--seconds=60",
        f"--folder={tmp_path}",
    ]

    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(BESIDE)},
        capture_output=True,
        text=True,
        errors="replace",
        preexec_fn=_bounded,
        timeout=240,
    )

    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-8_000:]
    assert "Done 4" in done.stderr or "stat::number_of_executed_units" in done.stderr
    assert not list((tmp_path / "finds").iterdir())


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (2 * MEGABYTES * 2**20, resource.RLIM_INFINITY))
