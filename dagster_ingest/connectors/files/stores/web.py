"""One file at an http(s) address, known by its ETag or modification time."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from dagster_ingest import redact
from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.connectors.files.location_settings import Http
from dagster_ingest.connectors.files.stores.base import Entry, Faults, Write
from dagster_ingest.connectors.http.options import BasicAuth, BearerAuth, KeyAuth
from dagster_ingest.spec.secret import Secret

_PIECE = 2**20
_REDIRECTS = 5
_ABSENT = (404, 410)


class WebStore:
    flat = exact = True
    root = ""

    def __init__(self, at: Http, request: ReadRequest, pattern: str) -> None:
        self._at, self._request = at, request
        self.file = not urlsplit(at.url).path.endswith("/")
        self._wildcards = not self.file and re.search(r"[*?\[]", pattern) is not None
        self._pattern = pattern
        parts = urlsplit(at.url)
        self._faults = Faults(parts.netloc, f"{parts.scheme}://{parts.netloc}{parts.path}")

    def uri(self, path: str) -> str:
        """The address without its query, which may hold a key."""
        parts = urlsplit(self._url(path))
        return f"{parts.scheme}://{parts.netloc}{parts.path}"

    def _url(self, path: str) -> str:
        if self.file:
            return self._at.url
        base, mark, query = self._at.url.partition("?")
        return base + path.lstrip("/") + mark + query

    @contextlib.contextmanager
    def session(self) -> Iterator[_Session]:
        import ssl

        import httpx

        if self._wildcards:
            problem = f"{self._at.url.partition('?')[0]} cannot be listed, and `pattern` has wildcards"
            raise self._faults.wrong("file|location", problem, "name the file in `url`, or in `pattern`")
        trust = ssl.create_default_context(cafile=self._at.ca_file)
        try:
            with httpx.Client(verify=trust, trust_env=False, timeout=self._at.timeout) as client:
                yield _Session(client, self)
        except httpx.TimeoutException:
            raise self._faults.unavailable(f"no answer within {self._at.timeout:g} s") from None
        except httpx.TransportError as error:
            told = redact.redact(str(error)) or type(error).__name__
            if "CERTIFICATE_VERIFY_FAILED" in told:
                fix = "have the host's certificate mended, or name its authority in `ca_file`"
                raise self._faults.denied(f"the host's certificate is not trusted: {told}", fix) from None
            raise self._faults.unavailable(f"the connection fails: {told}") from None

    def _login(self) -> tuple[dict[str, str], dict[str, str]]:
        """(headers, parameters of the query)"""
        auth = self._at.auth
        if isinstance(auth, BearerAuth):
            return {"authorization": f"Bearer {self._request.secret(auth.token)}"}, {}
        if isinstance(auth, BasicAuth):
            user = self._request.secret(auth.user) if isinstance(auth.user, Secret) else auth.user
            both = base64.b64encode(f"{user}:{self._request.secret(auth.password)}".encode()).decode()
            redact.remember(both, "basic authentication")
            return {"authorization": f"Basic {both}"}, {}
        if isinstance(auth, KeyAuth):
            value = {auth.name: self._request.secret(auth.value)}
            return ({}, value) if auth.place == "query" else (value, {})
        return {}, {}


class _Session:
    def __init__(self, client: Any, store: WebStore) -> None:
        self._client, self._store = client, store

    def entries(self, folder: str) -> list[Entry]:
        """The one file, as its headers describe it. Some servers do not know HEAD, or sign it apart."""
        store = self._store
        path = "" if store.file else "/".join(filter(None, [folder.strip("./"), store._pattern]))
        for method in ("HEAD", "GET"):
            with self._answer(method, path) as answer:
                if method == "HEAD" and answer.status_code >= 400 and answer.status_code not in _ABSENT:
                    continue
                if answer.status_code in _ABSENT:
                    return []
                self._require_good(answer, path)
                entry = self._entry(answer, path)
                # Some answer HEAD with a length of 0, as that is what follows.
                return [replace(entry, size=entry.size or None) if method == "HEAD" else entry]
        return []

    def fetch(self, entry: Entry, write: Write) -> Entry:
        with self._answer("GET", entry.path) as answer:
            self._require_good(answer, entry.path)
            check = _digest(answer.headers)
            for piece in answer.iter_raw(_PIECE):
                if check is not None:
                    check[0].update(piece)
                write(piece)
            if check is not None and check[0].digest() != check[1]:
                raise self._store._faults.unavailable(
                    "the bytes are not those that the host's digest is of", self._store.uri(entry.path)
                )
            return self._entry(answer, entry.path)

    @contextlib.contextmanager
    def _answer(self, method: str, path: str) -> Iterator[Any]:
        """Follows redirects itself: to another host goes no header that may hold a login."""
        at, store = self._store._at, self._store
        url, (login, params) = store._url(path), store._login()
        headers = {"accept-encoding": "identity", **at.headers, **login}
        for _ in range(_REDIRECTS + 1):
            with self._client.stream(method, url, headers=headers, params=params or None) as answer:
                target = answer.headers.get("location")
                if not (answer.is_redirect and target):
                    yield answer
                    return
            target = urljoin(url, target)
            if url.startswith("https:") and not target.startswith("https:"):
                fix = "name the right address in `url`"
                raise store._faults.wrong("file|location", "the host redirects from https to http", fix)
            if urlsplit(target)[:2] != urlsplit(url)[:2]:
                headers, params = {"accept-encoding": "identity"}, {}
            url = target
        problem = f"the host redirects more than {_REDIRECTS} times"
        raise store._faults.wrong("file|location", problem, "name the right address in `url`")

    def _require_good(self, answer: Any, path: str) -> None:
        status, faults, uri = answer.status_code, self._store._faults, self._store.uri(path)
        if status in (401, 403, 407):
            fix = "have the login renewed, or its rights"
            raise faults.denied(f"the host answers {status}: we are not let in", fix, uri)
        if status in (408, 425, 429) or status >= 500:
            raise faults.unavailable(f"the host answers {status}", uri)
        if status != 200:
            raise faults.wrong("file|location", f"the host answers {status}", "correct `url`", uri)

    def _entry(self, answer: Any, path: str) -> Entry:
        headers = answer.headers
        told = headers.get("content-length", "")
        size = int(told) if told.isascii() and told.isdigit() and len(told) < 19 else None
        modified = _moment(headers.get("last-modified", ""))
        tag = headers.get("etag", "") if self._store._at.etag else ""
        version = tag or (str(modified) if modified is not None else "")
        return Entry(self._name(headers, path), path, False, size, modified, version)

    def _name(self, headers: Mapping[str, str], path: str) -> str:
        """What the server calls the file, else the address's last part."""
        said = Message()
        said["content-disposition"] = headers.get("content-disposition", "")
        name = said.get_filename()
        return name or unquote(urlsplit(self._store._url(path)).path.rpartition("/")[2]) or "download"


def _moment(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except (ValueError, TypeError, IndexError):
        return None


def _digest(headers: Mapping[str, str]) -> tuple[Any, bytes] | None:
    """(a hash to feed, what it must come to), where the server says that."""
    kinds: dict[str, Callable[[], Any]] = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
    for kind, value in re.findall(r"(sha-\d+)=:([A-Za-z0-9+/=]+):", headers.get("repr-digest", "")):
        if kind in kinds:
            with contextlib.suppress(ValueError):
                return kinds[kind](), base64.b64decode(value, validate=True)
    if told := headers.get("content-md5", ""):
        with contextlib.suppress(ValueError):
            return hashlib.md5(usedforsecurity=False), base64.b64decode(told, validate=True)
    return None
