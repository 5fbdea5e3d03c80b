"""SQLite files that keep what providers answered, from run to run."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Self

MANY = 500  # of SQLite's variables in one statement


class AnswerFile:
    """One connection to such a file; for the thread that made it. Close it.

    rebuilt: the file was damaged and begins anew; what it held will be asked for again
    """

    def __init__(self, path: Path, tables: str, *, aside: bool) -> None:
        """tables: statements that make them if they are not there. aside: keep a damaged file beside the
        new one; one that may hold what must not be kept is deleted."""
        self._db, self.rebuilt = _opened_or_new(path, tables, aside)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    def _among(self, query: str, fixed: Sequence[str], keys: Iterable[str]) -> Iterator[tuple[Any, ...]]:
        """Rows of `query`, in which `{keys}` stands for some of the keys, until all were asked for."""
        wanted = list(keys)
        for start in range(0, len(wanted), MANY):
            some = wanted[start : start + MANY]
            yield from self._db.execute(query.format(keys=",".join("?" * len(some))), (*fixed, *some))


def _opened_or_new(path: Path, tables: str, aside: bool) -> tuple[sqlite3.Connection, bool]:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _opened(path, tables), False
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise  # locked or not writable: the file itself may be sound
        damaged = path.with_suffix(path.suffix + ".damaged")
        path.replace(damaged)
        if not aside:
            damaged.unlink()
        return _opened(path, tables), True


def _opened(path: Path, tables: str) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=60)
    try:
        db.execute("pragma secure_delete = on")  # what is deleted leaves no bytes
        with db:
            for statement in tables.split(";"):
                db.execute(statement)
        with closing(db.execute("pragma quick_check")) as checked:
            if checked.fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("the file is damaged")
    except BaseException:
        db.close()
        raise
    return db
