"""A real SFTP server on loopback that serves a folder, and may cut, refuse or replace."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncssh

from dagster_ingest.testing.places import SFTP_PASSWORD as PASSWORD
from dagster_ingest.testing.places import SFTP_USER as USER


class SftpFolder:
    """cut_after: bytes of any file after which the connection drops. before_read: called with a path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.cut_after: int | None = None
        self.cut_once = False
        self.before_read: Callable[[Path], None] = lambda path: None
        self.extra_names: list[str] = []
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.client_key = asyncssh.generate_private_key("ssh-ed25519")
        self.logins = self.reads = 0
        self.port = 0

    @property
    def fingerprint(self) -> str:
        return self.host_key.get_fingerprint("sha256")

    @property
    def private_key(self) -> str:
        return self.client_key.export_private_key().decode()

    def settings(self, **changes: Any) -> dict[str, Any]:
        """A location that leads here by password; the secret's name is SFTP_PASSWORD."""
        at: dict[str, Any] = {"host": "127.0.0.1", "port": self.port, "user": USER, "timeout": 5}
        at |= {"password": {"secret": "SFTP_PASSWORD"}, "known_hosts": [self.fingerprint], "path": "/"}
        return {"location": {"sftp": {**at, **changes}}, "min_age": "0s"}

    def put(self, name: str, content: bytes, mtime: float | None = None) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if mtime is not None:
            os.utime(path, (mtime, mtime))
        return path

    def __enter__(self) -> SftpFolder:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._do(self._listen())
        self.port = self._server.get_port()
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _listen(self) -> Any:
        place = self

        class Server(asyncssh.SSHServer):
            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                place.logins += 1
                return (username, password) == (USER, PASSWORD)

            def public_key_auth_supported(self) -> bool:
                return True

            def validate_public_key(self, username: str, key: Any) -> bool:
                place.logins += 1
                return username == USER and key == place.client_key.convert_to_public()

        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Server,
            server_host_keys=[self.host_key],
            sftp_factory=lambda channel: _Files(channel, self),
        )

    async def _close(self) -> None:
        self._server.close()
        await self._server.wait_closed()
        others = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in others:
            task.cancel()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.gather(*others, return_exceptions=True), 5)


class _Files(asyncssh.SFTPServer):
    def __init__(self, channel: Any, place: SftpFolder) -> None:
        super().__init__(channel, chroot=os.fsencode(place.folder))
        self._place, self._connection = place, channel.get_connection()

    async def scandir(self, path: bytes):
        async for name in super().scandir(path):
            yield name
        for extra in self._place.extra_names:
            attrs = asyncssh.SFTPAttrs(permissions=0o100644, size=3, mtime=1, atime=1, uid=0, gid=0)
            yield asyncssh.SFTPName(extra.encode(), attrs=attrs)

    def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
        self._place.reads += 1
        self._place.before_read(Path(os.fsdecode(self.map_path(path))))
        return super().open(path, pflags, attrs)

    def read(self, file_obj: Any, offset: int, size: int) -> Any:
        cut, data = self._place.cut_after, super().read(file_obj, offset, size)
        if cut is not None and offset + len(data) > cut:  # type: ignore[arg-type]
            self._connection.abort()
            if self._place.cut_once:
                self._place.cut_after, self._place.cut_once = None, False
        return data
