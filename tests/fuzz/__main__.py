"""`python -m tests.fuzz TARGET...`: fuzz each target for a while; a find ends with its input's path."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tests.fuzz.harness import NAMES, guided, load


def main() -> int:
    words = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    words.add_argument(
        "targets", nargs="*", metavar="TARGET", help=f"one of {', '.join(NAMES)}; default: all"
    )
    words.add_argument("--seconds", type=int, default=60, help="for each target")
    words.add_argument("--runs", type=int, default=-1, help="for each target; -1: as many as fit")
    words.add_argument(
        "--folder", type=Path, default=Path("var/fuzz"), help="keeps what was learnt and found"
    )
    words.add_argument("--again", type=Path, help="run one target once, on this file, without atheris")
    words.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    asked = words.parse_args()
    if unknown := [name for name in asked.targets if name not in NAMES]:
        words.error(f"no target {', '.join(unknown)}; there are {', '.join(NAMES)}")
    if asked.again:
        load(*asked.targets).one(asked.again.read_bytes())
        return 0
    if asked.here:
        [name] = asked.targets
        guided(name, asked.folder / "corpus" / name, asked.folder / "finds", asked.runs, asked.seconds)
    failed = [name for name in asked.targets or NAMES if _apart(name, asked)]
    print(f"failed: {', '.join(failed)}" if failed else "nothing was found")
    return bool(failed)


def _apart(name: str, asked: argparse.Namespace) -> int:
    """The target in a process of its own, which libFuzzer ends."""
    command = [sys.executable, "-m", "tests.fuzz", name, "--here"]
    command += [f"--seconds={asked.seconds}", f"--runs={asked.runs}", f"--folder={asked.folder}"]
    return subprocess.run(command, env={**os.environ, "PYTHONUNBUFFERED": "1"}).returncode


if __name__ == "__main__":
    sys.exit(main())
