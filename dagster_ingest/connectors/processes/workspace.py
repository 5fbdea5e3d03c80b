"""A folder of a process alone: its home, its configuration with the values of secrets. Gone with it."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any


class Workspace:
    """A folder that nobody else may read. It goes with `remove`, at the latest with this object."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="ingest-process-"))  # mode 0700
        self._gone = weakref.finalize(self, shutil.rmtree, self.path, True)

    def write(self, name: str, value: Any) -> Path:
        """A JSON file of mode 0600 in the folder."""
        path = self.path / name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(value, file)
        return path

    def remove(self) -> None:
        self._gone()
