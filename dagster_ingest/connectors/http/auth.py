"""Logins: what is added to a request, and tokens that run out."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from typing import Any

from dagster_ingest import redact
from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.connectors.http.options import Auth, BasicAuth, BearerAuth, KeyAuth, OAuthAuth
from dagster_ingest.connectors.http.timing import Timing
from dagster_ingest.spec.secret import Secret

EARLY = 30.0  # seconds before a token runs out at which it is renewed


class Login:
    """The login of one source. `fetch` posts to the token endpoint and gives the parsed answer."""

    def __init__(
        self, auth: Auth, request: ReadRequest, timing: Timing, fetch: Callable[[OAuthAuth, str, str], Any]
    ) -> None:
        self._auth, self._request, self._timing, self._fetch = auth, request, timing, fetch
        self._lock = threading.Lock()
        self._token, self._until = "", 0.0
        self._found: dict[str, str] = {}

    @property
    def renewable(self) -> bool:
        return isinstance(self._auth, OAuthAuth)

    @property
    def query_name(self) -> str | None:
        """Parameter of the query that holds the key, if one does."""
        return self._auth.name if isinstance(self._auth, KeyAuth) and self._auth.place == "query" else None

    def reveal(self, value: str | Secret) -> str:
        """The value of a secret, masked from now on; a literal as it is."""
        if isinstance(value, str):
            return value
        if value.secret not in self._found:  # a secret manager is asked once, not with every request
            found = self._request.secret(value)
            redact.remember(found, value.secret)
            self._found[value.secret] = found
        return self._found[value.secret]

    def headers(self) -> dict[str, str]:
        auth = self._auth
        if isinstance(auth, BearerAuth):
            return {"authorization": f"Bearer {self.reveal(auth.token)}"}
        if isinstance(auth, BasicAuth):
            return {"authorization": basic(self.reveal(auth.user), self.reveal(auth.password))}
        if isinstance(auth, KeyAuth) and auth.place == "header":
            return {auth.name: self.reveal(auth.value)}
        if isinstance(auth, OAuthAuth):
            return {"authorization": f"Bearer {self._current(auth)}"}
        return {}

    def params(self) -> tuple[tuple[str, str], ...]:
        auth = self._auth
        if isinstance(auth, KeyAuth) and auth.place == "query":
            return ((auth.name, self.reveal(auth.value)),)
        return ()

    def renew(self, refused: str) -> None:
        """The token in this authorization header was refused. Another thread may have renewed it already."""
        with self._lock:
            if refused == f"Bearer {self._token}":
                self._token = ""

    def _current(self, auth: OAuthAuth) -> str:
        with self._lock:
            if not self._token or self._timing.now() >= self._until:
                answer = self._fetch(auth, self.reveal(auth.client_id), self.reveal(auth.client_secret))
                self._token = str(answer["access_token"])
                redact.remember(self._token, "access token")
                self._until = self._timing.now() + float(answer.get("expires_in") or 3600) - EARLY
            return self._token


def basic(user: str, password: str) -> str:
    both = base64.b64encode(f"{user}:{password}".encode()).decode()
    redact.remember(both, "basic authentication")
    return f"Basic {both}"
