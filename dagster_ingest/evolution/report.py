"""A comparison as Markdown that fits into a comment on a pull request, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dagster_ingest.evolution.change import Change
from dagster_ingest.evolution.classify import CLASSES
from dagster_ingest.evolution.compared import Compared, Comparison
from dagster_ingest.evolution.snapshot import Place

if TYPE_CHECKING:
    from dagster_ingest.evolution.impact import Impact

MARK = "<!-- dagster-ingest contracts -->"
"""First line of every report: by it the comment is found again."""
MAX_CHARS = 65_000

_ROWS = 60
_NAMED = 12
# What Markdown reads as markup or as a link. Mentions and issue numbers are looked for after it was
# rendered, so that only a sign without width between keeps them from being found.
_SIGNS = {c: f"&#{ord(c)};" for c in "|`*_[]~\\!$:"} | {c: f"&#{ord(c)};&#8203;" for c in "#@"}
_SIGNS |= {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_PLAIN = str.maketrans(_SIGNS)


def as_dict(compared: Compared, impacts: Sequence[Impact] = ()) -> dict[str, Any]:
    return {**compared.as_dict(), "impact": [_impact(impact) for impact in impacts]}


def markdown(compared: Compared, impact: str = "", limit: int = MAX_CHARS) -> str:
    """The report, at most `limit` characters: what to do first, then what it reaches, then every change.

    impact  a section on what stands downstream
    """
    told = "\n".join(filter(None, (_head(compared), _versions(compared), _notes(compared), impact)))
    if len(told) > limit * 3 // 4:
        told = _cut(told, limit * 3 // 4)
    left = sorted(compared.comparisons, key=_order)
    while left:
        section = _section(left[0])
        more = _more(len(left) - 1, compared.against)
        if len(told) + len(section) + len(more) + 2 > limit:
            break
        told = f"{told}\n{section}"
        left.pop(0)
    return f"{told}\n{_more(len(left), compared.against)}" if left else told


def _impact(impact: Impact) -> dict[str, Any]:
    return {
        "contract": impact.comparison.title,
        "columns": list(impact.columns),
        "changes": [change.words for change in impact.changes],
        "owner": impact.owner,
        "downstream": [asdict(part) for part in impact.parts],
    }


def _head(compared: Compared) -> str:
    count = len(compared.comparisons)
    against = f"{plain(compared.against)} ({compared.commit[:9]})"
    if not count:
        return f"{MARK}\n## Data contracts: no change\n\nNothing differs from {against}.\n"
    said = [_number(count, "contract changed", "contracts changed")]
    if compared.breaking:
        said.append(_number(len(compared.breaking), "breaks", "break") + " what others rely on")
    verdict = "every version made the step it needs"
    if compared.problems:
        verdict = f"**{_number(len(compared.problems), 'version needs', 'versions need')} a step**"
    told = f"Against {against}: {', '.join(said)}; {verdict}."
    return f"{MARK}\n## Data contracts: {compared.overall}\n\n{told}\n"


def _versions(compared: Compared) -> str:
    rows = [
        (_where(c), plain(c.title), plain(c.problem or ""), f"**{plain(c.needed or '')}**")
        for c in compared.problems
    ]
    if not rows:
        return ""
    told = "".join(f"\n{plain(c.title)}: {plain(c.hint)}.\n" for c in compared.problems if c.hint)
    return (
        "### Versions to raise\n\n" + _table(("where", "contract", "what is wrong", "at least"), rows) + told
    )


def _notes(compared: Compared) -> str:
    return "".join(f"> {plain(note)}\n" for note in compared.notes)


def _section(comparison: Comparison) -> str:
    """One contract, folded away unless it breaks something."""
    shown = " open" if comparison.breaking and len(comparison.changes) <= _NAMED else ""
    title = f"<b>{plain(comparison.title)}</b> {plain(comparison.versions)} · {comparison.overall}"
    reach = f" · reaches {plain(reaches(comparison.reaches))}" if comparison.reaches else ""
    rows = [_row(change) for change in comparison.changes[:_ROWS]]
    names = ("change", "before", "after", "writers", "readers", "class", "why")
    hidden = len(comparison.changes) - len(rows)
    more = f"\nand {hidden:,} more changes\n" if hidden > 0 else ""
    hints = "".join(f"\n- {plain(c.hint)}\n" for c in comparison.changes[:_ROWS] if c.hint)
    body = f"{_table(names, rows)}{more}{hints}"
    return f"<details{shown}><summary>{title}{reach}</summary>\n\n{body}\n</details>\n"


def _row(change: Change) -> tuple[str, ...]:
    effect = change.effect
    what = f"{plain(change.subject)}: {change.kind.replace('_', ' ')}"
    values = plain(change.before or ""), plain(change.after or "")
    return (what, *values, effect.writers, effect.readers, f"**{effect.overall}**", plain(effect.why))


def reaches(places: Iterable[Place]) -> str:
    """The tenants, with the tables where they are few."""
    tenants = list(dict.fromkeys(place.tenant for place in places))
    if len(tenants) > _NAMED:
        return f"{', '.join(tenants[:_NAMED])} and {len(tenants) - _NAMED} more tenants"
    return ", ".join(tenants)


def _table(names: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [names, tuple("---" for _ in names), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _where(comparison: Comparison) -> str:
    place = f"{comparison.file}:{comparison.line}" if comparison.line else comparison.file
    return f"<code>{plain(place)}</code>"


def plain(text: str) -> str:
    """A text from a spec as Markdown that is nothing but text: no markup, no links, no mentions."""
    return " ".join(text.split()).translate(_PLAIN)


def _cut(text: str, limit: int) -> str:
    kept = text[:limit].rpartition("\n")[0]
    folded = kept.count("<details") - kept.count("</details>")
    return kept + "\n" + "\n</details>\n" * folded + "\n_The rest did not fit._\n"


def _more(count: int, against: str) -> str:
    if not count:
        return ""
    told = _number(count, "more contract", "more contracts")
    return f"_{told}: `dagster-ingest contracts diff --against {against.replace('`', '')}` shows all._\n"


def _order(comparison: Comparison) -> tuple[bool, int, str]:
    return (comparison.problem is None, -CLASSES.index(comparison.overall), comparison.title)


def _number(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"
