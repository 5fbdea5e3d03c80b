"""Where an installation lands its data: `deploy/warehouses.yaml`, one of whose targets is in force.

Tenants do not choose: the same specs run on a laptop's DuckDB and on production's Snowflake.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from dagster_ingest.errors import SpecError, guess
from dagster_ingest.settings import LOCAL, Settings
from dagster_ingest.spec import platform_file
from dagster_ingest.spec.models import Model, TagValue
from dagster_ingest.spec.problem import SpecProblem
from dagster_ingest.spec.secret import SecretField
from dagster_ingest.spec.texts import NAME, refused

_NOT_DONE = "no warehouse was opened"
# A name as Snowflake folds it, in which the tenant's may stand: `{TENANT}_WRITER`.
_IDENTIFIER = r"^(?:[A-Z_]|\{TENANT\})(?:[A-Z0-9_$]|\{TENANT\})*$"

Target = Annotated[str, StringConstraints(pattern=NAME, max_length=40)]
Identifier = Annotated[str, StringConstraints(pattern=_IDENTIFIER, max_length=120)]


def _network(value: str) -> str:
    import ipaddress

    try:
        return str(ipaddress.ip_network(value))
    except ValueError as wrong:
        raise refused(f"{value!r} is no network", fix="give one as 203.0.113.0/24") from wrong


Network = Annotated[str, AfterValidator(_network)]


class DuckDBWarehouse(Model):
    """One file for each tenant, in this process: no server, no account."""

    type: Literal["duckdb"] = "duckdb"
    keep: int = Field(default=2, ge=0, le=1000)
    """Versions of a partition before the present one whose rows are kept: so many can be rolled back to."""


class KeyPair(Model):
    by: Literal["key_pair"]
    private_key: SecretField
    """A PEM text."""
    passphrase: SecretField | None = None


class Password(Model):
    by: Literal["password"]
    password: SecretField


class OAuth(Model):
    by: Literal["oauth"]
    token: SecretField


class Browser(Model):
    """A person signs in; for work at a desk."""

    by: Literal["browser"]


Authentication = Annotated[KeyPair | Password | OAuth | Browser, Field(discriminator="by")]


class Compute(Model):
    """What `dagster-ingest warehouse plan` asks of the warehouse that `warehouse` names."""

    size: Literal["XSMALL", "SMALL", "MEDIUM", "LARGE", "XLARGE", "XXLARGE"] = "XSMALL"
    auto_suspend: int = Field(default=60, ge=30, le=86_400)
    """Seconds without work after which it stops costing."""
    suspend_at: int | None = Field(default=None, ge=1, le=1_000, examples=[150])
    """Percent of the credits in the tenants' budgets at which it is suspended. Left out: it only warns."""


class SnowflakeWarehouse(Model):
    """An account of Snowflake. What `connection` says there need not be said here."""

    type: Literal["snowflake"]
    connection: str | None = Field(default=None, min_length=1, examples=["production"])
    """A connection of connections.toml, as the connector's own tools find it. What stands here wins."""
    account: str | None = Field(default=None, min_length=1, examples=["acme-production"])
    user: str | None = Field(default=None, min_length=1, examples=["DAGSTER_INGEST"])
    authentication: Authentication | None = None
    database: Identifier = Field(examples=["RESOURCES"])
    role: Identifier | None = Field(default=None, examples=["INGEST_{TENANT}_WRITER"])
    """`{TENANT}` stands for the tenant's name in capitals."""
    warehouse: Identifier | None = Field(default=None, examples=["INGEST_WH"])
    host: str | None = Field(default=None, min_length=1, examples=["acme.privatelink.snowflakecomputing.com"])
    port: int | None = Field(default=None, ge=1, le=65535)
    protocol: Literal["https", "http"] = "https"
    """http is for stand-ins on this machine."""
    sessions: int = Field(default=4, ge=1, le=32)
    """Sessions that one process holds at once for one tenant."""
    timeout: int = Field(default=300, ge=1, le=86_400)
    """Seconds that one statement may take, retries included."""
    keep: int = Field(default=2, ge=0, le=1000)
    """Versions of a partition before the present one whose rows are kept: so many can be rolled back to."""
    tags: dict[TagValue, TagValue] = Field(default_factory=dict, examples=[{"environment": "production"}])
    """Laid under the tenant's cost tags in every query tag."""
    compute: Compute = Field(default_factory=Compute)
    networks: tuple[Network, ...] = Field(default=(), examples=[["203.0.113.0/24"]])
    """From where `user` may sign in. Left out: as the account says."""


class SqliteCatalog(Model):
    """A file beside the tables: for one machine."""

    type: Literal["sqlite"] = "sqlite"


class SqlCatalog(Model):
    """Tables of a database of your own, PostgreSQL say."""

    type: Literal["sql"]
    uri: SecretField
    """As SQLAlchemy writes it: postgresql+psycopg://..."""


