"""Where Java is, for servers of others that run on it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from dagster_ingest.testing.noserver import NoServer

# Of this repository; `make nessie` fetches what belongs there.
FETCHED = Path(__file__).parents[2] / ".nessie"


def java(least: int, most: int = 99) -> str:
    """The newest Java that is here, of these versions."""
    home = os.environ.get("JAVA_HOME")
    named = [Path(home, "bin/java")] if home else []
    found = [Path(at)] if (at := shutil.which("java")) else []
    candidates = {
        p.resolve() for p in [*named, *found, *Path("/usr/lib/jvm").glob("*/bin/java")] if p.exists()
    }
    versions = {path: _version(path) for path in candidates}
    fit = [path for path, version in versions.items() if least <= version <= most]
    if not fit:
        here = ", ".join(sorted({str(v) for v in versions.values()})) or "none"
        raise NoServer(f"there is no Java from {least} to {most} here (found: {here})")
    return str(max(fit, key=lambda path: versions[path]))


def _version(path: Path) -> int:
    try:
        said = subprocess.run([path, "-version"], capture_output=True, text=True, timeout=30).stderr
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0
