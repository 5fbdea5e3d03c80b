"""A real MariaDB for tests, which speaks MySQL: a server of our own from an installed `mariadbd`."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster_ingest.testing.noserver import NoServer
from dagster_ingest.testing.processes import free_port

SERVER_VARIABLE = "DAGSTER_INGEST_TEST_MYSQL"
_PLACES = "/usr/sbin:/usr/local/sbin:/usr/libexec"
_PACKAGES = "Debian: mariadb-server-core and mariadb-client-core"
_START_SECONDS = 60
_SHOWN = 2_000  # characters of a log
# Nothing of it outlives the tests, and other servers share the machine's memory and its queues for the disk.
_SMALL = (
    "--innodb-buffer-pool-size=64M",
    "--innodb-use-native-aio=0",
    "--innodb-flush-log-at-trx-commit=0",
    "--skip-performance-schema",
)


class Server:
    """A MariaDB of our own, or the server that the environment names."""

    def __init__(self, named: str | None, folder: Path) -> None:
        self._named = named
        self._folder = folder
        self._process: subprocess.Popen | None = None
        self._address = ""

    def address(self) -> str:
        """Of an account that may create databases. Started where none runs yet, or none any more."""
        if self._named:
            return self._named
        if self._process is None or self.ended():
            self._start()
        return self._address

    @property
    def process(self) -> int:
        """Its id."""
        assert self._process is not None
        return self._process.pid

    def ended(self) -> str | None:
        """How the server ended, which it should not have done while it is used; None where it runs."""
        if self._process is None or self._process.poll() is None:
            return None
        return f"mariadbd ended with {self._process.returncode}: {_tail(self._folder / 'log')}"

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def _start(self) -> None:
        path = f"{os.environ.get('PATH', '')}:{_PLACES}"
        server = shutil.which("mariadbd", path=path) or shutil.which("mysqld", path=path)
        install = shutil.which("mariadb-install-db", path=path)
        if server is None or install is None:
            raise NoServer(f"{SERVER_VARIABLE} is not set and there is no mariadbd ({_PACKAGES})")
        data, log = self._folder / "data", self._folder / "log"
        shutil.rmtree(data, ignore_errors=True)
        who = ["--user=root"] if os.geteuid() == 0 else []
        made = subprocess.run(
            [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", *who],
            capture_output=True,
            text=True,
        )
        if made.returncode:
            raise NoServer(f"mariadb-install-db fails: {(made.stderr + made.stdout)[-_SHOWN:]}")
        port = free_port()
        place = [f"--datadir={data}", f"--socket={self._folder / 's'}", f"--pid-file={self._folder / 'pid'}"]
        place += [f"--port={port}", "--bind-address=127.0.0.1", *_SMALL]
        with open(log, "wb") as out:
            self._process = subprocess.Popen([server, "--no-defaults", *place, *who], stdout=out, stderr=out)
        _wait(self._process, port, log)
        self._address = f"mysql://root@127.0.0.1:{port}/mysql"


@contextmanager
def running_server() -> Iterator[Server]:
    """Starts with its first use."""
    folder = Path(tempfile.mkdtemp(prefix="ingest-mysql-"))
    server = Server(os.environ.get(SERVER_VARIABLE), folder)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def new_database(server: str) -> Iterator[tuple[str, Callable[..., None]]]:
    """(address of an empty database, what runs statements in it). Dropped at the end."""
    import sqlalchemy

    name = f"ingest_test_{secrets.token_hex(4)}"
    address = server.rpartition("/")[0] + f"/{name}"
    driver = sqlalchemy.make_url(server.replace("mysql://", "mysql+pymysql://"))
    engine = sqlalchemy.create_engine(driver, poolclass=sqlalchemy.NullPool)

    def run(*statements: str) -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"use {name}")
            for statement in statements:
                connection.exec_driver_sql(statement.replace("%", "%%"))

    with engine.begin() as connection:
        connection.exec_driver_sql(f"create database {name}")
    try:
        yield address, run
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"drop database {name}")


def _wait(process: subprocess.Popen, port: int, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise NoServer(f"mariadbd does not start: {_tail(log)}")


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-_SHOWN:]
