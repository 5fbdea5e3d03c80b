"""A folder of mail: attachments of messages from allowed senders. The newest message wins."""

from __future__ import annotations

import contextlib
import email
import email.policy
import fnmatch
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote

import xxhash

from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.connectors.files.folder import Folder
from dagster_ingest.connectors.files.location_settings import Maildrop
from dagster_ingest.connectors.files.stores.base import Entry, Faults, Write

_MAX_MESSAGE = 200 * 2**20  # bytes; a message is in memory while it is read
_MAX_HEAD = 2**18
_DEFECTS = ("CloseBoundaryNotFoundDefect", "StartBoundaryNotFoundDefect", "InvalidBase64LengthDefect")


@dataclass(frozen=True, slots=True)
class _Mail:
    path: Path
    id: str
    sent: float


class MailStore:
    """wanted: attachments by name. newest: one message is enough."""

    flat = True
    exact = False
    root = ""

    def __init__(
        self, at: Maildrop, request: ReadRequest, wanted: Callable[[str], object], newest: bool
    ) -> None:
        allowed = Path(request.allowed)
        self._folder = Folder(allowed, allowed / at.path)
        self._at, self._wanted, self._newest = at, wanted, newest
        self.faults = Faults("maildrop", self._folder.uri(self._folder.place))

    def uri(self, path: str) -> str:
        """`mid:message-id/attachment`, as RFC 2392 has it."""
        return f"mid:{path}"

    @contextlib.contextmanager
    def session(self) -> Iterator[MailStore]:
        self._folder.require_inside(self._folder.place)
        yield self

    def entries(self, folder: str) -> list[Entry]:
        """Attachments that are wanted, newest message first; those of one moment together."""
        found: dict[str, Entry] = {}
        last: float | None = None
        for mail in sorted(self._mails(), key=lambda m: (-m.sent, m.path.name)):
            if self._newest and last is not None and mail.sent < last:
                break
            for entry in self._attached(mail):
                found.setdefault(entry.path + entry.version, entry)  # one message delivered twice is one
                last = mail.sent
        return list(found.values())

    def fetch(self, entry: Entry, write: Write) -> Entry:
        for mail in self._mails():
            for name, content in self._parts(mail):
                if f"{quote(mail.id, safe='@')}/{quote(name)}" == entry.path:
                    write(content)
                    return self._entry(mail, name, content)
        raise self.faults.unavailable("the message was removed", self.uri(entry.path))

    def _mails(self) -> Iterator[_Mail]:
        """Messages of allowed senders."""
        place = self._folder.place
        maildir = (place / "cur").is_dir() or (place / "new").is_dir()
        for folder in [place / "cur", place / "new"] if maildir else [place]:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                for name in sorted(os.listdir(folder)):
                    if not name.startswith(".") and (maildir or name.lower().endswith(".eml")):
                        mail = self._mail(folder / name)
                        if mail is not None:
                            yield mail

    def _mail(self, path: Path) -> _Mail | None:
        self._folder.require_inside(path)
        if not path.is_file():
            return None
        with open(path, "rb") as file:
            head = BytesHeaderParser(policy=email.policy.compat32).parsebytes(file.read(_MAX_HEAD))
        if not self._is_allowed(head):
            return None
        told = str(head.get("message-id", "")).strip().strip("<>").strip()
        plain = path.name.split(":2,")[0]
        return _Mail(path, told or plain, _sent(head))

    def _is_allowed(self, head: Message) -> bool:
        """One sender, and an allowed one: of several, which is the real one cannot be told."""
        said = head.get_all("from", [])
        found = [address.lower() for _, address in getaddresses([str(s) for s in said])]
        if len(said) != 1 or len(found) != 1 or "@" not in found[0]:
            return False
        domain = "@" + found[0].rpartition("@")[2]
        if found[0] not in self._at.senders and domain not in self._at.senders:
            return False
        wanted = self._at.subject
        return wanted is None or fnmatch.fnmatch(_subject(head).lower(), wanted.lower())

    def _attached(self, mail: _Mail) -> list[Entry]:
        found = [self._entry(mail, name, content) for name, content in self._parts(mail)]
        return [entry for entry in found if self._wanted(entry.name.lower())]

    def _entry(self, mail: _Mail, name: str, content: bytes) -> Entry:
        path = f"{quote(mail.id, safe='@')}/{quote(name)}"
        version = xxhash.xxh3_128_hexdigest(content)
        return Entry(name, path, False, len(content), mail.sent, version, stamp=mail.sent)

    def _parts(self, mail: _Mail) -> Iterator[tuple[str, bytes]]:
        where = self._folder.uri(mail.path)
        if (size := mail.path.stat().st_size) > _MAX_MESSAGE:
            problem = f"the message has {size:,} bytes; {_MAX_MESSAGE:,} are allowed"
            raise self.faults.wrong("file|size", problem, "have the file sent another way", where)
        message = email.message_from_bytes(mail.path.read_bytes(), policy=email.policy.default)
        for part in message.walk():
            name = part.get_filename()
            if not name or part.is_multipart():
                continue
            content = part.get_payload(decode=True)
            broken = [type(d).__name__ for p in (message, part) for d in p.defects]
            if any(defect in _DEFECTS for defect in broken):
                problem = f"the message breaks off or is damaged, in {name!r}"
                raise self.faults.wrong("file|truncated", problem, "have it sent again", where)
            yield name, content if isinstance(content, bytes) else b""


def _subject(head: Message) -> str:
    from email.header import decode_header, make_header

    try:
        return str(make_header(decode_header(str(head.get("subject", "")))))
    except (LookupError, UnicodeError, ValueError):
        return ""


def _sent(head: Message) -> float:
    """Seconds since 1970, by the message's own date; 0 without a readable one."""
    try:
        moment = parsedate_to_datetime(str(head.get("date", "")))
    except (ValueError, TypeError, IndexError):
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
