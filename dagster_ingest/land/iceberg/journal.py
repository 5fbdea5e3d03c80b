"""What a publish is making outside, written down here first: who comes after a killed one can clear it up.

One file a publish, below the tenant's folder, locked for as long as its process lives.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dagster_ingest.land import parts

SUFFIX = ".jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """`branch`: one of Nessie's. Otherwise a load of a table and state, and its data files' paths."""

    branch: str = ""
    table: str = ""
    state: str = ""
    load_id: str = ""
    paths: tuple[str, ...] = ()


class Journal:
    def __init__(self, file) -> None:
        self._file = file

    def note(self, entry: Entry) -> None:
        told = {name: getattr(entry, name) for name in Entry.__slots__}
        self._file.write(json.dumps(told).encode() + b"\n")
        self._file.flush()


@contextmanager
def opened(folder: Path, name: str) -> Iterator[Journal]:
    """A journal for one publish; gone when it ends, whatever its end is."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}{SUFFIX}"
    file = parts.create_locked(path)
    try:
        yield Journal(file)
    finally:
        path.unlink(missing_ok=True)
        file.close()


def dead(folder: Path) -> Iterator[tuple[Path, list[Entry]]]:
    """Journals of processes that are gone, and what they say."""
    for path in sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []:
        if parts.is_dead(path):
            yield path, _read(path)


def _read(path: Path) -> list[Entry]:
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            told = json.loads(line)
        except ValueError:  # the process died while it wrote this line: nothing was made yet
            continue
        found.append(Entry(**{**told, "paths": tuple(told["paths"])}))
    return found
