"""SQLite files that keep what providers answered, from run to run."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

MANY = 500  # of SQLite's variables in one statement


def opened(path: Path, tables: str, *, aside: bool = True) -> tuple[sqlite3.Connection, Path | None]:
    """A connection, and where a damaged file is now: what it held will be asked for again.

    tables: statements that make them if they are not there. aside: keep a damaged file beside the new one;
    one that may hold what must not be kept is deleted.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _opened(path, tables), None
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise  # locked or not writable: the file itself may be sound
        damaged = path.with_suffix(path.suffix + ".damaged")
        path.replace(damaged)
        if not aside:
            damaged.unlink()
        return _opened(path, tables), damaged


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
