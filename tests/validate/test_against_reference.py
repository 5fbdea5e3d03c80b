"""The audit against a slow reference, and the compiled schema through pandera's own backend.

DAGSTER_INGEST_EXAMPLES sets how many random contracts each test tries, on other ones each time; unset,
a fixed set of them that takes seconds.
"""

from __future__ import annotations

import os
import warnings

import pandera.polars as pa
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from pandera.errors import SchemaErrors, SchemaWarning

from dagster_ingest.extract.questions import asker
from dagster_ingest.spec.contract import STRING_FORMATS, Column, Contract, Rule
from dagster_ingest.spec.models import Policy
from dagster_ingest.validate.audit import Auditor
from dagster_ingest.validate.compile import compile_contract
from tests.validate import reference
from tests.validate.strategies import ANYTHING, BOUNDS, CELLS, NOW, PATTERNS, Case, cases, every_type

EXAMPLES = os.environ.get("DAGSTER_INGEST_EXAMPLES")
bounded = settings(
    max_examples=int(EXAMPLES or 500),
    deadline=None,
    derandomize=EXAMPLES is None,
    phases=(Phase.generate, Phase.shrink),
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


RANGES = [
    ({"type": kind, **({"zone": "America/Chicago"} if kind == "timestamp" else {})}, {name: bound})
    for kind, bounds in BOUNDS.items()
    for bound in bounds
    for name in ("min", "max", "above", "below")
]
CELL_RULES = [
    *(("type", params) for params in every_type()),
    *(("format", {"format": name}) for name in STRING_FORMATS),
    *(("multiple", {"of": step}) for step in ("5", "0.1", "0.25", "3")),
    *(("decimal", {"precision": p, "scale": s}) for p in (2, 6, 38) for s in (0, 2)),
    *(("pattern", {"pattern": pattern}) for pattern in PATTERNS),
]


def judged(*rules: tuple[str, dict]) -> tuple[list[str], list[str]]:
    """Of all cells in the pools, those that compiled rules let pass, and those that the reference does."""
    made = tuple(Rule(f"c|{kind}", kind, ("c",), params) for kind, params in rules)
    contract = Contract("one", "1.0.0", "one", "one.odcs.yaml", (Column("c", "c"),), made)
    cells = sorted({cell for pool in (*CELLS.values(), ANYTHING) for cell in pool})
    delivery = reference.Delivery((), {}, None, NOW, {})
    tests = [reference.row_test(contract, rule, delivery) for rule in made]
    gate = compile_contract(contract, {}, NOW)

    flags = gate.schema.flags(gate.look(pl.DataFrame({"c": cells}))).collect()

    passed = [c for c, ok in zip(cells, flags.iter_rows(), strict=True) if all(ok)]
    return passed, [c for c in cells if all(test({"c": c}) for test in tests)]


@pytest.mark.parametrize("rule", CELL_RULES, ids=str)
def test_every_cell_of_the_pools_is_judged_as_by_the_reference(rule):
    passed, expected = judged(rule)

    assert passed == expected


@pytest.mark.parametrize("minutes", [60, 24 * 60, 36 * 60, 366 * 24 * 60])
@pytest.mark.parametrize("kind", ["date", "timestamp"])
def test_every_cell_is_as_old_as_for_the_reference(kind, minutes):
    passed, expected = judged(("type", {"type": kind}), ("retention", {"minutes": minutes}))

    assert passed == expected


@pytest.mark.parametrize(("typed", "bound"), RANGES, ids=str)
def test_every_cell_is_compared_with_a_bound_as_by_the_reference(typed, bound):
    passed, expected = judged(("type", typed), ("range", bound))

    assert passed == expected
    assert judged(("range", bound), ("type", typed))[0] == expected


def frame_of(case: Case, numbers: range) -> pl.DataFrame:
    """Rows `numbers` (from 1) of the case as the audit gets them."""
    rows = [case.rows[n - 1] for n in numbers]
    columns = {name: [row[name] for row in rows] for name in case.columns}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(case.columns, pl.String))
    hashes = {cells_of(row): i for i, row in enumerate(case.rows)}
    return frame.with_columns(
        _source_uri=pl.lit("drops/a.csv"),
        _row_number=pl.Series(list(numbers), dtype=pl.Int64),
        _row_hash=pl.Series([hashes[cells_of(row)] for row in rows], dtype=pl.UInt64),
    )


