"""Small programs for the tests of connectors that run programs: a tap, an Airbyte source, and a stand-in for
sling. Each reads rows that lie in a file and breaks in the ways that its configuration asks for.
"""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


def install(folder: Path, name: str, script: str) -> Path:
    """Make `script` (a file beside this one) an executable called `name` of a programs folder."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    run = f"import runpy; runpy.run_path({str(_HERE / script)!r}, run_name='__main__')"
    program.write_text(f"#!{sys.executable} -IS\n{run}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def write_rows(path: Path, columns: tuple[str, ...], rows: Any) -> None:
    """A file of JSON lines that the programs read: the columns, then a list for each row."""
    with open(path, "w") as file:
        file.write(json.dumps(list(columns)) + "\n")
        for row in rows:
            file.write(json.dumps(list(row)) + "\n")
