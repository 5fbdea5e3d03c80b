"""The settings on the documentation's page are settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from dagster_ingest.connectors.registry import parse_settings

PAGE = Path(__file__).parents[3] / "docs" / "connectors" / "http.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.mark.parametrize("number", range(3))
def test_an_example_of_the_page_is_accepted(number):
    said = yaml.safe_load(EXAMPLES[number])

    assert parse_settings(said["connector"], said["settings"]).url == "https://api.example.org/v1"


def test_every_example_is_tried():
    assert len(EXAMPLES) == 3
