"""Settings of the `files` connector: which files belong together."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field, field_validator

DURATION = r"^[0-9]{1,5}[smhd]$"


class OneRun(BaseModel):
    """The files of all tables of a source that have this setting are of one run of the export, and are
    taken together or not at all."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    stamp: str | None = Field(default=None, max_length=200, examples=["_run([0-9]+)_"])
    """Pattern of the run's mark in a file's name, or in its archive's or folder's: files with an equal mark
    are of one run. Left out: the dates in the names; files without dates go by their modification times."""
    within: str = Field(default="1h", pattern=DURATION, examples=["1h", "0s"])
    """Dates or times of one run differ by so much at most."""
    grace: str = Field(default="2h", pattern=DURATION, examples=["2h"])
    """How long the rest of a set may take. Until then the newest whole set counts; after that a set that is
    not whole is a failed delivery of every table in it."""

    @field_validator("stamp")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                groups = re.compile(value).groups
            except re.error as error:
                raise ValueError(f"{value!r} is no regular expression: {error}") from None
            if groups > 1:
                raise ValueError("`stamp` has at most one group")
        return value
