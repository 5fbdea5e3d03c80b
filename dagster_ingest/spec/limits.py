"""What a tenant's runs may claim of the machines that all tenants share, part of the tenant file."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from dagster_ingest.spec.texts import DURATION, minutes, refused

LEAST_MINUTES, MOST_MINUTES = 5, 7 * 1440


class Limits(BaseModel):
    """Where the tenant's runs stand in the queue, how long they may take, how often they are tried again."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    priority: int = Field(default=0, ge=-3, le=3, strict=True, examples=[1])
    """Runs of a higher number start before all of a lower one. Backfills stand behind other runs."""
    run_timeout: Annotated[str, StringConstraints(pattern=DURATION)] | None = Field(
        default=None, examples=["2h"]
    )
    """A run that takes longer is ended. Left out: what deploy/dagster.yaml says."""
    retries: int = Field(default=2, ge=0, le=5, strict=True)
    """How often what could not be reached is tried again within a run, and a run that was killed anew."""

    @field_validator("run_timeout")
    @classmethod
    def _bounded(cls, value: str | None) -> str | None:
        if value is not None and not LEAST_MINUTES <= minutes(value) <= MOST_MINUTES:
            raise refused(f"{value} is no time for a run", fix="give it from 5m to 7d")
        return value

    @property
    def seconds(self) -> int | None:
        """The timeout in seconds."""
        return minutes(self.run_timeout) * 60 if self.run_timeout else None