def cells_of(row: dict[str, str | None]) -> tuple:
    return tuple(sorted(row.items()))


def parents_of(case: Case) -> dict[str, pl.DataFrame]:
    schema = {"P": pl.String, "Q": pl.String}
    return {
        table: pl.DataFrame({c: [row[c] for row in rows] for c in schema}, schema=schema)
        for table, rows in case.parents.items()
    }


def audited(case: Case, policy: Policy):
    """(accepted and rejected frames batch by batch, verdict, late rejects) of a whole audit."""
    auditor = Auditor(case.contract, policy, parents_of(case), case.last_good, now=NOW)
    parts = [auditor.batch(frame_of(case, numbers)) for numbers in case.batches()]

    def to_commit(late):
        gone = [n for rows in late.values() for n in rows["_row_number"]]
        return [good.filter(~pl.col("_row_number").is_in(gone)) for good, _ in parts]

    verdict, late = auditor.finish(asker(case.contract, to_commit))
    return parts, verdict, late


@given(cases())
@bounded
def test_the_audit_agrees_with_the_reference(case: Case):
    policy = Policy(on_reject=case.on_reject, max_share=case.max_share)
    expected = reference.audit(case.contract, case.delivery(), policy)

    parts, verdict, late = audited(case, policy)

    rejected = {n: rules for _, bad in parts for n, rules in bad.select("_row_number", "_rules").rows()}
    kept = [n for good, _ in parts for n in good["_row_number"]]
    assert rejected == expected.rejected
    assert kept == [n for n in range(1, len(case.rows) + 1) if n not in expected.rejected]
    assert {rule: sorted(rows["_row_number"]) for rule, rows in late.items()} == expected.late
    assert {r.rule: r.failed for r in verdict.results} == expected.counts
    assert (verdict.outcome, verdict.rows_read) == (expected.outcome, len(case.rows))
    assert verdict.rows_accepted == len(expected.accepted)
    assert verdict.rows_rejected == len(case.rows) - len(expected.accepted)
    assert verdict.co_occurrence == expected.combinations
    for result in verdict.results:
        if result.rule in expected.broken:
            assert [s.row_number for s in result.samples] == expected.broken[result.rule][:5]


@given(cases())
@bounded
def test_pandera_itself_names_the_same_rows(case: Case):
    """The compiled schema on the view, by pandera's own backend and not by the fused one."""
    found = ((r, reference.row_test(case.contract, r, case.delivery())) for r in case.contract.rules)
    expected = {
        rule.id: {n for n, row in enumerate(case.rows, 1) if not test(row)}
        for rule, test in found
        if test is not None and rule.severity == "error"
    }
    gate = compile_contract(case.contract, parents_of(case), NOW)
    view = gate.look(frame_of(case, range(1, len(case.rows) + 1))).collect()

    named = named_by_pandera(gate.schema.columns, view)

    for rule in case.contract.rules:
        if rule.id in expected:
            assert named.get(rule.id, set()) == expected[rule.id]


def named_by_pandera(columns: dict[str, pa.Column], view: pl.DataFrame) -> dict[str, set[int]]:
    """Row numbers by rule id. Checks that only warn leave no failure case."""
    named: dict[str, set[int]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SchemaWarning)
        try:
            pa.DataFrameSchema(columns).validate(view, lazy=True)
        except SchemaErrors as errors:
            for error in errors.schema_errors:
                assert error.check_output is not None, error  # it is the check that failed, not a row
                passed = error.check_output.to_series()
                named.setdefault(error.check.name, set()).update(
                    number for number, ok in enumerate(passed, 1) if not ok
                )
    return named
