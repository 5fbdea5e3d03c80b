"""The tenant file as pydantic models. Unknown keys are errors, numbers are bounded.

Every field carries a description and, where it helps, examples: the editor schema is made of them.
"""

from __future__ import annotations

from collections.abc import ItemsView, KeysView
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from dagster_ingest.naming import US_STATES
from dagster_ingest.spec.arrival import AnyArrival
from dagster_ingest.spec.enhance import Enhance
from dagster_ingest.spec.limits import Limits
from dagster_ingest.spec.sla import Preset, Schedule, Sla, check_preset, preset
from dagster_ingest.spec.texts import (
    DURATION,
    LOCALE,
    NAME,
    OWNER,
    SECRET_NAME,
    TAG_VALUE,
    not_shared,
    refused,
    unique,
    valid_state,
)
from dagster_ingest.spec.trigger import Trigger

Name = Annotated[str, StringConstraints(pattern=NAME, max_length=40)]
State = Annotated[str, AfterValidator(valid_state), Field(json_schema_extra={"enum": sorted(US_STATES)})]
Locale = Annotated[str, StringConstraints(pattern=LOCALE)]
Owner = Annotated[str, StringConstraints(pattern=OWNER)]
TagValue = Annotated[str, StringConstraints(pattern=TAG_VALUE)]
Duration = Annotated[str, StringConstraints(pattern=DURATION)]
SecretName = Annotated[str, StringConstraints(pattern=SECRET_NAME)]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class FeedState(Model):
    """Each state has a feed of its own: `{state}` (or `{STATE}`) stands in the connector's settings."""

    by: Literal["feed"] = "feed"


class ColumnState(Model):
    """One feed holds several states; a column says which row belongs where."""

    by: Literal["column"]
    column: str = Field(examples=["RecordOwner"])
    """The source column, as its heading is spelled."""
    values: dict[str, State] = Field(default_factory=dict, examples=[{"PRAIRIE-IA": "IA"}])
    """Column value to state. Left out: the value is the state's two letters."""


class WholeState(Model):
    """The tenant has one state and the whole feed belongs to it."""

    by: Literal["whole"] = "whole"


StateBinding = Annotated[FeedState | ColumnState | WholeState, Field(discriminator="by")]


class Policy(Model):
    """What the audit does with rows that break a rule of severity `error`."""

    on_reject: Literal["block", "quarantine"] = "block"
    """block: one bad row stops the partition. quarantine: bad rows are set aside up to `max_share`."""
    max_share: float = Field(default=0.0, ge=0.0, le=1.0, examples=[0.02])
    """Share of rows that may be set aside before the partition is blocked all the same."""


class TableOptions(Model):
    """What differs from the system's defaults for one table."""

    policy: Policy | None = None
    """Left out: the system's policy for the table."""
    version: int | None = Field(default=None, ge=0, examples=[2])
    """The major version of the system's contract. Minor versions are inherited. Left out: 1."""
    patch: str | None = Field(default=None, examples=["contracts/resource.patch.yaml"])
    """What differs from the system's contract: a merge patch, a path inside the tenant's folder."""
    contract: str | None = Field(default=None, examples=["contracts/resource.odcs.yaml"])
    """A whole contract of the tenant's own instead, a path inside the tenant's folder."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Connector settings for this table alone, laid over the source's."""

    @model_validator(mode="after")
    def _one_deviation(self) -> TableOptions:
        if self.patch is not None and self.contract is not None:
            problem = "a table has a `patch` or a `contract` of its own, not both"
            raise refused(problem, fix="keep the patch if the system's contract holds for the rest")
        return self


