"""A whole installation in a temporary folder: sample tenants, drops, Dagster instance."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from dagster_ingest.assets import runner
from dagster_ingest.assets.gate import gate
from dagster_ingest.assets.instance import open_instance
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.readers import stage_partition
from dagster_ingest.assets.stories import stories
from dagster_ingest.assets.task import Outcome, Task
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.testing import postgres, sample, stages
from dagster_ingest.testing.noserver import NoServer
from tests.e2e.stores import stage_texts

ROOT = Path(__file__).parents[2]
DSN = "E2E_POSTGRES_DSN"


@dataclass(frozen=True)
class World:
    """The platform on a folder of its own. `environ`: more variables for the commands."""

    settings: Settings
    environ: dict[str, str] = field(default_factory=dict)

    def deliver(self, day: int, *tenants: str, **how):
        return sample.write(self.settings.drops, tenants=tenants or None, day=day, **how)

    def write(self, tenant: str, state: str, **how) -> Outcome:
        return self.execute(Task(tenant, state, "writers", **how))

    def publish(self, tenant: str, state: str) -> Outcome:
        return self.execute(Task(tenant, state, "readers"))

    def execute(self, task: Task) -> Outcome:
        forget_definitions()
        return runner.execute(task, self.settings)

    def command(self, *words: str, **environ: str) -> subprocess.CompletedProcess:
        """`dagster-ingest` with these words in this process, which has the imports behind it."""
        from typer.testing import CliRunner

        from dagster_ingest.cli import app

        forget_definitions()
        result = CliRunner().invoke(app, list(words), env={**self.variables(), **environ})
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return subprocess.CompletedProcess(words, result.exit_code, result.stdout, result.stderr)

    def process(self, *words: str, **environ: str) -> subprocess.CompletedProcess:
        """`dagster-ingest` with these words, as a process of its own."""
        started = self.start(*words, **environ)
        try:
            out, err = started.communicate(timeout=1200)
        except subprocess.TimeoutExpired:
            started.kill()
            started.communicate()
            raise
        return subprocess.CompletedProcess(words, started.returncode, out, err)

    def start(self, *words: str, **environ: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "dagster_ingest.cli", *words],
            cwd=ROOT,
            env={**os.environ, **self.variables(), **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def variables(self) -> dict[str, str]:
        home = str(self.settings.home / "dagster")
        return {**self.settings.environment(), "DAGSTER_HOME": home, **self.environ}

    def story(self, tenant: str, state: str):
        return stories(self.settings, [(tenant, state)])[0]

    def spec(self, tenant: str):
        return load_tenants(replace(self.settings, tenants=(tenant,))).tenants[0]

    def published(self, tenant: str, state: str) -> Path:
        return self.settings.published / tenant / state / "hsds_package"

    def also_to_postgres(self, tenant: str) -> None:
        """Give a tenant a second reader; the connection string stands in the variable `DSN`."""
        path = self.settings.tenants_dir / tenant / "tenant.yaml"
        text = path.read_text()
        assert text.count("  - reader: hsds_package\n") == 1
        more = f"  - reader: hsds_package\n  - reader: postgres\n    dsn: {DSN}\n"
        path.write_text(text.replace("  - reader: hsds_package\n", more))

    def with_outlines(self) -> None:
        """Every tenant's service areas get outlines, so that a search may ask who serves a place."""
        for path in self.settings.tenants_dir.glob("*/tenant.yaml"):
            text = path.read_text()
            if "\nenhance:" not in text:
                path.write_text(f"{text}\nenhance:\n  areas: {{}}\n")


def installation(folder: Path, parsed: Path, **environ: str) -> World:
    """The sample tenants' specs and parsed dbt projects in `folder`, nothing delivered yet."""
    shutil.copytree(ROOT / "tenants", folder / "tenants")
    shutil.copytree(parsed, folder / "home" / "target")
    settings = Settings.load(root=ROOT, home=folder / "home", tenants_dir=folder / "tenants", tenants=())
    return World(settings, environ)


def forget_definitions() -> None:
    """Definitions are kept for the life of a process; here each test has specs of its own."""
    from dagster._core.definitions.reconstruct import ReconstructableJob

    from dagster_ingest import definitions, definitions_readers

    ReconstructableJob.get_definition.cache_clear()
    ReconstructableJob.get_repository_definition.cache_clear()
    definitions._repositories.forget()
    definitions_readers._repositories.forget()


@pytest.fixture
def world(tmp_path, monkeypatch, parsed_projects) -> World:
    made = installation(tmp_path, parsed_projects)
    for name, value in made.variables().items():
        monkeypatch.setenv(name, value)
    return made


@dataclass(frozen=True)
class Day:
    """What all sample tenants' day left behind.

    published  copy of the published folder
    stages     the partitions that readers publish, of the states that may be published
    texts      the stage schema of every tenant, and all that PostgreSQL shows, as text
    run        the command that made it
    """

    number: int
    manifest: sample.Manifest
    run: subprocess.CompletedProcess
    published: Path
    stages: Path
    texts: Path

    def package(self, tenant: str, state: str) -> Path:
        return (self.published / tenant / state / "hsds_package").resolve()


@dataclass(frozen=True)
class Days:
    """Day one and day two of the sample tenants of files, and the installation as day two left it.

    second_store  keystone is published to PostgreSQL as well; None: why it is not
    """

    world: World
    one: Day
    two: Day
    second_store: bool


@pytest.fixture(scope="session")
def days(tmp_path_factory, parsed_projects):
    """Two days of all sample tenants, made once: what tests of the whole look at, and leave as it is."""
    folder = tmp_path_factory.mktemp("days")
    with _database() as dsn:
        made = installation(folder, parsed_projects, **({DSN: dsn} if dsn else {}))
        if dsn:
            made.also_to_postgres("keystone")
        made.with_outlines()
        one, two = (run_day(made, folder, n, made.deliver(n), dsn) for n in (1, 2))
        yield Days(made, one, two, dsn is not None)


@contextmanager
def _database() -> Iterator[str | None]:
    """A database of a real PostgreSQL, or None where there is no server."""
    with ExitStack() as stack:
        dsn = None
        with suppress(NoServer):
            dsn = stack.enter_context(postgres.new_database(stack.enter_context(postgres.running_server())))
        yield dsn


def run_day(
    world: World, folder: Path, number: int, manifest: sample.Manifest, dsn: str | None = None
) -> Day:
    """Run everything on what was delivered, and keep what it left behind."""
    run = world.process("run", "--workers", "2")
    kept = folder / f"day{number}"
    shutil.copytree(world.settings.published, kept / "published", symlinks=True)
    for file in world.settings.warehouse.glob("*.duckdb"):
        stage_texts(file, kept / "texts" / file.stem)
    if dsn:
        (kept / "texts" / "postgres.csv").write_bytes(postgres.dump_bytes(dsn, "keystone"))
    keep_stages(world, kept / "stages")
    return Day(number, manifest, run, kept / "published", kept / "stages", kept / "texts")


def keep_stages(world: World, folder: Path) -> None:
    """What a reader would be given now, by tenant and state."""
    with open_instance(world.settings) as instance:
        for spec in load_tenants(world.settings).tenants:
            platform = TenantPlatform(world.settings, spec)
            for state in spec.model.states:
                passage = gate(instance, platform, state)
                if passage.open:
                    partition = stage_partition(platform, state, passage, spec.model.publish[0])
                    stages.keep(partition, folder / spec.name / state)
