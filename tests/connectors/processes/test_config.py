"""What a spec may tell a program: no secret written out, no place outside of the drops, no other program."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.connectors.processes import programs
from dagster_ingest.connectors.processes.config import prepared
from dagster_ingest.connectors.registry import parse_settings
from dagster_ingest.errors import SpecError


@pytest.fixture
def request_of(tmp_path: Path) -> ReadRequest:
    for tenant in ("acme", "other"):
        (tmp_path / "drops" / tenant).mkdir(parents=True)
        (tmp_path / "drops" / tenant / "a.csv").write_text("ID\n1\n")
    allowed = str(tmp_path / "drops" / "acme")
    return ReadRequest("acme", "feed", "things", "IA", {}, allowed, secrets={"KEY": "value"}.__getitem__)


def test_drops_and_secrets_are_filled_in_at_any_depth(request_of: ReadRequest):
    config = {"files": [{"path": "{drops}/*.csv"}], "auth": {"token": {"secret": "KEY"}}, "days": 3}

    found = prepared(config, request_of)

    assert found == {
        "files": [{"path": f"{request_of.allowed}/*.csv"}],
        "auth": {"token": "value"},
        "days": 3,
    }


@pytest.mark.parametrize(
    "path",
    [
        "{drops}/../other/a.csv",
        "{drops}/../other/*.csv",
        "{drops}/*/../../other/a.csv",
        "../other/a.csv",
        "/etc/passwd",
        "/etc/*.conf",
        "file:///etc/passwd",
        "file:///etc/%70asswd",
        "~root",
    ],
)
def test_places_outside_of_the_drops_are_refused(request_of: ReadRequest, path: str):
    with pytest.raises(SpecError, match="outside of the tenant's drop folder"):
        prepared({"nested": [{"path": path}]}, request_of)


@pytest.mark.parametrize("text", ["/v1/items", "/", "https://host/../x", "a/b", "s3://bucket/etc/passwd"])
def test_what_is_no_place_on_this_machine_is_not_touched(request_of: ReadRequest, text: str):
    assert prepared({"path": text}, request_of) == {"path": text}


def test_a_link_that_leads_out_is_refused(request_of: ReadRequest):
    (Path(request_of.allowed) / "link").symlink_to("/etc")

    with pytest.raises(SpecError, match="outside"):
        prepared({"path": "{drops}/link/passwd"}, request_of)


@pytest.mark.parametrize("connector", ["singer", "airbyte", "dlt"])
@pytest.mark.parametrize(
    "key", ["password", "api_key", "client_secret", "refresh_token", "accessKey", "auth-token"]
)
def test_a_secret_written_out_is_refused_without_being_quoted(connector: str, key: str):
    named = {"singer": {"tap": "tap-x"}, "airbyte": {"connector": "source-x"}, "dlt": {"source": "rest_api"}}
    if key == "accessKey":
        key = "access_key"

    with pytest.raises(SpecError, match="name a secret") as found:
        parse_settings(connector, {**named[connector], "config": {"a": [{key: "plain-value"}]}})
    assert "plain-value" not in str(found.value)


@pytest.mark.parametrize(
    "name", ["../tap", "/bin/sh", "sh -c ls", "tap;ls", "$(ls)", "-c", "", "python", "tap-a/b", "source-a b"]
)
@pytest.mark.parametrize("connector", ["singer", "airbyte"])
def test_a_program_is_a_name_and_never_a_command(connector: str, name: str):
    with pytest.raises(SpecError, match="should match pattern"):
        parse_settings(connector, {"tap" if connector == "singer" else "connector": name})


def test_programs_are_found_in_their_environments(programs_folder: Path):
    made = programs_folder / "tap-csv" / "bin" / "tap-csv"
    made.parent.mkdir(parents=True)
    made.write_text("#!/bin/sh\n")
    made.chmod(0o755)

    assert programs.find("tap-csv") == made
    with pytest.raises(SpecError, match="did you mean 'tap-csv'"):
        programs.find("tap-cvs")


def test_two_programs_of_one_name_are_not_chosen_between(programs_folder: Path):
    for place in ("a", "b"):
        made = programs_folder / place / "bin" / "tap-csv"
        made.parent.mkdir(parents=True)
        made.touch(0o755)

    with pytest.raises(SpecError, match=r"a/bin/tap-csv, b/bin/tap-csv"):
        programs.find("tap-csv")


def test_a_file_that_cannot_be_run_is_no_program(programs_folder: Path):
    (programs_folder / "tap-csv").touch(0o644)

    with pytest.raises(SpecError, match="there is no program"):
        programs.find("tap-csv")
