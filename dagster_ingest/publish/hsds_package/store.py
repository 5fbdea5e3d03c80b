"""Versions of one package on disk: build aside, swap a link, remove what was shown before.

<folder>                 link to the version that is shown
.<name>/v-...            that version
.<name>/p-...            what was shown before, without what has been taken away since
.<name>/tmp-...          a version in the making; nobody's once its maker is gone

One version at most is kept back, and only such as keeping.py makes: the version itself may hold records
that have turned private since.
"""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster_ingest import faults, naming
from dagster_ingest.errors import PublishError, Unavailable


class VersionedFolder:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._aside = folder.parent / f".{folder.name}"

    @contextmanager
    def lock(self, timeout: float = 60.0) -> Iterator[None]:
        """One writer at a time, over all processes. Unavailable after `timeout` seconds."""
        self._aside.mkdir(parents=True, exist_ok=True)
        with open(self._aside / "lock", "a") as handle:
            deadline = time.monotonic() + timeout
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise Unavailable(
                            f"another process has been publishing for {timeout:.0f} s",
                            where=str(self.folder),
                            not_done="nothing was published",
                            fix="run again when it is done",
                        ) from None
                    time.sleep(random.uniform(0.02, 0.2))
            yield

    def begin(self) -> Path:
        """An empty folder to build in. The lock must be held."""
        made = self._aside / f"tmp-{naming.new_load_id()}"
        made.mkdir()
        return made

    def show(self, built: Path) -> None:
        """Make `built` the version that is shown."""
        if self.folder.exists() and not self.folder.is_symlink():
            raise PublishError(
                "a folder stands where the link to the version belongs",
                where=str(self.folder),
                not_done="the package was not replaced",
                fix="move the folder away and publish again",
            )
        sync(built)
        self._reveal(built)

    def current(self) -> Path | None:
        """The folder that is shown now."""
        return _target(self.folder)

    def remove(self) -> None:
        """Stop showing anything, then remove all versions. The lock must be held."""
        self.forget()  # first: killed after the next step, nothing is left that a rollback would show
        faults.reach("publish.withdraw.forgotten")
        self.folder.unlink(missing_ok=True)
        sync(self.folder.parent)
        faults.reach("publish.withdraw.unsigned")
        self.clean()

    def previous(self) -> Path | None:
        """The folder that is kept back."""
        found = sorted(self._aside.glob("p-*")) if self._aside.is_dir() else []
        return found[-1] if found else None

    def forget(self) -> None:
        """Keep nothing back any more. The lock must be held."""
        for found in self._aside.glob("p-*"):
            shutil.rmtree(found)
        sync(self._aside)

    def keep(self, found: Path) -> None:
        """Keep `found` back, which is not shown. The lock must be held, and what was kept be forgotten."""
        os.replace(found, found.with_name("p-" + found.name.removeprefix("tmp-").removeprefix("v-")))
        sync(self._aside)

    def show_previous(self) -> None:
        """Show what is kept back. The lock must be held, and something be kept."""
        kept = self.previous()
        assert kept is not None
        copy = self.begin()  # killed before it is shown, what is kept is there for another try
        for file in kept.iterdir():
            if not link(file, copy / file.name):
                sync(copy / file.name)
        faults.reach("publish.rollback.copied")
        self.show(copy)
        faults.reach("publish.rollback.swapped")
        self.forget()

    def clean(self) -> None:
        """Remove what killed builds left and versions that are not shown. The lock must be held."""
        shown = self.current()
        for found in self._aside.iterdir():
            if found.name.startswith(("tmp-", "v-")) and found != shown:
                shutil.rmtree(found)
            elif found.name.startswith("link-"):
                found.unlink()

    def _reveal(self, built: Path) -> None:
        """Make a version of what was built, and let the link lead there."""
        final = built.with_name("v-" + built.name.removeprefix("tmp-"))
        os.replace(built, final)
        sync(self._aside)
        faults.reach("publish.named")
        self._point(self.folder, f"{self._aside.name}/{final.name}")

    def _point(self, link: Path, target: str) -> None:
        aside = self._aside / f"link-{naming.new_load_id()}"
        os.symlink(target, aside)
        os.replace(aside, link)
        sync(link.parent)


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """A full or failing disk as the platform's own error."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"the package cannot be written: {error.strerror or error}",
            where=str(folder),
            not_done="it was not replaced, the last publication stands",
            fix="make room on the disk, or look for a failing one, then publish again",
        ) from error


def link(source: Path, target: Path) -> bool:
    """One file in two folders, never to be written to again. A copy, and False, where that cannot be."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
        return False
    return True


def sync(path: Path) -> None:
    """Flush a file's or a folder's content to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _target(link: Path) -> Path | None:
    if not link.is_symlink():
        return None
    target = link.parent / os.readlink(link)
    return target if target.is_dir() else None
