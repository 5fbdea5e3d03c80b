"""`dagster-ingest new system`: a vendor's folder, contracts, model stubs and a test, from samples."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_ingest.errors import SpecError
from dagster_ingest.settings import Settings

if TYPE_CHECKING:
    import polars as pl

    from dagster_ingest.cli.new.samples import Sampled
    from dagster_ingest.scaffold.drafted import Drafted

_DISTINCT = 200  # values of a column that are looked at for what stands for nothing


def system(
    name: Annotated[str, typer.Argument(help="Name: lower-case letters, digits and underscores.")],
    samples: Annotated[
        list[str],
        typer.Option("--from", help="A sample: a folder, a file, or TABLE=FILE. Repeatable."),
    ],
    title: Annotated[str | None, typer.Option("--title", help="The product's name.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the files and write nothing.")] = False,
) -> None:
    """Write systems/NAME, drafted contracts, stubs of its dbt models, and a test that says what is left."""
    from dagster_ingest.cli.new import write
    from dagster_ingest.cli.new.samples import sampled
    from dagster_ingest.scaffold.models import model_files
    from dagster_ingest.scaffold.names import new_name
    from dagster_ingest.scaffold.proof import proof_text
    from dagster_ingest.scaffold.stubs import Stubs
    from dagster_ingest.spec.system import system_folders

    app = Settings.load(tenants=())
    taken = [*system_folders(app.root), *_modelled(app)]
    new_name("system", name, taken, write.shown(app.root / "systems", app.root))
    drafts = _drafted(app, name, sampled(name, samples))
    stubs = Stubs(name, drafts)
    files = _described(app, name, title or name.replace("_", " ").title(), drafts)
    if problems := _problems(app, name, files):
        listed = "\n".join(problems)
        raise SpecError(f"the system would not be sound:\n{listed}", not_done="nothing was written")
    files |= model_files(stubs)
    files[f"tests/systems/test_{name}.py"] = proof_text(stubs)
    placed = {app.root / path: text for path, text in files.items()}
    if dry_run:
        write.show(placed, app.root)
        return
    for path in write.write_all(placed):
        typer.echo(f"wrote {write.shown(path, app.root)}")
    _tell(name, drafts, stubs.entities)


def _modelled(app: Settings) -> list[str]:
    """Names that dbt_elt has models or macros for: shared ones, too."""
    folders = [app.dbt_elt / "models", app.dbt_elt / "macros"]
    return [p.name for folder in folders if folder.is_dir() for p in folder.iterdir() if p.is_dir()]


def _drafted(app: Settings, name: str, found: Sequence[Sampled]) -> list[Drafted]:
    """The tables in load order, parents first."""
    from dagster_ingest.evolution.infer import compiled, infer
    from dagster_ingest.extract.decode import CODECS
    from dagster_ingest.scaffold import drafted
    from dagster_ingest.scaffold.system import contract_text

    inferred = {s.table: infer(s.frame, tenant=name, table=s.table, origin=s.origin) for s in found}
    keys = {table: draft.key or _only_id(draft.guesses) for table, draft in inferred.items()}
    values = {s.table: {h: _distinct(s.frame[h]) for h in s.frame.columns} for s in found}
    leads = drafted.references(values, keys)
    schema = app.root / "schemas" / "contract.schema.json"
    place = os.path.relpath(schema, app.root / "systems" / name / "contracts") if schema.exists() else None
    tables = []
    for sample in found:
        draft, table = inferred[sample.table], sample.table
        named = {guess.heading for guess in draft.guesses}
        cells = {h: v for h, v in values[table].items() if h in named}
        made = drafted.Drafted(
            table=table,
            origin=sample.origin,
            rows=sample.frame.height,
            headings=tuple(cells),
            key=keys[table],
            contract=draft.text(place),
            private={
                g.heading: _reason(g.evidence)
                for g in draft.guesses
                if g.private and g.heading != keys[table]
            },
            sentinels={h: t for h, v in cells.items() if (t := drafted.sentinels_of(h, _some(v)))},
            decode={h: codec for h, v in cells.items() if (codec := drafted.codec_of(_some(v), CODECS))},
            references={h: p for h, p in leads[table].items() if h in named},
            settings=sample.settings,
            sure=draft.key is not None,
        )
        text = contract_text(made, keys)
        compiled(text, table)
        tables.append(_with_contract(made, text))
    return _ordered(tables)


def _with_contract(table: Drafted, text: str) -> Drafted:
    from dataclasses import replace

    return replace(table, contract=text)


def _only_id(guesses: Sequence) -> str | None:
    """The first unique column that is called an id, where the sample is too small for a key."""
    return next((guess.heading for guess in guesses if guess.unique and guess.like_an_id), None)


def _distinct(cells: pl.Series) -> set[str]:
    return set(cells.str.strip_chars().drop_nulls().unique().to_list()) - {""}


def _some(values: Collection[str]) -> list[str]:
    return sorted(values)[:_DISTINCT] if len(values) > _DISTINCT else sorted(values)


def _reason(evidence: Sequence[str]) -> str:
    said = next((text for text in evidence if text.startswith("private: ")), "private: by its cells")
    return said.removeprefix("private: ").partition(";")[0]


def _ordered(tables: list[Drafted]) -> list[Drafted]:
    """Parents before what leads to them; a circle as it stands."""
    placed: list[Drafted] = []
    waiting = list(tables)
    while waiting:
        there = {table.table for table in placed}
        names = {table.table for table in waiting}
        ready = [t for t in waiting if not (set(t.references.values()) & names - {t.table} - there)]
        placed += ready or waiting
        waiting = [t for t in waiting if t not in placed]
    return placed


def _described(app: Settings, name: str, title: str, drafts: Sequence[Drafted]) -> dict[str, str]:
    """systems/NAME."""
    from dagster_ingest.scaffold.system import system_text

    folder = f"systems/{name}"
    schema = app.root / "schemas" / "system.schema.json"
    place = os.path.relpath(schema, app.root / folder) if schema.exists() else None
    files = {f"{folder}/system.yaml": system_text(name, title, drafts, place)}
    return files | {f"{folder}/contracts/{t.table}.odcs.yaml": t.contract for t in drafts}


def _problems(app: Settings, name: str, files: Mapping[str, str]) -> list[str]:
    """What stands against the system as specs read it."""
    from dagster_ingest.spec.catalog import Catalog

    root = Path(tempfile.mkdtemp()).resolve()
    try:
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        catalog = Catalog.of(root, digest=False)
        described, problems = catalog.system(name)
        found = list(problems)
        for table in described.tables if described else ():
            assert described is not None
            found += catalog.family(described, table)[1]
        return [str(problem) for problem in found]
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _tell(name: str, drafts: Sequence[Drafted], entities: Sequence[str]) -> None:
    for table in drafts:
        private = f", {len(table.private)} perhaps private" if table.private else ""
        key = f"key {table.key}" if table.key and table.sure else f"key {table.key or ''}?"
        typer.echo(f"{table.table}: {table.rows:,} rows, {len(table.headings)} columns{private}, {key}")
    typer.secho(f"Stubs for: {', '.join(entities) or 'nothing, no heading was recognised'}.", fg="green")
    typer.echo(
        "Nothing can be published yet: the contracts are drafts, and what may be private is held back."
    )
    typer.echo(f"  1. grep -rn TODO systems/{name} dbt_elt/models/{name} dbt_elt/macros/{name}")
    typer.echo(f"  2. pytest tests/systems/test_{name}.py     # fails until the mapping is finished")
    typer.echo(f"  3. dagster-ingest new tenant TENANT --system {name} --drop DELIVERY")
