"""The check `drift` of a raw table: does the delivery look as its contract and the loads before it say?

It never blocks. A load that was not looked at (its input is the one before, or the source could not be
read) yields no verdict of this check: Dagster lists it as skipped, the last verdict stays in the store.
"""

from __future__ import annotations

from collections import Counter
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


def drift_result(
    context: dg.AssetExecutionContext, key: dg.AssetKey, result: LoadResult
) -> dg.AssetCheckResult | None:
    """The verdict; None where nothing was looked at or the run was asked to leave the check out."""
    check = dg.AssetCheckKey(key, keys.DRIFT_CHECK)
    if not result.observed or check not in context.selected_asset_check_keys:
        return None
    found = result.drift
    kinds = Counter(deviation.kind for deviation in found.deviations)
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
