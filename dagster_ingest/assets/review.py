"""The check `review` of a raw table: does a delivery wait for a person, or was one turned down?

Only tables whose contract asks for review have it. It fails while something waits; nothing is
materialized then, so that what hangs on the table stops in that state alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg

from dagster_ingest.assets import keys
from dagster_ingest.assets.metadata import table_line
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.errors import IngestError, SpecError
from dagster_ingest.extract.difference import Difference, around

if TYPE_CHECKING:
    from dagster_ingest.extract.result import LoadResult, Reviewed
    from dagster_ingest.land.base import Decision
    from dagster_ingest.spec.resolved import SourceSpec, TableSpec

_WIDTH = 120
_SHOWN_COLUMNS, _SHOWN_SAMPLES = 20, 5
CONFIG = {
    "approve": dg.Field(str, default_value="", description="Hash of the candidate that is approved."),
    "by": dg.Field(str, default_value="", description="Who approves. Asked for with `approve`."),
    "note": dg.Field(str, default_value="", description="Why, for whoever reads the record."),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A table that a person may be asked about: what it takes to name it in every command."""

    platform: TenantPlatform
    source: SourceSpec
    table: TableSpec
    state: str

    @property
    def key(self) -> dg.AssetKey:
        return keys.asset_key(self.platform.spec.name, "raw", self.table.raw)

    @property
    def check(self) -> dg.AssetCheckKey:
        return dg.AssetCheckKey(self.key, keys.REVIEW_CHECK)

    def command(self, verb: str, hash: str = "") -> str:
        words = f"dagster-ingest review {verb} {self.platform.spec.name} {self.table.raw} {self.state}"
        return f"{words} --hash {hash} --by NAME --note '...'" if hash else words

    def run_config(self, hash: str) -> str:
        op = keys.op_name(self.platform.spec.name, f"load_{self.source.name}")
        return f"ops:\n  {op}:\n    config:\n      approve: {hash}\n      by: NAME\n      note: ..."


def config_schema(source: SourceSpec) -> dict[str, dg.Field] | None:
    return CONFIG if any(table.contract.review for table in source.tables) else None


def review_check(
    key: dg.AssetKey, table: TableSpec, partitions: dg.PartitionsDefinition
) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        keys.REVIEW_CHECK,
        asset=key,
        description=f"Contract {table.contract.id} {table.contract.version} asks for a person",
        blocking=True,
        partitions_def=partitions,
    )


def review_result(
    context: dg.AssetExecutionContext, place: Place, result: LoadResult
) -> dg.AssetCheckResult | None:
    """Passes when nothing waits. None where the table has no such check, or this run leaves it out."""
    if place.check not in context.selected_asset_check_keys:
        return None
    found = result.review or _still_waiting(place)
    if found is None or found.status == "approved":
        done = f"approved by {found.by}" if found else "nothing waits for review"
        metadata = {"status": "approved", **decision_metadata(found)} if found else {"status": "none"}
        return _result(place, True, done, metadata)
    if found.status == "rejected":
        return _result(place, False, found.why, {"status": "rejected", **decision_metadata(found)})
    return _result(place, False, waiting_words(place, found), waiting_metadata(place, found))


def refused(place: Place, error: IngestError) -> dg.AssetCheckResult:
    """An approval that does not fit what waits: nothing was loaded or committed."""
    found = _still_waiting(place)
    metadata = waiting_metadata(place, found) if found else {"status": "refused"}
    return _result(place, False, f"not approved: {error}", metadata)


def waiting_words(place: Place, found: Reviewed) -> str:
    owners = ", ".join(_owners(place))
    return (
        f"waits for review: {found.why}. Load {found.load_id}, hash {found.hash[:12]}, held since "
        f"{_minute(found.held_at)}; without a decision until {_minute(found.expires_at)} it counts as "
        f"rejected. To decide: {owners}, by `{place.command('approve', found.hash[:12])}` (or reject), or by "
        f"materializing this asset with the run config in the metadata"
    )


def waiting_metadata(place: Place, found: Reviewed) -> dict[str, Any]:
    config = place.run_config(found.hash)
    return {
        "status": "waiting",
        "hash": found.hash,
        "load_id": found.load_id,
        "why": found.why,
        "held_at": found.held_at,
        "expires_at": found.expires_at,
        "who": _owners(place),
        "approve": place.command("approve", found.hash),
        "reject": place.command("reject", found.hash),
        "run_config": dg.MetadataValue.md(f"```yaml\n{config}\n```"),
        "difference": dg.MetadataValue.md(difference_table(found.difference)),
    }


def decision_metadata(made: Decision | Reviewed) -> dict[str, str]:
    return {
        "reviewed_by": made.by,
        "review_note": made.note,
        "review_hash": made.hash,
        "reviewed_at": made.decided_at,
    }


