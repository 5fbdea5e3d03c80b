"""What rules cost: each kind alone on a column that fits it, then all of them, beside pandera's default.

Both get the same rows in memory as text. The own figure is a whole audit: the view, the rules, the split
into accepted and rejected rows, evidence, keys over all batches. Pandera's is its own backend on the same
checks and the same view, errors gathered (`lazy=True`); it finds the rows and does nothing with them.
"""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import workload
from benchmarks.measure import Job, median, own, rounds
from benchmarks.options import Options
from benchmarks.report import Row, Suite

if TYPE_CHECKING:
    import polars as pl

    from dagster_ingest.spec.contract import Contract

NOTHING = "no rule: rows go through the audit"
ALL = "all of these rules together"
BATCH = 100_000
REJECTING = (
    "required", "missing", "type", "pattern", "enum", "range", "multiple", "decimal", "length", "format",
    "foreign_key", "retention",
)  # fmt: skip
KEYS = ("unique", "primary_key")

_ZIP = {"logicalTypeOptions": {"pattern": "^[0-9]{5}(-[0-9]{4})?$"}}
_STATES = ["IA", "NE", "MO", "KS"]
_YEARS = 10 * 365


def _library(metric: str, threshold: dict[str, Any], **arguments: Any) -> dict[str, Any]:
    more = {"arguments": arguments} if arguments else {}
    return {"quality": [{"metric": metric, **threshold, **more}]}


def _few(count: int) -> dict[str, Any]:
    return {"mustBeLessThan": count, "unit": "percent"}


def _typed(kind: str, **options: Any) -> dict[str, Any]:
    return {"logicalType": kind, "logicalTypeOptions": options}


# Kind of rule to (column, what its property says, what the table says, what the head says).
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "required": ("name", {"required": True}, {}, {}),
    "missing": ("verified", _library("missingValues", {"mustBe": 0}, missingValues=["N/A"]), {}, {}),
    "unique": ("id", {"unique": True}, {}, {}),
    "primary_key": ("id", {"primaryKey": True}, {}, {}),
    "type (number)": ("latitude", {"logicalType": "number"}, {}, {}),
    "type (date)": ("created", {"logicalType": "date"}, {}, {}),
    "type (boolean)": ("active", {"logicalType": "boolean"}, {}, {}),
    "pattern": ("zip", _ZIP, {}, {}),
    "enum": ("state", _library("invalidValues", {"mustBe": 0}, validValues=_STATES), {}, {}),
    "range, with its type": ("longitude", _typed("number", minimum=-180, maximum=180), {}, {}),
    "multiple, with its type": ("latitude", _typed("number", multipleOf=0.000001), {}, {}),
    "decimal, with its type": (
        "longitude", {"logicalType": "number", "physicalType": "decimal(9,6)"}, {}, {},
    ),
    "length": ("description", {"logicalTypeOptions": {"maxLength": 2000}}, {}, {}),
    "format (email)": ("email", {"logicalTypeOptions": {"format": "email"}}, {}, {}),
    "foreign_key": ("agency_id", {"relationships": [{"to": "agency.id"}]}, {}, {}),
    "row_count": ("note", {}, _library("rowCount", {"mustBeGreaterThan": 0}), {}),
    "row_count_ratio": ("note", {}, {"quality": [
        {"type": "custom", "engine": "dagster-ingest",
         "implementation": {"rule": "row_count_ratio", "min": 0.5}},
    ]}, {}),
    "sql": ("email", {"quality": [
        {"type": "sql", "query": "select count(distinct {property}) from {object}", "mustBeGreaterThan": 0},
    ]}, {}, {}),
    "null_values": ("note", _library("nullValues", _few(90)), {}, {}),
    "missing_values": ("verified", _library("missingValues", _few(90), missingValues=["N/A"]), {}, {}),
    "invalid_values": ("category", _library("invalidValues", _few(90), validValues=["Food"]), {}, {}),
    "duplicate_values": ("phone", _library("duplicateValues", {"mustBeGreaterOrEqualTo": 0}), {}, {}),
}  # fmt: skip
SLA = {
    "retention, with its type": ("updated", "retention"),
    "freshness, with its type": ("created", "latency"),
}
CASES |= {
    name: (
        column,
        {"logicalType": "date"},
        {},
        {"slaProperties": [{"property": sla, "value": _YEARS, "unit": "d", "element": f"resource.{column}"}]},
    )
    for name, (column, sla) in SLA.items()
}


