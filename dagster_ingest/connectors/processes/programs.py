"""Which program a name means: an executable that a person installed into the programs folder."""

from __future__ import annotations

import os
from pathlib import Path

from dagster_ingest.errors import SpecError, among
from dagster_ingest.settings import PREFIX, Settings

# Names of programs in settings: no folders, no blanks, nothing that a shell would read; and no other program
# of an environment, such as its interpreter.
TAP = r"^tap-[A-Za-z0-9_.\-]{1,75}$"
SOURCE = r"^source-[A-Za-z0-9_.\-]{1,72}$"


def find(name: str, folder: Path | None = None) -> Path:
    """The executable `name` of the programs folder. Raises SpecError that lists what is there.

    The folder holds environments (`<environment>/bin/<name>`) and executables. It is the installation's
    (`DAGSTER_INGEST_PROGRAMS`): a spec chooses among what is in it and cannot lead anywhere else.
    """
    place = folder or Settings.load().programs
    found = [path for path in _places(place, name) if os.access(path, os.X_OK) and path.is_file()]
    if len(found) == 1:
        return found[0]
    if found:
        which = ", ".join(_shown(path, place) for path in found)
        raise SpecError(
            f"{len(found)} environments have a program {name!r}: {which}",
            not_done="nothing was read",
            fix=f"leave one of them in {place}",
        )
    there = programs(place)
    raise SpecError(
        f"there is no program {name!r} in {place}",
        not_done="nothing was read",
        fix=among(name, there, "there is:") + "; install it with deploy/programs.sh, or set "
        f"{PREFIX}PROGRAMS to the folder that has it",
    )


def programs(folder: Path) -> list[str]:
    """Names of extractors that are there. An environment's interpreter and tools are none."""
    wanted = ("tap-", "source-", "sling")
    found = {path.name for path in _places(folder, "*") if path.name.startswith(wanted)}
    return sorted(found)


def _places(folder: Path, name: str) -> list[Path]:
    return sorted({*folder.glob(f"*/bin/{name}"), *folder.glob(f"bin/{name}"), *folder.glob(name)})


def _shown(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder))
