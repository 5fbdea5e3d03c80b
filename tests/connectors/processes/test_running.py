"""A program at work: its lines, its end, what it may see, and that nothing of it is left."""

from __future__ import annotations

import array
import fcntl
import os
import stat
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_ingest import redact
from dagster_ingest.connectors.processes import running
from dagster_ingest.connectors.processes.running import Running
from dagster_ingest.connectors.processes.workspace import Workspace
from dagster_ingest.errors import AccessDenied, DataError, Unavailable

Program = Callable[..., Running]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Runs a shell text as a program."""

    def run(text: str, idle: float = 20, **environ: str) -> Running:
        path = tmp_path / "tap-test"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return Running([path], folder=tmp_path, idle=idle, environ=environ)

    return run


def gone(pid: int) -> bool:
    for _ in range(200):
        try:
            with open(f"/proc/{pid}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except FileNotFoundError:
            return True
        time.sleep(0.01)
    return False


def waiting(run: Running) -> int:
    """Bytes in the pipe, a moment later."""
    held = array.array("i", [0])
    time.sleep(0.02)
    fcntl.ioctl(run._process.stdout.fileno(), termios.FIONREAD, held)
    return held[0]


def test_lines_come_whole_whatever_the_pieces(program: Program):
    run = program("printf 'one\\ntw'; printf 'o\\n\\nthree\\n'")

    assert list(run.lines()) == [b"one", b"two", b"", b"three"]


def test_lines_longer_than_a_piece(program: Program):
    run = program(f"{sys.executable} -c \"print('a' * 700_000); print('b')\"")

    assert [len(line) for line in run.lines()] == [700_000, 1]


def test_a_line_without_end_is_a_broken_delivery(program: Program):
    run = program("printf 'whole\\nhal'")
    lines = run.lines()

    assert next(lines) == b"whole"
    with pytest.raises(DataError, match="inside a message"):
        next(lines)


def test_a_line_that_never_ends_is_refused(program: Program, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(running, "LONGEST_LINE", 1_000_000)
    run = program("tr '\\0' x < /dev/zero")

    with pytest.raises(DataError, match="1,000,000 bytes"):
        list(run.lines())
    run.close()


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("HTTPError: 401 Client Error", AccessDenied),
        ("password authentication failed for user", AccessDenied),
        ("502 Bad Gateway", Unavailable),
        ("KeyError: 'id'", Unavailable),
        ("order 24013 not found", Unavailable),
    ],
)
def test_the_words_of_a_failed_program_say_what_kind_of_failure_it_is(
    program: Program, said: str, kind: type
):
    run = program(f'echo "{said}" >&2; exit 3')

    with pytest.raises(kind, match="code 3") as found:
        list(run.lines())
    assert said in found.value.source["answer"]


def test_secrets_are_masked_in_errors_and_logs(program: Program, caplog: pytest.LogCaptureFixture):
    redact.remember("s3cret-of-tap", "KEY")
    caplog.set_level("INFO")
    run = program("echo key is s3cret-of-tap >&2; exit 1")

    with pytest.raises(Unavailable) as found:
        list(run.lines())

    assert "s3cret" not in f"{found.value}{found.value.source}{caplog.text}"
    assert "key is ***" in caplog.text
    redact.forget()


def test_it_sees_nothing_of_our_environment(program: Program, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OTHER__SOURCE_KEY", "of-another-tenant")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")

    told = b"\n".join(program("env", OWN="1").lines()).decode()

    assert "another-tenant" not in told
    assert "HTTPS_PROXY=http://proxy:3128" in told
    assert "OWN=1" in told


def test_one_that_hangs_is_ended_with_all_that_it_started(program: Program):
    run = program("sleep 1000 & echo $!; sleep 1000", idle=0.3)
    lines = run.lines()
    child = int(next(lines))

    with pytest.raises(Unavailable, match=r"said nothing for 0\.3 seconds"):
        next(lines)
    assert gone(child)


def test_one_that_nobody_reads_waits(program: Program, tmp_path: Path):
    """Once the pipe is full it cannot go on, and nobody empties the pipe behind the reader's back."""
    run = program(f"yes 0123456789 | head -c 5000000; touch {tmp_path}/all-written")
    lines = run.lines()

    next(lines)
    before = waiting(run)
    while (now := waiting(run)) != before or now < 60_000:
        before = now

    assert not (tmp_path / "all-written").exists()
    run.close()


def test_it_ends_with_the_object_that_runs_it(program: Program):
    run = program("echo $$; sleep 1000")
    pid = int(next(run.lines()))

    del run

    assert gone(pid)


def test_a_workspace_is_for_nobody_else_and_goes():
    workspace = Workspace()

    file = workspace.write("config.json", {"key": "s3cret"})

    assert stat.S_IMODE(os.stat(workspace.path).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    path = workspace.path
    workspace.remove()
    assert not path.exists()
    workspace = Workspace()
    path = workspace.path
    del workspace
    assert not path.exists()
