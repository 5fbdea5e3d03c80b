"""Parts of the settings of the `http` connector: login, patience and bounds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dagster_ingest.spec.secret import SecretField

Header = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,80}$")]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class NoAuth(Part):
    """Nobody asks who we are."""

    kind: Literal["none"] = "none"


class BearerAuth(Part):
    """`Authorization: Bearer <token>`."""

    kind: Literal["bearer"]
    token: SecretField
    """The secret that holds the token."""


class BasicAuth(Part):
    """User and password, as RFC 7617 has it."""

    kind: Literal["basic"]
    user: str | SecretField = Field(examples=["reports", {"secret": "FEED_USER"}])
    """The user, or the secret that holds it."""
    password: SecretField
    """The secret that holds the password."""


class KeyAuth(Part):
    """A key in a header or in the query."""

    kind: Literal["key"]
    value: SecretField
    """The secret that holds the key."""
    name: Header = Field(default="x-api-key", examples=["x-api-key", "key"])
    """Name of the header or parameter."""
    place: Literal["header", "query"] = "header"
    """query: the key becomes part of the address. It is kept out of errors, logs and row origins."""


class OAuthAuth(Part):
    """OAuth 2 client credentials. The token is kept until it runs out or is refused."""

    kind: Literal["oauth2"]
    token_url: str = Field(pattern=r"^https?://\S+$", max_length=2000)
    """Where tokens are had."""
    client_id: str | SecretField
    """The client, or the secret that holds it."""
    client_secret: SecretField
    """The secret that holds the client's secret."""
    scope: str | None = Field(default=None, max_length=1000, examples=["resources.read"])
    """What is asked for, if anything."""
    send: Literal["basic", "form"] = "basic"
    """How client and secret are sent to `token_url`: in a header, or in the form."""


Auth = Annotated[NoAuth | BearerAuth | BasicAuth | KeyAuth | OAuthAuth, Field(discriminator="kind")]


class Retry(Part):
    """What is done about time-outs, resets, 5xx, 429 and bodies that do not parse. Other 4xx are final."""

    attempts: int = Field(default=5, ge=1, le=20)
    """Attempts at one request, the first one included."""
    first_wait: float = Field(default=0.5, ge=0, le=60)
    """Seconds, at most, before the second attempt; they double. The wait is random below that."""
    longest_wait: float = Field(default=120, ge=0, le=3600)
    """Seconds between two attempts at most. A server that asks for more (Retry-After) ends the load."""


class Timeouts(Part):
    """Seconds."""

    connect: float = Field(default=10, gt=0, le=300)
    """Until the connection stands."""
    read: float = Field(default=60, gt=0, le=3600)
    """Until the next bytes come."""
    total: float = Field(default=300, gt=0, le=7200)
    """Until the answer is here whole."""


class Rate(Part):
    """A limit per host, shared by all tenants and processes that name one."""

    per_second: float = Field(gt=0, le=1000, examples=[2, 0.5])
    """Requests a second, in the long run."""
    burst: int = Field(default=1, ge=1, le=1000)
    """Requests that may go out at once after a pause."""


class Fingerprinting(Part):
    """One cheap request that tells whether anything changed."""

    by: Literal["etag", "last_modified", "probe"]
    """etag, last_modified: that header of a HEAD request. probe: the value at `value` in the answer."""
    path: str | None = Field(default=None, max_length=1000, examples=["/status"])
    """Where to ask; the table's own path if left out."""
    value: str = Field(default="", max_length=400, examples=["meta.last_updated"])
    """For `probe`: path of a value in the JSON answer. Empty: the whole answer."""
