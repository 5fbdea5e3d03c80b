"""How it is noticed that a source has something new, part of the tenant file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dagster_ingest.spec.secret import SecretField
from dagster_ingest.spec.texts import DURATION, minutes

if TYPE_CHECKING:
    from dagster_ingest.spec.problem import Report

# What says that something came, whatever brings the rows afterwards.
TOLD = ("nats", "webhook")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}

_Duration = Annotated[str, StringConstraints(pattern=DURATION)]
_Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", max_length=120)]


class Arrival(BaseModel):
    """What all ways have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    every: _Duration = Field(default="5m", examples=["5m"])
    """How often somebody looks."""
    give_up: int = Field(default=50, ge=1, le=10_000, examples=[50])
    """After so many looks in a row that failed nobody looks any more until a person says so. They are farther
    apart each time, an hour at most: 50 are two days. Where we are not let in, 3 are enough."""

    @property
    def interval(self) -> float:
        """Seconds from one look to the next."""
        return minutes(self.every) * 60.0

    @property
    def quiet(self) -> float:
        """Seconds that what is new has to stay as it is."""
        return 0.0


class FilesArrival(Arrival):
    """New or changed files at the place that the connector reads from."""

    kind: Literal["files"]
    settle: str = Field(default="1m", pattern=r"^[0-9]{1,4}[smh]$", examples=["1m", "30s"])
    """Files count once names, sizes and times have been the same for so long."""

    @property
    def quiet(self) -> float:
        return float(self.settle[:-1]) * _UNITS[self.settle[-1]]


class ModifiedArrival(Arrival):
    """The API is asked what changed: by its `fingerprint`, or for records since its `cursor`."""

    kind: Literal["modified"]


class WatermarkArrival(Arrival):
    """The database is asked for the number of rows and the greatest `watermark`."""

    kind: Literal["watermark"]


class NatsArrival(Arrival):
    """Messages of a stream of NATS JetStream."""

    kind: Literal["nats"]
    url: SecretField = Field(examples=[{"secret": "NATS_URL"}])
    """Secret with the address: nats://user:password@host:4222, or tls://..."""
    stream: _Name = Field(examples=["ARRIVALS"])
    subject: str = Field(max_length=200, pattern=r"^[^\s.]+(\.[^\s.]+)*$", examples=["arrivals.prairie.>"])
    """Messages of this subject concern the source."""
    durable: _Name | None = None
    """Name of the consumer. Left out: the tenant's and the source's. It is made if there is none."""
    batch: int = Field(default=256, ge=1, le=4096)
    """Messages that are taken in one look at most."""


class WebhookArrival(Arrival):
    """Signed calls, taken by `dagster-ingest webhook serve`."""

    kind: Literal["webhook"]
    every: _Duration = Field(default="1m", examples=["1m"])
    """How often calls that were taken are looked through."""
    secret: SecretField = Field(examples=[{"secret": "ARRIVAL_KEY"}])
    """Secret with the key that calls are signed with."""
    max_bytes: int = Field(default=65_536, ge=0, le=2**20)
    """A call with a larger body is refused."""
    per_minute: int = Field(default=60, ge=1, le=6000)
    """More calls than that are refused."""


AnyArrival = Annotated[
    FilesArrival | ModifiedArrival | WatermarkArrival | NatsArrival | WebhookArrival,
    Field(discriminator="kind"),
]


def check_arrival(
    arrival: Arrival | None,
    connector: str,
    model: type[BaseModel] | None,
    tables: Iterable[Mapping[str, Any]],
    report: Report,
    loc: tuple[str, ...],
) -> None:
    """Whether the connector can tell what the source wants to know.

    A settings model says it by `ARRIVALS`: kind to settings, one of which every table has to have.
    tables: their settings
    """
    kind = getattr(arrival, "kind", None)
    if kind is None or kind in TOLD:
        return
    able: Mapping[str, tuple[str, ...]] = getattr(model, "ARRIVALS", {})
    if kind not in able:
        problem = f"the connector {connector!r} cannot tell of arrivals by {kind!r}"
        report.add((*loc, "arrival", "kind"), problem, value=kind, allowed=(*able, *TOLD))
        return
    wanted = able[kind]
    if wanted and not all(any(table.get(name) for name in wanted) for table in tables):
        problem = f"arrivals by {kind!r} need {' or '.join(f'`{name}`' for name in wanted)} in the settings"
        fix = "set it for every table of the source, or choose another kind"
        report.add((*loc, "arrival"), problem, fix=fix, on_key=True)
