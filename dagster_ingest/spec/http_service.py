"""What a tenant says of any service over HTTP that enhancements ask: geocoders, translators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from dagster_ingest.spec.texts import refused

Url = Annotated[str, Field(pattern=r"^https?://[^\s?#]+$", max_length=500)]
# Of fields whose usual value is one of the kind of service.
PerSecond = Annotated[
    float,
    Field(
        gt=0, le=1000, description="Requests a second to its host, from all tenants and processes together."
    ),
]
Timeout = Annotated[float, Field(gt=0, le=600, description="Seconds to wait for an answer.")]


class Part(BaseModel):
    """A part of what is asked of the enhancements."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class HttpService(Part):
    """At which pace it is asked, how often, and for how long."""

    per_second: PerSecond
    workers: int = Field(default=1, ge=1, le=32)
    """Requests that are under way at once."""
    timeout: Timeout
    attempts: int = Field(default=4, ge=1, le=10)
    """At one request, the first one included. What may pass is tried again: 429, 5xx, time-outs, broken
    answers."""
    longest_wait: float = Field(default=60, ge=0, le=3600)
    """Seconds between two attempts, at most. A host that asks for more counts as down."""


class _Named(Protocol):
    @property
    def provider(self) -> str: ...


Services = TypeVar("Services", bound=Sequence[_Named])


def once(services: Services) -> Services:
    """A list of providers, none of which stands twice in it."""
    names = [service.provider for service in services]
    twice = next((name for i, name in enumerate(names) if name in names[:i]), None)
    if twice is not None:
        raise refused(f"the provider {twice} stands twice", fix="name it once")
    return services
