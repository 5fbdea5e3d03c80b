"""The one file that knows opensearch-py: requests, retries, and errors that hold no secret."""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from opensearchpy import OpenSearch
from opensearchpy.exceptions import ConnectionError as NoConnection
from opensearchpy.exceptions import TransportError
from opensearchpy.serializer import JSONSerializer

from dagster_ingest.errors import AccessDenied, PublishError, SpecError, Unavailable

_SECONDS = 60.0  # of one request
_TRIES = 6
_WAITS = (429, 502, 503, 504)
_SHORT = 300  # characters of a server's message that are passed on
_VENDOR = "application/vnd.elasticsearch+{}"
_VERSION = ";compatible-with=8"


class Refused(Exception):
    """The server answered with a status that the caller may expect."""

    def __init__(self, status: int, kind: str, reason: str) -> None:
        self.status, self.kind, self.reason = status, kind[:_SHORT], reason[:_SHORT]
        super().__init__(f"{status} {self.kind}: {self.reason}")


class Server:
    """One address. `sleep` is what waits between tries; a test may look at what it is asked for."""

    def __init__(
        self,
        url: str,
        *,
        engine: str = "opensearch",
        api_key: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SpecError(
                "the secret with the address of the search store does not hold an http(s) URL",
                not_done="nothing was published and no connection was opened",
                fix="use https://user:password@host:port",
            )
        self.address = f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
        self.sleep, self._elastic = sleep, engine == "elasticsearch"
        self._headers = {"authorization": f"ApiKey {api_key}"} if api_key else {}
        logging.getLogger("opensearch").setLevel(logging.ERROR)  # it warns of each refusal, with bodies
        host = {"host": parts.hostname, "port": parts.port or (443 if parts.scheme == "https" else 80)}
        self._client = OpenSearch(
            hosts=[{**host, "use_ssl": parts.scheme == "https", "url_prefix": parts.path.strip("/")}],
            http_auth=(unquote(parts.username), unquote(parts.password or "")) if parts.username else None,
            http_compress=True,
            max_retries=0,
            timeout=_SECONDS,
            # Elasticsearch 8 answers with its own type and the version, which the client does not know.
            serializers={_VENDOR.format("json"): JSONSerializer()},
        )

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def once(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        """One request. Refused with the status; Unavailable where nobody answers."""
        lines = isinstance(body, bytes)
        kinds = ("x-ndjson", "json") if lines else ("json", "json")
        named = [_VENDOR.format(k) + _VERSION if self._elastic else f"application/{k}" for k in kinds]
        headers = {**self._headers, "content-type": named[0], "accept": named[1]}
        sent = body if lines or body is None else json.dumps(body, ensure_ascii=False).encode()
        try:
            return self._client.transport.perform_request(
                method, path, params=dict(params or {}), body=sent, headers=headers
            )
        except NoConnection as error:
            raise self._down(type(error.info or error).__name__) from None
        except TransportError as error:
            raise _refused(error) from None

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        params: Mapping[str, Any] | None = None,
        *,
        absent: bool = False,
    ) -> Any:
        """A request that is tried again while the server is busy. PublishError where it refuses.

        absent  None where there is no such thing
        """
        for turn in range(_TRIES):
            try:
                return self.once(method, path, body, params)
            except Refused as refusal:
                if absent and refusal.status == 404:
                    return None
                if refusal.status not in _WAITS:
                    raise self.explained(refusal) from None
                last = refusal
            self.wait(turn)
        raise self._down(f"it is busy ({last})")

    def find(self, method: str, path: str, body: Any = None) -> Any | None:
        """As `ask`; None where there is no such thing."""
        return self.ask(method, path, body, absent=True)

    def wait(self, turn: int) -> None:
        """Between tries: longer each time, and never the same as another publisher."""
        self.sleep(min(30.0, 0.25 * 2**turn) * random.uniform(0.5, 1.0))

    def explained(self, refusal: Refused) -> PublishError | AccessDenied:
        if refusal.status in (401, 403) and "block" not in refusal.kind:
            return AccessDenied(
                f"the search store at {self.address} does not let us in: {refusal}",
                not_done="nothing was published, the last publication stands",
                fix="check the rights of the user or key on the tenant's indices and aliases",
            )
        return PublishError(
            f"the search store at {self.address} refused it: {refusal}",
            not_done="nothing new is shown, the last publication stands",
            fix="read what the server says; a mapping of another shape is replaced by a bulk publish",
        )

    def _down(self, why: str) -> Unavailable:
        return Unavailable(
            f"the search store at {self.address} cannot be used: {why}",
            not_done="what it shows stays; the publish is taken up again by the next run",
            fix="check that the server is up and that its address is right, then run it again",
        )


def _refused(error: TransportError) -> Refused:
    status = error.status_code if isinstance(error.status_code, int) else 0
    told = _said(error).get("error")
    cause = told if isinstance(told, Mapping) else {"type": told}
    return Refused(status, str(cause.get("type") or error.error), str(cause.get("reason") or ""))


def _said(error: TransportError) -> Mapping[str, Any]:
    """The answer's body. The client reads that of an error only where its type is plain JSON's."""
    if isinstance(error.info, Mapping):
        return error.info
    try:
        said = json.loads(error.error)
    except (TypeError, ValueError):
        return {}
    return said if isinstance(said, Mapping) else {}
