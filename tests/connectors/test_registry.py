"""Connectors are found by folder or entry point; names and settings cost no heavy import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dagster_ingest.connectors import registry
from dagster_ingest.errors import SpecError
from tests.connectors.distributions import forget, install

SETTINGS = """
from pydantic import BaseModel, ConfigDict, Field

class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    rows: int = Field(default=1, description="How many.", examples=[1])

SETTINGS = Settings
"""
CONNECTOR = """
from dagster_ingest.connectors.base import Capabilities, Checked, Fingerprint

class Echo:
    capabilities = Capabilities()
    def check(self, request): return Checked(True, "here")
    def discover(self, request): return ()
    def fingerprint(self, request): return Fingerprint("")
    def read(self, request): raise NotImplementedError

CONNECTOR = Echo
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch):
    """Installs distributions where Python looks for them."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def put(dist: str, name: str, settings: str = SETTINGS, connector: str = CONNECTOR) -> None:
        install(tmp_path, dist, name, settings, connector)

    yield put
    monkeypatch.undo()
    forget()


def test_files_is_a_connector():
    assert "files" in registry.names()
    assert registry.connector("files").discover


def test_names_and_settings_import_neither_polars_nor_pyarrow():
    code = (
        "import sys; from dagster_ingest.connectors import registry;"
        "[registry.settings_model(n) for n in registry.names()];"
        "print({'polars', 'pyarrow', 'dagster'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


def test_every_setting_is_described_and_bounded():
    for name in registry.names():
        schema = registry.settings_model(name).model_json_schema()
        assert schema["additionalProperties"] is False
        for setting, described in schema["properties"].items():
            assert described.get("description"), f"{name}.{setting}"
            # a choice, a default or settings of its own show what it looks like
            shown = described.keys() & {"examples", "enum", "default", "$ref", "oneOf"}
            assert shown, f"{name}.{setting}"


def test_an_unknown_connector_is_guessed():
    with pytest.raises(SpecError, match="did you mean 'files'"):
        registry.connector("file")


def test_wrong_settings_are_listed_with_those_allowed():
    with pytest.raises(SpecError) as found:
        registry.parse_settings("files", {"patern": "*.csv", "header_rows": 9})

    assert "patern" in str(found.value)
    assert "header_rows" in str(found.value)
    assert "pattern" in str(found.value.fix)


def test_another_distribution_adds_a_connector(installed):
    installed("echo", "echo")

    assert "echo" in registry.names()
    assert registry.parse_settings("echo", {"rows": 3}).rows == 3
    assert registry.connector("echo").check(None).ok
    assert registry.problems() == ()


def test_a_broken_one_is_named_and_leaves_the_others_alone(installed):
    installed("echo", "echo")
    installed("broken", "broken", settings="raise RuntimeError('no licence')")

    assert {"echo", "broken", "files"} <= set(registry.names())
    assert registry.problems() == (
        "the connector 'broken' of broken 1.0 cannot be used: RuntimeError: no licence",
    )
    with pytest.raises(SpecError, match=r"'broken' of broken 1\.0 cannot be used"):
        registry.settings_model("broken")
    assert registry.connector("echo")
    assert registry.connector("files")


def test_settings_that_are_no_model_are_refused(installed):
    installed("broken", "broken", settings="SETTINGS = dict")

    with pytest.raises(SpecError, match="SETTINGS is no pydantic model"):
        registry.settings_model("broken")


def test_a_connector_of_an_older_protocol_is_refused(installed):
    installed("old", "old", connector="class Old:\n    def read(self, request): ...\nCONNECTOR = Old")

    with pytest.raises(SpecError, match="it has no capabilities, check, discover, fingerprint"):
        registry.connector("old")


def test_no_shipped_name_is_taken_over(installed):
    installed("thief", "files")

    assert type(registry.connector("files")).__module__ == "dagster_ingest.connectors.files.connector"
    assert registry.problems() == (
        "the connector 'files' of thief 1.0 is left out: the platform has one of that name",
    )


def test_of_two_with_one_name_neither_counts(installed):
    installed("one", "echo")
    installed("two", "echo")

    assert "echo" not in registry.names()
    assert len(registry.problems()) == 2
    assert "one 1.0 has one of that name, too" in " ".join(registry.problems())


def test_a_name_that_no_spec_could_hold_is_refused(installed):
    installed("odd", "Odd-Name")

    assert "Odd-Name" not in registry.names()
    assert "its name may hold lower case letters" in registry.problems()[0]
