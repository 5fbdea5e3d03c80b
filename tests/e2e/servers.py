"""Dagster as it runs on a server: two code servers, daemon and webserver, each a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from dagster_ingest.assets.instance import prepare_home
from dagster_ingest.testing.processes import free_port

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
PATIENCE = 900  # seconds that anything may take on a machine with much else to do
_LAUNCH = """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  ... on InvalidSubsetError { message } ... on RunConfigValidationInvalid { errors { message } } } }"""
_MODULES = {"writers": "dagster_ingest.definitions", "readers": "dagster_ingest.definitions_readers"}


def until(true: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """The first answer that is something. AssertionError if there is none in time."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if found := true():
            return found
        time.sleep(0.1)
    raise AssertionError(f"not in {patience} s: {what}")


class Servers:
    """The processes by name: writers, readers, daemon, webserver."""

    def __init__(self, world, tenants: str) -> None:
        self.world, self.folder = world, world.settings.home
        self.ports = {name: free_port() for name in ("writers", "readers", "webserver")}
        self.processes: dict[str, subprocess.Popen] = {}
        self.environ = {
            **os.environ,
            **world.variables(),
            "DAGSTER_INGEST_TENANTS": tenants,
            "PYTHONPATH": str(ROOT),
        }
        self.workspace = self.folder / "workspace.yaml"
        servers = [
            {"grpc_server": {"host": HOST, "port": self.ports[name], "location_name": name}}
            for name in _MODULES
        ]
        self.workspace.write_text(yaml.safe_dump({"load_from": servers}))

    def hasten(self) -> None:
        """The shipped dagster.yaml, looking more often than every half minute."""
        path = prepare_home(self.world.settings) / "dagster.yaml"
        told = yaml.safe_load(path.read_text())
        told["run_coordinator"]["config"] |= {
            "dequeue_interval_seconds": 1,
            "user_code_failure_retry_delay": 3,
        }
        told["run_monitoring"] |= {"poll_interval_seconds": 2}
        path.write_text(yaml.safe_dump(told))

    def start(self, *names: str) -> None:
        for name in names:
            log = (self.folder / f"{name}.log").open("a")
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *self._words(name)],
                cwd=ROOT,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            log.close()

    def _words(self, name: str) -> list[str]:
        if name in _MODULES:
            port = str(self.ports[name])
            return ["dagster", "api", "grpc", "-h", HOST, "-p", port, "-m", _MODULES[name]]
        if name == "daemon":
            return ["dagster._daemon", "run", "-w", str(self.workspace)]
        port = str(self.ports["webserver"])
        return ["dagster_webserver", "-h", HOST, "-p", port, "-w", str(self.workspace)]

    def kill(self, *names: str, runs: bool = False) -> None:
        """SIGKILL. runs: together with the processes of runs that a code server started."""
        for name in names:
            process = self.processes.pop(name)
            if runs:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                os.kill(process.pid, signal.SIGKILL)
            process.wait(timeout=30)

    def stop(self, groups: list[int]) -> None:
        """End all of it, and the groups that processes of before have left."""
        for group in [*groups, *(process.pid for process in self.processes.values())]:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        for process in self.processes.values():
            process.wait(timeout=30)

    def ready(self) -> None:
        """Wait until the webserver knows both code servers."""
        query = "{ workspaceOrError { ... on Workspace { locationEntries { name locationOrLoadError {"
        query += " __typename } } } } }"

        def loaded() -> bool:
            for name, process in self.processes.items():
                assert process.poll() is None, self.log(name)
            try:
                entries = self.ask(query)["workspaceOrError"]["locationEntries"]
            except (urllib.error.URLError, OSError, KeyError):
                return False
            kinds = [(entry["locationOrLoadError"] or {}).get("__typename") for entry in entries]
            return kinds == ["RepositoryLocation"] * 2

        until(loaded, "both code locations are loaded")

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        address = f"http://{HOST}:{self.ports['webserver']}/graphql"
        asked = urllib.request.Request(address, body, {"content-type": "application/json"})
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return json.load(answer)["data"]

    def launch(self, tenant: str, side: str, state: str) -> str:
        """Ask the webserver for a run, as the UI does. Its id."""
        selector = {
            "repositoryLocationName": side,
            "repositoryName": tenant,
            "jobName": f"{tenant}__{side}",
        }
        tags = [{"key": "dagster/partition", "value": state}]
        params = {"selector": selector, "runConfigData": {}, "executionMetadata": {"tags": tags}}
        found = self.ask(_LAUNCH, params=params)["launchRun"]
        assert found["__typename"] == "LaunchRunSuccess", found
        return found["run"]["runId"]

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()[-4000:]
