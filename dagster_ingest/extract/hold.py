"""Whether a good candidate waits for a person, and what becomes of one that waited.

Shares are of the present partition's keys. What has the rows that are there already never waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from dagster_ingest import clock
from dagster_ingest.connectors.base import Fingerprint
from dagster_ingest.errors import LandError
from dagster_ingest.extract.result import LoadResult, Reviewed
from dagster_ingest.land.base import Candidate, Decision, Held, PartitionVersion
from dagster_ingest.spec.contract import Review
from dagster_ingest.validate.verdict import Verdict

if TYPE_CHECKING:
    from dagster_ingest.extract.difference import Difference
    from dagster_ingest.extract.load import Job

EXPIRY = "expiry"


def settle(job: Job) -> LoadResult | None:
    """Before anything is read: commit what was approved, reject what expired. None: there is neither."""
    kept = job.landing.held.get(job.table.raw, job.state)
    if kept is None or kept.reason != "review":
        return None
    made = job.landing.held.decision(kept)
    if made is not None and made.decision == "approved":
        now = job.table.contract
        # Its rows were not audited by the contract that is in force; a version may hide a change.
        if kept.contract_version != now.version or kept.contract not in ("", now.checksum):
            passed = kept.contract_version
            note = f"the contract is another by now ({now.version}); the candidate passed {passed}"
            job.landing.held.withdraw(kept, by=job.load_id, note=note)
            return None
        try:
            version = job.landing.held.commit(kept)
        except LandError as error:  # it cannot be committed any more: the source is read anew
            job.landing.held.withdraw(kept, by=job.load_id, note=error.problem)
            return None
        verdict = _said("commit", f"approved by {made.by}{_note(made)}: {kept.why}", kept.rows)
        review = reviewed("approved", kept, made)
        facts = {"load_id": kept.load_id, "contract_version": kept.contract_version, "review": review}
        return job.result("committed", verdict, version, Fingerprint(kept.fingerprint), **facts)
    if kept.expired(clock.utc_text()):
        expire(job, kept)
    return None


def expire(job: Job, kept: Held) -> Decision:
    """Nobody decided in time: rejected, once, in the name of the expiry."""
    waited = datetime.fromisoformat(kept.expires_at) - datetime.fromisoformat(kept.held_at)
    note = f"nobody decided within {_span(waited)}"
    return job.landing.held.decide(kept.table, kept.state, kept.hash, "rejected", by=EXPIRY, note=note)


def standing(
    job: Job, inputs: str, current: PartitionVersion | None, fingerprint: Fingerprint
) -> LoadResult | None:
    """The same delivery again: it still waits, or it was rejected. Nothing is read then."""
    if job.table.contract.review is None:
        return None
    kept = job.landing.held.get(job.table.raw, job.state)
    if kept is not None and kept.reason == "review" and kept.inputs == inputs:
        review = reviewed("waiting", kept, again=True)
        verdict = _said("commit", f"waits for review: {kept.why}", kept.rows)
        return job.result("waiting", verdict, current, fingerprint, review=review)
    decisions = job.landing.held.decisions(job.table.raw, job.state)
    made = next((d for d in reversed(decisions) if d.inputs == inputs), None)
    if made is None or made.decision != "rejected":
        return None
    review = Reviewed(
        "rejected", made.hash, made.load_id, rejection(made), {}, "", "", made.by, made.note, made.decided_at
    )
    verdict = _said("block", rejection(made), 0)
    return job.result("blocked", verdict, current, fingerprint, review=review)


def in_turn(job: Job, current: PartitionVersion | None, fingerprint: Fingerprint) -> LoadResult | None:
    """Changes that wait are in no later delivery of changes, which is not read before somebody decided.

    A delivery that holds the files of the one that waits takes its place.
    """
    kept = job.landing.held.get(job.table.raw, job.state)
    if job.source.mode != "partial" or kept is None or kept.reason != "review":
        return None
    if job.table.contract.review is None or fingerprint.value in ("", kept.fingerprint):
        return None
    delivered = _delivered(job, kept)
    if all(uri in fingerprint.parts or uri.partition("#")[0] in fingerprint.parts for uri in delivered):
        return None
    said = f"waits for review: {kept.why}; the delivery that came since is read after the decision"
    review = reviewed("waiting", kept, again=True)
    return job.result("waiting", _said("commit", said, kept.rows), current, fingerprint, review=review)


def _delivered(job: Job, kept: Held) -> list[str]:
    """Files of which the candidate holds rows; none where its own file is gone: it cannot be committed."""
    import polars as pl

    own = pl.col("_load_id") == kept.load_id
    try:
        return (
            job.landing.held.scan(kept)
            .filter(own)
            .select("_source_uri")
            .unique()
            .collect()["_source_uri"]
            .to_list()
        )
    except FileNotFoundError:
        return []


def outdated(job: Job) -> None:
    """The source delivers again what the partition holds: whatever was held is not what it says now."""
    kept = job.landing.held.get(job.table.raw, job.state)
    if kept is not None:
        job.landing.held.withdraw(kept, by=job.load_id, note="the source delivers the present rows again")


def block(job: Job, candidate: Candidate, version: PartitionVersion, why: str, base: str) -> Held:
    """Keep the rows that passed of a delivery that was refused, so that they can be replayed."""
    contract = job.table.contract
    return candidate.hold(
        version,
        reason="blocked",
        contract_version=contract.version,
        why=why,
        base=base,
        contract=contract.checksum,
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What asks for a person, in words, and the difference to look at."""

    why: str
    difference: Difference | None
    expires: int