class Source(Model):
    """One feed of a tenant."""

    system: Name = Field(examples=["icarol", "wellsky", "visionlink"])
    """The vendor's product. Brings tables, contracts, keys, quirks and the privacy register."""
    connector: Name = "files"
    """The technical provider that moves the bytes."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """The connector's settings, checked against its own model."""
    state: StateBinding = Field(default_factory=FeedState)
    """How rows belong to a state."""
    mode: Literal["full", "partial", "incremental"] = "full"
    """full: a delivery is a complete snapshot, what is absent was deleted. partial: it adds and changes.
    incremental: partial, and the source is asked for what changed since the last commit."""
    sweep: Duration | None = Field(default=None, examples=["7d"])
    """Of mode incremental: how often everything is read all the same. Left out: the first time only."""
    arrival: AnyArrival | None = Field(default=None, examples=[{"kind": "files", "every": "5m"}])
    """How it is noticed that there is something new, which is then loaded. Left out: it is not."""
    tables: dict[Name, TableOptions | None] = Field(default_factory=dict)
    """Tables to load with what differs from the defaults. Left out: all tables the system requires."""

    @model_validator(mode="after")
    def _sweeps(self) -> Source:
        if self.sweep is not None and self.mode != "incremental":
            problem = f"`sweep` is of mode incremental, and the mode is {self.mode}"
            raise refused(problem, fix="leave `sweep` out, or set `mode: incremental`")
        return self


class ReaderTarget(Model):
    """What all readers have in common."""

    coalesce: Duration | None = Field(default=None, examples=["5m"])
    """As in `trigger`, for this reader alone."""
    max_delete_share: float = Field(default=0.5, ge=0.0, le=1.0, examples=[0.2])
    """A publish that would delete more of what a state shows than this share is refused."""


class HsdsPackageTarget(ReaderTarget):
    """The HSDS CSV package and nested JSON, a folder for each state."""

    reader: Literal["hsds_package"]
    keep_previous: bool = True
    """Keep the package that was shown before, for one rollback, without what has been taken away since."""


class PostgresTarget(ReaderTarget):
    """HSDS tables and a search view in a schema of the tenant's own."""

    reader: Literal["postgres"]
    dsn: SecretName = Field(examples=["PUBLISH_POSTGRES_DSN"])
    """Name of the secret that holds the connection string. Never the string itself."""
    db_schema: Name | None = None
    """Left out: the tenant's name."""
    mode: Literal["incremental", "bulk"] = "incremental"
    """incremental: only changed rows are written. bulk: the state is replaced."""
    row_security: bool = False
    """Roles that do not own the tables see rows only where the setting app.tenant names the tenant."""


class SearchTarget(ReaderTarget):
    """What the stores that search applications read have in common."""

    url: SecretName = Field(examples=["SEARCH_URL"])
    """Name of the secret that holds the address, with user and password. Never the address itself."""
    tenant_id: str | None = Field(
        default=None, pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", examples=["5b7a2c1e-6f0d-5c3b-9a54-0d6f2f3a8e11"]
    )
    """The tenant as applications ask for it, often a UUID. Left out: the tenant's name."""
    mode: Literal["incremental", "bulk"] = "incremental"
    """incremental: only changed documents are written. bulk: all are built aside, then shown at once."""


class OpenSearchTarget(SearchTarget):
    """Indices behind aliases for every locale, in OpenSearch or Elasticsearch."""

    reader: Literal["opensearch"]
    engine: Literal["opensearch", "elasticsearch"] = "opensearch"
    """elasticsearch: requests name its media type, version 8."""
    api_key: SecretName | None = Field(default=None, examples=["SEARCH_API_KEY"])
    """Name of the secret with an API key, where no user and password is in the address."""
    shards: int = Field(default=1, ge=1, le=64)
    replicas: int = Field(default=1, ge=0, le=8)
    """Copies of each shard, once it is shown. While an index is built it has none."""
    keep_previous: bool = True
    """Keep what a bulk publish replaces until the next change, for one rollback."""


class MongoTarget(SearchTarget):
    """Documents with all locales in MongoDB, and redirects."""

    reader: Literal["mongodb"]
    database: str = Field(default="search", pattern=r"^[A-Za-z0-9_-]{1,60}$")
    """Shared by all tenants; documents carry their tenant."""