class RestCatalog(Model):
    """Any server of Iceberg's REST protocol."""

    type: Literal["rest"]
    uri: str = Field(min_length=1, examples=["https://catalog.example/iceberg"])
    warehouse: str | None = Field(default=None, min_length=1)
    token: SecretField | None = None
    credential: SecretField | None = None
    """`client:secret` of OAuth client credentials."""


class NessieCatalog(Model):
    """Nessie: a load is written on a branch of its own, and one commit brings all its tables to `branch`."""

    type: Literal["nessie"]
    uri: str = Field(min_length=1, examples=["http://nessie.example:19120"])
    """Of the server; `/iceberg` and `/api/v2` are added."""
    branch: Target = "main"
    warehouse: str = Field(default="warehouse", min_length=1)
    token: SecretField | None = None


Catalog = Annotated[SqliteCatalog | SqlCatalog | RestCatalog | NessieCatalog, Field(discriminator="type")]


class ObjectStore(Model):
    """S3 and what speaks its protocol. Left out: credentials are found as AWS libraries find them."""

    endpoint: str | None = Field(default=None, min_length=1, examples=["http://127.0.0.1:9000"])
    region: str | None = Field(default=None, min_length=1, examples=["us-east-1"])
    access_key: SecretField | None = None
    secret_key: SecretField | None = None


class SnowflakeReader(Model):
    """How Snowflake reads the raw tables, for `dagster-ingest warehouse plan`."""

    database: Identifier = Field(examples=["RESOURCES"])
    owner: Identifier = Field(default="INGEST_PLATFORM")
    """The role that owns what is made."""
    storage_role: str | None = Field(
        default=None,
        pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$",
        examples=["arn:aws:iam::123456789012:role/snowflake-reads"],
    )
    """Of AWS: the role that Snowflake takes on to read the object store."""
    catalog_uri: str | None = Field(default=None, min_length=1, examples=["https://catalog.example/iceberg"])
    """The catalog as Snowflake reaches it. Left out: `uri` of the catalog."""


class IcebergWarehouse(Model):
    """Raw tables as Iceberg tables; dbt builds the layers after them in the tenant's DuckDB file."""

    type: Literal["iceberg"]
    catalog: Catalog = Field(default_factory=SqliteCatalog)
    location: str | None = Field(default=None, min_length=1, examples=["s3://resources/raw"])
    """Where tables lie: an object store's prefix. Left out: a folder beside the tenant's files, or what
    the catalog's server decides."""
    store: ObjectStore | None = None
    keep: int = Field(default=20, ge=1, le=10_000)
    """Snapshots of a table that maintenance leaves: so many loads can be rolled back."""
    tags: dict[TagValue, TagValue] = Field(default_factory=dict)
    """Laid under the tenant's cost tags in table properties and snapshots."""
    snowflake: SnowflakeReader | None = None
    """Left out: Snowflake does not read it."""


Warehouse = DuckDBWarehouse | SnowflakeWarehouse | IcebergWarehouse


class Warehouses(Model):
    """Targets by name. `local`, a DuckDB file for each tenant, is always there."""

    warehouses: dict[Target, Annotated[Warehouse, Field(discriminator="type")]] = Field(default_factory=dict)


def warehouse_of(settings: Settings) -> Warehouse:
    """The target that is in force. Raises SpecError, with file and line where the file is wrong."""
    path = settings.warehouses_file
    if not path.is_file() and settings.target == LOCAL:
        return DuckDBWarehouse()
    targets = {LOCAL: DuckDBWarehouse(), **read_warehouses(settings).warehouses}
    if settings.target not in targets:
        near = guess(settings.target, targets)
        raise SpecError(
            f"there is no target {settings.target!r}" + (f"; did you mean {near!r}?" if near else ""),
            where=str(path),
            not_done=_NOT_DONE,
            fix=f"set DAGSTER_INGEST_TARGET to one of {', '.join(sorted(targets))}",
        )
    return targets[settings.target]


def read_warehouses(settings: Settings) -> Warehouses:
    """The file of targets. Raises SpecError with its first problem, and how many more there are."""
    found, problems = look(settings)
    if found is None:
        raise platform_file.refusal(problems, _NOT_DONE)
    return found


def look(settings: Settings) -> tuple[Warehouses | None, list[SpecProblem]]:
    """The file of targets, or all that is wrong with it."""
    _, found, problems = platform_file.read(settings, settings.warehouses_file, Warehouses)
    return found, problems


def check(settings: Settings) -> list[SpecProblem]:
    """What is wrong with the targets of this installation, and with the choice among them."""
    path = settings.warehouses_file
    if not path.is_file() and settings.target == LOCAL:
        return []
    found, problems = look(settings)
    if found is None:
        return problems
    targets = sorted({LOCAL, *found.warehouses})
    if settings.target in targets:
        return []
    return [
        SpecProblem(
            platform_file.shown(settings, path),
            "DAGSTER_INGEST_TARGET names no target of this file",
            value=repr(settings.target),
            allowed=tuple(targets),
            guess=guess(settings.target, targets),
        )
    ]
