"""What to do about a cause: commands as a person types them, or words. Pure functions."""

from __future__ import annotations

from dagster_ingest.observe.story import Blocker, Notice, RunSeen, SourceSeen, Story


def of_blocker(story: Story, blocker: Blocker, kind: str) -> tuple[str, ...]:
    place = f"{story.tenant} {blocker.raw_table} {story.state}"
    check = f"dagster-ingest source check {story.tenant} {blocker.source}"
    rule = (
        f"or, if the rows are right and the rule is wrong, change {blocker.contract_file or 'the contract'}"
    )
    provider = f"ask the provider for a corrected delivery and put it in {story.drops}"
    if kind == "review" and blocker.hash:
        words = f"{place} --hash {blocker.hash[:12]} --by NAME --note ..."
        until = f"   # until {blocker.expires_at[:16].replace('T', ' ')} UTC" if blocker.expires_at else ""
        return (
            f"dagster-ingest review show {place}   # what would change",
            f"dagster-ingest review approve {words}{until}",
            f"dagster-ingest review reject {words}",
        )
    if kind in ("review", "expired", "rejected"):
        again = f"dagster-ingest review list --tenant {story.tenant} --history   # who decided, and why"
        return again, provider, *rerun(story)
    if kind in ("contract", "keys"):
        listed = (quarantine(story, blocker.raw_table),) if blocker.rows_rejected else ()
        return *listed, provider, rule, *rerun(story)
    if kind in ("short", "delivery", "missing"):
        return check, provider, *rerun(story)
    if kind == "unavailable":
        return f"{check}   # until it answers", *rerun(story)
    if kind == "denied":
        return check, "dagster-ingest validate --secrets   # which secrets are kept", *rerun(story)
    if kind == "spec":
        return f"dagster-ingest validate --tenant {story.tenant}", *rerun(story)
    if kind == "dbt":
        return f"look at the rows of {blocker.asset}: the SQL of the test is with the check", *rerun(story)
    return rerun(story)


def rerun(story: Story) -> tuple[str, ...]:
    run = f"dagster-ingest run --tenant {story.tenant} --state {story.state}"
    return (f"{run} --retry   # runs what was stopped and nothing else",)


def first_run(story: Story) -> tuple[str, ...]:
    look = [f"dagster-ingest source check {story.tenant} {source.source}" for source in story.sources]
    return *look, f"dagster-ingest run --tenant {story.tenant} --state {story.state}"


def start_looking(story: Story) -> tuple[str, ...]:
    run = f"dagster-ingest run --tenant {story.tenant} --state {story.state}"
    if story.schedule is None:
        return run, "or give the tenant a schedule"
    return "see that the daemon runs and the schedule is on", run


def ask_provider(story: Story, source: SourceSeen) -> tuple[str, ...]:
    check = f"dagster-ingest source check {story.tenant} {source.source}"
    if source.connector == "files":
        return check, f"ask the provider why nothing came; deliveries go to {story.drops}"
    return check, "ask the provider whether nothing changed; if that is so, the SLA is too tight"


def of_reader(story: Story, reader: str) -> tuple[str, ...]:
    return (
        f"dagster-ingest run --tenant {story.tenant} --state {story.state} --layer published",
        f"see that the sensor {story.tenant}__publish is on, if it does not follow within minutes",
    )


def of_failed_reader(story: Story, reader: str, run: RunSeen) -> tuple[str, ...]:
    return (
        f"see that the store of {reader} is up; run {run.run_id[:8]} has the whole error",
        f"dagster-ingest run --tenant {story.tenant} --state {story.state} --layer published",
        f"dagster-ingest publish verify {story.tenant} {story.state} --reader {reader}",
    )


def of_notice(story: Story, notice: Notice) -> tuple[str, ...]:
    if notice.check == "contract":
        return (quarantine(story, notice.asset.partition("/")[2]),)
    return ()


def quarantine(story: Story, table: str | None) -> str:
    of = f" --table {table}" if table else ""
    place = f"--tenant {story.tenant}{of} --state {story.state}"
    return f"dagster-ingest quarantine list {place}   # the refused rows"
