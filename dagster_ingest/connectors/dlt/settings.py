"""Settings of the `dlt` connector."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dagster_ingest.connectors.processes.fields import Config, Patterns

Heading = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class DltSettings(BaseModel):
    """Which source, what it is told, and which of its resources is the table."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    PLACEHOLDERS: ClassVar[tuple[str, ...]] = ("drops",)

    source: str = Field(pattern=r"^[a-z][a-z0-9_]{0,79}$", examples=["rest_api", "files"])
    """rest_api, files, sql_database, or the name of a source that an installed package offers in the entry
    point group `dagster_ingest.dlt_sources`. A spec names sources; it cannot name code."""
    config: Config = Field(
        default_factory=dict, examples=[{"client": {"base_url": "https://host/"}, "resources": ["items"]}]
    )
    """rest_api: dlt's own RESTAPIConfig. files: `bucket_url`, `file_glob`, `format` (csv, jsonl, parquet),
    `credentials`. sql_database: `credentials`, `schema`. Others: arguments of the source. `{secret: NAME}` at
    any depth stands for a value; `{drops}` for the tenant's drop folder."""
    resource: str | None = Field(default=None, min_length=1, max_length=200, examples=["services"])
    """The resource that is the table. Left out: the one of the table's name, or the only one."""
    incremental: bool = Field(default=False, examples=[False])
    """Keep dlt's state as the cursor, for resources that are incremental."""
    attempts: int = Field(default=5, ge=1, le=20, examples=[5])
    """Of rest_api: how often a request is tried in all."""
    wait_seconds: float = Field(default=1, ge=0, le=600, examples=[1])
    """Of rest_api: before the second attempt. It doubles from there."""
    timeout_seconds: float = Field(default=60, gt=0, le=3600, examples=[60])
    """Of rest_api: how long an answer may take."""
    columns: list[Heading] | None = Field(default=None, min_length=1, max_length=4096, examples=[["id"]])
    """Fields that a record may have. Left out: those of the first thousand records; a record that has others
    is set aside as malformed."""
    skip_fields: Patterns = Field(default=("_dlt_*",), examples=[["_dlt_*"]])
    """Fields that are not read, with the wildcards * ? [..]."""


SETTINGS = DltSettings
