"""What `validate` accepts, the audit can run: nothing is found wrong with a rule only when data is there.

DAGSTER_INGEST_EXAMPLES sets how many random contracts are tried, on other ones each time.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dagster_ingest.extract.questions import asker
from dagster_ingest.spec.contract import INTEGER_FORMATS, NUMBER_FORMATS, STRING_FORMATS, TYPES
from dagster_ingest.spec.models import Policy
from dagster_ingest.spec.odcs import read_contract
from dagster_ingest.spec.regex import fault
from dagster_ingest.validate.audit import Auditor

EXAMPLES = os.environ.get("DAGSTER_INGEST_EXAMPLES")


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


MOMENTS = words(r"""
    2024-01-01 20240101 2024-W05-1 2024-02-30 2024-01-01T00:00:00 2024-01-01T24:00 2024-01-01T00:00:00Z
    2024-01-01T00:00:00+02:00 2024-01-01T00:00:00,5 20240101T000000 0000-01-01 0001-01-01 9999-12-31
    01/31/2024 06:00 06:00:00 060000 24:00 06:00+02:00 06 2024-01-01T06 2024-01-01T06:00:00.1234567
    2023-12-31T23:00:00-05:00 2024-01-01T01:00:00Z 2024-03-10T02:30:00
""")
PATTERNS = words(r"""
    a (?i)a [ \d+ a{1000} a{,3} \p{L} (?<n>a) (?P<n>a) ^$ a++ \z \h [[:alpha:]] (?x)a \u0041 \cA [a-z&&[^b]]
    a{99999} (a{100}){100} (a{1000}){1000} \< \N{DASH} (?=a) (a)\1 a** \Qa\E (?>a) [\w-z] \b{start} (?u:a)
    (?a)a \x{41} \x41 $^ .{2} \w{100} \w{500} \W{300} \D{1500} \d{3000} [\w.-]{1,254}@[\w.-]{1,254} {a} a{
    a{x} \{a\} [{] [a\b] []a] [^]a] \\b [\\b] ^[^@\s]{1,64}@[^@\s]{1,255}$ (\w{15}){15} \s{5000} (?i)\w{150}
    (a|\w{300})
""")
DATE_FORMATS = words(
    "yyyy-MM-dd M/d/yy %Y-%m-%d %F %Y%j %D %e.%m.%Y yyyy %Y-%m %y%m%d %Y%%%m%d %s %b%Y yyyyMMdd"
)
TIME_FORMATS = words("HH:mm hh:mm %H %I:%M %T %H:%M:%S%.f %H:%M:%S.%f %R %I:%M%p %k:%M HH:mm:ss.SSS %Hh%M")
NUMBERS = (0, -1, 5, 0.1, 1e300, 10**40, -(2**63), 2**64, 1e-12, 255, 256)
ZONES = ("UTC", "America/Chicago", "CET", "Mars/Base", "posix/UTC", "EST5EDT", "Etc/GMT+5", "localtime")
TIMESTAMP_FORMATS = [
    day + sign + clock + zone
    for day in ("%Y-%m-%d", "%F", "%d.%m.%y")
    for sign in "T "
    for clock in ("%T", "%H:%M:%S%.f", "%I:%M%p", "%H:%M:%S.%f")
    for zone in ("", "%z", "%:z", "%#z")
]
ANY = (0, -1, 1e300, "2024-01-01", "06:00", "a", "[", "", " ", True, None)


def options(**likely: Sequence[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """At most two of the options that the type has, seldom with a value of another type."""
    seldom = {key: st.sampled_from([*choices] * 9 + [*ANY]) for key, choices in likely.items()}
    keys = st.lists(st.sampled_from(sorted(likely)), max_size=2, unique=True) if likely else st.just([])
    return keys.flatmap(lambda chosen: st.fixed_dictionaries({key: seldom[key] for key in chosen}))


def bounds(choices: Sequence[Any]) -> dict[str, Sequence[Any]]:
    return dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), choices)


OF_TYPE = {
    "string": options(
        pattern=PATTERNS, format=STRING_FORMATS, minLength=(0, 1, 2**40), maxLength=(0, 5, 2**40)
    ),
    "integer": options(format=INTEGER_FORMATS, multipleOf=NUMBERS, **bounds(NUMBERS)),
    "number": options(format=NUMBER_FORMATS, multipleOf=NUMBERS, **bounds(NUMBERS)),
    "boolean": options(),
    "date": options(format=DATE_FORMATS, **bounds(MOMENTS)),
    "timestamp": options(
        format=TIMESTAMP_FORMATS, timezone=(True, False), defaultTimezone=ZONES, **bounds(MOMENTS)
    ),
    "time": options(format=TIME_FORMATS, timezone=(True, False), **bounds(MOMENTS)),
}
THRESHOLD = st.sampled_from(
    ({"mustBe": 0}, {"mustBeLessThan": 5, "unit": "percent"}, {"mustNotBeBetween": [1, 2.5]})
)
METRIC = st.fixed_dictionaries(
    {"metric": st.sampled_from(("nullValues", "missingValues", "invalidValues", "duplicateValues"))},
    optional={
        "arguments": st.sampled_from((
            {"validValues": ["a", "b"]}, {"validValues": [1, 2.5]}, {"validValues": ["a"], "pattern": "["},
            {"validValues": [10**30]}, {"pattern": "^a"}, {"missingValues": [None, "-"]},
        )),
    },
)  # fmt: skip
SQL = st.sampled_from(
    [
        f"select {what}"
        for what in (
            "count(*) from {object}",
            "max({property}) from {object}",
            "sum({property}) from {object}",
            "count(*) from {object} where {property} > 5",
            "avg(length({property})) from {object}",
            "count(*) from {object} where {property} ~ '^a'",
            "min(c) from (select {property} as c from {object})",
        )
    ]
)
QUALITY = st.one_of(
    st.builds(lambda m, t: {**m, **t}, METRIC, THRESHOLD),
    st.builds(lambda q, t: {"type": "sql", "query": q, **t}, SQL, THRESHOLD),
)


@st.composite
def properties(draw) -> dict[str, Any]:
    kind = draw(st.sampled_from(TYPES))
    prop = {"name": "A", "logicalType": kind, "logicalTypeOptions": draw(OF_TYPE[kind])}
    for key in draw(st.lists(st.sampled_from(("required", "unique", "primaryKey")), max_size=2)):
        prop[key] = True
    if draw(st.integers(0, 3)) == 0:
        prop["physicalType"] = draw(
            st.sampled_from(("decimal(5,2)", "decimal(38,38)", "numeric(1)", "number", "text"))
        )
    if draw(st.integers(0, 3)) == 0:
        prop["enum"] = [
            {"value": v} for v in draw(st.sampled_from((["a", "b"], [1, 300], [0.5, 2], [10**30])))
        ]
    prop["quality"] = draw(st.lists(QUALITY, max_size=1))
    return prop


def document(prop: dict[str, Any], sla: str | None) -> dict[str, Any]:
    levels = [{"property": sla, "value": 1, "unit": "d", "element": "t.A"}] if sla else []
    head = {"kind": "DataContract", "apiVersion": "v3.1.0", "id": "t", "version": "1.0.0", "status": "active"}
    return {**head, "schema": [{"name": "t", "properties": [prop]}], "slaProperties": levels}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_an_accepted_pattern_is_one_of_the_engine(pattern):
    if fault(pattern) is None:
        pl.Series(["a"]).str.contains(pattern, literal=False)


def test_patterns_that_people_write_are_accepted():
    usual = (
        r"^\d{5}(-\d{4})?$",
        r"^[^@\s]{1,64}@[^@\s]{1,255}$",
        r"^\s*\w+(\s\w+){0,20}$",
        r"(?i)^(yes|no)$",
        r"\{a\}",
    )

    assert [fault(pattern) for pattern in usual] == [None] * len(usual)


@given(properties(), st.sampled_from((None, None, "latency", "retention")))
@settings(
    max_examples=int(EXAMPLES or 400),
    deadline=None,
    derandomize=EXAMPLES is None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_an_accepted_contract_can_be_audited(prop, sla):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.odcs.yaml")
        path.write_text(yaml.safe_dump(document(prop, sla)))
        contract, problems = read_contract(path)
    assert (contract is None) == bool(problems)
    assert all(problem.line for problem in problems)
    if contract is None:
        return
    rows = {"A": ["2024-01-01", "5", "a", None], "_source_uri": ["u"] * 4, "_row_number": [1, 2, 3, 4]}
    frame = pl.DataFrame(rows).with_columns(_row_hash=pl.col("_row_number").cast(pl.UInt64))
    auditor = Auditor(contract, Policy(), {}, None)

    accepted, _ = auditor.batch(frame)
    verdict, _ = auditor.finish(asker(contract, lambda late: [accepted]))

    assert "itself failed" not in verdict.reason
    assert {result.rule for result in verdict.results} >= {rule.id for rule in contract.rules}