Target = Annotated[
    HsdsPackageTarget | PostgresTarget | OpenSearchTarget | MongoTarget, Field(discriminator="reader")
]


class Privacy(Model):
    """The tenant's choices where the never-publish register leaves one. Default: deny."""

    publish_contacts: bool = False
    """Publish people (senior worker, main contact, director) who are not flagged private."""
    publish_identifiers: bool = False
    """Publish tax numbers (FEIN, EIN) as organization identifiers."""
    county_of_private_address: bool = False
    """Keep city and county of a withheld address."""
    unflagged_addresses: Literal["public", "private"] = "public"
    """What a missing or blank private flag means for organization, program and site addresses."""
    unflagged_phones: Literal["public", "private"] = "public"
    """What a missing or blank private flag means for phones. People are private in any case."""
    publish_taxonomy_names: bool = False
    """Publish the licensed names of taxonomy terms. Codes are always published."""


PhoneKind = Literal["hotline", "main", "tollfree", "afterhours", "business", "other"]
PhoneOwner = Literal["service_at_location", "service", "location", "organization"]
UrlOwner = Literal["service", "location", "organization"]


class Adaptation(Model):
    """What dbt_stage changes for this tenant."""

    display_name: Literal["service_at_location", "service", "service_by_organization"] = "service_at_location"
    """How a search record is named."""
    phone_order: list[PhoneKind] = ["hotline", "main", "tollfree"]
    """Which phone a search record shows, best first. Fax numbers are never shown."""
    phone_fallback: list[PhoneOwner] = ["service_at_location", "service", "location", "organization"]
    """Where the phone is looked for, best first."""
    url_fallback: list[UrlOwner] = ["service", "location", "organization"]
    require_location: bool = True
    """Publish a search record only if its service has an active location."""
    require_service_area: bool = False
    """Publish a search record only if its service has a service area."""
    hide_services: list[str] = Field(default_factory=list, examples=[["12345"]])
    """Source ids of services that this tenant does not publish."""
    custom_attributes: dict[str, str] = Field(
        default_factory=dict, examples=[{"Custom_Accepts_Walk_Ins": "Accepts walk-ins"}]
    )
    """Source columns published as attributes, with their label. A contract must have them, and not as
    private."""
    rename_organizations: dict[str, str] = Field(default_factory=dict)
    """Source id to the name that this tenant publishes."""
    service_from_agency: bool = False
    """iCarol without programs: make one service of each agency and offer it at its sites."""
    service_from_organization_fields: bool = False
    """WellSky: fill a service's empty fields from its organization."""


class Budget(Model):
    """What a tenant may use up in a day or a month. More than that warns; it stops nothing."""

    cpu_seconds: float | None = Field(default=None, gt=0, examples=[7200])
    """Of this platform's own processes."""
    credits: float | None = Field(default=None, gt=0, examples=[40])
    """Of Snowflake, as attributed to the tenant's statements."""
    bytes_scanned: int | None = Field(default=None, gt=0)
    """By statements in the warehouse."""
    bytes_read: int | None = Field(default=None, gt=0)
    """From sources."""
    bytes_written: int | None = Field(default=None, gt=0)
    """To the warehouse and to stores."""
    bytes_stored: int | None = Field(default=None, gt=0, examples=[5_000_000_000])
    """What the tenant's partitions hold; the most of any day counts."""

    @model_validator(mode="after")
    def _of_something(self) -> Budget:
        if not self.amounts:
            raise refused("a budget names what it limits", allowed=list(type(self).model_fields))
        return self

    @property
    def amounts(self) -> dict[str, float]:
        """Measure to limit, of the measures that are limited."""
        return {name: value for name, value in self if value is not None}


class Budgets(Model):
    """How much a tenant may use up."""

    per_day: Budget | None = None
    """From midnight to midnight, UTC."""
    per_month: Budget | None = Field(default=None, examples=[{"cpu_seconds": 7200, "credits": 40}])
    """Of the calendar, UTC."""

    @model_validator(mode="after")
    def _of_some_time(self) -> Budgets:
        if self.per_day is None and self.per_month is None:
            raise refused("a budget is per_day or per_month, or both", allowed=["per_day", "per_month"])
        return self


