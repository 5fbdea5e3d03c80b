"""Settings of the `airbyte` connector."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dagster_ingest.connectors.processes.fields import Config, Patterns, Seconds, SourceProgram


class AirbyteSettings(BaseModel):
    """Which source, what it is told, and which of its streams is the table."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    PLACEHOLDERS: ClassVar[tuple[str, ...]] = ("drops",)

    connector: SourceProgram = Field(examples=["source-faker"])
    """The source's executable, by name: one that is installed in the programs folder."""
    config: Config = Field(default_factory=dict, examples=[{"api_key": {"secret": "SOURCE_KEY"}}])
    """The source's own configuration. `{secret: NAME}` at any depth stands for a value; `{drops}` for the
    tenant's drop folder."""
    stream: str | None = Field(default=None, min_length=1, max_length=200, examples=["users"])
    """The stream that is the table. Left out: the one of the table's name."""
    namespace: str | None = Field(default=None, min_length=1, max_length=200, examples=["public"])
    """The stream's namespace, where two streams share a name."""
    sync: Literal["full_refresh", "incremental"] = Field(default="full_refresh", examples=["full_refresh"])
    """full_refresh: everything, every time. incremental: the stream's state is kept as the cursor."""
    cursor_field: str | None = Field(default=None, min_length=1, max_length=200, examples=["updated_at"])
    """The field that the source orders by, where it leaves the choice."""
    skip_fields: Patterns = Field(default=("_ab_*", "_airbyte_*"), examples=[["_ab_*"]])
    """Fields that the source adds of its own accord, with the wildcards * ? [..]. They are not read."""
    idle_seconds: Seconds = Field(default=600, examples=[600])
    """A source that writes nothing for so long counts as hanging and is ended."""

    @model_validator(mode="after")
    def _consistent(self) -> AirbyteSettings:
        if self.cursor_field is not None and self.sync != "incremental":
            raise ValueError("`cursor_field` is of `sync: incremental`")
        return self


SETTINGS = AirbyteSettings
