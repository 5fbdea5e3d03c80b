"""SFTP. The server's key must be a known one. No agent, configuration or key of this machine is used."""

from __future__ import annotations

import asyncio
import contextlib
import stat
import threading
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar
from urllib.parse import quote

from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.connectors.files.location_settings import Sftp
from dagster_ingest.connectors.files.stores.base import Entry, Faults, Write
from dagster_ingest.errors import IngestError

T = TypeVar("T")
_PIECE = 2**20
_KEEPALIVE = 15
_ABSENT = ("SFTPNoSuchFile", "SFTPNoSuchPath", "SFTPNotADirectory")


class SftpStore:
    flat = exact = False

    def __init__(self, at: Sftp, request: ReadRequest) -> None:
        self._at, self._request = at, request
        self.root = at.path
        host = f"{at.host}:{at.port}" if at.port != 22 else at.host
        self._base = f"sftp://{host}"
        self._faults = Faults(host, self._base)

    def uri(self, path: str) -> str:
        return f"{self._base}/{quote(path.removeprefix('./').lstrip('/'), errors='surrogateescape')}"

    @contextlib.contextmanager
    def session(self) -> Iterator[_Session]:
        try:
            import asyncssh  # noqa: F401
        except ModuleNotFoundError:
            raise self._faults.needs("asyncssh", "sftp") from None
        with _Loop() as loop, self._translated():
            try:
                client = loop.run(self._connected())
                yield _Session(loop, client, self)
            finally:
                loop.run(self._closed())

    async def _connected(self) -> Any:
        import asyncssh

        at = self._at
        trusted = _Trusted(at.known_hosts)
        self._trusted = trusted
        self._connection = None
        options = asyncssh.SSHClientConnectionOptions(
            config=None,
            agent_path=None,
            username=at.user,
            client_keys=[self._key()] if at.key is not None else None,
            password=self._request.secret(at.password) if at.password is not None else None,
            known_hosts=trusted.keys(),
            server_host_key_algs="default",
            connect_timeout=at.timeout,
            login_timeout=at.timeout,
            keepalive_interval=_KEEPALIVE,
        )
        self._connection = await asyncssh.connect(
            at.host, at.port, options=options, config=None, client_factory=trusted.client
        )
        async with asyncio.timeout(at.timeout):
            return await self._connection.start_sftp_client(path_errors="surrogateescape")

    async def _closed(self) -> None:
        connection = getattr(self, "_connection", None)
        if connection is not None:
            connection.abort()
            with contextlib.suppress(Exception):
                await asyncio.wait_for(connection.wait_closed(), 5)

    def _key(self) -> Any:
        import asyncssh

        at = self._at
        assert at.key is not None
        phrase = self._request.secret(at.passphrase) if at.passphrase is not None else None
        try:
            return asyncssh.import_private_key(self._request.secret(at.key).strip() + "\n", phrase)
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
            problem = f"the secret {at.key.secret} is no private key that can be used: {error}"
            raise self._faults.denied(
                problem, "store the key in OpenSSH form; name its `passphrase`"
            ) from None

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        import asyncssh

        try:
            yield
        except IngestError:
            raise
        except asyncssh.HostKeyNotVerifiable:
            seen = ", ".join(self._trusted.seen) or "none of the known kinds"
            problem = f"the server's key is not a known one; it has {seen}"
            fix = "ask the server's owner which key is right, and only then put it into `known_hosts`"
            raise self._faults.denied(problem, fix) from None
        except asyncssh.PermissionDenied as error:
            problem = f"the login of {self._at.user} is refused: {error.reason}"
            raise self._faults.denied(problem, "have the account or its key renewed") from None
        except (asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect) as error:
            problem = f"{self._at.user} may not read there: {error.reason}"
            raise self._faults.denied(problem, "have the folder opened for the account") from None
        except asyncssh.SFTPError as error:
            raise self._faults.unavailable(f"the server answers: {error.reason}") from None
        except (TimeoutError, asyncio.CancelledError):
            raise self._faults.unavailable(f"no answer within {self._at.timeout:g} s") from None
        except (asyncssh.Error, OSError) as error:
            told = str(error) or type(error).__name__
            raise self._faults.unavailable(f"the connection fails: {told}") from None


