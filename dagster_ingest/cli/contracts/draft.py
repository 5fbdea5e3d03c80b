"""`contracts propose` and `contracts infer`: contracts from what the data says. Without dagster."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_ingest.cli.common import chosen_tenants
from dagster_ingest.errors import SpecError, among, guess

if TYPE_CHECKING:
    from dagster_ingest.evolution.propose import Proposal, Seen
    from dagster_ingest.settings import Settings
    from dagster_ingest.spec.resolved import SourceSpec, TableSpec, TenantSpec
    from dagster_ingest.spec.yamlfile import YamlFile

_SAMPLE = 10_000

TenantArgument = Annotated[str, typer.Argument(help="Tenant.")]
TableArgument = Annotated[str, typer.Argument(help="Table, as its source or as the raw layer names it.")]
StateOption = Annotated[str | None, typer.Option("--state", "-s", help="Only this state, two letters.")]


def propose(
    tenant: TenantArgument,
    table: TableArgument,
    state: StateOption = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write the patch, or add to the one that is there.")
    ] = False,
) -> None:
    """Write the contract change that the drift last observed asks for: a merge patch, commented."""
    from dagster_ingest.evolution.propose import effective, fragment, new_file
    from dagster_ingest.evolution.propose import propose as proposed
    from dagster_ingest.spec.yamlfile import YamlFile

    settings, [spec] = chosen_tenants([tenant])
    source, found = chosen_table(spec, table)
    contract = found.contract
    base = YamlFile(contract.file)
    patch = YamlFile(contract.patch).data if contract.patch else None
    seen, notes = _looked_at(settings, spec, found, _seen(settings, spec, found, state))
    proposal = proposed(contract, effective(base.data, patch), seen)
    proposal.rest += notes
    if found.family is None or found.major is None:
        typer.echo(fragment(proposal, found.name), nl=False)
        if write and proposal:
            raise SpecError(
                f"{found.name} has a contract of the tenant's own, which only a person edits",
                where=contract.file,
                not_done="nothing was written",
                fix="copy the properties above into it",
            )
        return
    of = f"{found.family.system}/{found.family.table}"
    path = Path(contract.patch or spec.folder / "contracts" / f"{found.name}.patch.yaml")
    schema = _schema(settings, path.parent, "patch")
    text = new_file(proposal, table=contract.table, of=of, major=found.major, schema=schema)
    if not write or not proposal:
        typer.echo(text if proposal else _nothing(proposal, found), nl=False)
        return
    _write(spec, source, found, path, text, proposal, base)


def _seen(settings: Settings, spec: TenantSpec, table: TableSpec, state: str | None) -> list[Seen]:
    from dagster_ingest.evolution.propose import Seen
    from dagster_ingest.land.warehouse import landing_of
    from dagster_ingest.validate.drift import Drift

    if state is not None and state not in spec.states:
        raise SpecError(
            f"the tenant {spec.name} does not have the state {state!r}",
            not_done="nothing was proposed",
            fix=among(state.upper(), spec.states, "states:"),
        )
    observed = landing_of(settings, spec).drift(table.raw, state)
    if not observed:
        raise SpecError(
            f"no load of {table.raw} has been looked at",
            where=f"{spec.name}{'/' + state if state else ''}",
            not_done="nothing was proposed",
            fix=f"dagster-ingest run --tenant {spec.name}",
        )
    return [Seen(o.state, o.load_id, o.outcome, Drift.from_json(o.drift)) for o in observed]


def _looked_at(
    settings: Settings, spec: TenantSpec, table: TableSpec, seen: list[Seen]
) -> tuple[list[Seen], list[str]]:
    """The drift with types for added columns, and notes on narrower types, from the committed rows."""
    from dagster_ingest.evolution.narrow import look, narrower, typed
    from dagster_ingest.land.warehouse import landing_of

    landing = landing_of(settings, spec)
    known, notes = [], []
    for one in seen:
        names = [column.field for column in table.contract.columns]
        with landing.shared():
            rows = landing.scan(table.raw, one.state)
            if rows is None:
                known.append(one)
                continue
            there = set(rows.collect_schema().names())
            chosen = [name for name in (*names, *one.drift.added) if name in there]
            frame = rows.select(chosen).head(_SAMPLE).collect()
        guesses = look(table.contract, frame)
        known.append(typed(one, guesses))
        notes += [f"{note} ({one.state})" for note in narrower(table.contract, guesses, frame.height)]
    return known, notes


def chosen_table(spec: TenantSpec, name: str) -> tuple[SourceSpec, TableSpec]:
    """The table of that name, of a source or of the raw layer. SpecError with what there is."""
    pairs = [(source, table) for source in spec.sources for table in source.tables]
    found = [pair for pair in pairs if name in (pair[1].name, pair[1].raw)]
    if len(found) == 1:
        return found[0]
    names = sorted(table.raw for _, table in found or pairs)
    near = guess(name, [n for _, table in pairs for n in (table.raw, table.name)])
    raise SpecError(
        f"{name!r} is a table of several sources" if found else f"the tenant has no table {name!r}",
        where=spec.name,
        not_done="nothing was written",
        fix=f"use one of {', '.join(names)}" + (f"; did you mean {near!r}?" if near and not found else ""),
    )


def _nothing(proposal: Proposal, table: TableSpec) -> str:
    from dagster_ingest.evolution.propose import rest_lines

    lines = [f"# The last loads of {table.raw} ask for no change of its contract.", *rest_lines(proposal)]
    return "\n".join(lines) + "\n"


def _schema(settings: Settings, folder: Path, kind: str) -> str | None:
    """The editor's schema as seen from a file in `folder`."""
    schema = settings.root / "schemas" / f"{kind}.schema.json"
    return os.path.relpath(schema, folder.resolve()) if schema.exists() else None


