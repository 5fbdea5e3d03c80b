"""What a tenant's SQL hangs on: the least that two tenants must have in common to share a lineage.

Models of different systems do not know each other, so each system is compiled by itself and the lineages
of the shared tables are laid over each other. Names, labels and choices that no model of the project can
ask for are left out. Tenants that are alike in the rest share one compilation, whatever else they load.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from dagster_ingest import naming
from dagster_ingest.settings import Settings
from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.transform import project
from dagster_ingest.transform.variables import variables
from dagster_ingest.transform.versions import AS_OF

Extra = Mapping[str, Sequence[str]]
"""Raw relation to further columns that it may have landed."""

_BY_SYSTEM = ("sources", "versions")
_CHOICES = {"privacy": "privacy_choice", "adapt": "adapt_choice"}  # group to the macro that answers for it
_SYSTEM_TAG = "system:"
_QUOTED = re.compile(r"""['"]([a-z][a-z0-9_]*)['"]""")


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
        asked = _asked(_for_system(given, system), _words(settings, "dbt_elt", system))
        found.append(Shape("dbt_elt", asked, raw))
    return (*found, Shape("dbt_stage", _asked(given, _words(settings, "dbt_stage", None)), {}))


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


def _asked(given: Mapping[str, Any], words: frozenset[str]) -> dict[str, Any]:
    """The variables without choices that nothing can ask for."""
    chosen = {group: {n: v for n, v in given[group].items() if n in words} for group in _CHOICES}
    return {**given, **chosen}


@lru_cache(maxsize=64)
def _words(settings: Settings, name: str, system: str | None) -> frozenset[str]:
    """Every quoted word in the models and macros of a project, other systems' left out.

    A choice is asked for by its name in quotes, near or far from where it is looked up.
    """
    manifest = project.manifests(settings, "duckdb")[name]
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    tags = {tag for node in models for tag in node["tags"] if tag.startswith(_SYSTEM_TAG)}
    others = {tag.removeprefix(_SYSTEM_TAG) for tag in tags} - {system}
    texts = [
        node["raw_code"]
        for node in models
        if not tags & set(node["tags"]) or f"{_SYSTEM_TAG}{system}" in node["tags"]
    ]
    texts += [
        macro["macro_sql"]
        for macro in manifest["macros"].values()
        if macro["package_name"] == name
        and macro["name"] not in _CHOICES.values()
        and not others & set(Path(macro["original_file_path"]).parts)
    ]
    return frozenset(word for text in texts for word in _QUOTED.findall(text))


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
    sources = project.manifests(settings, "duckdb")["dbt_elt"]["sources"].values()
    return {(s["source_name"], s["name"]): tuple(c["name"] for c in s["columns"].values()) for s in sources}
