"""One thing that is wrong in a spec file, and the collector that gives it a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dagster_ingest.errors import SpecError, guess

if TYPE_CHECKING:
    from dagster_ingest.spec.yamlfile import YamlFile

Loc = Sequence[str | int]
NO_VALUE: Any = type("NoValue", (), {"__repr__": lambda self: "<none>"})()
_SHOWN = 160
_LISTED = 40


@dataclass(frozen=True, slots=True)
class SpecProblem:
    """Where, what, the value, what is allowed and a guess at what was meant.

    file    path relative to the project, or as given
    line    1-based, as is `column`; None when the problem is the file's absence
    value   the offending value, in Python's notation and cut to 160 signs; None when there is none
    """

    file: str
    problem: str
    line: int | None = None
    column: int | None = None
    value: str | None = None
    allowed: tuple[str, ...] = ()
    guess: str | None = None
    fix: str | None = None
    tenant: str | None = None

    @property
    def where(self) -> str:
        parts = (self.file, self.line, self.column)
        return ":".join(str(part) for part in parts if part is not None)

    @property
    def hint(self) -> str | None:
        """The way out in one line: the guess first, then the fix, then what is allowed."""
        parts = [f"did you mean {self.guess!r}?" if self.guess else None, self.fix]
        if self.allowed:
            more = len(self.allowed) - _LISTED
            listed = ", ".join(self.allowed[:_LISTED]) + (f" and {more} more" if more > 0 else "")
            parts.append(f"allowed: {listed}")
        return "; ".join(part for part in parts if part) or None

    def error(self) -> SpecError:
        """The same as an exception."""
        return SpecError(self.problem, where=self.where, not_done=self.not_done, fix=self.hint)

    @property
    def not_done(self) -> str:
        return f"nothing of tenant {self.tenant!r} is loaded" if self.tenant else "the file is not used"

    def __str__(self) -> str:
        return str(self.error())

    def as_dict(self) -> dict[str, Any]:
        return {
            "tenant": self.tenant,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "problem": self.problem,
            "value": self.value,
            "allowed": list(self.allowed),
            "guess": self.guess,
            "fix": self.fix,
        }


@dataclass(frozen=True, slots=True)
class _Pending:
    loc: tuple[str | int, ...]
    on_key: bool
    problem: SpecProblem


class Report:
    """Gathers the problems of one file. Positions are looked up only when there are problems."""

    def __init__(self, file: YamlFile) -> None:
        self.file = file
        self._pending: dict[tuple, _Pending] = {}

    def __bool__(self) -> bool:
        return bool(self._pending)

    def add(
        self,
        loc: Loc,
        problem: str,
        *,
        value: Any = NO_VALUE,
        allowed: Iterable[str] = (),
        near: str | None = None,
        fix: str | None = None,
        on_key: bool = False,
    ) -> None:
        """Note a problem at `loc` (keys and indexes from the top of the document).

        on_key  the position is that of the key and not of its value
        near    the guess; left out, it is looked for among `allowed`
        """
        names = tuple(allowed)
        found = SpecProblem(
            self.file.shown,
            problem,
            value=None if value is NO_VALUE else shown(value),
            allowed=names,
            guess=near or (guess(value, names) if names and isinstance(value, str) else None),
            fix=fix,
        )
        self._pending.setdefault((tuple(loc), problem), _Pending(tuple(loc), on_key, found))

    def problems(self, tenant: str | None = None) -> list[SpecProblem]:
        """All that was noted, in the order of the file's lines."""
        if not self._pending:
            return []
        positions = self.file.positions()
        found = []
        for pending in self._pending.values():
            line, column = positions.of(pending.loc, on_key=pending.on_key)
            found.append(replace(pending.problem, line=line, column=column, tenant=tenant))
        return sorted(found, key=lambda p: (p.line or 0, p.column or 0))


def shown(value: Any) -> str:
    """A value as a message shows it: printable, on one line, cut."""
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
