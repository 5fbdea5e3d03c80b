"""A program at work: its lines as they come, its complaints masked, and its end.

It runs in a session of its own, so that whatever it started ends with it, and with an environment that
holds nothing of ours but where the network is: a tenant's program sees no other tenant's secrets.
Nothing is read ahead: a program that is faster than its reader waits in its own write.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import selectors
import signal
import subprocess
import threading
import weakref
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from dagster_ingest import tracing
from dagster_ingest.errors import AccessDenied, DataError, IngestError, Unavailable
from dagster_ingest.redact import redact

LONGEST_LINE = 64 * 2**20  # bytes of one message
_CHUNK = 2**18
_NETWORK = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
_DENIED = re.compile(
    r"\b40[13]\b|unauthori[sz]ed|forbidden|access denied|permission denied"
    r"|invalid (?:credential|token|api key)|authentication (?:failed|error)|password authentication",
    re.IGNORECASE,
)
_log = logging.getLogger(__name__)


class Running:
    """A process and its lines. Ends with `close`, at the latest with this object."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        folder: Path,
        idle: float,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """`idle`: seconds without a sign on stdout after which it counts as hanging."""
        self.name = Path(command[0]).name
        self._idle = idle
        self._process = subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env=_environment(Path(command[0]), folder, environ or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._said: deque[str] = deque(maxlen=40)
        self._listener = threading.Thread(
            target=_listen, args=(self._process, self.name, self._said), daemon=True
        )
        self._listener.start()
        self._ended = weakref.finalize(self, _kill, self._process)

    def lines(self) -> Iterator[bytes]:
        """Complete lines. Raises Unavailable if it hangs, DataError for a last line that is cut off."""
        assert self._process.stdout is not None
        source, held = self._process.stdout.fileno(), bytearray()
        with selectors.DefaultSelector() as ready:
            ready.register(source, selectors.EVENT_READ)
            while True:
                if not ready.select(self._idle):
                    raise self._hangs()
                chunk = os.read(source, _CHUNK)
                if not chunk:
                    break
                head, newline, rest = chunk.rpartition(b"\n")
                if newline:
                    yield from (bytes(held) + head).split(b"\n")
                    held = bytearray(rest)
                else:
                    held += chunk
                if len(held) > LONGEST_LINE:
                    raise self._error(DataError, f"wrote a line of more than {LONGEST_LINE:,} bytes")
        self._require_success()
        if held.strip():
            raise self._error(DataError, "broke off inside a message", rule="file|truncated")

    @property
    def said(self) -> list[str]:
        """The last lines of stderr, masked."""
        return list(self._said)

    def complaint(self, problem: str) -> IngestError:
        """An error of the class that the program's own words suggest."""
        denied = any(_DENIED.search(line) for line in self._said)
        return self._error(AccessDenied if denied else Unavailable, problem)

    def close(self) -> None:
        """End the process and all that it started."""
        self._ended()

    def _require_success(self) -> None:
        try:
            code = self._process.wait(self._idle)
        except subprocess.TimeoutExpired:
            raise self._hangs() from None
        self._listener.join(5)
        if code != 0:
            ended = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
            raise self.complaint(ended)

    def _hangs(self) -> IngestError:
        self.close()
        return self._error(Unavailable, f"said nothing for {self._idle:g} seconds and was ended")

    def _error(self, kind: type[IngestError], problem: str, **parts: str) -> IngestError:
        return kind(
            f"{self.name} {problem}",
            where=f"program {self.name}",
            not_done="nothing was committed; the last good partition stands",
            fix="see what the program said; its output stands in the log",
            source={"answer": " | ".join(list(self._said)[-5:])},
            **parts,
        )


def _environment(program: Path, folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    network = {n: v for name in _NETWORK for n in (name, name.lower()) if (v := os.environ.get(n))}
    own = {
        "PATH": f"{program.parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONUTF8": "1",
        "DO_NOT_TRACK": "1",
    }
    return {**network, **own, **tracing.carried(), **more}


def _listen(process: subprocess.Popen, name: str, said: deque[str]) -> None:
    assert process.stderr is not None
    with process.stderr as stderr:
        while line := stderr.readline(2**16):
            text = redact(line.decode(errors="replace").rstrip())
            if text:
                said.append(text)
                _log.info("%s: %s", name, text)


def _kill(process: subprocess.Popen) -> None:
    if process.returncode is None:  # once it is reaped, the group's number may be another's
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
