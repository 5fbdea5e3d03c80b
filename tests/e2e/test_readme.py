"""What the README and the documents tell a person to type works, on the demo's second day."""

from __future__ import annotations

import itertools
import re
import shlex
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
# The demo ends with this state blocked; a run that meets it exits with 1, as is written there.
BLOCKED = ("gulf", "AL")


RUN = ("sh", "bash", "console")  # what needs a server, or stays, is in a block of another language


def blocks(text: str, *languages: str) -> list[str]:
    """The fenced blocks of these languages, or of any."""
    found = re.findall(r"^```(\w*)[^\n]*\n(.*?)^```[^\S\n]*$", text, re.MULTILINE | re.DOTALL)
    return [block for language, block in found if not languages or language in languages]


def commands(*languages: str) -> list[str]:
    texts = [path.read_text() for path in DOCUMENTS]
    lines = [line for text in texts for block in blocks(text, *languages) for line in block.splitlines()]
    typed = (re.sub(r"\s#.*", "", line).strip().removeprefix("$ ") for line in lines)
    return list(dict.fromkeys(line for line in typed if line.startswith("dagster-ingest ")))


def expected(words: list[str]) -> int:
    if words[0] != "run":
        return 0
    named = dict(itertools.pairwise(words))
    tenant, state = named.get("--tenant", BLOCKED[0]), named.get("--state", BLOCKED[1])
    return int((tenant, state) == BLOCKED)


@pytest.mark.slow
@pytest.mark.parametrize("line", commands(*RUN))
def test_a_command_of_the_documents_runs(days, line):
    words = shlex.split(line)[1:]
    before = {path: path.read_bytes() for path in (ROOT / "schemas").iterdir()}
    # Where no tenant is named the blocked one will do: the others are up to date.
    fewer = {"DAGSTER_INGEST_TENANTS": BLOCKED[0]} if words[0] == "run" and "--tenant" not in words else {}
    if words[:2] in (["contracts", "diff"], ["contracts", "check"]):  # they compare with what is in Git
        fewer = {"DAGSTER_INGEST_TENANTS_DIR": str(ROOT / "tenants")}

    run = days.world.command(*words, **fewer)

    assert run.returncode == expected(words), run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    assert run.stdout.strip()
    assert {path: path.read_bytes() for path in (ROOT / "schemas").iterdir()} == before


def test_the_documents_name_the_commands_that_there_are():
    from dagster_ingest.cli import COMMANDS

    assert {line.split()[1] for line in commands()} == set(COMMANDS)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_make_targets_of_a_document_are_there(path):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = path.read_text()
    spans = [*blocks(text), *re.findall(r"`([^`\n]+)`", text)]
    named = {name for span in spans for name in re.findall(r"^make ([a-z-]+)", span, re.MULTILINE)}

    assert named <= targets
    assert named or path != ROOT / "README.md"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_links_to_is_there(path):
    links = re.findall(r"\]\(([^)#]+)", path.read_text())

    missing = [link for link in links if "://" not in link and not (path.parent / Path(link)).exists()]
    assert missing == []
