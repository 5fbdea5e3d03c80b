"""dbt, run in this process: parse a project, build chosen models for one tenant and state.

The edge to dbt-core. Starting `dbt` as a program costs about 4 CPU seconds each time; here the
imports are paid once and the manifest is read, not parsed again.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC
from functools import lru_cache
from pathlib import Path
from typing import Any

from dagster_ingest.errors import TransformError
from dagster_ingest.transform.project import MANIFEST, PARSED, DbtProject
from dagster_ingest.transform.where import DuckDBFile, Where, at

_QUIET = (
    "--quiet",
    "--no-version-check",
    "--no-write-json",
    "--no-use-colors",
    *("--log-level", "none"),
    *("--log-level-file", "none"),
)


@dataclass(frozen=True, slots=True)
class NodeResult:
    """What became of one model or test.

    status    success, error, skipped, pass, warn, fail
    rows      rows that the statement wrote, where the adapter tells it
    failures  failing rows of a test
    query     id of the statement, where the warehouse gives one
    began     seconds of the epoch, where it ran
    """

    unique_id: str
    status: str
    seconds: float
    message: str | None = None
    rows: int | None = None
    failures: int | None = None
    compiled: str | None = field(default=None, repr=False)
    query: str | None = None
    began: float | None = None

    @property
    def ok(self) -> bool:
        return self.status in ("success", "pass", "warn")


def parse(project: DbtProject, target_path: Path) -> None:
    """Parse `project` into `target_path`: the manifest for the definitions, and dbt's own form of it."""
    nowhere = DuckDBFile(Path(":memory:"))
    with _environment(nowhere):
        arguments = ["parse", *_folders(project, target_path), *_QUIET]
        manifest = _invoke(arguments, None, project, nowhere)
    target_path.mkdir(parents=True, exist_ok=True)
    (target_path / PARSED).write_bytes(manifest.to_msgpack())
    (target_path / MANIFEST).write_text(
        json.dumps(manifest.writable_manifest().to_dict(omit_none=False), default=str)
    )


def build(
    project: DbtProject,
    select: Sequence[str],
    variables: Mapping[str, Any],
    place: Path | Where,
    *,
    on_node: Callable[[str], None] | None = None,
) -> list[NodeResult]:
    """Build the models and tests named by unique id, in dependency order, in one tenant's place.

    A failing test or model skips what hangs on it within `select`; the others go on. The caller
    holds the lock of a tenant's file. `project` was parsed for the place's target.
    """
    results = _selected("build", project, select, variables, at(place), on_node)
    return [_result(entry) for entry in results.results]


def compile_sql(
    project: DbtProject, select: Sequence[str], variables: Mapping[str, Any], place: Path | Where
) -> dict[str, str]:
    """The SQL that a build of the models named by unique id would run, ephemeral models within it.

    Nothing is run but the models' questions for the raw tables and columns that there are.
    Raises TransformError where a model does not compile.
    """
    results = _selected("compile", project, select, variables, at(place))
    return {entry.node.unique_id: entry.node.compiled_code for entry in results.results}


def _selected(
    command: str,
    project: DbtProject,
    select: Sequence[str],
    variables: Mapping[str, Any],
    where: Where,
    on_node: Callable[[str], None] | None = None,
) -> Any:
    """What dbt answers when `command` is run for exactly the nodes named by unique id."""
    scratch = Path(tempfile.mkdtemp(prefix="dagster-ingest-dbt-"))
    try:
        arguments = [
            command,
            *_folders(project, scratch),
            *_QUIET,
            "--vars",
            json.dumps(dict(variables), sort_keys=True),
            "--select",
            *(uid.split(".")[2] for uid in select),
            "--indirect-selection",
            "empty",
        ]
        manifest = _manifest(project.parsed_path, select)
        where.settle(manifest)
        with _environment(where):
            return _invoke(arguments, manifest, project, where, on_node)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _folders(project: DbtProject, target_path: Path) -> list[str]:
    return [
        *("--project-dir", str(project.folder)),
        *("--profiles-dir", str(project.folder)),
        *("--target", project.target),
        *("--target-path", str(target_path)),
        *("--log-path", str(target_path)),
    ]


def _invoke(arguments, manifest, project: DbtProject, where: Where, on_node=None):
    from dbt.cli.main import dbtRunner

    callbacks = [_finished(on_node)] if on_node else []
    try:
        outcome = dbtRunner(manifest=manifest, callbacks=callbacks).invoke(arguments)
    finally:
        where.release()
    if outcome.exception is not None or outcome.result is None:
        raise TransformError(
            f"dbt {arguments[0]} of {project.name} could not start: {outcome.exception}",
            where=str(project.folder),
            not_done="no model was built; the tables stand as they were",
            fix=(
                f"run `dbt {arguments[0]} --project-dir {project.folder.name}` "
                "by hand to see the whole message"
            ),
        )
    return outcome.result


def _finished(on_node: Callable[[str], None]):
    def callback(event) -> None:
        if event.info.name in ("LogModelResult", "LogTestResult"):
            on_node(event.data.node_info.unique_id)

    return callback


def _result(entry) -> NodeResult:
    response = entry.adapter_response or {}
    return NodeResult(
        unique_id=entry.node.unique_id,
        status=str(entry.status),
        seconds=entry.execution_time,
        message=entry.message,
        rows=response.get("rows_affected"),
        failures=entry.failures,
        query=response.get("query_id"),
        compiled=getattr(entry.node, "compiled_code", None),
        began=_began(entry),
    )


def _began(entry) -> float | None:
    """dbt notes times in UTC, without saying so."""
    started = [timing.started_at for timing in entry.timing or () if timing.started_at is not None]
    return min(started).replace(tzinfo=UTC).timestamp() if started else None


@lru_cache(maxsize=4)
def _parsed(path: Path) -> bytes:
    """The manifest of `path`, pickled: dbt's own form of it takes ten times as long to read.

    Without the texts of the project's files, which only a parser compares.
    """
    from dbt.contracts.graph.manifest import Manifest

    manifest = Manifest.from_msgpack(path.read_bytes())
    manifest.files = {}
    return pickle.dumps(manifest)


def _manifest(path: Path, select: Collection[str]):
    """A manifest object of its own: dbt marks nodes as compiled in the one that it is given.

    It knows no other tests than those of `select`, for dbt links and searches all that it knows.
    """
    manifest = pickle.loads(_parsed(path))
    wanted = set(select)
    manifest.nodes = {
        uid: n for uid, n in manifest.nodes.items() if uid in wanted or not uid.startswith("test.")
    }
    return manifest


@contextmanager
def _environment(where: Where) -> Iterator[None]:
    """What the profiles read, for the time of one invocation. No telemetry leaves this process."""
    wanted = {**where.environment(), "DO_NOT_TRACK": "1", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
