"""A real NATS server for tests, as `make nats` builds it, on loopback with a store of its own."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster_ingest.testing.noserver import NoServer
from dagster_ingest.testing.processes import free_port

PROGRAM = Path(__file__).parents[2] / ".nats" / "nats-server"
USER, PASSWORD = "arrivals", "a-nats-password-for-tests"


class Broker:
    """A server that can be stopped and started again over the same store and port."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.port = folder, free_port()
        self._process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"nats://{USER}:{PASSWORD}@127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [str(PROGRAM), "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", str(self._folder)]
        command += ["--user", USER, "--pass", PASSWORD, "-l", str(self._folder / "log")]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(400):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self._process.poll() is not None:
                    raise NoServer(f"nats-server ended with {self._process.returncode}") from None
                time.sleep(0.05)
        raise NoServer("nats-server does not listen")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def stream(self, name: str, *subjects: str) -> None:
        self._with(lambda js: js.add_stream(name=name, subjects=list(subjects)))

    def remove(self, stream: str) -> None:
        self._with(lambda js: js.delete_stream(stream))

    def publish(self, subject: str, body: bytes = b"") -> int:
        """The message's number in the stream."""
        named = {"Nats-Msg-Id": uuid.uuid4().hex}  # the client sends again what is not confirmed in time
        return self._with(lambda js: js.publish(subject, body, headers=named)).seq

    def consumer(self, stream: str, durable: str) -> Any:
        """What the broker says of a consumer: `num_ack_pending`, `num_pending` and so on."""
        return self._with(lambda js: js.consumer_info(stream, durable))

    def _with(self, work: Any) -> Any:
        async def run() -> Any:
            import nats

            client = await nats.connect(self.url)
            try:
                return await work(client.jetstream())
            finally:
                await client.close()

        return asyncio.run(run())


@contextmanager
def running() -> Iterator[Broker]:
    """NoServer says why not."""
    if not PROGRAM.exists():
        raise NoServer("nats-server is not here: `make nats` builds it")
    try:
        import nats  # noqa: F401
    except ImportError as error:
        raise NoServer(f"nats-py is missing: {error}") from None
    with tempfile.TemporaryDirectory(prefix="ingest-nats-") as folder:
        broker = Broker(Path(folder))
        broker.start()
        try:
            yield broker
        finally:
            broker.stop()
