"""How a server lets in: for `FakeServer.gate`."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from dagster_ingest.testing.http.server import Answer, Asked


def _refused(words: str) -> Answer:
    return Answer.json({"error": words}, 401)


@dataclass(frozen=True, slots=True)
class Bearer:
    token: str

    def __call__(self, asked: Asked) -> Answer | None:
        right = asked.headers.get("authorization") == f"Bearer {self.token}"
        return None if right else _refused("unknown token")


@dataclass(frozen=True, slots=True)
class Basic:
    user: str
    password: str

    def __call__(self, asked: Asked) -> Answer | None:
        both = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        right = asked.headers.get("authorization") == f"Basic {both}"
        return None if right else _refused("wrong user or password")


@dataclass(frozen=True, slots=True)
class Key:
    """A key in a header, or with `query` in a parameter."""

    name: str
    value: str
    query: bool = False

    def __call__(self, asked: Asked) -> Answer | None:
        given = asked.param(self.name) if self.query else asked.headers.get(self.name.lower())
        return None if given == self.value else _refused("unknown key")


@dataclass(slots=True)
class OAuth:
    """Client credentials. Route `token` to a path; tokens are good for `uses` requests each."""

    client: str
    secret: str
    uses: int = 1_000_000
    given: list[str] = field(default_factory=list)
    _left: int = 0

    def token(self, asked: Asked) -> Answer:
        """The token endpoint: form or basic authentication."""
        form = {name: values[-1] for name, values in parse_qs(asked.body.decode()).items()}
        both = base64.b64encode(f"{self.client}:{self.secret}".encode()).decode()
        by_header = asked.headers.get("authorization") == f"Basic {both}"
        by_form = (form.get("client_id"), form.get("client_secret")) == (self.client, self.secret)
        if form.get("grant_type") != "client_credentials" or not (by_header or by_form):
            return Answer.json({"error": "invalid_client"}, 401)
        self.given.append(f"token-{len(self.given) + 1}-of-{self.client}")
        self._left = self.uses
        body = {"access_token": self.given[-1], "token_type": "Bearer", "expires_in": 3600}
        return Answer.json(body)

    def __call__(self, asked: Asked) -> Answer | None:
        if asked.path.endswith("/token"):
            return None
        newest = self.given[-1] if self.given else None
        if asked.headers.get("authorization") != f"Bearer {newest}" or self._left <= 0:
            return _refused("token expired")
        self._left -= 1
        return None
