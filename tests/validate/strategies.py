"""Random contracts and random deliveries that are made to hurt: values next to every border."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from dagster_ingest.spec.contract import INTEGER_FORMATS, STRING_FORMATS, Column, Contract, Rule
from tests.validate import reference

NOW = datetime(2024, 3, 1, 12, 0)
Row = dict[str, str | None]


@dataclass(frozen=True)
class Case:
    """A contract and its delivery. `cuts`: numbers of rows after which a new batch begins."""

    contract: Contract
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    cuts: tuple[int, ...]
    parents: Mapping[str, tuple[Row, ...]]
    last_good: int | None
    on_reject: str
    max_share: float

    def batches(self) -> list[range]:
        """Row numbers, from 1, batch by batch."""
        edges = [0, *sorted(set(self.cuts)), len(self.rows)]
        return [range(a + 1, b + 1) for a, b in pairwise(edges)]

    def delivery(self) -> reference.Delivery:
        rows = list(enumerate(self.rows, 1))
        return reference.Delivery(rows, self.parents, self.last_good, NOW, QUERIES)


# Cells of each type, between bars: values, near misses, and texts that other parsers take for values.
ANYTHING = [
    "",
    " ",
    "\t",
    "\u00a0",
    "n/a",
    " N/A ",
    "x",
    "\x1f",
    "\x1c",
    "a\x1fb",
    "é",
    "e\u0301",
    "\U0001f600",
    "0",
]
CELLS = {
    name: "".join(texts).split("|")
    for name, texts in {
        "integer": (
            "0|-0|+5|5| 5 |007|٣|५|1_000|1,000|0x10|5.0|1e3|--1|+|127|128|-128|-129|255|256|65535|",
            "2147483647|2147483648|-2147483649|4294967296|9223372036854775807|9223372036854775808|",
            "-9223372036854775808|-9223372036854775809|18446744073709551615|18446744073709551616|",
            "170141183460469231731687303715884105727|340282366920938463463374607431768211455|",
            "340282366920938463463374607431768211456|",
            "999999999999999999999999999999999999999999999999999999999999",
        ),
        "number": (
            "0|-0|0.1|0.30|+5|.5|5.|.|1e5|1E-2|1e400|-1e400|1e39|3.4028236e38|inf|-Infinity|nan|NaN|",
            "1_0|1,5|٣|9007199254740993|0.30000000000000004|12345.678|-00.100|1d5|0x1p3|100|99.999|",
            "10000000000000000000000000000000000000000",
        ),
        "boolean": ("yes|No|TRUE|y|1|0|2|yes.|ja|t|ﬀ",),
        "date": (
            "2024-02-29|2023-02-29|2024-02-30|1900-02-29|2000-02-29|2024-2-9|2024-00-10|2024-13-01|",
            "2024-01-01|2023-12-31|2024-12-31|9999-12-31|0002-01-01|0000-01-01|10000-01-01|",
            "-0002-01-01|24-01-01|2/9/2024|02/09/2024|02/09/24|2/29/2023|٢٠٢٤-02-09|2024/02/09|",
            "20240209|2024-02-28|2024- 2- 9|+2024-02-09|9-Feb-2024|9-feb-2024|2024-02-29T00:00:00",
        ),
        "timestamp": (
            "2024-02-29 12:00:00|2024-02-29T12:00:00|2024-02-29T12:00:00Z|2024-02-29T12:00:00+02:00|",
            "2024-02-29T23:30:00-0500|2024-02-29T12:00:00.5+02|2024-02-29T12:00:00.123456|",
            "2024-02-29T24:00:00|2024-02-29T23:59:60|2024-02-29 12:00|2024-02-29T12:00|",
            "2024-02-29T12:00Z|2024-02-29 12:00:00Z|2024-02-29|2023-02-29T00:00:00|",
            "2024-03-10T02:30:00|2024-11-03T01:30:00|2024-03-01T12:00:00|2024-02-29T12:00:01Z|",
            "2024-02-29T12:00:00+25:00|2024-02-29T12:00:00+02:99|2024-02-29T25:00:00|",
            "2/9/2024 1:05 PM|02/09/2024 13:05 PM|2/9/2024 12:05 am|1969-12-31T23:59:59.999999",
        ),
        "time": (
            "12:00|12:00:00|23:59:59|24:00|24:00:00|7:05|7:5|00:00|12:60|12:00:00.5|1:05 PM|13:05 PM|",
            "12:00Z|noon",
        ),
        "text": (
            "a|A|ab|abc|abcd|a@b.org|a@b|a b@c.org|a@@b.org|https://x.example|mailto:x|://x|",
            "127.0.0.1|256.0.0.1|01.2.3.4|1.2.3|::1|fe80::1%eth0|2001:db8::g|1:2:3:4:5:6:7:8|aGk=|",
            "aGk|host.example|-x.example|123e4567-e89b-12d3-a456-426614174000|",
            "123e4567e89b12d3a456426614174000|00505|505|00505\n|50505-1234|1|1.0|1e0|ß|SS|",
            "\u2003a\u2003",
        ),
    }.items()
}
FORMATS = {
    "date": ((), ("%m/%d/%Y",), ("%Y-%m-%d", "%m/%d/%Y"), ("%d-%b-%Y",), ("%m/%d/%y",)),
    "timestamp": ((), ("%m/%d/%Y %I:%M %p",), ("%Y-%m-%d %H:%M:%S",), ("%Y-%m-%dT%H:%M:%S%z",)),
    "time": ((), ("%H:%M",), ("%I:%M %p",)),
}
ZONES = (None, "America/Chicago", "Europe/Berlin")
BOUNDS: dict[str, tuple[Any, ...]] = {
    "integer": (-129, 0, 5, 127, 2**31, 2**53 + 1, 0.5),
    "number": (0, 0.1, 0.3, 5, 100, 1e38, -0.1),
    "date": ("0002-01-01", "2023-12-31", "2024-02-09", "2024-02-29", "9999-12-31"),
    "timestamp": (
        "2024-02-28T12:00:00",
        "2024-02-29T12:00:00Z",
        "2024-02-29T12:00:00+02:00",
        "2024-02-29",
        "2024-11-03T07:00:00Z",
    ),
    "time": ("00:00", "12:00", "23:59:59"),
}
OPERATORS = (
    "mustBe",
    "mustNotBe",
    "mustBeGreaterThan",
    "mustBeGreaterOrEqualTo",
    "mustBeLessThan",
    "mustBeLessOrEqualTo",
    "mustBeBetween",
    "mustNotBeBetween",
)
PATTERNS = ("^[0-9]{5}$", "^[0-9]{5}(-[0-9]{4})?$", "a", "^[^@]+$", r"\.", "^$|^a", "^(?:a|ab)c*$")
QUERIES: dict[str, reference.Query] = {
    'select count(*) from "random"': len,
    'select count(*) from "random" where "c0" is null': lambda rows: sum(r["c0"] is None for r in rows),
    'select count(distinct "c0") from "random"': lambda rows: len({r["c0"] for r in rows} - {None}),
    'select count(*) filter ("c0" is not null) from "random" having count(*) > 2': lambda rows: (
        sum(r["c0"] is not None for r in rows) if len(rows) > 2 else None
    ),
}


def every_type() -> Iterator[dict[str, Any]]:
    """Params of each type rule that a contract can have, with the formats and zones of above."""
    yield from ({"type": "integer", "format": width} for width in INTEGER_FORMATS)
    yield from ({"type": "number", "format": width} for width in ("f32", "f64"))
    yield from ({"type": kind} for kind in ("integer", "number", "boolean"))
    for kind, choices in FORMATS.items():
        for formats in choices:
            for zone in ZONES if kind == "timestamp" else (None,):
                written = {"formats": list(formats)} if formats else {}
                yield {"type": kind, **written, **({"zone": zone} if zone else {})}


# rules of one column: each maker takes hypothesis's draw, the column and its type


def _bounds(draw, kind: str) -> dict[str, Any]:
    """One bound, or two between which there is room: contracts cannot ask for anything else."""
    low, high = sorted(draw(st.lists(st.sampled_from(BOUNDS[kind]), min_size=2, max_size=2, unique=True)))
    ends = {draw(st.sampled_from(("min", "above"))): low, draw(st.sampled_from(("max", "below"))): high}
    return dict(draw(st.sampled_from([*([end] for end in ends.items()), list(ends.items())])))


def _must(draw) -> dict[str, Any]:
    name = draw(st.sampled_from(OPERATORS))
    low, high = sorted((draw(st.integers(0, 4)), draw(st.integers(0, 4))))
    return {name: [low, high] if "Between" in name else low}


def _type(draw, kind: str) -> dict[str, Any]:
    return draw(st.sampled_from([params for params in every_type() if params["type"] == kind]))


def _values(draw, kind: str) -> list[Any]:
    """Allowed values: texts, or numbers where the column holds numbers."""
    if kind in ("integer", "number") and draw(st.booleans()):
        return draw(st.lists(st.sampled_from(BOUNDS[kind]), min_size=1, max_size=4, unique=True))
    return draw(st.lists(st.sampled_from(CELLS[kind]), min_size=1, max_size=4, unique=True))


def _row_rules(draw, kind: str) -> list[tuple[str, dict[str, Any]]]:
    """(kind, params) of rules about one cell, few of each."""
    makers: dict[str, Callable[[], dict[str, Any]]] = {
        "required": dict,
        "pattern": lambda: {"pattern": draw(st.sampled_from(PATTERNS))},
        "enum": lambda: {"values": _values(draw, kind)},
        "missing": lambda: {
            "values": draw(st.lists(st.sampled_from(["n/a", "x", "0", "é", "a\x1fb"]), max_size=2)),
            "null": draw(st.booleans()),
        },
        "length": lambda: {"min": draw(st.integers(0, 2)), "max": draw(st.integers(2, 5))},
        "unique": dict,
        "decodes": lambda: {"codec": "python_literal"},
    }
    if kind == "text":
        makers["format"] = lambda: {"format": draw(st.sampled_from(STRING_FORMATS))}
    if kind in BOUNDS:
        makers["range"] = lambda: _bounds(draw, kind)
    if kind in ("integer", "number"):
        makers["multiple"] = lambda: {"of": draw(st.sampled_from(("5", "0.1", "0.25", "3")))}
        makers["decimal"] = lambda: {"precision": draw(st.integers(2, 6)), "scale": draw(st.integers(0, 2))}
    if kind in ("date", "timestamp"):
        makers["retention"] = lambda: {
            "minutes": draw(st.sampled_from((60, 24 * 60, 48 * 60, 366 * 24 * 60)))
        }
        makers["freshness"] = lambda: {"minutes": draw(st.sampled_from((60, 24 * 60, 48 * 60)))}
    unit = st.sampled_from(("rows", "percent"))
    makers["null_values"] = lambda: {"must": _must(draw), "unit": draw(unit)}
    makers["duplicate_values"] = makers["null_values"]
    makers["missing_values"] = lambda: {**makers["missing"](), **makers["null_values"]()}
    makers["invalid_values"] = lambda: {
        "values": _values(draw, kind), "pattern": draw(st.sampled_from(PATTERNS)), **makers["null_values"](),
    }  # fmt: skip
    chosen = draw(st.lists(st.sampled_from(sorted(makers)), max_size=3, unique=True))
    typed = [] if kind == "text" or not draw(st.integers(0, 4)) else [("type", _type(draw, kind))]
    if not typed:  # without a type, ranges compare numbers
        chosen = [
            name
            for name in chosen
            if name not in ("range", "retention", "freshness") or kind in ("integer", "number")
        ]
    return typed + [(name, makers[name]()) for name in chosen]


def _table_rules(draw, columns: Sequence[str]) -> list[Rule]:
    rules: list[Rule] = []
    severity = st.sampled_from(("error", "error", "warn"))
    pair = tuple(columns[:2])
    if draw(st.booleans()):
        rules.append(Rule("*|primary_key", "primary_key", pair, {}, "error"))
    if draw(st.booleans()):
        rules.append(Rule("*|unique", "unique", pair, {}, draw(severity)))
    if draw(st.booleans()):
        params = {"table": "parent", "columns": ["P", "Q"][: len(pair)]}
        rules.append(Rule("*|foreign_key", "foreign_key", pair, params, draw(severity)))
    if draw(st.booleans()):
        bounds = draw(
            st.sampled_from(({"min": 0}, {"min": 3}, {"max": 5}, {"not": 4}, {"not_between": [2, 5]}))
        )
        rules.append(Rule("*|row_count", "row_count", (), bounds, draw(severity)))
    if draw(st.integers(0, 3)) == 0:
        params = {"query": draw(st.sampled_from(sorted(QUERIES))), "columns": ["c0"], "must": _must(draw)}
        rules.append(Rule("*|sql", "sql", (), params, draw(severity)))
    if draw(st.booleans()):
        rules.append(Rule("*|row_count_ratio", "row_count_ratio", (), {"min": 0.5, "max": 2}, draw(severity)))
    return rules


@st.composite
def cases(draw) -> Case:
    kinds = draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=3))
    columns = tuple(f"c{i}" for i in range(len(kinds)))
    severity = st.sampled_from(("error", "error", "warn"))
    rules = [
        Rule(f"{column}|{name}", name, (column,), params, draw(severity))
        for column, kind in zip(columns, kinds, strict=True)
        for name, params in _row_rules(draw, kind)
    ]
    made = _table_rules(draw, columns)
    if any(rule.kind == "decimal" and rule.columns == ("c0",) for rule in rules):
        made = [rule for rule in made if rule.kind != "sql"]  # a query would see a rounded number
    rules = draw(st.permutations([*rules, *made]))
    nulls = draw(st.sampled_from((("",), ("", "n/a"), ("", " N/A ", "0"))))
    contract = Contract(
        id="random", version="1.0.0", table="random", file="random.odcs.yaml",
        columns=tuple(Column(c, c) for c in columns), rules=tuple(rules), null_texts=nulls,
    )  # fmt: skip
    cells = {
        c: st.one_of(
            st.none(), st.sampled_from(CELLS[k]), st.sampled_from(CELLS[k]), st.sampled_from(ANYTHING)
        )
        for c, k in zip(columns, kinds, strict=True)
    }
    companions = {f"{c}_json": st.sampled_from((None, "1")) for c in columns}
    row = st.fixed_dictionaries({**cells, **companions})
    some = draw(st.lists(row, max_size=8))
    rows = [*some, *draw(st.lists(st.sampled_from(some), max_size=6))] if some else some
    parents = [{"P": r["c0"], "Q": r.get("c1")} for r in draw(st.lists(row, max_size=3)) + rows[:2]]
    return Case(
        contract=contract,
        columns=(*columns, *companions),
        rows=tuple(rows),
        cuts=tuple(draw(st.lists(st.integers(0, len(rows)), max_size=3))),
        parents={"parent": tuple(parents)},
        last_good=draw(st.sampled_from((None, 0, 4, 10))),
        on_reject=draw(st.sampled_from(("block", "quarantine"))),
        max_share=draw(st.sampled_from((0.1, 0.25, 0.5))),
    )
