"""The lineage of a tenant's models: compiled with the tenant's choices, traced, kept on disk."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from dagster_ingest import naming
from dagster_ingest.errors import TransformError
from dagster_ingest.settings import Settings
from dagster_ingest.transform import project, run
from dagster_ingest.transform.graph import PROJECT_LAYER, Node, tenant_graph
from dagster_ingest.transform.lineage import trace
from dagster_ingest.transform.relation import ANY, Leaves, Made, Table, Traced, merged
from dagster_ingest.transform.shapes import Shape
from dagster_ingest.transform.traced_file import from_text, to_text

Scratch = Callable[[Path, Mapping[str, Sequence[str]]], None]
"""Makes a database of empty raw tables, given as relation to columns."""

_KEPT = 200
# Models are compiled on empty tables of DuckDB, wherever they are built.
_TARGET = "duckdb"


def model_lineage(settings: Settings, shapes: Iterable[Shape], scratch: Scratch) -> dict[Table, Traced]:
    """(layer, table) of each elt and stage table of a tenant to its lineage over its direct inputs.

    Raises TransformError where a project cannot be parsed.
    """
    found: dict[Table, Traced] = {}
    for shape in shapes:
        for table, traced in _kept(settings, shape, scratch).items():
            found[table] = _together(found[table], traced) if table in found else traced
    return found


def kept_lineage(settings: Settings, shapes: Iterable[Shape]) -> dict[Table, Traced] | None:
    """The same where all of it is on disk already; else None. Nothing is compiled."""
    wanted = list(shapes)
    if not all((settings.home / "target" / "lineage" / f"{_key(settings, s)}.json").exists() for s in wanted):
        return None
    return model_lineage(settings, wanted, _never)


def _never(database: Path, raw: Mapping[str, Sequence[str]]) -> None:
    raise TransformError("a lineage was gone as soon as it was there", not_done="nothing was traced")


_loaded: dict[Path, dict[Table, Traced]] = {}


def _kept(settings: Settings, shape: Shape, scratch: Scratch) -> dict[Table, Traced]:
    path = settings.home / "target" / "lineage" / f"{_key(settings, shape)}.json"
    if path not in _loaded:
        if path.exists():
            _loaded[path] = from_text(path.read_text())
        else:
            found, compiled = _derive(settings, shape, scratch)
            if not compiled:  # tried again the next time
                return found
            _write(path, found)
            _loaded[path] = found
    return _loaded[path]


def _key(settings: Settings, shape: Shape) -> str:
    """Digest of the projects' files and dbt's version, of the code that traces, and of the shape."""
    parsed = next(p.cache.name for p in project.projects(settings, _TARGET) if p.name == shape.project)
    return hashlib.sha256(f"{parsed} {_tracing()} {shape.digest}".encode()).hexdigest()[:32]


@lru_cache(maxsize=1)
def _tracing() -> str:
    from importlib.metadata import version

    names = ("lineage.py", "relation.py", "compiled.py", "traced_file.py")
    code = b"".join((Path(__file__).parent / name).read_bytes() for name in names)
    return hashlib.sha256(version("sqlglot").encode() + code).hexdigest()


def _derive(settings: Settings, shape: Shape, scratch: Scratch) -> tuple[dict[Table, Traced], bool]:
    """Compile and trace; and whether it compiled."""
    manifests = project.manifests(settings, _TARGET)
    own = next(p for p in project.projects(settings, _TARGET) if p.name == shape.project)
    relations: dict[tuple[str, str], list[str]] = {}
    for system, table, relation in shape.raw:
        relations.setdefault((system, table), []).append(relation)
    models = {name: node for name, node in tenant_graph(manifests, relations).nodes.items() if node.unique_id}
    nodes = [node for node in models.values() if node.layer == PROJECT_LAYER[shape.project]]
    raw = {relation: columns for (_, _, relation), columns in shape.raw.items()}
    sql, compiled = _compiled(own, [str(node.unique_id) for node in nodes], shape.variables, raw, scratch)
    tables: dict[Table, Sequence[str]] = {name: _declared(manifests, node) for name, node in models.items()}
    tables |= {("raw", name): (*columns, *naming.SYSTEM_COLUMNS) for name, columns in raw.items()}
    return trace_models(nodes, sql, tables), compiled


def trace_models(
    nodes: Iterable[Node], sql: Mapping[str, str], tables: Mapping[Table, Sequence[str]]
) -> dict[Table, Traced]:
    """The lineage of each model, parents first.

    sql     unique id to what the model compiled to; a model that did not compile is left out
    tables  columns of every table that they read, and of their own where they are declared
    """
    known, found = dict(tables), {}
    for node in nodes:
        found[node.name] = _folded(_traced(node, sql.get(str(node.unique_id)), known), known)
        known[node.name] = tuple(found[node.name].columns)
    return found


def _compiled(own, uids, given, raw, scratch: Scratch) -> tuple[dict[str, str], bool]:
    with tempfile.TemporaryDirectory(prefix="dagster-ingest-lineage-") as folder:
        database = Path(folder) / "empty.duckdb"
        scratch(database, raw)
        try:
            return run.compile_sql(own, uids, given, database), True
        except TransformError:
            return {}, False


def _declared(manifests: Mapping[str, Mapping[str, Any]], node: Node) -> tuple[str, ...]:
    """The columns of the model's contract; of a model without one, nobody knows."""
    entry = next(m["nodes"][node.unique_id] for m in manifests.values() if node.unique_id in m["nodes"])
    return tuple(entry["columns"]) or (ANY,)


def _traced(node: Node, sql: str | None, tables: Mapping[Table, Sequence[str]]) -> Traced:
    """The model's lineage; one that cannot be traced hangs on every column of all its inputs."""
    try:
        if sql is None:
            raise TransformError("the model did not compile")
        return trace(sql, tables)
    except TransformError as error:
        reach = frozenset((*parent, column) for parent in node.parents for column in tables[parent])
        made = dict.fromkeys(tables[node.name], Made(choice=reach))
        return Traced(made, reach, frozenset(node.parents), (error.problem,))


def _folded(traced: Traced, tables: Mapping[Table, Sequence[str]]) -> Traced:
    """With the decoded companion `<column>_json` of a raw column counted as the column."""
    raw = {name: {c.lower(): c for c in columns} for name, columns in tables.items() if name[0] == "raw"}

    def folded(leaves: Leaves) -> Leaves:
        return frozenset(
            (layer, table, raw[layer, table].get(column.lower().removesuffix("_json"), column))
            if layer == "raw"
            else (layer, table, column)
            for layer, table, column in leaves
        )

    columns = {name: Made(folded(made.value), folded(made.choice)) for name, made in traced.columns.items()}
    return Traced(columns, folded(traced.rows), traced.inputs, traced.unresolved)


def _together(one: Traced, other: Traced) -> Traced:
    """A shared table's lineage through two systems."""
    columns = {
        name: merged([traced.columns[name] for traced in (one, other) if name in traced.columns])
        for name in (*one.columns, *(n for n in other.columns if n not in one.columns))
    }
    unresolved = tuple(dict.fromkeys((*one.unresolved, *other.unresolved)))
    return Traced(columns, one.rows | other.rows, one.inputs | other.inputs, unresolved)


def _write(path: Path, found: Mapping[Table, Traced]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")
    part.write_text(to_text(found))
    part.rename(path)
    for old in sorted(path.parent.glob("*.json"), key=lambda p: p.stat().st_mtime)[:-_KEPT]:
        old.unlink(missing_ok=True)
