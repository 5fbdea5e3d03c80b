"""datacontract-cli, asked once for all contracts of ours: it is slow to start and not in our environment."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".dcenv" / "bin" / "python"
SCRIPT = Path(__file__).with_name("in_datacontract.py")

Ask = Callable[[dict[str, Path], tuple[str, ...], Path], dict[str, dict[str, Any]]]


@pytest.fixture(scope="session")
def ask_datacontract() -> Ask:
    """Lints files and sends them to formats and back. Skips where datacontract-cli is not installed."""
    if not PYTHON.exists():
        pytest.skip("datacontract-cli is not installed: make datacontract")

    def ask(files: dict[str, Path], formats: tuple[str, ...], out: Path) -> dict[str, dict[str, Any]]:
        job = {"files": {n: str(f) for n, f in files.items()}, "formats": formats, "out": str(out)}
        done = subprocess.run(
            [PYTHON, SCRIPT], input=json.dumps(job), capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return json.loads(done.stdout)

    return ask
