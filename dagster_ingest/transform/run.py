"""dbt, run in this process: parse a project, build chosen models for one tenant and state.

The edge to dbt-core. Starting `dbt` as a program costs about 4 CPU seconds each time; here the
imports are paid once and the manifest is read, not parsed again.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from dagster_ingest.errors import TransformError
from dagster_ingest.transform.project import MANIFEST, PARSED, DbtProject

_CLOSED_WITHIN = 10.0
ENV_DUCKDB = "DAGSTER_INGEST_DUCKDB"
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
    """

    unique_id: str
    status: str
    seconds: float
    message: str | None = None
    rows: int | None = None
    failures: int | None = None
    compiled: str | None = field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        return self.status in ("success", "pass", "warn")


def parse(project: DbtProject, target_path: Path) -> None:
    """Parse `project` into `target_path`: the manifest for the definitions, and dbt's own form of it."""
    with _environment(Path(":memory:")):
        arguments = ["parse", *_where(project, target_path), *_QUIET]
        manifest = _invoke(arguments, None, project, Path(":memory:"))
    target_path.mkdir(parents=True, exist_ok=True)
    (target_path / PARSED).write_bytes(manifest.to_msgpack())
    (target_path / MANIFEST).write_text(
        json.dumps(manifest.writable_manifest().to_dict(omit_none=False), default=str)
    )


def build(
    project: DbtProject,
    select: Sequence[str],
    variables: Mapping[str, Any],
    database: Path,
    *,
    on_node: Callable[[str], None] | None = None,
) -> list[NodeResult]:
    """Build the models and tests named by unique id, in dependency order, on one tenant's file.

    A failing test or model skips what hangs on it within `select`; the others go on. The caller
    holds the file's lock.
    """
    results = _selected("build", project, select, variables, database, on_node)
    return [_result(entry) for entry in results.results]


def compile_sql(
    project: DbtProject, select: Sequence[str], variables: Mapping[str, Any], database: Path
) -> dict[str, str]:
    """The SQL that a build of the models named by unique id would run, ephemeral models within it.

    Nothing is run but the models' questions for the raw tables and columns that there are.
    Raises TransformError where a model does not compile.
    """
    results = _selected("compile", project, select, variables, database)
    return {entry.node.unique_id: entry.node.compiled_code for entry in results.results}


def _selected(
    command: str,
    project: DbtProject,
    select: Sequence[str],
    variables: Mapping[str, Any],
    database: Path,
    on_node: Callable[[str], None] | None = None,
) -> Any:
    """What dbt answers when `command` is run for exactly the nodes named by unique id."""
    scratch = Path(tempfile.mkdtemp(prefix="dagster-ingest-dbt-"))
    try:
        arguments = [
            command,
            *_where(project, scratch),
            *_QUIET,
            "--vars",
            json.dumps(dict(variables), sort_keys=True),
            "--select",
            *(uid.split(".")[2] for uid in select),
            "--indirect-selection",
            "empty",
        ]
        with _environment(database):
            return _invoke(arguments, _manifest(project.parsed_path), project, database, on_node)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _where(project: DbtProject, target_path: Path) -> list[str]:
    return [
        *("--project-dir", str(project.folder)),
        *("--profiles-dir", str(project.folder)),
        *("--target", project.target),
        *("--target-path", str(target_path)),
        *("--log-path", str(target_path)),
    ]


def _invoke(arguments, manifest, project: DbtProject, database: Path, on_node=None):
    from dbt.cli.main import dbtRunner

    callbacks = [_finished(on_node)] if on_node else []
    try:
        outcome = dbtRunner(manifest=manifest, callbacks=callbacks).invoke(arguments)
    finally:
        _close_database(database)
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
        compiled=getattr(entry.node, "compiled_code", None),
    )


@lru_cache(maxsize=4)
def _parsed(path: Path) -> bytes:
    return path.read_bytes()


def _manifest(path: Path):
    """A manifest object of its own: dbt marks nodes as compiled in the one that it is given."""
    from dbt.contracts.graph.manifest import Manifest

    return Manifest.from_msgpack(_parsed(path))


def _close_database(database: Path) -> None:
    """dbt-duckdb keeps the file open between invocations; others need it. Returns when it is closed."""
    connections = sys.modules.get("dbt.adapters.duckdb.connections")
    if connections is None:
        return
    connections.DuckDBConnectionManager.close_all_connections()
    deadline = time.monotonic() + _CLOSED_WITHIN
    while _open_here(database):
        gc.collect()  # a cursor of one of dbt's threads can outlive its connection
        if time.monotonic() > deadline:
            raise TransformError(f"dbt did not close {database}", not_done="nothing more was done with it")
        time.sleep(0.01)


def _open_here(database: Path) -> bool:
    """Whether this process has the file open, where the system tells it."""
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        return False
    wanted = str(database)
    for entry in descriptors.iterdir():
        with suppress(OSError):
            if os.readlink(entry) == wanted:
                return True
    return False


@contextmanager
def _environment(database: Path) -> Iterator[None]:
    """What the profiles read, for the time of one invocation. No telemetry leaves this process."""
    wanted = {ENV_DUCKDB: str(database), "DO_NOT_TRACK": "1", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
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