def ask(
    job: Job,
    candidate: Candidate,
    verdict: Verdict,
    version: PartitionVersion,
    current: PartitionVersion | None,
) -> Asked | None:
    """Whether the contract asks for a person before this sealed candidate is committed. Changes nothing."""
    asked = job.table.contract.review
    if asked is None or (current is not None and current.data_version == version.data_version):
        return None
    difference = None
    with job.landing.shared():  # the partition's parts stay where they are
        present = job.landing.scan(job.table.raw, job.state)
        if present is not None:
            from dagster_ingest.extract.compare import compare

            difference = compare(present, candidate.scan(), job.table.contract, asked.columns)
    why = reasons(asked, verdict, difference)
    return Asked("; ".join(why), difference, asked.expires) if why else None


def wait(
    job: Job,
    candidate: Candidate,
    version: PartitionVersion,
    current: PartitionVersion | None,
    asked: Asked,
) -> Reviewed:
    """Hold the candidate until a person decided or its time is over."""
    expires = datetime.now(UTC) + timedelta(minutes=asked.expires)
    kept = candidate.hold(
        version,
        reason="review",
        contract_version=job.table.contract.version,
        why=asked.why,
        base=current.data_version if current is not None else "",
        expires_at=expires.isoformat(timespec="microseconds"),
        difference=asked.difference.as_json() if asked.difference else {},
        contract=job.table.contract.checksum,
    )
    return reviewed("waiting", kept)


def reasons(asked: Review, verdict: Verdict, difference: Difference | None) -> list[str]:
    """Why a person is asked, in words; empty if nobody is."""
    found = ["the contract asks for review of every change"] if asked.always else []
    broken = [r for r in verdict.failed_rules if r.rule in asked.rules]
    found += [f"{r.rule} is broken ({r.observed or f'{r.failed} rows'})" for r in broken]
    if difference is None:
        return found
    changed = difference.changed
    if changed is None and (asked.changed_above is not None or asked.columns):
        if difference.added or difference.removed:
            found.append("rows changed, and without a key nobody can tell which")
        changed = 0
    for verb, count, limit in (
        ("removed", difference.removed, asked.removed_above),
        ("added", difference.added, asked.added_above),
        ("changed", changed or 0, asked.changed_above),
    ):
        if limit is not None and difference.share(count) > limit:
            share = f"{count} of {difference.before} keys {verb}"
            found.append(f"{share} ({difference.share(count):.1%}, more than {limit:.1%})")
    named = {c.column: c.changed for c in difference.columns if c.column in asked.columns}
    found += [f"{column} changed in {count} kept rows" for column, count in named.items()]
    return found


def reviewed(status, kept: Held, made: Decision | None = None, *, again: bool = False) -> Reviewed:
    return Reviewed(
        status=status,
        hash=kept.hash,
        load_id=kept.load_id,
        why=kept.why,
        difference=kept.difference,
        held_at=kept.held_at,
        expires_at=kept.expires_at,
        by=made.by if made else "",
        note=made.note if made else "",
        decided_at=made.decided_at if made else "",
        again=again,
    )


def rejection(made: Decision) -> str:
    if made.by == EXPIRY:
        return f"{made.note}, so the delivery counts as rejected since {made.decided_at[:10]}"
    return f"rejected by {made.by} on {made.decided_at[:10]}{_note(made)}"


def _note(made: Decision) -> str:
    return f": {made.note}" if made.note else ""


def _said(outcome, reason: str, rows: int) -> Verdict:
    return Verdict(outcome, reason, rows_read=0, rows_accepted=rows, rows_rejected=0)


def _span(waited: timedelta) -> str:
    minutes = round(waited.total_seconds() / 60)
    for size, unit in ((24 * 60, "day"), (60, "hour")):
        if minutes >= size and minutes % size == 0:
            return f"{minutes // size} {unit}{'s' if minutes != size else ''}"
    return f"{minutes} minute{'s' if minutes != 1 else ''}"
