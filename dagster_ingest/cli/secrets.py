"""What `validate --secrets` reports: names of secrets that have no value, and where they were looked for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import typer

from dagster_ingest.errors import IngestError
from dagster_ingest.settings import Settings


@dataclass(frozen=True, slots=True)
class Absent:
    """user: what asks for it. looked: where, in words. problem: set if a keeper did not answer."""

    tenant: str
    secret: str
    user: str
    looked: tuple[str, ...]
    problem: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def absent(settings: Settings) -> list[Absent]:
    """Of the sound tenants, every secret that is not to be had. Asks the keepers; never shows a value."""
    from dagster_ingest.spec.load import load_tenants

    found = [found for tenant in load_tenants(settings).tenants for found in _of(settings, tenant)]
    return [*found, *_of_channels(settings)]


def _of_channels(settings: Settings) -> Iterator[Absent]:
    from dagster_ingest.secrets import secrets_of
    from dagster_ingest.spec.alerts_file import PLATFORM, look

    alerts, _ = look(settings)
    for name, channel in alerts.channels.items() if alerts else ():
        user, secret = f"alerts channel {name}", channel.url.secret
        try:
            missing = secrets_of(settings, PLATFORM).missing([secret])
        except IngestError as error:
            yield Absent(PLATFORM, secret, user, (), str(error))
            continue
        if missing:
            yield Absent(PLATFORM, secret, user, missing[0].looked)


def _of(settings: Settings, tenant: Any) -> Iterator[Absent]:
    from dagster_ingest.secrets import secrets_of
    from dagster_ingest.spec.secrets import named_secrets, warehouse_secrets
    from dagster_ingest.spec.warehouse import check, warehouse_of

    outside = () if check(settings) else warehouse_secrets(warehouse_of(settings), settings.target)
    named = (*named_secrets(tenant), *outside)
    if not named:
        return
    secrets = secrets_of(settings, tenant.name)
    for secret in named:
        try:
            missing = secrets.missing([secret.name])
        except IngestError as error:
            yield Absent(tenant.name, secret.name, secret.user, (), str(error))
            continue
        if missing and not (secret.plain and os.environ.get(secret.name, "").strip()):
            plain = (f"environment variable {secret.name}",) if secret.plain else ()
            yield Absent(tenant.name, secret.name, secret.user, (*missing[0].looked, *plain))


def print_absent(missing: Sequence[Absent]) -> None:
    for tenant in dict.fromkeys(m.tenant for m in missing):
        typer.secho(tenant, bold=True)
        for found in (m for m in missing if m.tenant == tenant):
            typer.secho(f"  {found.secret}", fg="red", nl=False)
            typer.echo(f"  ({found.user})")
            for line in found.problem.splitlines() if found.problem else found.looked:
                typer.secho(f"      {line}", dim=True)
    if missing:
        count = f"{len(missing)} secret{'s' if len(missing) > 1 else ''}"
        typer.secho(f"{count} not to be had", fg="red", bold=True)
    else:
        typer.secho("every secret that the specs name is there", fg="green")
