"""Where the drops lie, if not in the drops folder: the setting `location` of the `files` connector."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from dagster_ingest.connectors.http.options import BasicAuth, BearerAuth, Header, KeyAuth, NoAuth
from dagster_ingest.spec.secret import SecretField

Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9{}._:-]+$", max_length=253)]
Bucket = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9{}._-]+$", min_length=1, max_length=222)]
Endpoint = Annotated[str, StringConstraints(pattern=r"^https?://[^\s@?#]+$", max_length=400)]
KnownHost = Annotated[
    str,
    StringConstraints(pattern=r"^(SHA256:[A-Za-z0-9+/]{43}=?|(ssh|ecdsa)-\S+ \S+.*|/.+)$", max_length=4000),
]
Sender = Annotated[str, StringConstraints(pattern=r"^[^@\s]*@[^@\s]+$", to_lower=True, max_length=254)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _below(path: str) -> str:
    if ".." in path.replace("\\", "/").split("/") or "\0" in path:
        raise ValueError(f"{path!r} leads upwards; give the folder itself")
    return path


class Sftp(_Part):
    """A folder on an SFTP server."""

    host: Host = Field(examples=["sftp.example.org"])
    """Name or address of the server."""
    port: int = Field(default=22, ge=1, le=65_535)
    """Where it listens."""
    user: str = Field(min_length=1, max_length=200, examples=["exports"])
    """The account."""
    key: SecretField | None = None
    """The secret that holds the private key, in OpenSSH or PEM form."""
    passphrase: SecretField | None = None
    """The secret that opens the private key, if it is locked."""
    password: SecretField | None = None
    """The secret that holds the password."""
    known_hosts: list[KnownHost] = Field(
        min_length=1, max_length=20, examples=[["SHA256:uNiVztksCsDhcc0u9e8BrrSi1mSbD43gyVYBwxiYwrI"]]
    )
    """What the server's key may be: its fingerprint (`ssh-keyscan HOST | ssh-keygen -lf -`), the key itself
    (`ssh-ed25519 AAAA...`), or the path of a known_hosts file. There is no trust without one."""
    path: str = Field(default=".", max_length=400, examples=["/outgoing/{state}"])
    """The folder; `path` of the source is a folder below it."""
    timeout: float = Field(default=60, gt=0, le=3600)
    """Seconds until the connection stands, and until the next bytes come."""

    _no_dots = field_validator("path")(_below)

    @field_validator("known_hosts", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_login(self) -> Sftp:
        if (self.key is None) == (self.password is None):
            raise ValueError("give `key` or `password`, one of them")
        if self.passphrase is not None and self.key is None:
            raise ValueError("`passphrase` opens a `key`; there is none")
        return self


class _Bucket(_Part):
    bucket: Bucket = Field(examples=["acme-exports"])
    """Name of the bucket (Azure: of the container)."""
    prefix: str = Field(default="", max_length=400, examples=["211/{state}"])
    """The folder in it; `path` of the source is a folder below it."""
    endpoint: Endpoint | None = Field(default=None, examples=["https://minio.example.org"])
    """Address of the service, where it is not the provider's own."""
    anonymous: bool = False
    """The bucket is public: nothing is signed."""
    timeout: float = Field(default=60, gt=0, le=3600)
    """Seconds for one request."""

    _no_dots = field_validator("prefix")(_below)


class S3(_Bucket):
    """Amazon S3, or what speaks like it. Without keys: those of the machine, or of its environment."""

    region: str | None = Field(default=None, max_length=40, examples=["us-east-1"])
    """Where the bucket lies; us-east-1 if left out."""
    access_key: SecretField | None = None
    """The secret that holds the access key's id."""
    secret_key: SecretField | None = None
    """The secret that holds the secret access key."""
    session_token: SecretField | None = None
    """The secret that holds the session token of temporary keys."""

    @model_validator(mode="after")
    def _whole_keys(self) -> S3:
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("`access_key` and `secret_key` go together")
        if self.session_token is not None and self.access_key is None:
            raise ValueError("`session_token` needs `access_key` and `secret_key`")
        return self


