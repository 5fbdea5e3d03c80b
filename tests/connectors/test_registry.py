"""Connectors are found by folder; names and settings cost no heavy import."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dagster_ingest.connectors import registry
from dagster_ingest.errors import SpecError


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
            assert described.get("examples"), f"{name}.{setting}"


def test_an_unknown_connector_lists_and_guesses():
    with pytest.raises(SpecError) as caught:
        registry.settings_model("flies")
    assert "there is no connector 'flies'" in str(caught.value)
    assert "did you mean 'files'?" in str(caught.value)


def test_several_wrong_settings_are_told_at_once():
    with pytest.raises(SpecError) as caught:
        registry.parse_settings("files", {"patern": "x", "delimiter": ";;"})
    assert "patern" in str(caught.value)
    assert "delimiter" in str(caught.value)
    assert "newest_by" in str(caught.value)
