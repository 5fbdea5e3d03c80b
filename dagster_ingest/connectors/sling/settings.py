"""Settings of the `sling` connector."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from dagster_ingest.connectors.processes.fields import Seconds
from dagster_ingest.spec.secret import SecretField

# sling takes whatever has a blank in it for SQL, so a name has none.
# Placeholders stand for the like until a load fills them in.
_PLACE = r"\{(?:state|STATE|tenant|table)\}"
_NAME = rf"(?:[A-Za-z_]|{_PLACE})(?:[A-Za-z0-9_$]|{_PLACE}){{0,127}}"
Column = Annotated[str, StringConstraints(pattern=rf"^{_NAME}$")]


class SlingSettings(BaseModel):
    """Which table of which database. There is no place for SQL."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    connection: SecretField = Field(examples=[{"secret": "SOURCE_DSN"}])
    """Secret with the address, as sling writes it: mysql://user:password@host:port/database"""
    stream: str = Field(pattern=rf"^{_NAME}(?:\.{_NAME}){{1,2}}$", examples=["public.services"])
    """The table, with its schema."""
    columns: list[Column] | None = Field(default=None, min_length=1, max_length=1600, examples=[["id"]])
    """Left out: all, in their order."""
    timeout_seconds: Seconds = Field(default=3600, examples=[3600])
    """A replication that takes longer is given up."""

    @field_validator("stream")
    @classmethod
    def _no_file(cls, value: str) -> str:
        if value.lower().endswith((".sql", ".py")):
            raise ValueError(f"{value!r}: sling would take this for a file of statements")
        return value


SETTINGS = SlingSettings