def approval_of(place: Place, load_id: str) -> dict[str, str]:
    """Who approved the load that the partition holds, as metadata; empty where nobody was asked."""
    if place.table.contract.review is None:
        return {}
    made = place.platform.landing.held.decisions(place.table.raw, place.state)
    found = next((d for d in reversed(made) if d.load_id == load_id and d.decision == "approved"), None)
    return decision_metadata(found) if found else {}


def approve_as_configured(
    context: dg.AssetExecutionContext, places: Sequence[Place]
) -> dict[str, IngestError]:
    """Write down the approval that the run config asks for. By raw table: why it could not be done."""
    config = context.op_execution_context.op_config or {}
    hash, by, note = (str(config.get(name) or "").strip() for name in ("approve", "by", "note"))
    if not hash:
        return {}
    asked = [place for place in places if place.check in context.selected_asset_check_keys]
    if not asked:
        raise dg.Failure(f"approve: {hash}: no table of this run asks for review", allow_retries=False)
    errors: dict[str, IngestError] = {}
    for place in [place for place in asked if _waits_as(place, hash)] or asked:
        try:
            if by in ("", "expiry"):
                raise SpecError(
                    "nobody is named", not_done="nothing was approved", fix="set `by` beside `approve`"
                )
            table, held = place.table.raw, place.platform.landing.held
            held.decide(table, place.state, hash, "approved", by=by, note=note)
            return {}
        except IngestError as error:
            errors[place.table.raw] = error
    return errors


def report(instance: dg.DagsterInstance, place: Place, made: Decision) -> None:
    """Put a decision into the asset's history, outside of any run; a rejection fails its check."""
    words = f"{made.decision} by {made.by}" + (f": {made.note}" if made.note else "")
    metadata = {"status": made.decision, "load_id": made.load_id, **decision_metadata(made)}
    instance.report_runless_asset_event(
        dg.AssetObservation(place.key, description=words, partition=place.state, metadata=metadata)
    )
    if made.decision == "rejected":
        evaluation = dg.AssetCheckEvaluation(
            asset_key=place.key,
            check_name=keys.REVIEW_CHECK,
            passed=False,
            description=words,
            metadata=metadata,
            partition=place.state,
            blocking=True,
        )
        instance.report_runless_asset_event(evaluation)


def difference_table(stored: Any) -> str:
    """Markdown: the counts, then each column that changed with some of its cells."""
    if not stored:
        return "There is no partition yet to compare with."
    found = Difference.from_json(stored)
    lines = ["| | keys | share | some of them |", "|---|---:|---:|---|"]
    counts = [("added", found.added, found.added_keys), ("removed", found.removed, found.removed_keys)]
    counts += [("changed", found.changed, ())] if found.changed is not None else []
    lines.append(table_line("present", found.before, "", ""))
    for name, count, some in counts:
        lines.append(table_line(name, count, f"{found.share(count):.1%}", ", ".join(some), width=_WIDTH))
    lines.append(table_line("candidate", found.after, "", ""))
    lines += [f"\nnew columns: {', '.join(found.new_columns)}"] if found.new_columns else []
    lines += [f"\ncolumns gone: {', '.join(found.gone_columns)}"] if found.gone_columns else []
    if found.columns:
        lines += ["", "| column | changed | key | before | after |", "|---|---:|---|---|---|"]
    for column in found.columns[:_SHOWN_COLUMNS]:
        for index, sample in enumerate(column.samples[:_SHOWN_SAMPLES]):
            head = (column.column, column.changed) if index == 0 else ("", "")
            cells = (sample.key, *around(sample.before, sample.after, _WIDTH - 10))
            lines.append(table_line(*head, *cells, width=_WIDTH))
    return "\n".join(lines)


def _result(place: Place, passed: bool, words: str, metadata: dict[str, Any]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=place.key,
        check_name=keys.REVIEW_CHECK,
        passed=passed,
        description=words,
        metadata=metadata,
    )


def _still_waiting(place: Place) -> Reviewed | None:
    """What waits although this load was about something else: a delivery that could not be read."""
    from dagster_ingest.extract.hold import reviewed

    kept = place.platform.landing.held.get(place.table.raw, place.state)
    return reviewed("waiting", kept) if kept is not None and kept.reason == "review" else None


def _waits_as(place: Place, hash: str) -> bool:
    kept = place.platform.landing.held.get(place.table.raw, place.state)
    return kept is not None and kept.hash.startswith(hash.lower())


def _owners(place: Place) -> list[str]:
    named = (place.table.contract.owner, *place.platform.spec.model.owners)
    return list(dict.fromkeys(name for name in named if name))


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ") + " UTC"
