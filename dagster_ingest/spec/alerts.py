"""Who is told of what: the models of `deploy/alerts.yaml`. A file without channels tells nobody."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from dagster_ingest.spec.models import Duration, Model, Name
from dagster_ingest.spec.secret import SecretField
from dagster_ingest.spec.sla import Timezone
from dagster_ingest.spec.texts import minutes, refused, unique

Kind = Literal["run_failure", "blocked", "sla", "budget", "review", "sensor"]
Severity = Literal["info", "warning", "error", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error", "critical")

Pattern = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Patterns = Annotated[list[Pattern], AfterValidator(unique), Field(min_length=1)]


def _clock(value: str) -> str:
    hours, colon, rest = value.partition(":")
    sound = colon and hours.isdecimal() and rest.isdecimal() and len(hours) == len(rest) == 2
    if not sound or not value.isascii() or int(hours) > 23 or int(rest) > 59:
        raise refused(f"{value!r} is no time of day", fix='give hours and minutes in quotes: "22:00"')
    return value


Clock = Annotated[str, AfterValidator(_clock), Field(examples=["22:00"])]


class Quiet(Model):
    """Hours in which messages are held back. They are delivered together when the hours are over."""

    start: Clock
    end: Clock
    """Earlier than `start`: on the next morning."""
    timezone: Timezone = Field(examples=["America/Chicago"])
    up_to: Literal["info", "warning", "error"] = "error"
    """The gravest severity that is held back. A critical message is never."""

    @model_validator(mode="after")
    def _ends(self) -> Quiet:
        if self.start == self.end:
            raise refused("quiet hours that start and end at one time are none", fix="change `end`")
        return self


class Channel(Model):
    """Where messages go."""

    url: SecretField = Field(examples=[{"secret": "ALERTS_SLACK"}])
    """Names the secret that holds the address as apprise writes it: slack://, workflows:// (Teams),
    mailtos://, pagerduty://, jsons:// (a webhook). Never the address itself."""
    quiet: Quiet | None = None
    """Left out: no quiet hours."""
    coalesce: Duration | None = Field(default=None, examples=["5m"])
    """How long messages are gathered into one. A critical one does not wait. Left out: not at all."""
    digest: bool = True
    """Whether several messages may become one. Switch it off where each is an incident of its own, as
    with PagerDuty."""
    per_hour: int = Field(default=30, ge=1, le=200)
    """Messages an hour, for each tenant; what is more waits and becomes one message. Critical ones may be
    twice as many."""
    repeat: Duration | None = Field(default=None, examples=["24h"])
    """How often what is still open is told again. Left out: never."""


class Route(Model):
    """What goes to which channels. All that is given must match; left out matches everything.

    Texts may hold `*` and `?`. Every route that matches is followed; a channel is told once.
    """

    owners: Patterns | None = Field(default=None, examples=[["team:gulf-*", "data@prairie.example"]])
    tenants: Patterns | None = Field(default=None, examples=[["gulf"]])
    kinds: Annotated[list[Kind], AfterValidator(unique)] | None = Field(default=None, min_length=1)
    severities: Annotated[list[Severity], AfterValidator(unique)] | None = Field(
        default=None, min_length=1, examples=[["error", "critical"]]
    )
    to: Annotated[list[Name], AfterValidator(unique)] = Field(min_length=1, examples=[["data_team"]])
    """Channels of this file."""


class Alerts(Model):
    """Channels, and what is told on which of them."""

    channels: dict[Name, Channel] = Field(default_factory=dict)
    routes: list[Route] = Field(default_factory=list)
    min_age: Duration | None = Field(default=None, examples=["5m"])
    """How long something must be so before it is told, and be over before its recovery is: what comes and
    goes faster is not told. Left out: told at once."""
    expiring: Duration = "24h"
    """How long before a delivery that waits for review expires it is told again, as an error."""
    base_url: str | None = Field(
        default=None,
        pattern=r"^https?://[A-Za-z0-9.\-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/\-]*)?$",
        examples=["https://dagster.example"],
    )
    """The Dagster UI as people reach it: messages of failed runs link to it. Left out: no links."""

    @property
    def on(self) -> bool:
        return bool(self.channels and self.routes)

    def names(self) -> list[str]:
        """The names of secrets, each once."""
        return list(dict.fromkeys(channel.url.secret for channel in self.channels.values()))


def seconds(duration: str | None) -> float:
    """A Duration in seconds; 0 where there is none."""
    return minutes(duration) * 60.0 if duration else 0.0
