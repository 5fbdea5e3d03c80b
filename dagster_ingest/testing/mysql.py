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

SERVER_VARIABLE = "DAGSTER_INGEST_TEST_MYSQL"
_PLACES = "/usr/sbin:/usr/local/sbin:/usr/libexec"
_PACKAGES = "Debian: mariadb-server-core and mariadb-client-core"
_START_SECONDS = 60


@contextmanager
def running_server() -> Iterator[str]:
    """Address of an account that may create databases: the server that the environment names, or our own."""
    if named := os.environ.get(SERVER_VARIABLE):
        yield named
        return
    path = f"{os.environ.get('PATH', '')}:{_PLACES}"
    server = shutil.which("mariadbd", path=path) or shutil.which("mysqld", path=path)
    install = shutil.which("mariadb-install-db", path=path)
    if server is None or install is None:
        raise NoServer(f"{SERVER_VARIABLE} is not set and there is no mariadbd ({_PACKAGES})")
    folder = Path(tempfile.mkdtemp(prefix="ingest-mysql-"))
    try:
        yield from _serving(server, install, folder)
    finally:
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


def _serving(server: str, install: str, folder: Path) -> Iterator[str]:
    data, who = folder / "data", ["--user=root"] if os.geteuid() == 0 else []
    made = subprocess.run(
        [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", *who],
        capture_output=True,
        text=True,
    )
    if made.returncode:
        raise NoServer(f"mariadb-install-db fails: {(made.stderr + made.stdout)[-300:]}")
    port, log = _free_port(), folder / "log"
    place = [f"--datadir={data}", f"--socket={folder / 's'}", f"--port={port}", "--bind-address=127.0.0.1"]
    with open(log, "wb") as out:
        process = subprocess.Popen(
            [server, "--no-defaults", *place, *who, f"--pid-file={folder / 'pid'}"], stdout=out, stderr=out
        )
    try:
        _wait(process, port, log)
        yield f"mysql://root@127.0.0.1:{port}/mysql"
    finally:
        process.terminate()
        process.wait()


def _wait(process: subprocess.Popen, port: int, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise NoServer(f"mariadbd does not start: {log.read_text(errors='replace')[-300:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
