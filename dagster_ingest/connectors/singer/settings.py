"""Settings of the `singer` connector."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dagster_ingest.connectors.processes.fields import Config, Patterns, Seconds, Tap


class SingerSettings(BaseModel):
    """Which tap, what it is told, and which of its streams is the table."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    PLACEHOLDERS: ClassVar[tuple[str, ...]] = ("drops",)

    tap: Tap = Field(examples=["tap-csv", "tap-jsonl"])
    """The tap's executable, by name: one that is installed in the programs folder."""
    config: Config = Field(default_factory=dict, examples=[{"api_key": {"secret": "SOURCE_KEY"}}])
    """The tap's own configuration. `{secret: NAME}` at any depth stands for a value; `{drops}` for the
    tenant's drop folder."""
    stream: str | None = Field(default=None, min_length=1, max_length=200, examples=["services"])
    """The stream that is the table. Left out: the one of the table's name."""
    replication: Literal["full_table", "incremental"] = Field(default="full_table", examples=["full_table"])
    """full_table: everything, every time. incremental: the tap's state is kept as the cursor."""
    replication_key: str | None = Field(default=None, min_length=1, max_length=200, examples=["updated_at"])
    """The property that the tap orders by, where it leaves the choice."""
    skip_fields: Patterns = Field(default=("_sdc_*",), examples=[["_sdc_*"]])
    """Properties that the tap adds of its own accord, with the wildcards * ? [..]. They are not read."""
    catalog_option: Literal["--catalog", "--properties"] = Field(default="--catalog", examples=["--catalog"])
    """Old taps take the catalog as --properties."""
    idle_seconds: Seconds = Field(default=600, examples=[600])
    """A tap that writes nothing for so long counts as hanging and is ended."""

    @model_validator(mode="after")
    def _consistent(self) -> SingerSettings:
        if self.replication_key is not None and self.replication != "incremental":
            raise ValueError("`replication_key` is of `replication: incremental`")
        return self


SETTINGS = SingerSettings
