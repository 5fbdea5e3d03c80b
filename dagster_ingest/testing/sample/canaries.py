"""Canaries: unique values in private places. One that turns up in a published store is a leak."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

# Families above this carry private values that are not unique and not listed, so that size is free.
SHOWCASE = 100


class Mode(Enum):
    """How a value is meant: for the public, never for the public, or no longer from day two on."""

    PUBLIC = "public"
    SECRET = "CANARY"
    SUNSET = "SUNSET"


PUBLIC, SECRET, SUNSET = Mode.PUBLIC, Mode.SECRET, Mode.SUNSET


@dataclass(frozen=True, slots=True)
class Canary:
    """`needles`: every text to look for, in any case. `from_day`: the first day after whose deliveries
    no published store may hold it.

    `cls` is the class of the never-publish register, or `hidden` for records that are inactive,
    excluded or deleted, or `ignored` for the own fields of a link-only row.
    """

    token: str
    needles: tuple[str, ...]
    tenant: str
    state: str
    table: str
    column: str
    cls: str
    from_day: int


@dataclass(slots=True)
class Marker:
    """Marks the private values of one family of records. `n` is unique over all tenants and days.

    A mark takes the value that the public would see and returns what is written. `keep` is told of
    each canary; None writes the shape without listing it.
    """

    tenant: str
    state: str
    feed: int
    family: int
    keep: Callable[[Canary], None] | None
    table: str = ""
    _count: int = field(default=0)

    def text(self, mode: Mode, cls: str, column: str, value: str = "") -> str:
        """The token, in front of what the public would read."""
        if mode is PUBLIC:
            return value
        if self.keep is None:
            return f"{mode.value}-{self.tenant}-bulk-{cls} {value}".rstrip()
        token = f"{mode.value}-{self.tenant}-{self._next()}-{cls}"
        self._list(mode, cls, column, token)
        return f"{token} {value}".rstrip()

    def email(self, mode: Mode, cls: str, column: str, value: str = "") -> str:
        if mode is PUBLIC:
            return value
        if self.keep is None:
            return f"{mode.value.lower()}-{self.tenant}-bulk@example.org"
        token = f"{mode.value.lower()}-{self.tenant}-{self._next()}-{cls.replace('_', '-')}@example.org"
        self._list(mode, cls, column, token)
        return token

    def phone(self, mode: Mode, cls: str, column: str, value: str = "") -> str:
        """Area code 999 is given to nobody."""
        if mode is PUBLIC:
            return value
        if self.keep is None:
            return "999-999-9999"
        digits = f"999{(5 if mode is SECRET else 7) * 1_000_000 + self._next():07d}"
        token = f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
        spelled = (
            f"({digits[:3]}) {digits[3:6]}-{digits[6:]}",
            token.replace("-", "."),
            token.replace("-", " "),
        )
        self._list(mode, cls, column, token, digits, *spelled)
        return token

    def zip(self, mode: Mode, cls: str, column: str, value: str = "") -> str:
        """ZIP codes that start with 000 to 004 are given to no place."""
        if mode is PUBLIC:
            return value
        if self.keep is None:
            return "00499-9999"
        n = self._next() + (0 if mode is SECRET else 2_000_000)
        token = f"{n // 10_000:05d}-{n % 10_000:04d}"
        self._list(mode, cls, column, token, token.replace("-", ""))
        return token

    def degrees(self, mode: Mode, cls: str, column: str, value: float) -> str:
        """A place within a hundredth of a degree of `value`, so in the same state, its fraction the token."""
        if mode is PUBLIC:
            return f"{value:.6f}"
        whole = int(value)
        if self.keep is None:
            return f"{whole}.999999"
        near = int(abs(value) * 100) % 100
        token = f"{whole}.{near:02d}{'98' if mode is SECRET else '96'}{self._next():07d}"
        self._list(mode, cls, column, token.rstrip("0"))
        return token

    def digits(self, mode: Mode, cls: str, column: str, value: str = "") -> str:
        """A number of eleven digits."""
        if mode is PUBLIC:
            return value
        if self.keep is None:
            return "99999999999"
        token = f"98{(7 if mode is SECRET else 6)}{self._next():08d}"
        self._list(mode, cls, column, token)
        return token

    def _next(self) -> int:
        self._count += 1
        return self.feed * 100_000 + self.family * 1_000 + self._count

    def _list(self, mode: Mode, cls: str, column: str, token: str, *more: str) -> None:
        assert self.keep is not None
        assert self._count < 1_000, "the numbers of two families would meet"
        day = 2 if mode is SUNSET else 1
        self.keep(Canary(token, (token, *more), self.tenant, self.state, self.table, column, cls, day))