def run(options: Options) -> Suite:
    csv = workload.csv_file(options.cache, options.rows)
    job = Job("rules", own("rules", csv, options.cache / "rules"))
    said = median(rounds([job], options.rounds)[job.name]).said
    millions = options.rows / 1e6
    suite = Suite(
        "rules",
        f"Cost of rules: {options.rows:,} rows x 20 columns of text",
        {"own": "CPU s / million rows", "pandera": "pandera's default", "ratio": "times pandera's"},
        notes=[
            "own: view, rules, split, evidence, keys over batches. Of one: beyond the audit without rules.",
            "pandera: its DataFrameSchema, eager and lazy=True, the same view and checks; finds rows only.",
            "One zip in a hundred breaks the pattern: its figure holds the split of 20 columns.",
            "Pandera has no check of a column for kinds without its figure; keys are its `unique`.",
        ],
    )
    for name in (NOTHING, *CASES, ALL):
        spent, theirs = said[f"own {name}"] / millions, said.get(f"pandera {name}")
        beyond = spent if name in (NOTHING, ALL) else max(0.0, spent - said[f"own {NOTHING}"] / millions)
        ratio = None if theirs is None else beyond / (theirs / millions)
        figures = {"own": beyond, "pandera": None if theirs is None else theirs / millions, "ratio": ratio}
        suite.rows.append(Row(name, figures))
    return suite


def document(names: tuple[str, ...]) -> dict[str, Any]:
    """An ODCS document with the rules of these cases. Properties of one column are laid together."""
    properties: dict[str, dict[str, Any]] = {"city": {"name": "city"}}
    table: dict[str, list[Any]] = {}
    head: dict[str, list[Any]] = {}
    for name in names:
        column, prop, more, above = CASES[name]
        _lay(properties.setdefault(column, {"name": column}), prop)
        _lay(table, more)
        _lay(head, above)
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "bench",
        "version": "1.0.0",
        "status": "active",
        **head,
        "schema": [{"name": "resource", "properties": list(properties.values()), **table}],
    }


def _lay(target: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        before = target.get(key)
        if isinstance(before, list):
            target[key] = [*before, *value]
        elif isinstance(before, dict):
            target[key] = {**before, **value}
        else:
            target[key] = value


def measure(csv: str, folder: str) -> dict[str, float]:
    """CPU seconds of each case: `own NAME`, and `pandera NAME` where it has such a check. Runs in a job."""
    import polars as pl
    import yaml

    from dagster_ingest.spec.odcs import read_contract

    Path(folder).mkdir(parents=True, exist_ok=True)
    frame = pl.read_csv(csv, infer_schema=False)
    frame = frame.with_columns(
        _source_uri=pl.lit(csv),
        _row_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        _row_hash=pl.struct(pl.all()).hash(),
    )
    parents = {"agency": frame.select(pl.col("agency_id").unique().alias("id"))}
    figures: dict[str, float] = {}
    for name, cases in {NOTHING: (), **{case: (case,) for case in CASES}, ALL: tuple(CASES)}.items():
        file = Path(folder) / "rules.odcs.yaml"
        file.write_text(yaml.safe_dump(document(cases)))
        contract, problems = read_contract(file)
        assert contract is not None, problems
        figures[f"own {name}"] = _timed(lambda some, c=contract: _audit(c, some, parents), frame)
        schema = _pandera(contract, parents)
        if schema is not None:
            figures[f"pandera {name}"] = _timed(lambda some, s=schema: _validate(*s, some), frame)
    return figures


def _timed(work: Callable[[pl.DataFrame], None], frame: pl.DataFrame) -> float:
    """Median CPU seconds of three passes, after a small one that does what is done once."""
    work(frame.head(100))
    spent = []
    for _ in range(3):
        started = time.process_time()
        work(frame)
        spent.append(time.process_time() - started)
    return statistics.median(spent)


def _audit(contract: Contract, frame: pl.DataFrame, parents: dict[str, pl.DataFrame]) -> None:
    from dagster_ingest.extract.questions import asker
    from dagster_ingest.spec.models import Policy
    from dagster_ingest.validate.audit import Auditor

    auditor = Auditor(contract, Policy(on_reject="quarantine", max_share=1.0), parents, frame.height)
    accepted = [auditor.batch(batch)[0] for batch in frame.iter_slices(BATCH)]
    verdict, _ = auditor.finish(asker(contract, lambda late: accepted))
    assert verdict.outcome == "commit", verdict.reason


def _pandera(contract: Contract, parents: dict[str, pl.DataFrame]):
    """(its own schema, the gate that makes the view); None where a rule is no check of a column there."""
    import pandera.polars as pa

    from dagster_ingest.validate.compile import compile_contract

    kinds = {rule.kind for rule in contract.rules}
    if not kinds or not kinds <= {*REJECTING, *KEYS}:
        return None
    gate = compile_contract(contract, parents)
    columns = dict(gate.schema.columns)
    for rule in gate.keys:
        columns[rule.columns[0]] = pa.Column(None, unique=True, nullable=rule.kind == "unique")
    return pa.DataFrameSchema(columns), gate


def _validate(schema: Any, gate: Any, frame: pl.DataFrame) -> None:
    import warnings

    from pandera.errors import SchemaErrors, SchemaWarning

    with warnings.catch_warnings(), contextlib.suppress(SchemaErrors):
        warnings.simplefilter("ignore", SchemaWarning)
        schema.validate(gate.look(frame).collect(), lazy=True)
