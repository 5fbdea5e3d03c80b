"""What a delivery has that its contract does not say, and what has changed against the recent loads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any, Literal

from dagster_ingest.spec.contract import Column, Contract, Rule
from dagster_ingest.validate.profile import ColumnProfile, Profile
from dagster_ingest.validate.shift import COUNT_RATIO, LEAST_ROWS, ROWS_RATIO, count_shift, share_shift

RECENT = 10
"""Committed loads that a load is compared with."""
UNPARSED_ROWS, UNPARSED_SHARE = 3, 0.01  # fewer cells of another type are a matter for quarantine alone
EMPTIED_ROWS = 3
KINDS = ("column_added", "column_missing", "type", "enum", "null_share", "distinct", "rows")
_SHOWN = 5
_SKETCHED, _SKETCH_ERROR = 256, 0.063  # see profiler.SKETCH

Kind = Literal["column_added", "column_missing", "type", "enum", "null_share", "distinct", "rows"]


@dataclass(frozen=True, slots=True)
class Deviation:
    """One way in which a load differs from what was to be expected.

    column    raw name, None for the table
    expected  in words, as `seen` is; never a cell of a private column
    todo      what a person does about it
    patch     what the contract's property would have to say, where the contract may say it: the ODCS
              keys to set on the property of `heading`
    """

    kind: Kind
    severity: Literal["info", "warn"]
    column: str | None
    expected: str
    seen: str
    todo: str
    heading: str | None = None
    patch: dict[str, Any] | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Drift:
    """Columns beyond the contract, columns it has and the delivery lacks, and every deviation in words.

    Before the load has ended only the columns are known.
    """

    added: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    deviations: tuple[Deviation, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.missing or self.deviations)

    @property
    def warnings(self) -> tuple[Deviation, ...]:
        return tuple(d for d in self.deviations if d.severity == "warn")

    @property
    def sentence(self) -> str:
        if not self.deviations:
            return "as the contract and the recent loads have it"
        named = [f"{d.column or d.kind}: {d.seen}" for d in (*self.warnings, *self.infos)[:3]]
        more = len(self.deviations) - len(named)
        return "; ".join(named) + (f"; and {more} more" if more > 0 else "")

    @property
    def infos(self) -> tuple[Deviation, ...]:
        return tuple(d for d in self.deviations if d.severity == "info")

    def to_json(self) -> str:
        found = [{k: v for k, v in asdict(d).items() if v is not None} for d in self.deviations]
        parts = {"added": self.added, "missing": self.missing, "deviations": found}
        return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Drift:
        parts = json.loads(text)
        found = tuple(Deviation(**{"column": None, **d}) for d in parts["deviations"])
        return cls(tuple(parts["added"]), tuple(parts["missing"]), found)


def compare(contract: Contract, profile: Profile, recent: Sequence[Profile]) -> Drift:
    """The drift of a load. `recent`: profiles of committed loads of the partition, the newest first."""
    recent = recent[:RECENT]
    rules = {(rule.columns[0], rule.kind): rule for rule in contract.rules if len(rule.columns) == 1}
    found = [*_added(profile), *_missing(contract, profile, recent)]
    if profile.whole and not profile.partial:
        found += _rows(profile, recent)
    for name, column in profile.columns.items():
        declared = contract.column(name)
        before = [(p, p.columns[name]) for p in recent if name in p.columns]
        if declared is not None:
            found += _type(declared, column, profile, before, rules.get((name, "type")))
            found += _enum(declared, column, rules.get((name, "enum")))
        if profile.whole:
            found += _nulls(name, declared, column, profile, before)
            found += _distinct(name, column, profile, before)
    order = {"warn": 0, "info": 1}
    found.sort(key=lambda d: (order[d.severity], KINDS.index(d.kind)))
    return Drift(tuple(profile.added), profile.missing, tuple(found))


_Before = list[tuple[Profile, ColumnProfile]]


def _added(profile: Profile) -> Iterator[Deviation]:
    for name, heading in profile.added.items():
        column = profile.columns.get(name, ColumnProfile())
        filled = profile.rows - column.nulls
        yield Deviation(
            "column_added",
            "warn",
            name,
            "no such column",
            f"a column of text, {filled:,} of {profile.rows:,} rows have a value",
            "it lands as text; declare it in the contract, or have it left out of the delivery",
            heading,
            # Nobody knows yet what it holds: it stays private until a person says otherwise.
            {"logicalType": "string", "classification": "private"},
        )


def _missing(contract: Contract, profile: Profile, recent: Sequence[Profile]) -> Iterator[Deviation]:
    never: list[Column] = []
    for name in profile.missing:
        column = contract.column(name)
        had = sum(name not in p.missing for p in recent)
        if column is None or not column.optional:
            yield Deviation(
                "column_missing",
                "warn",
                name,
                "a column that every delivery has",
                "no such column",
                "have the heading restored: nothing is committed without it",
                column.name if column else name,
            )
        elif had:
            yield Deviation(
                "column_missing",
                "warn",
                name,
                f"an optional column, there in {had} of {_loads(recent)}",
                "no such column; it lands as null",
                "ask the vendor whether it was dropped or renamed",
                column.name,
            )
        else:
            never.append(column)
    if never:
        named = ", ".join(column.field for column in never[:_SHOWN])
        more = f" and {len(never) - _SHOWN} more" if len(never) > _SHOWN else ""
        yield Deviation(
            "column_missing",
            "info",
            never[0].field if len(never) == 1 else None,
            "optional columns that may come",
            f"never delivered: {named}{more}",
            "nothing, if they are not wanted",
        )


def _rows(profile: Profile, recent: Sequence[Profile]) -> Iterator[Deviation]:
    counts = [p.rows for p in recent if p.whole and not p.partial and p.rows]
    if not counts:
        return
    usual = median(counts)
    if count_shift(profile.rows, usual, usual, counts, ratio=ROWS_RATIO) is None:
        return
    yield Deviation(
        "rows",
        "warn",
        None,
        f"about {usual:,.0f} rows, as in {_loads(counts)}",
        f"{profile.rows:,} rows ({profile.rows / usual:.2f} times as many)",
        "ask whether the delivery is whole; a row_count_ratio rule would stop it",
    )


def _type(
    declared: Column, column: ColumnProfile, profile: Profile, before: _Before, rule: Rule | None
) -> Iterator[Deviation]:
    if not column.unparsed or rule is None:
        return
    filled = profile.rows - column.nulls
    share = column.unparsed / filled if filled else 1.0
    past = [(c.unparsed, p.rows - c.nulls) for p, c in before if p.rows > c.nulls]
    used_to = past and share_shift(column.unparsed, filled, past) is None and any(c for c, _ in past)
    severe = column.unparsed >= UNPARSED_ROWS and share >= UNPARSED_SHARE and not used_to
    yield Deviation(
        "type",
        "warn" if severe else "info",
        declared.field,
        f"every value a valid {declared.type}" + _written(rule),
        f"{column.unparsed:,} of {filled:,} values ({share:.1%}) are not",
        "see the rows in quarantine" if rule.severity == "error" else "see the samples of the contract check",
        declared.name,
        # A key is never loosened.
        {"logicalType": "string"} if severe and not declared.key else None,
    )


def _written(rule: Rule) -> str:
    formats = rule.params.get("formats")
    return f" ({' or '.join(formats)})" if formats else ""


def _enum(declared: Column, column: ColumnProfile, rule: Rule | None) -> Iterator[Deviation]:
    if not column.beyond or rule is None:
        return
    values = list(rule.params["values"])
    fresh = list(column.outside) if not declared.private else []
    named = ", ".join(f"{value!r} ({rows})" for value, rows in list(column.outside.items())[:_SHOWN])
    more = len(fresh) - _SHOWN
    seen = f"{column.beyond:,} rows with another value"
    if fresh:
        seen += f": {named}" + (f" and {more} more" if more > 0 else "")
    yield Deviation(
        "enum",
        "warn",
        declared.field,
        f"one of {len(values)} values",
        seen,
        "if the vendor means them, add them to the enum; else have them corrected",
        declared.name,
        {"enum": fresh} if fresh and not declared.key else None,
    )


def _nulls(
    name: str, declared: Column | None, column: ColumnProfile, profile: Profile, before: _Before
) -> Iterator[Deviation]:
    past = [(c.nulls, p.rows) for p, c in before if p.whole]
    usual = share_shift(column.nulls, profile.rows, past)
    # A table may be too small for shares: that every value is gone, where none ever was, needs no statistics.
    if usual is None and profile.rows >= EMPTIED_ROWS and column.nulls == profile.rows:
        usual = 0.0 if any(n for _, n in past) and not any(c for c, _ in past) else None
    if usual is None:
        return
    yield Deviation(
        "null_share",
        "warn",
        name,
        f"{usual:.1%} without a value, as in {_loads(past)}",
        f"{column.nulls / profile.rows:.1%} without a value",
        "ask the vendor what became of the values"
        if column.nulls / profile.rows > usual
        else "look whether a placeholder stands where nothing stood",
        declared.name if declared else None,
    )


def _distinct(name: str, column: ColumnProfile, profile: Profile, before: _Before) -> Iterator[Deviation]:
    past = [(c.distinct, p.rows - c.nulls) for p, c in before if p.whole and p.rows - c.nulls >= LEAST_ROWS]
    filled = profile.rows - column.nulls
    if not past or filled < LEAST_ROWS:
        return
    counts = [d for d, _ in past]
    usual, usual_filled = median(counts), median(n for _, n in past)
    # A vocabulary keeps its size and names grow with the rows; anything in between is as usual.
    grown = min(usual * filled / usual_filled, filled)
    error = _SKETCH_ERROR if max(*counts, column.distinct) >= _SKETCHED else 0.0
    low, high = min(usual, grown), max(usual, grown)
    end = count_shift(column.distinct, low, high, counts, ratio=COUNT_RATIO, error=error)
    if end is None:
        return
    yield Deviation(
        "distinct",
        "warn",
        name,
        f"about {usual:,.0f} different values, as in {_loads(past)}",
        f"{column.distinct:,} different values",
        "look whether values were cut, merged or filled with a placeholder"
        if column.distinct < end
        else "look whether free text or an id stands where a list of values stood",
    )


def _loads(loads: Sequence[Any]) -> str:
    return "the last load" if len(loads) == 1 else f"the last {len(loads)} loads"
