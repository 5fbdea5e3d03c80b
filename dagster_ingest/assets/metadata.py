"""The platform's records as Dagster metadata: numbers that plot, tables that read."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import dagster as dg

from dagster_ingest.land.backing import Receipt
from dagster_ingest.observe.record import StepRecord
from dagster_ingest.validate.verdict import RuleResult, Verdict

_SHOWN_RULES = 40
_SHOWN_SAMPLES = 3


def record_metadata(record: StepRecord) -> dict[str, Any]:
    """The record, field by field, and Dagster's own row count."""
    return {**record.as_metadata(), "dagster/partition_row_count": record.rows_written}


def published_metadata(receipt: Receipt | None, load_id: str) -> dict[str, Any]:
    """What a warehouse outside named the commit of a load: branch, commit, snapshot."""
    if receipt is None:
        return {}
    named = {n: v for n, v in receipt.details.items() if isinstance(v, str)}
    snapshots = receipt.details.get("snapshots", {}).values()
    own = next((told["snapshot"] for told in snapshots if told["load"] == load_id), None)
    told = {
        **named,
        **({"snapshot": str(own)} if own is not None else {}),
    }  # beyond what JSON readers count to
    return {"published_as": dg.MetadataValue.json(told)} if told else {}


def verdict_metadata(verdict: Verdict) -> dict[str, Any]:
    """Counts, a Markdown table of the broken rules, and the verdict whole, for `explain`.

    Why is in the description of the check.
    """
    return {
        "outcome": verdict.outcome,
        "rows_read": verdict.rows_read,
        "rows_accepted": verdict.rows_accepted,
        "rows_rejected": verdict.rows_rejected,
        "rules": dg.MetadataValue.md(rules_table(verdict)),
        **({"verdict": dg.MetadataValue.json(_broken(verdict))} if verdict.failed_rules else {}),
    }


def _broken(verdict: Verdict) -> dict[str, Any]:
    """The verdict without the rules that hold: what nobody asks for makes every event larger."""
    return asdict(replace(verdict, results=verdict.failed_rules))


def rules_table(verdict: Verdict) -> str:
    """Markdown: each broken rule with its count and where to look."""
    if not verdict.failed_rules:
        return f"All {len(verdict.results)} rules hold."
    lines = ["| rule | severity | dimension | rows | where | value |", "|---|---|---|---:|---|---|"]
    for result in verdict.failed_rules[:_SHOWN_RULES]:
        if not result.samples:
            lines.append(table_line(*_head(result), "", _told(result)))
        for index, sample in enumerate(result.samples[:_SHOWN_SAMPLES]):
            head = _head(result) if index == 0 else ("", "", "", "")
            lines.append(table_line(*head, f"{sample.uri} row {sample.row_number}", sample.value))
    return "\n".join(lines)


def _head(result: RuleResult) -> tuple[object, ...]:
    return (result.rule, result.severity, result.dimension or "", result.failed)


def _told(result: RuleResult) -> str | None:
    """What a table rule saw, and what it asks for."""
    if result.observed is None or result.allowed is None:
        return result.observed
    return f"{result.observed}; {result.allowed}"


def table_line(*cells: object, width: int = 80) -> str:
    """One line of a Markdown table; longer cells are cut to `width` signs."""
    return "| " + " | ".join(_cell(cell, width) for cell in cells) + " |"


def _cell(value: object, width: int) -> str:
    text = "(null)" if value is None else str(value)
    text = text if len(text) <= width else text[: width - 3] + "..."
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("\r", " ")