class Gcs(_Bucket):
    """Google Cloud Storage. Without a service account: the machine's own."""

    service_account: SecretField | None = None
    """The secret that holds the service account's key, as JSON."""


class Azure(_Bucket):
    """Azure Blob Storage. Without a key: the machine's own identity."""

    account: str = Field(pattern=r"^[a-z0-9{}]{3,40}$", examples=["acmeexports"])
    """Name of the storage account."""
    account_key: SecretField | None = None
    """The secret that holds the account's key."""
    sas: SecretField | None = None
    """The secret that holds a shared access signature."""

    @model_validator(mode="after")
    def _one_key(self) -> Azure:
        if self.account_key is not None and self.sas is not None:
            raise ValueError("give `account_key` or `sas`, one of them")
        return self


class Http(_Part):
    """One file at an address."""

    url: str = Field(
        pattern=r"^https?://[^\s@/]+/\S*$",
        max_length=2000,
        examples=["https://example.org/exports/resource.csv"],
    )
    """The file's address. One that ends in `/` is a folder: `pattern` is then the name in it, without
    wildcards. The query is kept out of errors and row origins."""
    headers: dict[Header, str] = Field(default={}, max_length=50, examples=[{"accept": "text/csv"}])
    """Headers to send; a secret belongs into `auth`."""
    auth: NoAuth | BearerAuth | BasicAuth | KeyAuth = Field(default=NoAuth(), discriminator="kind")
    """The login."""
    etag: bool = True
    """False for a server that gives another ETag each time. Without ETag and modification time the file is
    read at each run."""
    ca_file: str | None = Field(default=None, max_length=400, examples=["/etc/ssl/partner.pem"])
    """Certificates to trust in the place of the usual ones."""
    timeout: float = Field(default=60, gt=0, le=3600)
    """Seconds until the connection stands, and until the next bytes come."""

    @model_validator(mode="after")
    def _no_login_in_the_clear(self) -> Http:
        host = self.url.split("/")[2].rsplit(":", 1)[0]
        local = host in ("localhost", "127.0.0.1", "[::1]")
        if self.url.startswith("http:") and not isinstance(self.auth, NoAuth) and not local:
            raise ValueError("a login over http:// can be read by everybody on the way; use https://")
        return self


class Maildrop(_Part):
    """A folder of mail under drops/<tenant>: a Maildir, or .eml files. Attachments are the drops."""

    path: str = Field(default="mail", max_length=400, examples=["mail", "mail/{state}"])
    """The folder under drops/<tenant>."""
    senders: list[Sender] = Field(
        min_length=1, max_length=50, examples=[["exports@vendor.example", "@partner.example"]]
    )
    """Who may send: addresses, or @domain for everybody there. A sender's name can be forged; let the mail
    server refuse what is not signed."""
    subject: str | None = Field(default=None, max_length=200, examples=["*nightly export*"])
    """What the subject must be, with the wildcards * and ?, without regard to case."""

    @field_validator("path")
    @classmethod
    def _stays_inside(cls, value: str) -> str:
        if value.startswith(("/", "\\")) or value[1:2] == ":":
            raise ValueError(f"{value!r} leaves the drop folder; give a path inside drops/<tenant>")
        return _below(value)


class Location(_Part):
    """One of these. Left out: the drops folder of the tenant."""

    sftp: Sftp | None = None
    """A folder on an SFTP server."""
    s3: S3 | None = None
    """A bucket of Amazon S3, or of what speaks like it."""
    gcs: Gcs | None = None
    """A bucket of Google Cloud Storage."""
    azure: Azure | None = None
    """A container of Azure Blob Storage."""
    http: Http | None = None
    """A file at an address."""
    maildrop: Maildrop | None = None
    """Attachments of mail in a folder under drops/<tenant>."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Location:
        if len(self.model_fields_set) != 1 or self.kind is None:
            raise ValueError(f"name one of {', '.join(type(self).model_fields)}")
        return self

    @property
    def kind(self) -> str | None:
        return next((name for name in type(self).model_fields if getattr(self, name) is not None), None)
