"""The check `drift` of a raw table: does the delivery look as its contract and the loads before it say?

It never blocks, and is told only of loads that were looked at: where the input is the one before, or the
source could not be read, there is nothing to say. Dagster would write down for each table that the check
is planned, whether it is told or not, which costs a third of an unchanged table's run. So the tenant's
jobs leave it out of their plan and the verdict is logged; a run of the bare asset plans and yields it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.metadata import table_line
from dagster_ingest.validate.drift import KINDS, RECENT, Drift

if TYPE_CHECKING:
    from dagster_ingest.extract.result import LoadResult

_SHOWN = 60
_DESCRIPTION = (
    f"Columns, types, values and counts as the contract and the last {RECENT} committed loads have them"
)


def drift_check(key: dg.AssetKey, partitions: dg.PartitionsDefinition) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        keys.DRIFT_CHECK, asset=key, description=_DESCRIPTION, blocking=False, partitions_def=partitions
    )


def drift_checks(assets: Iterable[dg.AssetsDefinition]) -> list[dg.AssetCheckKey]:
    """The checks of this kind, which a job need not plan."""
    return [key for definition in assets for key in definition.check_keys if key.name == keys.DRIFT_CHECK]


def drift_result(
    context: dg.AssetExecutionContext, key: dg.AssetKey, result: LoadResult
) -> dg.AssetCheckResult | None:
    """The verdict, to be yielded; None where nothing was looked at, or where it has been logged."""
    if not result.observed:
        return None
    check = _result(key, result)
    if dg.AssetCheckKey(key, keys.DRIFT_CHECK) in context.selected_asset_check_keys:
        return check
    context.log_event(
        dg.AssetCheckEvaluation(
            asset_key=key,
            check_name=keys.DRIFT_CHECK,
            passed=check.passed,
            metadata=check.metadata,
            severity=check.severity,
            description=check.description,
            blocking=False,
            partition=context.partition_key,
        )
    )
    return None


def _result(key: dg.AssetKey, result: LoadResult) -> dg.AssetCheckResult:
    found = result.drift
    kinds = Counter[str](deviation.kind for deviation in found.deviations)
    table = {"drift": dg.MetadataValue.md(drift_table(found))} if found.deviations else {}
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=keys.DRIFT_CHECK,
        passed=not found.warnings,
        severity=dg.AssetCheckSeverity.WARN,
        description=found.sentence,
        metadata={
            "deviations": len(found.deviations),
            "warnings": len(found.warnings),
            **{kind: kinds[kind] for kind in KINDS},
            "load_id": result.load_id,
            **table,
        },
    )


def drift_table(drift: Drift) -> str:
    """Markdown: each deviation, what was expected and seen, and what to do."""
    lines = ["| kind | column | expected | seen | what to do |", "|---|---|---|---|---|"]
    for deviation in drift.deviations[:_SHOWN]:
        kind = deviation.kind if deviation.severity == "warn" else f"{deviation.kind} (info)"
        cells = (kind, deviation.column or "*", deviation.expected, deviation.seen, deviation.todo)
        lines.append(table_line(*cells, width=200))
    more = len(drift.deviations) - _SHOWN
    return "\n".join(lines) + (f"\n\nand {more} more" if more > 0 else "")
