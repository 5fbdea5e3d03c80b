"""The program sling: found, asked for columns, and made to write a table as JSON lines."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.connectors.processes import programs
from dagster_ingest.connectors.processes.running import Running
from dagster_ingest.connectors.processes.workspace import Workspace
from dagster_ingest.connectors.sling.settings import SlingSettings
from dagster_ingest.errors import DataError, NothingDelivered, SpecError, among

_WROTE = re.compile(r"wrote ([\d,]+) rows")
NOT_DONE = "nothing was committed; the last good partition stands"


@dataclass(frozen=True, slots=True)
class Column:
    """native: in the database's words; general: in sling's, such as `datetime`."""

    name: str
    native: str
    general: str


def find() -> Path:
    """sling of the programs folder, else of PATH."""
    try:
        return programs.find("sling")
    except SpecError:
        if (there := shutil.which("sling")) is not None:
            return Path(there)
        raise


def run(request: ReadRequest, settings: SlingSettings, workspace: Workspace, *command: str) -> Running:
    """The address goes by the environment: arguments of a process are for everybody to read."""
    secret = {"SOURCE": request.secret(settings.connection)}
    quiet = {"SLING_DISABLE_TELEMETRY": "TRUE", "SLING_OUTPUT": "json", "SLING_LOGGING": "NO_COLOR"}
    return Running(
        [find(), *command], folder=workspace.path, idle=settings.timeout_seconds, environ={**quiet, **secret}
    )


def columns(request: ReadRequest, settings: SlingSettings) -> list[Column]:
    """The table's columns in their order. Raises NothingDelivered if there is no such table."""
    workspace = Workspace()
    try:
        running = run(
            request,
            settings,
            workspace,
            "conns",
            "discover",
            "SOURCE",
            "--pattern",
            settings.stream,
            "--columns",
        )
        try:
            text = b"\n".join(running.lines())
        finally:
            running.close()
    finally:
        workspace.remove()
    found = [Column(row[4], row[5], row[6]) for row in _rows(text)]
    if not found:
        raise NothingDelivered(
            f"sling finds no table {settings.stream!r}",
            rule="file|delivered",
            where=f"sling://{settings.stream}",
            not_done="nothing was read",
            fix="correct `stream`, or grant the account SELECT on the table",
        )
    return _chosen(found, settings)


def replicate(
    request: ReadRequest, settings: SlingSettings, workspace: Workspace, wanted: list[Column]
) -> tuple[Path, int | None]:
    """(file of JSON lines, rows that sling says it wrote)."""
    file = workspace.path / "rows.jsonl"
    command = ["run", "--src-conn", "SOURCE", "--src-stream", settings.stream]
    command += ["--tgt-object", f"file://{file}"]
    if settings.columns is not None:
        command += ["--select", ",".join(column.name for column in wanted)]
    if request.sample is not None:
        command += ["--limit", str(request.sample)]
    running = run(request, settings, workspace, *command)
    try:
        for _ in running.lines():
            pass
        told = [_WROTE.search(line) for line in running.said]
    finally:
        running.close()
    counts = [int(found[1].replace(",", "")) for found in told if found]
    return file, counts[-1] if counts else None


def _rows(text: bytes) -> list[list[Any]]:
    try:
        rows = json.loads(text or b"{}").get("rows") or []
        return [row for row in rows if len(row) > 6]
    except (ValueError, AttributeError, TypeError) as error:
        raise DataError(
            f"sling did not answer in JSON: {error}",
            not_done=NOT_DONE,
            fix="use a version of sling that knows SLING_OUTPUT=json, such as 1.4",
            source={"answer": text[:200].decode(errors="replace")},
        ) from None


def _chosen(found: list[Column], settings: SlingSettings) -> list[Column]:
    if settings.columns is None:
        return found
    by_name = {column.name: column for column in found}
    for name in settings.columns:
        if name not in by_name:
            raise SpecError(
                f"{settings.stream} has no column {name!r}",
                not_done="nothing was read",
                fix=among(name, by_name, "its columns:"),
            )
    return [by_name[name] for name in settings.columns]
