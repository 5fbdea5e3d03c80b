"""What goes wrong with files, and how a load has to end: the cases of the matrix of file systems."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.systems.matrix_drops import DROPS, Drops
from tests.systems.matrix_faults import BROKEN_OFF, FLOOR, NO_ROWS, UNCHANGED

TRUNCATED, EMPTY = "blocked file|truncated", "blocked file|empty"
SETS = ("wellsky", "wellsky, services")
INCOMPLETE = "blocked set|incomplete"
CSV = ("icarol", "wellsky", "wellsky, services", "hsds")
GRACE = 3 * 3600.0  # seconds, longer than a set is waited for


@dataclass(frozen=True)
class Damage:
    """ends: how the load of each table of the file ends. but: system to another end.

    before   happens to the delivered file before the load; reading: while it is read
    systems  of which it can
    """

    name: str
    ends: str
    before: Callable[[Path], None] | None = None
    reading: Callable[[Path], None] | None = None
    systems: tuple[str, ...] = tuple(of.name for of in DROPS)
    but: Mapping[str, str] = field(default_factory=dict)


def _breaks_off(path: Path) -> None:
    """In the middle of a row, or of an archive."""
    content = path.read_bytes()
    rest = content[: int(len(content) * 0.8)]
    if path.suffix == ".csv":
        line = rest.rstrip(b"\r\n").rpartition(b"\n")[0]
        rest = line + b"\n" + content[len(line) + 1 :][:8]
    path.write_bytes(rest)


def _half_of_the_rows(path: Path) -> None:
    """Between two rows: nothing in the file tells."""
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: max(2, int(len(lines) * 0.4))]))


def _headings_alone(path: Path) -> None:
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _grows(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\n")


def _replaced(path: Path) -> None:
    again = path.with_name("again.part")
    again.write_bytes(path.read_bytes())
    os.replace(again, path)


def _under_another_name(path: Path) -> None:
    path.rename(path.with_name(path.name + ".part"))


def _late(path: Path) -> None:
    """It never came, and the others are here for longer than they are waited for."""
    path.unlink()
    at = time.time() - GRACE
    for other in path.parent.iterdir():
        if other.stat().st_mtime > at:
            os.utime(other, (at, at))


DAMAGES: tuple[Damage, ...] = (
    Damage("breaks off inside a row", TRUNCATED, _breaks_off),
    Damage("breaks off between two rows, at 40 %", FLOOR, _half_of_the_rows, systems=CSV),
    Damage("headings alone", NO_ROWS, _headings_alone, systems=CSV),
    Damage("empty", EMPTY, _emptied, but={"visionlink": TRUNCATED}),
    Damage("not there yet", UNCHANGED, Path.unlink),
    Damage("still under a temporary name", UNCHANGED, _under_another_name),
    Damage("never comes", UNCHANGED, _late, but=dict.fromkeys(SETS, INCOMPLETE)),
    Damage("grows while it is read", BROKEN_OFF, reading=_grows),
    Damage("replaced while it is read", BROKEN_OFF, reading=_replaced),
    Damage("removed while it is read", BROKEN_OFF, reading=Path.unlink),
)


@dataclass(frozen=True)
class DropCase:
    drops: type[Drops]
    damage: Damage

    @property
    def ends(self) -> str:
        return self.damage.but.get(self.drops.name, self.damage.ends)

    def __str__(self) -> str:
        return f"{self.drops.name}-{self.damage.name}"


def drop_cases() -> list[DropCase]:
    return [DropCase(of, damage) for of in DROPS for damage in DAMAGES if of.name in damage.systems]