def _write(
    spec: TenantSpec,
    source: SourceSpec,
    table: TableSpec,
    path: Path,
    text: str,
    proposal: Proposal,
    base: YamlFile,
) -> None:
    from dagster_ingest.evolution.intopatch import merged_text

    there = path.read_text(encoding="utf-8") if path.exists() else None
    if there is not None:
        text = merged_text(there, proposal, table=table.contract.table, where=str(path))
    if text == there:
        typer.echo(f"{path} says so already")
        return
    _check(spec, table, text, path, base)
    write_whole(path, text)
    typer.echo(f"{'added to' if there else 'wrote'} {path}")
    if table.contract.patch is None:
        typer.echo(
            f"name it in {spec.file}: sources.{source.name}.tables.{table.name}."
            f"patch: {path.relative_to(spec.folder)}"
        )


def _check(spec: TenantSpec, table: TableSpec, text: str, path: Path, base: YamlFile) -> None:
    """What is written is what `validate` accepts."""
    from dagster_ingest.spec.patch import apply_patch
    from dagster_ingest.spec.yamlfile import YamlFile

    assert table.family is not None
    assert table.major is not None
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / path.name
        draft.write_text(text, encoding="utf-8")
        of = f"{table.family.system}/{table.family.table}"
        file = YamlFile(draft, str(path))
        _, problems = apply_patch(base, file, of=of, major=table.major, tenant=spec.name)
    if problems:
        listed = "\n".join(str(replace(problem, tenant=spec.name)) for problem in problems)
        raise SpecError(
            f"the patch would not be sound:\n{listed}", where=str(path), not_done="nothing was written"
        )


def write_whole(path: Path, text: str) -> None:
    """The file, or what was there before if the process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def infer(
    tenant: TenantArgument,
    table: Annotated[
        str, typer.Argument(help="Table; it need not have a contract nor stand in the tenant file.")
    ],
    source: Annotated[str | None, typer.Option("--source", help="Source, where there are several.")] = None,
    state: StateOption = None,
    rows: Annotated[int, typer.Option("--rows", min=1, max=1_000_000, help="Look at so many rows.")] = 10_000,
    file: Annotated[
        str | None, typer.Option("--file", help="File or pattern in the drops folder, or a file's path.")
    ] = None,
    landed: Annotated[
        bool, typer.Option("--raw", help="Look at the committed raw partition instead.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the draft there, if nothing is there.")
    ] = None,
) -> None:
    """Draft a whole contract from a sample: types, keys, enums, patterns, bounds, what may be private."""
    from dagster_ingest.evolution import sample
    from dagster_ingest.evolution.infer import infer as inferred
    from dagster_ingest.naming import is_name
    from dagster_ingest.settings import Settings

    if not is_name(table):
        fix = "use lower-case letters, digits and single underscores, at most 40"
        raise SpecError(f"no table can be named {table!r}", not_done="nothing was inferred", fix=fix)
    if out is not None and out.exists():
        fix = "give another path, or remove it yourself"
        raise SpecError("the file is there already", where=str(out), not_done="nothing was inferred", fix=fix)
    settings = Settings.load()
    at = sample.place(settings, tenant, source)
    table = at.table(table)
    chosen = at.state(state)
    taken = (
        sample.landed(at, table, chosen, rows) if landed else sample.delivered(at, table, chosen, rows, file)
    )
    draft = inferred(taken.frame, tenant=tenant, table=table, origin=taken.origin)
    if taken.malformed:
        draft.notes.append(f"{taken.malformed:,} records of the sample could not be read as rows")
    folder = out.parent if out else settings.tenants_dir / tenant / "contracts"
    text = draft.text(_schema(settings, folder, "contract"))
    if out is None:
        typer.echo(text, nl=False)
        return
    write_whole(out, text)
    typer.echo(f"wrote {out}: {len(draft.guesses)} columns, key {draft.key or 'unknown'}")
