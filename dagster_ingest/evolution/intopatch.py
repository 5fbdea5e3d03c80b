"""A proposal into a patch file that is there already: lines are added, nothing that stands is touched.

YAML's libraries drop comments when they write, so the text is edited where the properties stand, and
the result is read back: it has to be the old content with the proposal laid over it, or it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from dagster_ingest.errors import SpecError
from dagster_ingest.evolution.propose import Proposal, property_lines
from dagster_ingest.evolution.yamltext import block, flow
from dagster_ingest.spec.positions import Positions

_VERSION = re.compile(r"\d+\.\d+\.\d+")


def merged_text(text: str, proposal: Proposal, *, table: str, where: str) -> str:
    """The file's text with the proposal in it. SpecError where a person has to merge."""
    before = yaml.safe_load(text)
    wanted = _over(before, proposal.patch(table))
    version = str(before["patch"]["version"])
    wanted["patch"] = {**wanted["patch"], "version": _next_minor(version)}
    if _over(before, proposal.patch(table)) == before:
        return text
    changed = _insert(text, before, proposal, table)
    changed = _raise_version(changed, version) if changed else None
    if changed is None or _read(changed) != wanted:
        raise SpecError(
            f"the patch says something else of {_names(before, proposal, table)} already, or is written in a "
            "form that cannot be added to",
            where=where,
            not_done="the file is as it was",
            fix="merge by hand what `contracts propose` prints without --write",
        )
    return changed


def _over(base: Any, patch: Any) -> Any:
    """`patch` laid over `base` as texts of patch files are: null is a value that says `remove`."""
    if not isinstance(base, Mapping) or not isinstance(patch, Mapping):
        return patch
    return {**base, **{key: _over(base.get(key), value) for key, value in patch.items()}}


def _read(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def _insert(text: str, before: Mapping[str, Any], proposal: Proposal, table: str) -> str | None:
    lines = text.splitlines()
    under = ("schema", table, "properties")
    known = ((before.get("schema") or {}).get(table) or {}).get("properties")
    if known is None:
        return None if before.get("schema") else _appended(text, proposal, table)
    positions = Positions(text)
    starts = {name: positions.of((*under, name), on_key=True) for name in known}
    if any(line is None or column is None for line, column in starts.values()) or not known:
        return None
    indent = min(column or 1 for _, column in starts.values()) - 1
    # The last first, so that the lines before keep their numbers.
    end = _block_end(lines, max(line or 0 for line, _ in starts.values()), indent)
    fresh = [name for name in proposal.changes if name not in known]
    lines[end:end] = property_lines(proposal, fresh, indent)
    for name in sorted(set(known) & set(proposal.changes), key=lambda n: -(starts[n][0] or 0)):
        line = starts[name][0] or 0
        more = {k: v for k, v in proposal.changes[name].items() if k not in (known[name] or {})}
        stop = _block_end(lines, line, indent)
        lines[stop:stop] = block(more, indent + 2) if more else []
    return "\n".join(lines) + "\n"


def _appended(text: str, proposal: Proposal, table: str) -> str:
    head = ["schema:", f"  {flow(table)}:", "    properties:"]
    return "\n".join([text.rstrip("\n"), *head, *property_lines(proposal, proposal.changes, 6)]) + "\n"


def _block_end(lines: list[str], start: int, indent: int) -> int:
    """Index of the line after the block whose key stands on line `start` (1-based) at `indent`."""
    end = start
    while end < len(lines):
        line = lines[end]
        if line.strip() and not line.lstrip().startswith("#") and len(line) - len(line.lstrip()) <= indent:
            break
        end += 1
    while end > start and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1  # blank lines and comments before the next key belong to that
    return end


def _raise_version(text: str, version: str) -> str | None:
    line, column = Positions(text).of(("patch", "version"))
    if line is None or column is None:
        return None
    lines = text.splitlines()
    head, tail = lines[line - 1][: column - 1], lines[line - 1][column - 1 :]
    if version not in tail:
        return None
    lines[line - 1] = head + tail.replace(version, _next_minor(version), 1)
    return "\n".join(lines) + "\n"


def _next_minor(version: str) -> str:
    major, minor, _ = (version if _VERSION.fullmatch(version) else "1.0.0").split(".")
    return f"{major}.{int(minor) + 1}.0"


def _names(before: Mapping[str, Any], proposal: Proposal, table: str) -> str:
    known = ((before.get("schema") or {}).get(table) or {}).get("properties") or {}
    return ", ".join(repr(name) for name in proposal.changes if name in known) or "the table"
