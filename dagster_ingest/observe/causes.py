"""Why a state is as it is: from what is published, step by step, back to the source. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dagster_ingest.observe import todo
from dagster_ingest.observe.fresh import fresh
from dagster_ingest.observe.kinds import Kind, kind_of
from dagster_ingest.observe.story import Blocker, Notice, RunSeen, Shown, Story
from dagster_ingest.observe.words import exact, span, when

_ORDER = ("published", "enhanced", "stage", "elt", "raw", "source")


@dataclass(frozen=True, slots=True)
class Cause:
    """One link of the chain.

    asset     `layer/table`, or `source/name`
    what      a sentence, without a full stop
    since     epoch seconds, None where nobody can tell
    stops     whether it keeps newer data from being published; else it only warns
    root      whether nothing further back explains it
    todo      what to do next: commands, or words
    """

    kind: Kind
    asset: str
    what: str
    since: float | None
    owners: tuple[str, ...]
    not_done: str = ""
    todo: tuple[str, ...] = ()
    stops: bool = True
    root: bool = False

    @property
    def layer(self) -> str:
        return self.asset.partition("/")[0]


def causes(story: Story, now: float, reader: str | None = None) -> tuple[Cause, ...]:
    """From the published end to the source; what only warns stands where it belongs. reader: this one."""
    roots = [*_blocked(story), *_unfinished(story)]
    shown = [each for each in story.shown if reader in (None, each.reader)]
    ends = [_published(story, each, roots, now) for each in shown]
    own = [cause for cause in ends if cause is not None]
    if not roots and not any(cause.root for cause in own):
        roots += _quiet(story, now)
    found = [*own, *_layers_between(story, roots), *roots, *_noticed(story)]
    last = len(_ORDER)
    return tuple(sorted(found, key=lambda c: _ORDER.index(c.layer) if c.layer in _ORDER else last))


def root_causes(chain: Iterable[Cause]) -> tuple[Cause, ...]:
    """Those that keep data from being published and that nothing else explains."""
    return tuple(cause for cause in chain if cause.root and cause.stops)


def _blocked(story: Story) -> list[Cause]:
    return [
        Cause(
            kind=kind_of(blocker),
            asset=blocker.asset,
            what=_what(blocker),
            since=blocker.since,
            owners=blocker.owners or story.owners,
            not_done=_not_done(blocker),
            todo=todo.of_blocker(story, blocker, kind_of(blocker)),
            root=True,
        )
        for blocker in story.blockers
    ]


def _what(blocker: Blocker) -> str:
    kind, reason = kind_of(blocker), " ".join(blocker.reason.split())
    if kind == "dbt":
        rows = f", {blocker.failing_rows:,} rows" if blocker.failing_rows else ""
        return f"dbt test {blocker.check} failed{rows}: {reason}"
    if kind in ("expired", "rejected"):
        return f"turned down: {reason}"
    if kind == "contract" and blocker.rows_rejected:
        return f"{blocker.rows_rejected:,} of {blocker.rows_read:,} rows break its contract"
    return reason


def _not_done(blocker: Blocker) -> str:
    layer = blocker.asset.partition("/")[0]
    if layer in ("raw", "enhanced"):
        kept = "the last good partition stands"
        verb = "committed" if layer == "raw" else "made"
        return f"not {verb}: {kept}; {len(blocker.stops)} assets after it wait"
    return f"its rows stay as they were; {len(blocker.stops)} assets after it wait"


def _published(story: Story, shown: Shown, roots: list[Cause], now: float) -> Cause | None:
    """What is amiss at the published end; None where it shows what there is, in time."""
    asset = f"published/{shown.reader}"
    old = _old(story, shown, now)
    if shown.current and old is None:
        return None
    run = next((r for r in story.runs if r.reader == shown.reader), None)
    since = _changed_at(story)
    if shown.current is False and run is not None and _is_news(run, shown):
        return _of_run(story, shown, run, asset)
    if shown.current is False:
        return Cause(
            "asking", asset, "the stage holds newer data and the reader was not asked for it yet", since,
            story.owners, _shows(shown), todo.of_reader(story, shown.reader), root=not roots,
        )  # fmt: skip
    what = old or "shows what was there before"
    return Cause("waits", asset, what, _late_since(story, shown, now), story.owners, _shows(shown))


def _is_news(run: RunSeen, shown: Shown) -> bool:
    return run.status in ("failure", "canceled", "queued", "running") and run.asked >= (shown.at or 0.0)


def _of_run(story: Story, shown: Shown, run: RunSeen, asset: str) -> Cause:
    if run.status in ("queued", "running"):
        what = "is being published" if run.status == "running" else "a run waits for its turn to publish it"
        return Cause("running", asset, what, run.started or run.asked, story.owners, _shows(shown), root=True)
    tries = f", {run.tries} times in a row" if run.tries > 1 else ""
    again = f"; asked again at {when(run.again)}" if run.again else ""
    what = f"publishing failed{tries}: {run.reason or 'the run was stopped'}{again}"
    return Cause(
        "reader", asset, what, run.ended or run.asked, story.owners, _shows(shown),
        todo.of_failed_reader(story, shown.reader, run), root=True,
    )  # fmt: skip


def _shows(shown: Shown) -> str:
    if shown.at is None:
        return "nothing was ever published"
    return f"not updated: it shows {shown.services:,} services of {when(shown.at)}"


def _old(story: Story, shown: Shown, now: float) -> str | None:
    age = None if shown.at is None else now - shown.at
    if age is not None and age > story.fail_after:
        over = exact(age - story.fail_after)
        return f"{exact(age)} old, which breaks the SLA of {span(story.fail_after)} since {over}"
    if age is not None and story.warn_after is not None and age > story.warn_after:
        return f"{exact(age)} old, more than the warning at {span(story.warn_after)}"
    return None


def _late_since(story: Story, shown: Shown, now: float) -> float | None:
    if shown.at is not None and now - shown.at > story.fail_after:
        return shown.at + story.fail_after
    return min((blocker.since for blocker in story.blockers), default=None)


def _changed_at(story: Story) -> float | None:
    return max((s.at for s in story.layers if s.layer in ("stage", "enhanced") and s.at), default=None)


def _layers_between(story: Story, roots: list[Cause]) -> Iterator[Cause]:
    """Layers that wait for a root further back."""
    behind = {cause.layer for cause in roots}
    for layer in story.layers:
        if layer.behind and layer.layer not in behind and layer.layer != "raw":
            deeper = [c for c in roots if _ORDER.index(c.layer) > _ORDER.index(layer.layer)]
            if deeper:
                names = ", ".join(sorted({cause.asset for cause in deeper}))
                what = f"{len(layer.behind)} of {layer.tables} tables wait for {names}"
                yield Cause("waits", f"{layer.layer}/{_first(layer.behind)}", what, None, story.owners)


def _first(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _unfinished(story: Story) -> Iterator[Cause]:
    """Tables that are behind although no check fails: a run died, is at work, or never came."""
    if story.blockers:
        return
    run = next((r for r in story.runs if r.side == "writers"), None)
    behind = [layer for layer in story.layers if layer.behind and layer.layer != "raw"]
    never = all(layer.there == 0 for layer in story.layers) if story.layers else story.loaded_at is None
    died = run is not None and run.status in ("failure", "canceled")
    if run is not None and run.status in ("queued", "running"):
        words = "a run is at work" if run.status == "running" else "a run waits for its turn"
        yield Cause("running", _asset(story, never), words, run.started or run.asked, story.owners, root=True)
    elif run is not None and died and (behind or never or _failed_after(story, run)):
        how = "was cancelled" if run.status == "canceled" else "failed"
        what = f"run {run.run_id[:8]} {how}: {run.reason or 'no step said why'}"
        end, left = run.ended or run.asked, "what it had not committed is not there"
        yield Cause("run", _asset(story, never), what, end, story.owners, left, todo.rerun(story), root=True)
    elif never:
        what = "nothing was ever loaded"
        if run is None:
            what += ": no run was ever started"
        yield Cause(
            "never", _asset(story, True), what, None, story.owners, "nothing was published",
            todo.first_run(story), root=True,
        )  # fmt: skip
    elif behind:
        first = min(behind, key=lambda layer: -_ORDER.index(layer.layer))
        what = f"{sum(len(layer.behind) for layer in behind)} tables are made from older inputs"
        asset = f"{first.layer}/{_first(first.behind)}"
        yield Cause("waits", asset, what, None, story.owners, "", todo.rerun(story), root=True)


def _failed_after(story: Story, run: RunSeen) -> bool:
    """Whether nothing was looked at since, so that the failed run is the last word."""
    looked = max((s.looked_at for s in story.sources if s.looked_at is not None), default=None)
    return looked is None or looked < run.asked


def _asset(story: Story, never: bool) -> str:
    if never and story.sources:
        return f"source/{story.sources[0].source}"
    late = [layer for layer in story.layers if layer.behind and layer.layer != "raw"]
    if not late:
        return f"source/{story.sources[0].source}" if story.sources else "raw/*"
    first = min(late, key=lambda layer: -_ORDER.index(layer.layer))
    return f"{first.layer}/{_first(first.behind)}"


def _quiet(story: Story, now: float) -> Iterator[Cause]:
    """Nothing is broken, and what is published is old all the same: nothing new came, or nobody looked."""
    if fresh(story, now).status not in ("warn", "late"):
        return
    for source in story.sources:
        asset, looked, came = f"source/{source.source}", source.looked_at, source.delivered_at
        if looked is None or now - looked > max(story.fail_after, 1.0):
            seen = f"looked at last {span(now - looked)} ago" if looked is not None else "never looked at"
            plan = f"; its schedule is {story.schedule}" if story.schedule else "; it has no schedule"
            yield Cause(
                "idle", asset, f"{seen}{plan}", looked, story.owners, "nobody asked whether there is news",
                todo.start_looking(story), root=True,
            )  # fmt: skip
        elif came is None or now - came > (story.warn_after or story.fail_after):
            since = f"since {when(came)}" if came is not None else "ever"
            what = f"delivers nothing new {since} (looked at {span(now - looked)} ago)"
            yield Cause(
                "stale", asset, what, came, story.owners, "there was nothing to publish",
                todo.ask_provider(story, source), root=True,
            )  # fmt: skip


def _noticed(story: Story) -> Iterator[Cause]:
    for notice in story.notices:
        yield Cause(
            _notice_kind(notice), notice.asset, " ".join(notice.words.split()), notice.since, story.owners,
            "", todo.of_notice(story, notice), stops=False,
        )  # fmt: skip


def _notice_kind(notice: Notice) -> Kind:
    if notice.check == "provider":
        return "provider"
    return "quarantine" if notice.check == "contract" else "warning"
