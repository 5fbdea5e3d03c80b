"""What a delivery holds: which families of records, in which edition, on which day."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TypeVar

from dagster_ingest.testing.sample.canaries import PUBLIC, SECRET, SHOWCASE, SUNSET, Canary, Marker, Mode
from dagster_ingest.testing.sample.places import PLACES, Place

T = TypeVar("T")
FIRST_DAY = date(2026, 3, 2)
DAYS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Feed:
    """One state of one tenant. `number` keeps ids and canaries of the feeds apart."""

    tenant: str
    state: str
    number: int

    @property
    def first_id(self) -> int:
        return self.number * 100_000_000


FEEDS = (
    Feed("prairie", "IA", 1), Feed("prairie", "NE", 2), Feed("capital", "DC", 3), Feed("bayside", "CA", 4),
    Feed("gulf", "FL", 5), Feed("gulf", "AL", 6), Feed("keystone", "PA", 7),
    Feed("summit", "CO", 8), Feed("evergreen", "WA", 9), Feed("piedmont", "NC", 10),
)  # fmt: skip
TENANTS = tuple(dict.fromkeys(feed.tenant for feed in FEEDS))
# Tenants whose vendors have an API: nothing of theirs lies in a drops folder.
API_FEEDS = (Feed("lakeshore", "MI", 11), Feed("tidewater", "VA", 12), Feed("northstar", "MN", 13))


def feeds_of(tenant: str) -> tuple[Feed, ...]:
    return tuple(feed for feed in (*FEEDS, *API_FEEDS) if feed.tenant == tenant)


@dataclass(frozen=True, slots=True)
class Edit:
    """How a delivery differs from day one.

    day     what has turned private, excluded or inactive (1: nothing, 2 and above: all that will)
    share   of the first families whose text was edited, spread evenly
    added, removed  families more and fewer, in thousandths of the first
    label   date in the file names
    edited_on  stamp of edited records
    """

    day: int
    share: float
    added: int
    removed: int
    label: date
    edited_on: date

    def edited(self, family: int) -> bool:
        return self.share > 0 and family % max(1, round(1 / self.share)) == 7 % max(1, round(1 / self.share))

    def gone(self, family: int) -> bool:
        return family >= SHOWCASE and (family * 2_654_435_761) % 1000 < self.removed


def day_edit(day: int) -> Edit:
    """Day one, or day two and the days after it: 5% edited, 1% added, 0.5% removed, some turned private."""
    label = FIRST_DAY + timedelta(days=day - 1)
    return Edit(1, 0.0, 0, 0, label, label) if day == 1 else Edit(2, 0.05, 10, 5, label, FIRST_DAY)


@dataclass(frozen=True, slots=True)
class Volume:
    """How many families a feed holds on day one. `rows` by family number, without generating it."""

    families: int

    @classmethod
    def of(cls, rows: int | None, default: int, size: Callable[[int], int]) -> Volume:
        """The fewest families with at least `rows` rows; `default` families if rows is None."""
        if rows is None:
            return cls(default)
        count = family = 0
        while count < rows:
            count += size(family)
            family += 1
        return cls(max(family, 1))

    def numbers(self, edit: Edit) -> Iterator[int]:
        more = max(2, self.families * edit.added // 1000) if edit.added else 0
        yield from range(self.families + more)


class Family:
    """One organisation with all that belongs to it: its chance, its place, its marks.

    The same seed, feed and number give the same family on every day; only `edit` makes a difference.
    """

    def __init__(
        self, feed: Feed, number: int, role: str, seed: int, edit: Edit, keep: Callable[[Canary], None] | None
    ) -> None:
        self.feed, self.number, self.role, self.edit = feed, number, role, edit
        self.chance = random.Random((seed * 31 + feed.number) * 100_000_000 + number)
        self.marker = Marker(
            feed.tenant, feed.state, feed.number, number, keep if number < SHOWCASE else None
        )
        self.edited = edit.edited(number)
        self.turned = edit.day > 1

    @property
    def base(self) -> int:
        return self.feed.first_id + self.number * 100

    @cached_property
    def place(self) -> Place:
        return self.pick(PLACES[self.feed.state])

    @property
    def showcase(self) -> bool:
        return self.number < SHOWCASE

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self.chance.random() * len(items))]

    def below(self, count: int) -> int:
        return int(self.chance.random() * count)

    def phone(self) -> str:
        """555-0100 to 555-0199 is kept for fiction."""
        return f"({self.place.area}) 555-01{self.below(100):02d}"

    def day_before(self, least: int, most: int) -> date:
        return FIRST_DAY - timedelta(days=least + self.below(most - least))

    def mode(self, *, secret: bool = False, sunset: bool = False) -> Mode:
        return SECRET if secret else SUNSET if sunset else PUBLIC


def role_of(roles: Sequence[str], others: Sequence[str], number: int) -> str:
    """The first families play one role each, in order; of the rest one in six plays one of `others`."""
    if number < len(roles):
        return roles[number]
    spread = (number * 2_654_435_761) >> 7
    return others[spread // 6 % len(others)] if spread % 6 == 0 else "plain"
