"""Headings that a frame can have: as the source spells them, each once."""

from __future__ import annotations

from collections.abc import Sequence


def unique_headings(headings: Sequence[str]) -> list[str]:
    """Headings as spelled; a blank one is `column_<position>`, a repeated one gets `_2`, `_3` ..."""
    names: list[str] = []
    seen: set[str] = set()
    for position, heading in enumerate(headings, start=1):
        base = heading if heading.strip() else f"column_{position}"
        name, count = base, 1
        while name in seen:
            count += 1
            name = f"{base}_{count}"
        seen.add(name)
        names.append(name)
    return names