class Cost(BaseModel):
    """Cost tags by name, and the budget. As a mapping it is its tags."""

    model_config = ConfigDict(
        extra="allow",
        frozen=True,
        use_attribute_docstrings=True,
        json_schema_extra={"minProperties": 1, "propertyNames": {"pattern": NAME}},
    )
    __pydantic_extra__: dict[Name, TagValue] = Field(init=False)

    budget: Budgets | None = None
    """More than this is a warning on the tenant's cost. Left out: no limit."""

    @model_validator(mode="after")
    def _tagged(self) -> Cost:
        if not self.tags:
            raise refused("cost has no tag", fix="add one, such as `cost_center: cc-100`")
        return self

    @property
    def tags(self) -> dict[str, str]:
        return dict(self.__pydantic_extra__)

    def keys(self) -> KeysView[str]:
        return self.tags.keys()

    def items(self) -> ItemsView[str, str]:
        return self.tags.items()

    def __getitem__(self, name: str) -> str:
        return self.tags[name]


class Tenant(Model):
    """One organisation that gathers data: who it is, what it loads, where it publishes."""

    tenant: Annotated[Name, AfterValidator(not_shared)]
    """Identity. Equals the folder's name, prefixes every asset key, and never changes."""
    display_name: str = Field(min_length=1, max_length=120, examples=["Prairie 211"])
    description: str | None = None
    owners: Annotated[list[Owner], AfterValidator(unique)] = Field(
        min_length=1, examples=[["team:prairie-data", "data@prairie.example"]]
    )
    """Who answers for the data: e-mail addresses or `team:name`."""
    cost: Cost = Field(examples=[{"cost_center": "cc-100"}])
    """Cost tags, which hang on every asset and every statement, and a budget."""
    states: Annotated[list[State], AfterValidator(unique)] = Field(min_length=1, examples=[["IA", "NE"]])
    """The tenant's partitions."""
    locales: Annotated[list[Locale], AfterValidator(unique)] = Field(
        default_factory=lambda: ["en"], min_length=1
    )
    """Languages of the data. The first is the main one."""
    sources: dict[Name, Source] = Field(min_length=1)
    """Feeds by name. The name prefixes the raw tables; use the system's name unless there are two."""
    freshness: Sla = Field(examples=[{"warn": "26h", "fail": "36h"}])
    """How old what is published may be, or by when it has to be there."""
    schedule: Schedule | None = None
    """Left out: only on demand."""
    automation: Preset | None = Field(default=None, examples=["fresh_on_need"])
    """What loads the states. Left out: on_schedule where there is a schedule, on_arrival where a source has
    an `arrival`, else manual.
    fresh_on_need: shortly before the freshness runs out. on_upstream: what `trigger.upstream` names has
    changed. on_arrival: the source has something new. manual: nobody but a person."""
    publish: list[Target] = Field(min_length=1)
    trigger: Trigger = Field(default_factory=Trigger)
    limits: Limits = Field(default_factory=Limits)
    redirects: str | None = Field(default=None, examples=["redirects.csv"])
    """Records whose public id is another now: a CSV file of `old_id,new_id`, a path inside the folder."""
    privacy: Privacy = Field(default_factory=Privacy)
    adapt: Adaptation = Field(default_factory=Adaptation)
    enhance: Enhance = Field(default_factory=Enhance)

    @model_validator(mode="after")
    def _loads_somehow(self) -> Tenant:
        check_preset(self.automation, self.schedule, self.trigger.upstream, self._arrivals())
        return self

    @property
    def preset(self) -> Preset:
        """What loads the tenant's states."""
        return preset(self.automation, self.schedule, self._arrivals())

    def _arrivals(self) -> list[str]:
        return [name for name, source in self.sources.items() if source.arrival is not None]
