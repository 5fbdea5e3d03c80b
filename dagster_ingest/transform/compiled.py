"""The lineage of a tenant's models: compiled with the tenant's choices, traced, kept on disk.

Models of different systems do not know each other, so each system is compiled by itself and the shared
tables' lineages are laid over each other: tenants that make the same choices for a system share one
compilation, whatever else they load.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from dagster_ingest import naming
from dagster_ingest.errors import TransformError
from dagster_ingest.settings import Settings
from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.transform import project, run
from dagster_ingest.transform.graph import PROJECT_LAYER, Node, tenant_graph
from dagster_ingest.transform.lineage import trace
from dagster_ingest.transform.relation import ANY, Leaves, Made, Table, Traced, merged
from dagster_ingest.transform.traced_file import from_text, to_text
from dagster_ingest.transform.variables import variables
from dagster_ingest.transform.versions import AS_OF

Scratch = Callable[[Path, Mapping[str, Sequence[str]]], None]
"""Makes a database of empty raw tables, given as relation to columns."""
Extra = Mapping[str, Sequence[str]]
"""Raw relation to further columns that it may have landed."""

_KEPT = 200
_BY_SYSTEM = ("sources", "versions")


@dataclass(frozen=True)
class Shape:
    """All that the compiled SQL of one project hangs on, besides its files.

    raw  (system, table, relation) to the raw columns
    """

    project: str
    variables: Mapping[str, Any]
    raw: Mapping[tuple[str, str, str], tuple[str, ...]]

    @cached_property
    def digest(self) -> str:
        parts = [self.project, self.variables, sorted((*key, *columns) for key, columns in self.raw.items())]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def model_lineage(settings: Settings, shapes: Iterable[Shape], scratch: Scratch) -> dict[Table, Traced]:
    """(layer, table) of each elt and stage table of a tenant to its lineage over its direct inputs.

    Raises TransformError where a project cannot be parsed.
    """
    found: dict[Table, Traced] = {}
    for shape in shapes:
        for table, traced in _kept(settings, shape, scratch).items():
            found[table] = _together(found[table], traced) if table in found else traced
    return found


def tenant_shapes(settings: Settings, spec: TenantSpec, extra: Extra | None = None) -> tuple[Shape, ...]:
    """What has to be compiled for a tenant: dbt_elt for each of its systems, and dbt_stage."""
    given = _neutral(variables(spec))
    read = _read_columns(settings)
    found = []
    for system in spec.systems:
        raw = {
            (system, table.name, table.raw): _columns(table, read.get((system, table.name), ()), extra or {})
            for source in spec.sources
            if source.system == system
            for table in source.tables
        }
        found.append(Shape("dbt_elt", _for_system(given, system), raw))
    return (*found, Shape("dbt_stage", given, {}))


def _neutral(given: Mapping[str, Any]) -> dict[str, Any]:
    """The variables without what ends up in literals only: no lineage hangs on a name or a label."""
    adapt = dict(given.get("adapt", {}))
    if adapt.get("hide_services"):
        adapt["hide_services"] = ["1"]
    if adapt.get("rename_organizations"):
        adapt["rename_organizations"] = {"1": "name"}
    adapt["custom_attributes"] = dict.fromkeys(sorted(adapt.get("custom_attributes") or {}), "label")
    return {**given, "tenant": "tenant", "state": "XX", AS_OF: "2000-01-01", "adapt": adapt}


def _for_system(given: Mapping[str, Any], system: str) -> dict[str, Any]:
    """The variables that say something of one system; `sources` and `versions` do so by its name."""
    own = {name: {system: of[system]} for name in _BY_SYSTEM if system in (of := given.get(name, {}))}
    return {**{n: v for n, v in given.items() if n not in _BY_SYSTEM}, **own, "systems": [system]}


def _columns(table, read: Iterable[str], extra: Extra) -> tuple[str, ...]:
    """What may have landed: the contract's columns, what the models name, what the caller knows of."""
    named = [column.field for column in table.contract.columns]
    named += [*read, *extra.get(table.raw, ()), *(f"{column}_json" for column in table.decode)]
    own = {name.lower() for name in naming.SYSTEM_COLUMNS}
    first: dict[str, str] = {}  # as the contract spells it; what is told twice is no other shape
    for name in named:
        first.setdefault(name.lower(), name)
    return tuple(name for key, name in first.items() if key not in own)


@lru_cache(maxsize=4)
def _read_columns(settings: Settings) -> dict[tuple[str, str], tuple[str, ...]]:
    """(system, table) to the raw columns that dbt_elt names as read."""
    sources = project.manifests(settings)["dbt_elt"]["sources"].values()
    return {(s["source_name"], s["name"]): tuple(c["name"] for c in s["columns"].values()) for s in sources}


# One shape

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
    parsed = next(p.cache.name for p in project.projects(settings) if p.name == shape.project)
    return hashlib.sha256(f"{parsed} {_tracing()} {shape.digest}".encode()).hexdigest()[:32]


@lru_cache(maxsize=1)
def _tracing() -> str:
    from importlib.metadata import version

    names = ("lineage.py", "relation.py", "compiled.py", "traced_file.py")
    code = b"".join((Path(__file__).parent / name).read_bytes() for name in names)
    return hashlib.sha256(version("sqlglot").encode() + code).hexdigest()


def _derive(settings: Settings, shape: Shape, scratch: Scratch) -> tuple[dict[Table, Traced], bool]:
    """Compile and trace; and whether it compiled."""
    manifests = project.manifests(settings)
    own = next(p for p in project.projects(settings) if p.name == shape.project)
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
