"""The workflow on pull requests: safe, and its commands are there and do what it expects of them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer
import yaml

from dagster_ingest.cli import app
from dagster_ingest.evolution.report import MARK
from tests.evolution.conftest import ENVIRONMENT

ROOT = Path(__file__).parents[2]
FILE = ROOT / ".github/workflows/contracts.yml"
WORKFLOW = yaml.load(FILE.read_text(), Loader=yaml.BaseLoader)
JOBS = WORKFLOW["jobs"]
STEPS = [step for job in JOBS.values() for step in job["steps"]]
CHECK = next(step for step in JOBS["check"]["steps"] if "contracts check" in step.get("run", ""))
COMMENT = next(step for step in JOBS["comment"]["steps"] if "gh api" in step.get("run", ""))

# A stand-in for GitHub's command line: it keeps what it is asked, and knows one comment or none.
GH = """\
#!{python}
import os, sys
with open(os.environ["ASKED"], "a") as out:
    print(*sys.argv[1:], sep="\\x1f", file=out)
if "--paginate" in sys.argv:
    print(os.environ["FOUND"])
"""


def test_every_action_is_pinned_to_a_commit():
    used = [step["uses"] for step in STEPS if "uses" in step]

    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", each) for each in used)


def test_no_script_holds_an_expression():
    assert all("${{" not in step.get("run", "") for step in STEPS)


def test_each_job_may_do_one_thing_and_the_one_that_runs_code_may_only_read():
    assert WORKFLOW["permissions"] == {}
    assert {name: job["permissions"] for name, job in JOBS.items()} == {
        "check": {"contents": "read"},
        "comment": {"pull-requests": "write"},
    }
    assert not any("checkout" in step.get("uses", "") for step in JOBS["comment"]["steps"])
    assert "secrets." not in FILE.read_text()
    assert set(WORKFLOW["on"]) == {"pull_request"}


def test_the_clone_holds_the_branch_that_is_compared_with():
    checkout = next(step for step in STEPS if "actions/checkout@" in step.get("uses", ""))

    assert checkout["with"]["fetch-depth"] == "0"
    assert checkout["with"]["persist-credentials"] == "false"


def test_it_runs_for_all_that_the_check_reads():
    assert {"tenants/**", "systems/**", "dagster_ingest/systems/**"} <= set(
        WORKFLOW["on"]["pull_request"]["paths"]
    )


def test_the_requirements_are_the_locked_ones():
    install = shlex.split(next(step["run"] for step in STEPS if "pip install" in step.get("run", "")))

    assert "--require-hashes" in install
    assert (ROOT / install[install.index("-r") + 1]).is_file()


def test_the_command_and_its_options_are_there():
    words = shlex.split(CHECK["run"])
    assert words[:3] == ["python", "-m", "dagster_ingest.cli"]
    command = typer.main.get_command(app)
    context = typer.Context(command)

    for word in words[3:5]:
        command = command.get_command(context, word)

    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_the_check_runs_against_the_branch_it_goes_into(repository, tmp_path):
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(repository.root), str(clone)], check=True)
    file = clone / "systems/vendor/contracts/service.odcs.yaml"
    file.write_text(
        file.read_text().replace("      - {name: STATUS}\n", "      - {name: STATUS}\n      - {name: WEB}\n")
    )
    environment = {
        **os.environ, **ENVIRONMENT, "BASE": "main", "DAGSTER_INGEST_ROOT": str(clone),
        "PYTHONPATH": str(ROOT),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }  # fmt: skip

    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", CHECK["run"]],
        cwd=clone,
        env=environment,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1, done.stderr
    assert (clone / "report.md").read_text().startswith(f"{MARK}\n## Data contracts: compatible")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("", ["--method", "POST", "repos/o/r/issues/7/comments"]),
        ("11\n12", ["--method", "PATCH", "repos/o/r/issues/comments/11"]),
    ],
    ids=["the first report", "a later one"],
)
def test_there_is_one_comment_which_is_kept_up_to_date(tmp_path, found, expected):
    gh, asked = tmp_path / "gh", tmp_path / "asked"
    gh.write_text(GH.format(python=sys.executable))
    gh.chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "REPOSITORY": "o/r", "NUMBER": "7",
        "FOUND": found, "ASKED": str(asked),
    }  # fmt: skip

    subprocess.run(["bash", "-e", "-o", "pipefail", "-c", COMMENT["run"]], env=environment, check=True)

    looked, wrote = asked.read_text().split("\n")[0:-1][0], asked.read_text().rstrip("\n").split("\n")[-1]
    assert "repos/o/r/issues/7/comments" in looked
    assert wrote.split("\x1f") == ["api", "--silent", *expected, "--field", "body=@report.md"]


def test_the_comment_is_found_by_the_reports_first_line():
    assert f'startswith("{MARK}")' in COMMENT["run"]
    assert set(COMMENT["env"]) == {"GH_TOKEN", "REPOSITORY", "NUMBER"}
