"""What goes wrong with requests, and how a load has to end: the cases of the matrix of APIs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dagster_ingest.testing.http import Answer, Asked, FakeServer, faults
from tests.systems.matrix_apis import APIS, KEY, Api

SAME = "same rows"
LATER = "the rest with the next load"
UNCHANGED = "unchanged"
REFUSED, BROKEN_OFF = "AccessDenied", "Unavailable"
UNREADABLE, PAGING = "blocked file|readable", "blocked http|paging"
DETAILS, FLOOR = "blocked http|details", "blocked *|row_count_ratio"
NO_ROWS = "blocked *|row_count"

LISTS = ("first page", "middle page", "last page", "list", "list of ids")
PAGED, FLAT, HSDS_3, HSDS_2 = (api.name for api in APIS)
COUNTED = (PAGED, HSDS_3)  # they state how many rows there are


@dataclass(frozen=True)
class Fault:
    """once, always: how a load ends whose request goes wrong once, or each time from then on.

    answers    what comes in place of the answer
    sets       arranges it where an answer alone is not enough
    points     where it can happen
    systems    of which it can
    patience   settings of the source
    tells      what the excerpt of the answer shows in an error, "" where there is no answer to show
    but        `system: point` or point to another end of `always`; but_once: of `once`
    """

    name: str
    once: str
    always: str
    answers: Callable[[FakeServer], faults.Fault] | None = None
    sets: Callable[[Api, str, bool], None] | None = None
    points: tuple[str, ...] = (*LISTS, "details")
    systems: tuple[str, ...] = tuple(api.name for api in APIS)
    patience: str = ""
    tells: str = ""
    but: Mapping[str, str] = field(default_factory=dict)
    but_once: Mapping[str, str] = field(default_factory=dict)

    def strike(self, api: Api, point: str, lasts: bool) -> None:
        if self.sets is not None:
            self.sets(api, point, lasts)
        elif self.answers is not None:
            api.strike(api.points[point], self.answers(api.server), lasts=lasts)


def _wrong(code: int, **headers: str) -> Callable[[FakeServer], faults.Fault]:
    """An answer that repeats our own key, as careless servers do."""
    body = {"message": f"no luck with {KEY}"}
    return lambda server: lambda asked, handler: Answer.json(body, code, **headers)


def _page(text: str) -> Callable[[FakeServer], faults.Fault]:
    return lambda server: lambda asked, handler: Answer(200, text.encode(), {"content-type": "text/html"})


def _records(change: Callable[[list], list]) -> Callable[[FakeServer], faults.Fault]:
    """The records of an answer changed, in whatever they are wrapped."""

    def altered(answer: object) -> object:
        if isinstance(answer, list):
            return change(answer)
        assert isinstance(answer, dict)
        wrap = next((n for n in ("results", "contents") if n in answer), None)
        return change([answer]) if wrap is None else {**answer, wrap: change(answer[wrap])}

    return lambda server: faults.altered(altered)


def _without_newest(records: list) -> list:
    """A row of those that changed last: one that no later list would have to have."""
    stamps = [r.get("resource", r) for r in records]
    newest = max(range(len(records)), key=lambda n: stamps[n].get("modified") or stamps[n]["last_modified"])
    return records[:newest] + records[newest + 1 :]


def _another_total(answer: dict) -> dict:
    name = "totalResultCount" if "totalResultCount" in answer else "total_items"
    return {**answer, name: answer[name] + 3}


def _repeated(api: Api, point: str, lasts: bool) -> None:
    """The page before comes again; of details, the answer to another batch."""
    at, again = api.points[point], faults.Repeated()
    before = api.points[at.after] if at.after else at
    started = api.server.count(at.path)
    if at.after:
        api.server.script(before.path, again.keep, times=None, when=before.when)
        api.strike(at, again.again, lasts=lasts)
    else:
        api.server.script(at.path, again.keep, when=lambda a: a.number == started + 1)
        api.strike(at, again.again, lasts=lasts, when=lambda a: a.number > started + 1)


def _moves(*, goes: bool, comes: bool) -> Callable[[Api, str, bool], None]:
    """Before the answer a record goes, or comes, or both; where it lasts, back and forth at each request."""

    def move(api: Api, point: str, lasts: bool) -> None:
        before = True
        api.second_day(stray=goes, late=not comes)

        def change(asked: Asked, handler: Callable[[Asked], Answer]) -> Answer:
            nonlocal before
            before = not before
            api.second_day(stray=goes and before, late=not (comes and before))
            return handler(asked)

        api.strike(api.points[point], change, lasts=lasts)

    return move


_SLOW = "      timeouts: {read: 0.2}\n"
_FOLLOWING = ("middle page", "last page", "list of ids", "details")

_MASKED = "no luck with ***"
_NO_DETAILS = {"details": DETAILS}
_FOREIGN = {"details": UNREADABLE}  # records that were not asked for
_GOES, _COMES = (f"{FLAT}: list of ids", f"{HSDS_3}: list of ids"), (f"{PAGED}: details", f"{FLAT}: details")
# What goes after it was read, or comes after the list was, is a matter of the next load.
_DETAILS_LATER = {"details": LATER}
_UNTOLD = {
    **_NO_DETAILS,
    **{f"{PAGED}: {point}": LATER for point in ("first page", "middle page", "last page")},
    f"{FLAT}: list": LATER,
    f"{FLAT}: list of ids": SAME,  # the row came with the changes
    **{f"{HSDS_2}: {point}": LATER for point in ("first page", "middle page", "last page")},
}
_EMPTY = {
    **_NO_DETAILS,
    f"{FLAT}: list": SAME,  # the list of ids shows that there is more
    f"{FLAT}: list of ids": FLOOR,
    f"{HSDS_2}: first page": NO_ROWS,
    f"{HSDS_2}: middle page": FLOOR,
    f"{HSDS_2}: last page": LATER,
}

FAULTS: tuple[Fault, ...] = (
    Fault("no answer in time", SAME, BROKEN_OFF, lambda s: faults.silent(s.hold), patience=_SLOW),
    Fault("connection reset", SAME, BROKEN_OFF, lambda s: faults.reset),
    Fault("connection cut inside the answer", SAME, BROKEN_OFF, lambda s: faults.cut),
    Fault("429, Retry-After of 3 s", SAME, BROKEN_OFF, _wrong(429, retry_after="3"), tells=_MASKED),
    Fault(
        "429, Retry-After of an hour", BROKEN_OFF, BROKEN_OFF, _wrong(429, retry_after="3600"), tells=_MASKED
    ),
    Fault("500", SAME, BROKEN_OFF, _wrong(500), tells=_MASKED),
    Fault("401 midway", REFUSED, REFUSED, _wrong(401), tells=_MASKED),
    Fault("JSON breaks off", SAME, UNREADABLE, lambda s: faults.truncated, tells="{"),
    Fault(
        "a web page with 200", SAME, UNREADABLE, _page(f"<p>No luck, {KEY}</p>"), tells="<p>No luck, ***</p>"
    ),
    Fault("an empty page", SAME, PAGING, _records(lambda rows: []), but=_EMPTY),
    Fault("a row less than there is", SAME, PAGING, _records(_without_newest), but=_UNTOLD),
    Fault("a page again", SAME, PAGING, sets=_repeated, points=_FOLLOWING, but=_FOREIGN),
    Fault(
        "another total", SAME, PAGING, lambda s: faults.altered(_another_total), points=LISTS, systems=COUNTED
    ),
    Fault(
        "a row goes meanwhile", SAME, PAGING, sets=_moves(goes=True, comes=False),
        but=_DETAILS_LATER, but_once=dict.fromkeys(_GOES, LATER),
    ),
    Fault(
        "a row comes meanwhile", SAME, PAGING, sets=_moves(goes=False, comes=True),
        but=_DETAILS_LATER, but_once=dict.fromkeys(_COMES, LATER),
    ),
    Fault(
        "a row goes, another comes", SAME, PAGING, sets=_moves(goes=True, comes=True),
        but=_DETAILS_LATER, but_once=dict.fromkeys((*_GOES, *_COMES), LATER),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    api: type[Api]
    fault: Fault
    point: str
    lasts: bool

    @property
    def ends(self) -> str:
        known = self.fault.but if self.lasts else self.fault.but_once
        end = self.fault.always if self.lasts else self.fault.once
        return known.get(f"{self.api.name}: {self.point}", known.get(self.point, end))

    def __str__(self) -> str:
        return f"{self.api.name}-{self.fault.name}-{'always' if self.lasts else 'once'}-{self.point}"


def cases() -> list[Case]:
    return [
        Case(api, fault, point, lasts)
        for api in APIS
        for fault in FAULTS
        for point in api.points
        if api.name in fault.systems and point in fault.points and _possible(api, fault, point)
        for lasts in (False, True)
    ]


def _possible(api: type[Api], fault: Fault, point: str) -> bool:
    """A page can come again only where another is before it."""
    return fault.sets is not _repeated or point == "details" or bool(api.points[point].after)
