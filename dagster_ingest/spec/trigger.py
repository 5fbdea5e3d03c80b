"""When readers follow what was loaded, part of the tenant file."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from dagster_ingest.spec.texts import ASSET_KEY, DURATION, minutes, refused

_Duration = Annotated[str, StringConstraints(pattern=DURATION)]
_AssetKey = Annotated[str, StringConstraints(pattern=ASSET_KEY, max_length=200)]


class Trigger(BaseModel):
    """When readers follow what was loaded: once it has been quiet for a while, and not much later."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    coalesce: _Duration = Field(default="1m", examples=["5m"])
    """Updates of a state that follow one another within this time are published by one run."""
    at_latest: _Duration = Field(default="1h", examples=["2h"])
    """A state that is never quiet is published all the same, this long after the first update."""
    upstream: list[_AssetKey] = Field(default_factory=list, examples=[["airbyte/prairie"]])
    """Of `automation: on_upstream`: assets of other code locations whose materialization means that the
    source has changed; one that is partitioned by state, for that state alone."""

    @model_validator(mode="after")
    def _waits_within(self) -> Trigger:
        if minutes(self.coalesce) > minutes(self.at_latest):
            raise refused(
                f"waits for {self.coalesce} of quiet, which is more than {self.at_latest}, its latest",
                fix="give `at_latest` at least the time of `coalesce`",
            )
        return self
