"""What the drift last observed asks of a contract, as a merge patch.

A deviation that a contract can settle (a new column, new values of an enum, values of another type)
becomes a change of its property; the others are told in comments. Keys are never loosened, columns
that nobody has looked at stay private, and no cell of a private column is ever written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dagster_ingest.evolution.yamltext import block, comment, flow
from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.merge import merge
from dagster_ingest.validate.drift import Deviation, Drift

_WHY = "the deliveries changed: "


@dataclass(frozen=True, slots=True)
class Seen:
    """The drift of one state's latest load."""

    state: str
    load_id: str
    outcome: str
    drift: Drift


@dataclass(slots=True)
class Proposal:
    """changes: heading to what its property is to say, a merge patch each. notes: heading to reasons.

    rest  deviations that no contract can settle
    """

    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    rest: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.changes)

    def patch(self, table: str) -> dict[str, Any]:
        """The body of a patch file, without its header."""
        return {"schema": {table: {"properties": self.changes}}}

    def why(self) -> str:
        return (_WHY + "; ".join(sorted({n for notes in self.notes.values() for n in notes})))[:500]


def propose(contract: Contract, document: Mapping[str, Any], seen: Sequence[Seen]) -> Proposal:
    """The contract's changes for what was seen.

    document  the ODCS document in force for the table: with the tenant's patch laid over it
    """
    proposal = Proposal()
    properties = {p["name"]: p for p in table_of(document, contract.table).get("properties") or ()}
    for one in seen:
        for deviation in one.drift.deviations:
            heading = deviation.heading or deviation.column or contract.table
            words = f"{deviation.kind}: {deviation.seen} ({one.state}, load {one.load_id}, {one.outcome})"
            change = _change(contract, deviation, properties.get(heading), proposal.changes.get(heading, {}))
            if change is None:
                proposal.rest.append(f"{heading}: {words}; expected {deviation.expected}; {deviation.todo}")
                continue
            proposal.changes[heading] = change
            notes = proposal.notes.setdefault(heading, [])
            notes.append(words)
    return proposal


def table_of(document: Mapping[str, Any], table: str) -> Mapping[str, Any]:
    tables = document.get("schema") or [{}]
    return next((t for t in tables if t.get("name") == table), tables[0])


def _change(
    contract: Contract, deviation: Deviation, prop: Mapping[str, Any] | None, so_far: dict[str, Any]
) -> dict[str, Any] | None:
    """What the property is to say, with what another state asked for already; None: nothing."""
    if not deviation.patch:
        return None
    column = contract.column(deviation.column or "")
    if deviation.kind == "column_added":
        return dict(deviation.patch) if column is None else None
    if column is None or prop is None or column.key or column.field in contract.keys:
        return None
    if deviation.kind == "enum":
        return None if column.private else _wider(prop, deviation.patch["enum"], so_far)
    if deviation.kind == "type":
        return _as_text(prop, so_far)
    return None


def _wider(prop: Mapping[str, Any], values: Sequence[str], so_far: dict[str, Any]) -> dict[str, Any] | None:
    """The enum with more values, where the contract has it: as `enum` or as a quality rule."""
    if prop.get("enum"):
        known = so_far.get("enum") or list(prop["enum"])
        fresh = _as_known(values, [entry["value"] for entry in known])
        return None if fresh is None else {**so_far, "enum": [*known, *({"value": v} for v in fresh)]}
    for quality in prop.get("quality") or ():
        arguments = quality.get("arguments") or {}
        if quality.get("metric") != "invalidValues" or "validValues" not in arguments:
            continue
        name = str(quality.get("name") or quality.get("id") or quality["metric"])
        before = so_far.get("quality", {}).get(name, {}).get("arguments", {}).get("validValues")
        known = before or list(arguments["validValues"])
        fresh = _as_known(values, known)
        if fresh is None:
            return None
        return {**so_far, "quality": {name: {"arguments": {"validValues": [*known, *fresh]}}}}
    return None


def _as_known(values: Sequence[str], known: Sequence[Any]) -> list[Any] | None:
    """Those not known yet; None where the contract lists numbers and a value is none."""
    if all(isinstance(value, str) for value in known):
        return [value for value in values if value not in known]
    try:
        numbers = [float(value) for value in values]
    except ValueError:
        return None
    whole = [int(n) if n.is_integer() else n for n in numbers]
    return [number for number in whole if number not in known]


def _as_text(prop: Mapping[str, Any], so_far: dict[str, Any]) -> dict[str, Any] | None:
    """The column as text, without the options that texts do not have."""
    if (prop.get("logicalType") or "string") == "string":
        return None
    gone: dict[str, Any] = {"logicalTypeOptions": None} if prop.get("logicalTypeOptions") else {}
    formats = [c for c in prop.get("customProperties") or () if c.get("property") == "formats"]
    if formats:
        gone["customProperties"] = {"formats": None}
    return {**so_far, "logicalType": "string", **gone}


def effective(document: Mapping[str, Any], patch: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The document with a patch file's data laid over it."""
    if not patch:
        return document
    return merge(document, {key: value for key, value in patch.items() if key != "patch"}).data


def new_file(proposal: Proposal, *, table: str, of: str, major: int, schema: str | None = None) -> str:
    """A whole patch file, commented."""
    lines = [f"# yaml-language-server: $schema={schema}"] if schema else []
    lines += comment("Proposed from what the last loads saw. Read it, then say why in your own words.")
    header = {"version": "1.0.0", "of": of, "major": major, "why": proposal.why()}
    lines += [f"patch: {flow(header)}"]
    lines += ["schema:", f"  {flow(table)}:", "    properties:"]
    lines += property_lines(proposal, proposal.changes, indent=6)
    return "\n".join([*lines, *rest_lines(proposal)]) + "\n"


def property_lines(proposal: Proposal, headings: Sequence[str] | Mapping[str, Any], indent: int) -> list[str]:
    """Each property as a commented block."""
    lines: list[str] = []
    for heading in headings:
        for note in proposal.notes.get(heading, ()):
            lines += comment(note, indent)
        change = proposal.changes[heading]
        if change.get("classification") == "private":
            lines += comment("private until somebody has looked at what it holds", indent)
        lines += block({heading: change}, indent)
    return lines


def rest_lines(proposal: Proposal) -> list[str]:
    """What no contract settles, as comments."""
    if not proposal.rest:
        return []
    return [
        "",
        *comment("Seen as well, and not for a contract to settle:"),
        *(line for text in proposal.rest for line in comment(f"- {text}")),
    ]


def fragment(proposal: Proposal, table: str) -> str:
    """For a contract of the tenant's own: ODCS properties to add or to change, as a list."""
    lines = comment(f"Properties of {table}: add the new ones, change the others to say this.")
    for heading, change in proposal.changes.items():
        for note in proposal.notes.get(heading, ()):
            lines += comment(note)
        kept = {key: value for key, value in change.items() if value is not None}
        quality = kept.pop("quality", None)
        if quality:
            kept["quality"] = [{"metric": "invalidValues", **entry} for entry in quality.values()]
        kept.pop("customProperties", None)
        lines += block([{"name": heading, **kept}])
        gone = [key for key, value in change.items() if value is None]
        lines += comment(f"and take out: {', '.join(gone)}") if gone else []
    return "\n".join([*lines, *rest_lines(proposal)]) + "\n"