class _Session:
    def __init__(self, loop: _Loop, client: Any, store: SftpStore) -> None:
        self._loop, self._client, self._store = loop, client, store

    def entries(self, folder: str) -> list[Entry]:
        return self._loop.run(self._entries(folder))

    async def _entries(self, folder: str) -> list[Entry]:
        import asyncssh

        found = []
        try:
            async with asyncio.timeout(self._store._at.timeout):
                names = await self._client.readdir(folder)
        except asyncssh.SFTPError as error:
            if type(error).__name__ in _ABSENT:
                return []
            raise
        for listed in names:
            name = str(listed.filename)
            if name.startswith("."):
                continue
            attrs, path = listed.attrs, f"{folder.rstrip('/')}/{name}"
            if "/" not in name and (attrs.permissions is None or stat.S_ISLNK(attrs.permissions)):
                try:
                    attrs = await self._stat(path)
                except asyncssh.SFTPError:
                    continue  # a link to nowhere
            found.append(_entry(name, path, attrs))
        return found

    def fetch(self, entry: Entry, write: Write) -> Entry:
        return self._loop.run(self._fetch(entry, write))

    async def _fetch(self, entry: Entry, write: Write) -> Entry:
        async with asyncio.timeout(self._store._at.timeout):
            file = await self._client.open(entry.path, "rb")
        async with file:
            at = 0
            while True:
                async with asyncio.timeout(self._store._at.timeout):
                    data = await file.read(_PIECE, at)
                if not data:
                    break
                at += len(data)
                write(data)
        # By its path: what was renamed into its place meanwhile is another file.
        return _entry(entry.name, entry.path, await self._stat(entry.path))

    async def _stat(self, path: str) -> Any:
        async with asyncio.timeout(self._store._at.timeout):
            return await self._client.stat(path)


def _entry(name: str, path: str, attrs: Any) -> Entry:
    folder = attrs.permissions is not None and stat.S_ISDIR(attrs.permissions)
    version = "" if attrs.mtime is None else f"{attrs.mtime}.{attrs.mtime_ns or 0}"
    return Entry(name, path, folder, attrs.size, attrs.mtime, version)


class _Trusted:
    """What the server's key may be. seen: fingerprints of keys that were none of these."""

    def __init__(self, known: list[str]) -> None:
        self._prints = {entry.rstrip("=") for entry in known if entry.startswith("SHA256:")}
        self._keys = [entry for entry in known if not entry.startswith(("SHA256:", "/"))]
        self._files = [entry for entry in known if entry.startswith("/")]
        self.seen: list[str] = []

    def keys(self) -> Any:
        """In the form that asyncssh wants: (trusted, authorities, revoked), or a function that gives it."""
        import asyncssh

        own = [asyncssh.import_public_key(key) for key in self._keys]
        if not self._files:
            return own, [], []
        lists = [asyncssh.read_known_hosts(path) for path in self._files]

        def matching(host: str, addr: str, port: int | None) -> Any:
            found = [known.match(host, addr, port) for known in lists]
            return (
                [*own, *(k for f in found for k in f[0])],
                [k for f in found for k in f[1]],
                _revoked(found),
            )

        return matching

    def client(self) -> Any:
        import asyncssh

        trusted = self

        class Client(asyncssh.SSHClient):
            def validate_host_public_key(self, host: str, addr: str, port: int, key: Any) -> bool:
                told = key.get_fingerprint("sha256")
                if told.rstrip("=") in trusted._prints:
                    return True
                trusted.seen.append(f"{key.get_algorithm()} {told}")
                return False

        return Client()


def _revoked(found: list[Any]) -> list[Any]:
    return [key for match in found for key in match[2]]


class _Loop:
    """An event loop in a thread of its own, so that callers may have one, too."""

    def __enter__(self) -> _Loop:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sftp", daemon=True)
        self._thread.start()
        return self

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()
