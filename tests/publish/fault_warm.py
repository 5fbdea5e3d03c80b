"""Victims in processes of their own, each forked from one that has imported all that a publisher needs.

A start of Python with these imports takes longer than what the victim does. The process that forks has begun
nothing: no connection is open in it, and no data was read.
"""

from __future__ import annotations

import multiprocessing
import os
import pkgutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from dagster_ingest import publish
from tests.publish import fault_victim

_FORKS = multiprocessing.get_context("forkserver")
# Readers import most of this only when they are used.
_MODULES = [found.name for found in pkgutil.walk_packages(publish.__path__, f"{publish.__name__}.")]
_FORKS.set_forkserver_preload([__name__, *_MODULES])


class Victim:
    """One that runs: `fault_victim.main` with these arguments and this environment."""

    def __init__(self, arguments: list[str], environ: dict[str, str]) -> None:
        self._folder = TemporaryDirectory()
        self._said = [Path(self._folder.name, name) for name in ("out", "err")]
        given = ([str(path) for path in self._said], environ, arguments)
        self._process = _FORKS.Process(target=_run, args=given, daemon=True)
        self._process.start()

    def ended(self, seconds: float) -> tuple[int, str, str]:
        """Its exit code, negative for a signal, and what it wrote to its outputs."""
        self._process.join(seconds)
        assert self._process.exitcode is not None, f"it still runs after {seconds:g} s"
        out, err = (path.read_text() if path.exists() else "" for path in self._said)
        return self._process.exitcode, out, err

    def __enter__(self) -> Victim:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.is_alive():
            self._process.kill()
        self._process.join()
        self._process.close()
        self._folder.cleanup()


def _run(said: list[str], environ: dict[str, str], arguments: list[str]) -> None:
    for number, path in enumerate(said, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), number)
    os.environ.clear()
    os.environ.update(environ)
    fault_victim.main(*arguments)
    sys.stdout.flush()
