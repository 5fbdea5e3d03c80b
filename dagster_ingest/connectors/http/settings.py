"""Settings of the `http` connector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field, JsonValue, field_validator, model_validator

from dagster_ingest.connectors.base import named_secret
from dagster_ingest.connectors.http.options import (
    Auth,
    Fingerprinting,
    Header,
    NoAuth,
    OAuthAuth,
    Part,
    Rate,
    Retry,
    Timeouts,
)
from dagster_ingest.connectors.http.shapes import (
    Cursor,
    Deletes,
    Details,
    Duration,
    Names,
    Paging,
    Params,
    Path,
)
from dagster_ingest.spec.secret import Secret

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class HttpSettings(Part):
    """Which requests bring the rows, and how it is proved that all of them are here.

    In params, headers and body: `{state}`, `{STATE}`, `{since}`, `{page}`, `{offset}`, `{cursor}`, `{limit}`,
    `{ids}`. A text that is nothing but one of them becomes its value: a number, a list.
    """

    PLACEHOLDERS: ClassVar[tuple[str, ...]] = ("since", "page", "offset", "cursor", "limit", "ids", "id")

    ARRIVALS: ClassVar[Mapping[str, tuple[str, ...]]] = {"modified": ("fingerprint", "cursor")}

    url: str = Field(
        pattern=r"^https?://[^\s?#@]+$", max_length=2000, examples=["https://api.example.org/v1"]
    )
    """Address of the API, without user, query and fragment."""
    path: str = Field(default="", max_length=1000, examples=["/services", "/Resource/Search"])
    """The table's path below `url`."""
    check_path: str | None = Field(default=None, max_length=1000, examples=["/me"])
    """Path of a cheap request that needs a login, for `source check`. Left out: the first page."""
    method: Literal["GET", "POST"] = "GET"
    """POST sends `body`."""
    params: Params = Field(default_factory=dict, examples=[{"state": "{STATE}", "full": True}])
    """Parameters of the query. null: not sent."""
    headers: dict[Header, str | Secret] = Field(default_factory=dict, examples=[{"Content-Language": "en"}])
    """Headers of every request; a value may name a secret."""
    body: JsonValue = Field(default=None, examples=[{"term": "*", "take": "{limit}", "skip": "{offset}"}])
    """JSON to send with POST."""
    auth: Auth = Field(default_factory=NoAuth)
    """How we log in."""
    format: Literal["auto", "json", "jsonl", "csv", "xml"] = "auto"
    """auto: by the answer's content type."""
    records: Path = Field(default="", examples=["results", "data.items", "Agency"])
    """Dotted path of the list of records in the answer; of XML, the local name of a record's element."""
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    """The sign between two cells of CSV."""
    paging: Paging = Field(default_factory=Paging)
    """How one page leads to the next, and how it is proved that all of them came."""
    details: Details | None = None
    """The list holds ids only; the records are fetched by them."""
    key: Names = Field(default=(), max_length=8, examples=["id", ["id"]])
    """Headings that identify a row: rows that two pages show are noticed by it."""
    cursor: Cursor | None = None
    """Ask for what changed since the last complete read."""
    deletes: Deletes | None = None
    """How it is known which rows are gone. Left out: only a full read tells."""
    fingerprint: Fingerprinting | None = None
    """A cheap request that tells whether anything changed. Left out: it is always read."""
    retry: Retry = Field(default_factory=Retry)
    """Which failures are tried again, how often, how long apart."""
    timeouts: Timeouts = Field(default_factory=Timeouts)
    """Seconds to wait for a connection, for an answer, and in all."""
    rate: Rate | None = None
    """Requests in a time, shared by all tenants that ask this host."""
    concurrency: int = Field(default=4, ge=1, le=32)
    """Requests for details at the same time."""
    max_bytes: int = Field(default=64 * 2**20, ge=1024, le=2**32)
    """An answer that is larger when unpacked is refused."""
    resume_within: Duration = Field(default="6h", examples=["6h"])
    """Pages of a read that was cut off are used for so long."""
    proxy: str | None = Field(default=None, pattern=r"^https?://[^\s@]+$", max_length=2000)
    """Proxy to go through."""
    ca_file: str | None = Field(default=None, max_length=1000)
    """Certificates to trust instead of the public ones. There is no way to switch the check off."""

    @field_validator("params", "headers", mode="before")
    @classmethod
    def _secrets(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {k: Secret(secret=name) if (name := named_secret(v)) else v for k, v in value.items()}

    @field_validator("path", "check_path")
    @classmethod
    def _below(cls, value: str | None) -> str | None:
        if value and ("://" in value or value.startswith("//") or "?" in value or "#" in value):
            raise ValueError(f"{value!r} is no path below `url`; parameters go into `params`")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> HttpSettings:
        if self.body is not None and self.method == "GET":
            raise ValueError("`body` is sent with method: POST")
        if self._in_clear(self.url) or (
            isinstance(self.auth, OAuthAuth) and self._in_clear(self.auth.token_url)
        ):
            raise ValueError("a login travels over https only")
        if self.deletes and not self.cursor:
            raise ValueError(
                "`deletes` is for reads with a `cursor`; without one, rows that are absent are gone"
            )
        if self.deletes and not self.key:
            raise ValueError("`deletes` needs `key`, the headings that identify a row")
        ids = self.deletes.id if self.deletes else None
        if ids is not None and len(ids) != len(self.key):
            raise ValueError("`deletes.id` has as many parts as `key`")
        return self

    def _in_clear(self, url: str) -> bool:
        """Whether a secret would be sent unencrypted, beyond this machine."""
        split = urlsplit(url)
        free = [*self.params.values(), *self.headers.values()]
        secret = not isinstance(self.auth, NoAuth) or any(isinstance(v, Secret) for v in free)
        return secret and split.scheme == "http" and split.hostname not in LOOPBACK

    def address(self, path: str | None = None) -> str:
        """The address of a path below `url`; the table's own without one."""
        below = self.path if path is None else path
        return self.url.rstrip("/") + "/" + below.lstrip("/") if below else self.url


SETTINGS = HttpSettings
