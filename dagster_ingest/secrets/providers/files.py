"""Secrets as files of a folder, named like the secret. A last line end is no part of the value."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from dagster_ingest.errors import AccessDenied
from dagster_ingest.secrets.config import FilesConfig

_OTHERS = stat.S_IROTH | stat.S_IWOTH
_LARGEST = 2**20


class Keeper:
    def __init__(self, config: FilesConfig, root: Path) -> None:
        self._folder = root / Path(config.folder).expanduser()

    def get(self, name: str) -> str | None:
        path = self._folder / name
        try:
            with open(path, "rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                data = file.read(_LARGEST)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            problem = f"it cannot be read: {error.strerror}"
            raise self._refused(problem, path, "let this user read it") from None
        if mode & _OTHERS or (os.stat(self._folder).st_mode & stat.S_IWOTH):
            raise self._refused("it is open to every user of the machine", path, f"chmod o-rwx {path}")
        return data.decode().rstrip("\r\n") or None

    def place(self, name: str) -> str:
        return f"file {self._folder / name}"

    def _refused(self, problem: str, path: Path, fix: str) -> AccessDenied:
        return AccessDenied(problem, where=str(path), not_done="the secret was not read", fix=fix)
