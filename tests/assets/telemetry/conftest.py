"""Real runs of the tenant gulf, told to receivers on loopback: FL goes well, AL is refused on day two."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from dagster_ingest import tracing
from dagster_ingest.assets.runner import execute
from dagster_ingest.assets.task import Outcome, Task
from dagster_ingest.settings import Settings
from dagster_ingest.testing import sample
from dagster_ingest.testing.receiver import Receiver, receiver

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Told:
    """settings: of an installation that ran. collector: what took its traces. canaries: private values."""

    settings: Settings
    collector: Receiver
    good: Outcome
    refused: Outcome
    published: Outcome
    canaries: tuple[str, ...]


def needles(told: Told) -> list[str]:
    """Texts that may stand in nothing that is told to others."""
    assert told.canaries
    return list(told.canaries)


def forget_definitions() -> None:
    from dagster_ingest import definitions, definitions_readers

    for module in (definitions, definitions_readers):
        module._repositories.forget()


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory, parsed_projects: Path) -> Iterator[Told]:
    """FL is loaded and published, AL refused; both traced."""
    home = tmp_path_factory.mktemp("telemetry")
    shutil.copytree(parsed_projects, home / "target")
    with receiver() as collector:
        file = home / "telemetry.yaml"
        headers = "{x-api-key: {secret: OTLP_KEY}}"
        file.write_text(f"traces:\n  endpoint: {collector.url}/v1/traces\n  headers: {headers}\n")
        settings = replace(
            Settings.load(root=ROOT, home=home, drops=home / "drops", tenants=("gulf",)), telemetry_file=file
        )
        with pytest.MonkeyPatch.context() as patch:
            environment(patch, settings)
            forget_definitions()
            sample.write(settings.drops, tenants=("gulf",), day=1)
            good = execute(Task("gulf", "FL", "writers"), settings)
            written = sample.write(settings.drops, tenants=("gulf",), day=2)
            private = tuple(needle for canary in written.canaries for needle in canary.needles)
            refused = execute(Task("gulf", "AL", "writers"), settings)
            published = execute(Task("gulf", "FL", "readers"), settings)
            tracing.install(None)
            forget_definitions()
        yield Told(settings, collector, good, refused, published, private)


def environment(patch: pytest.MonkeyPatch, settings: Settings) -> None:
    patch.setenv("PLATFORM__OTLP_KEY", "otlp-canary-5c1d")
    for name, value in settings.environment().items():
        patch.setenv(name, value)


@pytest.fixture(autouse=True)
def _there(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The environment of the installation, for tests that look at it, and no longer."""
    if "told" in request.fixturenames:
        environment(monkeypatch, request.getfixturevalue("told").settings)
    yield
    tracing.install(None)
    forget_definitions()
