"""What a model's result depends on besides data and variables: code, and whether the day counts.

Read from the parsed manifest. A digest holds what can change the rows or their verdicts: the SQL,
the columns of the contract, what the model calls, the ephemeral models in front of it, and its
tests. Descriptions, tags and the models of systems that the tenant lacks are left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# The macro through which SQL asks for the day (shared/run.sql).
_TODAY = "today"
_WITHOUT_EFFECT = {"access", "docs", "group", "meta", "tags", "packages", "static_analysis"}


def is_ephemeral(node: Mapping[str, Any]) -> bool:
    return node["config"]["materialized"] == "ephemeral"


class ModelCode:
    """The code of the models of one project.

    models  unique id to node, of the models that the tenant has
    majors  (system, table) to the other major versions that the tenant lands; their macros are looked
            up by name when a model runs (shared/raw.sql), so dbt does not list them as dependencies
    """

    def __init__(
        self,
        manifest: Mapping[str, Any],
        models: Mapping[str, Mapping[str, Any]],
        majors: Mapping[tuple[str, str], Iterable[int]] | None = None,
    ) -> None:
        self._manifest = manifest
        self._models = models
        self._majors = majors or {}
        self._parts: dict[str, str] = {}
        self._reached: dict[str, frozenset[str]] = {}

    def digest(self, uid: str, tests: Sequence[str] = ()) -> str:
        """SHA-256 of the model with all that it is made with, and of its tests."""
        return _sha([self._model(uid), *(self._test(test) for test in sorted(tests))])

    def daily(self, uid: str) -> bool:
        """Whether the model, or an ephemeral model in it, asks for the day."""
        asked = any(self._is_today(m) for m in self._macros(self._models[uid]))
        return asked or any(self.daily(parent) for parent in self._ephemeral_parents(uid))

    def _model(self, uid: str) -> str:
        if uid not in self._parts:
            node = self._models[uid]
            self._parts[uid] = _sha(
                [
                    node["checksum"].get("checksum", ""),
                    _config(node),
                    _columns(node),
                    *self._sources(uid),
                    *self._called(node),
                    *(self._model(parent) for parent in self._ephemeral_parents(uid)),
                ]
            )
        return self._parts[uid]

    def _test(self, uid: str) -> str:
        node = self._manifest["nodes"][uid]
        return _sha([uid, _config(node), repr(node.get("test_metadata")), *self._called(node)])

    def _called(self, node: Mapping[str, Any]) -> list[str]:
        return [self._manifest["macros"][name]["macro_sql"] for name in sorted(self._macros(node))]

    def _sources(self, uid: str) -> list[str]:
        """The columns that the project names for the tables it reads: no other is read."""
        known = self._manifest.get("sources", {})
        parents = [p for p in sorted(self._parents(uid)) if p in known]
        return [*map(_columns, (known[p] for p in parents)), *(t for p in parents for t in self._bringing(p))]

    def _bringing(self, source: str) -> list[str]:
        """The macros that bring other majors of a source's table to the columns that models read."""
        _, project, system, table = source.split(".")
        roots = [
            f"macro.{project}.{system}__{table}__v{major}" for major in self._majors.get((system, table), ())
        ]
        found = sorted(set().union(*map(self._reach, roots))) if roots else []
        return [self._manifest["macros"][name]["macro_sql"] for name in found]

    def _ephemeral_parents(self, uid: str) -> list[str]:
        return sorted(p for p in self._parents(uid) if p in self._models and is_ephemeral(self._models[p]))

    def _parents(self, uid: str) -> Iterable[str]:
        return self._manifest["parent_map"].get(uid, [])

    def _macros(self, node: Mapping[str, Any]) -> set[str]:
        """Every macro that the node can reach, those of dbt and the adapter included."""
        reached: set[str] = set()
        for root in node.get("depends_on", {}).get("macros", []):
            reached |= self._reach(root)
        return reached

    def _reach(self, root: str) -> frozenset[str]:
        if root not in self._reached:
            found, queue = set(), [root]
            while queue:
                name = queue.pop()
                if name not in found and name in self._manifest["macros"]:
                    found.add(name)
                    queue += self._manifest["macros"][name]["depends_on"].get("macros", [])
            self._reached[root] = frozenset(found)
        return self._reached[root]

    def _is_today(self, macro: str) -> bool:
        _, package, name = macro.split(".", 2)
        return name == _TODAY and package in {uid.split(".")[1] for uid in self._models}


def _config(node: Mapping[str, Any]) -> str:
    return repr(sorted((k, v) for k, v in node["config"].items() if k not in _WITHOUT_EFFECT))


def _columns(node: Mapping[str, Any]) -> str:
    columns = node.get("columns", {}).values()
    return repr([(c["name"], c.get("data_type"), c.get("constraints")) for c in columns])


def _sha(parts: Iterable[str]) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()
