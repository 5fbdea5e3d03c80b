"""How fresh a tenant's states have to be, and what loads them: part of the tenant file."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zlib import crc32

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)

from dagster_ingest.spec import moments
from dagster_ingest.spec.texts import CRON, DURATION, minutes, refused, valid_cron, valid_timezone

Preset = Literal["fresh_on_need", "on_upstream", "on_schedule", "on_arrival", "manual"]
Duration = Annotated[str, StringConstraints(pattern=DURATION)]
Cron = Annotated[str, StringConstraints(pattern=CRON, max_length=120), AfterValidator(valid_cron)]
Timezone = Annotated[str, StringConstraints(max_length=64), AfterValidator(valid_timezone)]
EVERY = {
    5: "*/5 * * * *", 10: "*/10 * * * *", 15: "*/15 * * * *", 20: "*/20 * * * *", 30: "*/30 * * * *",
    60: "{minute} * * * *", 120: "{minute} */2 * * *", 180: "{minute} */3 * * *", 240: "{minute} */4 * * *",
    360: "{minute} */6 * * *", 480: "{minute} */8 * * *", 720: "{minute} */12 * * *",
    1440: "{minute} 0 * * *", 10080: "{minute} 0 * * 1",
}  # fmt: skip
"""Intervals that divide an hour, a day or a week (minutes), as cron: what has no cron has no fixed hours."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Freshness(_Model):
    """How old a state's published data may be."""

    fail: Duration = Field(examples=["36h"])
    """Older than this breaks the SLA."""
    warn: Duration | None = Field(default=None, examples=["26h"])
    """Older than this warns."""

    @model_validator(mode="after")
    def _warns_first(self) -> Freshness:
        if self.warn is not None and minutes(self.warn) >= minutes(self.fail):
            raise refused(
                f"warns at {self.warn}, which is not before it fails at {self.fail}",
                fix="give `warn` a shorter time than `fail`",
            )
        return self


class DeadlineTimes(_Model):
    """Hours of the wall clock; a change of clocks moves none of them."""

    cron: Cron = Field(examples=["0 8 * * *"])
    timezone: Timezone = Field(default="UTC", examples=["America/Chicago"])


class Deadline(_Model):
    """By when a state has to be published, again and again."""

    by: DeadlineTimes = Field(examples=[{"cron": "0 8 * * *", "timezone": "America/Chicago"}])
    """The deadlines."""
    within: Duration | None = Field(default=None, examples=["8h"])
    """What was published earlier than this before a deadline does not count for it. Left out: what was
    published since the deadline before counts."""
    warn_before: Duration | None = Field(default=None, examples=["2h"])
    """What is not published so long before its deadline warns."""

    @model_validator(mode="after")
    def _warns_in_between(self) -> Deadline:
        gap = moments.shortest_gap(self.by.cron, self.by.timezone)
        for name, given in (("within", self.within), ("warn_before", self.warn_before)):
            if given is not None and minutes(given) * 60 > gap - (name == "warn_before"):
                raise refused(
                    f"`{name}` is {given}, and {gap / 3600:g}h lie between two deadlines",
                    fix="give it a shorter time than that",
                )
        if self.within and self.warn_before and minutes(self.warn_before) > minutes(self.within):
            raise refused(
                f"warns {self.warn_before} before a deadline, for which only what comes within "
                f"{self.within} counts",
                fix="give `warn_before` at most the time of `within`",
            )
        return self


def _kind(given: Any) -> str:
    """Which of the two a mapping is meant to be."""
    if isinstance(given, Deadline):
        return "Deadline"
    return (
        "Deadline"
        if isinstance(given, dict) and given.keys() & {"by", "within", "warn_before"}
        else "Freshness"
    )


Sla = Annotated[
    Annotated[Freshness, Tag("Freshness")] | Annotated[Deadline, Tag("Deadline")], Discriminator(_kind)
]


class Schedule(_Model):
    """When the tenant's sources are loaded: `cron`, or `every`."""

    cron: Cron | None = Field(default=None, examples=["15 3 * * *"])
    """At these times of the wall clock."""
    every: Duration | None = Field(default=None, examples=["6h"])
    """So often. The minute follows from the tenant's name, so that not all start at once."""
    timezone: Timezone = Field(default="UTC", examples=["America/Chicago"])

    @model_validator(mode="after")
    def _one_of_two(self) -> Schedule:
        if (self.cron is None) == (self.every is None):
            problem = "a schedule has `cron` or `every`, and not both"
            raise refused(problem, allowed=["cron", "every"], fix="give one of them")
        if self.every is not None and minutes(self.every) not in EVERY:
            raise refused(
                f"`every: {self.every}` divides neither an hour nor a day nor a week",
                allowed=[_written(interval) for interval in EVERY],
                fix="give one that does, or `cron`",
            )
        return self

    def times(self, tenant: str) -> str:
        """The schedule as a cron expression."""
        if self.cron is not None:
            return self.cron
        assert self.every is not None  # one of the two
        return EVERY[minutes(self.every)].format(minute=crc32(tenant.encode()) % 60)


def _written(interval: int) -> str:
    for size, unit in ((1440, "d"), (60, "h")):
        if interval % size == 0:
            return f"{interval // size}{unit}"
    return f"{interval}m"


def preset(asked: Preset | None, schedule: Schedule | None, arrivals: list[str]) -> Preset:
    """What loads the tenant's states, where nothing is said: the schedule, if there is one, else arrivals.

    arrivals  sources that say how their arrivals are noticed
    """
    if asked is not None:
        return asked
    if schedule is not None:
        return "on_schedule"
    return "on_arrival" if arrivals else "manual"


def check_preset(
    asked: Preset | None, schedule: Schedule | None, upstream: list[str], arrivals: list[str]
) -> None:
    """Raises where a preset lacks what it goes by, or something is given that it does not heed."""
    chosen = preset(asked, schedule, arrivals)
    if chosen == "on_schedule" and schedule is None:
        raise refused(
            "`automation: on_schedule` goes by `schedule`, and there is none",
            at=("automation",),
            fix='add `schedule: {cron: "15 3 * * *"}`, or choose another preset',
        )
    if chosen == "manual" and schedule is not None:
        raise refused(
            "`automation: manual` starts nothing, and there is a `schedule`",
            at=("automation",),
            fix="leave `schedule` out, or set `automation: on_schedule`",
        )
    if chosen == "manual" and arrivals:
        raise refused(
            f"`automation: manual` starts nothing, and source {arrivals[0]} has an `arrival`",
            at=("sources", arrivals[0], "arrival"),
            fix="leave `arrival` out, or set `automation: on_arrival`",
        )
    if chosen == "on_arrival" and not arrivals:
        raise refused(
            "`automation: on_arrival` goes by what arrives, and no source says how that is noticed",
            at=("automation",),
            fix="add an `arrival` to a source, such as `arrival: {kind: files}`",
        )
    if chosen == "on_upstream" and not upstream:
        raise refused(
            "`automation: on_upstream` goes by assets upstream, and `trigger` names none",
            at=("automation",),
            fix="add `trigger: {upstream: [airbyte/prairie]}`, keys of assets",
        )
    if upstream and chosen != "on_upstream":
        raise refused(
            f"`trigger.upstream` is heeded by on_upstream, and the automation is {chosen}",
            at=("trigger", "upstream"),
            fix="set `automation: on_upstream`, or leave `upstream` out",
        )
