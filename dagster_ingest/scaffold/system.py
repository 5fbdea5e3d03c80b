"""`system.yaml` of a new system: tables, patterns, keys, the privacy register as far as it can be guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from dagster_ingest.evolution.yamltext import block, comment, flow
from dagster_ingest.scaffold.drafted import Drafted

TODO = "TODO"


def system_text(name: str, title: str, tables: Sequence[Drafted], schema: str | None) -> str:
    """The file. `tables` in load order, parents first."""
    lines = [f"# yaml-language-server: $schema={schema}"] if schema else []
    lines += [f"system: {flow(name)}", f"title: {flow(title)}"]
    lines += comment(f"{TODO}: what the product is, how its exports are made, which versions have been seen.")
    lines += [f"description: {flow('Drafted from a sample: ' + ', '.join(t.origin for t in tables))}"]
    lines += ["", "tables:                          # in load order, parents first"]
    for table in tables:
        lines += _table(table)
    lines += _register(tables)
    lines += _sentinels(tables)
    return "\n".join(lines) + "\n"


def _table(table: Drafted) -> Iterator[str]:
    key = f"key {table.key}"
    if not table.sure or table.key is None:
        near = f"{table.key} may be the key" if table.key else "no key was found"
        key = f"{TODO}: {near}, say it in the contract"
    yield from comment(f"{table.origin}: {table.rows:,} rows, {len(table.headings)} columns, {key}", 2)
    for heading, parent in table.references.items():
        yield from comment(f"{heading} leads to {parent}", 2)
    yield f"  {table.table}:"
    yield f"    contract: contracts/{table.table}.odcs.yaml"
    yield "    required: true"
    yield f"    settings: {flow(dict(table.settings))}"
    yield from comment(f"{TODO}: block, or set bad rows aside: {{on_reject: quarantine, max_share: 0.02}}", 4)
    yield "    policy: {on_reject: block}"
    if table.decode:
        yield from block({"decode": dict(table.decode)}, 4)


def _register(tables: Sequence[Drafted]) -> Iterator[str]:
    yield ""
    yield "# What is never published, or only when a flag of the row and the tenant's choices allow it."
    yield from comment(
        f"{TODO}: guessed from headings and cells, and rather too much than too little. Look at each; take"
        " out what may be published, here and in its contract, and add what was missed."
    )
    yield "register:" if any(table.private for table in tables) else "register: {}"
    groups: dict[str, dict[str, str]] = {}
    for table in tables:
        for heading, reason in table.private.items():
            groups.setdefault(_slug(reason), {}).setdefault(heading, reason)
    for name, held in groups.items():
        yield f"  {name}:"
        yield f"    why: {flow(next(iter(held.values())))}"
        yield f"    columns: {flow(list(held))}"


def _sentinels(tables: Sequence[Drafted]) -> Iterator[str]:
    found: Mapping[str, tuple[str, ...]] = {h: t for table in tables for h, t in table.sentinels.items()}
    if found:
        yield ""
        yield f'# {TODO}: what the vendor writes for "nothing", as far as the sample shows it.'
        yield "sentinels:"
        yield from (f"  {flow(heading)}: {flow(list(texts))}" for heading, texts in found.items())


def _slug(reason: str) -> str:
    """A group's name: `the heading speaks of people` gives people."""
    said = re.sub(r"^.*(speaks of|cells hold) ", "", reason.lower())
    return re.sub(r"[^a-z0-9]+", "_", said).strip("_")[:40].strip("_") or "private"


def contract_text(table: Drafted, keys: Mapping[str, str | None]) -> str:
    """The contract of a system: of major 1, on which tenants are without a pin, with the foreign keys
    that the sample holds to, as warnings."""
    drafted = table.contract.replace("version: 0.1.0\n", "version: 1.0.0\n", 1)
    lines = []
    for heading, parent in table.references.items():
        ends = {"from": f"{table.table}.{heading}", "to": f"{parent}.{keys[parent]}"}
        grade = [{"property": "severity", "value": "warn"}]
        lines += block([{"type": "foreignKey", **ends, "customProperties": grade}], 6)
    if not lines:
        return drafted
    text = "\n".join(
        ["    # every value of the sample is there; `error` would block a delivery", "    relationships:"]
    )
    return drafted.replace("    properties:\n", "\n".join([text, *lines, "    properties:\n"]), 1)
