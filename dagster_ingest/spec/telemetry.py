"""What an installation tells others of its runs, `deploy/telemetry.yaml`: what is not there is off."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from dagster_ingest.settings import Settings
from dagster_ingest.spec import platform_file
from dagster_ingest.spec.models import Model
from dagster_ingest.spec.problem import SpecProblem
from dagster_ingest.spec.secret import SecretField
from dagster_ingest.spec.texts import refused

_NOT_DONE = "nothing was sent to anybody"


def _address(value: str) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise refused(f"{value!r} is no address", fix="give one as https://host.example:4318")
    if parts.username or parts.password:
        # Of this type, so that what was given is not shown.
        problem = {"problem": "an address holds no user and no password; name a secret instead"}
        raise PydanticCustomError("secret", "{problem}", problem)
    return value


Address = Annotated[str, AfterValidator(_address)]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")]


class HttpLineage(Model):
    """A receiver of OpenLineage events over HTTP, such as Marquez or DataHub."""

    type: Literal["http"]
    url: Address = Field(examples=["https://marquez.example:5000"])
    endpoint: str = Field(default="api/v1/lineage", min_length=1)
    """Path below `url`."""
    token: SecretField | None = None
    """Sent as a bearer token."""
    timeout: float = Field(default=5.0, gt=0, le=60)
    """Seconds for one event."""


class FileLineage(Model):
    """A file to which events are appended, one JSON object a line."""

    type: Literal["file"]
    path: str = Field(min_length=1, examples=["openlineage.jsonl"])
    """Relative paths are taken from the folder of all that is written."""


class OpenLineage(Model):
    """Run events of every table step. Sent by a sensor, or by `dagster-ingest telemetry send`."""

    transport: Annotated[HttpLineage | FileLineage, Field(discriminator="type")]
    namespace: str = Field(default="dagster-ingest", min_length=1, max_length=120)
    """Of jobs. Two installations that tell the same receiver need two."""
    columns: bool = True
    """Whether column lineage is sent. To find it, the models are compiled once after they changed."""


class Traces(Model):
    """OpenTelemetry spans of runs, over OTLP/HTTP in protobuf."""

    endpoint: Address = Field(examples=["http://127.0.0.1:4318/v1/traces"])
    """The whole address, path included."""
    headers: dict[HeaderName, SecretField] = Field(
        default_factory=dict, examples=[{"x-api-key": {"secret": "OTLP_KEY"}}]
    )
    timeout: float = Field(default=5.0, gt=0, le=60)
    """Seconds for one request."""
    flush: float = Field(default=5.0, gt=0, le=60)
    """Seconds that a run waits at its end for what was not sent yet; then it ends without."""
    service: str = Field(default="dagster-ingest", min_length=1, max_length=120)
    statements: bool = True
    """Whether statements of a warehouse are spans of their own; their values are never sent."""


class Push(Model):
    """A Pushgateway, for installations that nobody scrapes."""

    url: Address = Field(examples=["http://127.0.0.1:9091"])
    job: str = Field(default="dagster-ingest", pattern=r"^[A-Za-z0-9_.-]{1,63}$")
    token: SecretField | None = None
    """Sent as a bearer token."""
    timeout: float = Field(default=5.0, gt=0, le=60)
    """Seconds for one push."""


class Metrics(Model):
    """Gauges of Prometheus, for `dagster-ingest metrics serve`, `push` and `print`."""

    cache: float = Field(default=60.0, ge=0, le=3600)
    """Seconds for which an answer serves further scrapes."""
    tables: bool = False
    """Whether rows and seconds are told for each table: many more series."""
    push: Push | None = None


class Telemetry(Model):
    """What is sent to whom. A part that is left out is off."""

    openlineage: OpenLineage | None = None
    traces: Traces | None = None
    metrics: Metrics | None = None


def telemetry_of(settings: Settings) -> Telemetry:
    """What the file asks for; nothing without one. Raises SpecError with file and line where it is wrong."""
    if not settings.telemetry_file.is_file():
        return Telemetry()
    found, problems = look(settings)
    if found is None:
        raise platform_file.refusal(problems, _NOT_DONE)
    return found


def look(settings: Settings) -> tuple[Telemetry | None, list[SpecProblem]]:
    """The file, or all that is wrong with it."""
    path = settings.telemetry_file
    if not _says_anything(path):
        return Telemetry(), []
    _, found, problems = platform_file.read(settings, path, Telemetry)
    return found, problems


def _says_anything(path: Path) -> bool:
    """As it is shipped, all of it is a comment."""
    lines = (line.strip() for line in path.read_bytes().splitlines())
    return any(line and not line.startswith(b"#") for line in lines)


def check(settings: Settings) -> list[SpecProblem]:
    """What is wrong with the file, if there is one."""
    return look(settings)[1] if settings.telemetry_file.is_file() else []
