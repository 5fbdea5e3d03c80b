"""`dagster-ingest publish lint`."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from dagster_ingest.cli import app
from dagster_ingest.errors import SpecError


def lint(*words: object):
    return CliRunner().invoke(app, ["publish", "lint", *map(str, words)])


def test_a_sound_request_is_let_through(tmp_path) -> None:
    file = tmp_path / "request.json"
    file.write_text(
        json.dumps({"query": {"match": {"service.name": "food"}}, "sort": ["name.raw"]}, indent=1)
    )
    done = lint(file)
    assert done.exit_code == 0
    assert done.stdout.startswith("1 looked at: every field is in the mapping")


def test_problems_are_told_with_file_and_line(tmp_path) -> None:
    file = tmp_path / "requests.ndjson"
    file.write_text('{"query": {"match_all": {}}}\n{"sort": ["name"]}\n')
    done = lint(file)
    assert done.exit_code == 1
    assert done.stdout.startswith(f"{file}:2: sort[0]: sort on name, which is text")
    assert json.loads(lint(file, "--json").stdout)[0]["request"] == f"{file}:2"


def test_the_index_is_chosen(tmp_path) -> None:
    file = tmp_path / "request.json"
    file.write_text('{"query": {"match_bool_prefix": {"name._2gram": "fo"}}}')
    assert lint(file).exit_code == 1
    assert lint(file, "--index", "taxonomies_v2").exit_code == 0


@pytest.mark.parametrize(
    ("text", "index", "said"),
    [
        ("{", "resources", "no search request"),
        ("[1]", "resources", "it is a list"),
        ("{}", "resorces", "there is no index 'resorces'"),
    ],
)
def test_what_cannot_be_looked_at_is_an_error(tmp_path, text, index, said) -> None:
    file = tmp_path / "request.json"
    file.write_text(text)
    done = lint(file, "--index", index)
    assert done.exit_code != 0
    assert isinstance(done.exception, (SpecError, SystemExit))
    assert said in str(done.exception) + done.output
