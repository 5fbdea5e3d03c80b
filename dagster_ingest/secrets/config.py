"""Where secrets are looked for: an ordered list of providers, from the environment or a file.

`DAGSTER_INGEST_SECRETS=env,files:/run/secrets` lists them with their main option; without it,
`secrets.yaml` in the project does, with all options; without that, the environment is the only one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from dagster_ingest.errors import SpecError, among
from dagster_ingest.settings import PREFIX, Settings

FILE = "secrets.yaml"
VARIABLE = PREFIX + "SECRETS"


class _Config(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class EnvConfig(_Config):
    """Environment variables of the process."""

    provider: Literal["env"] = "env"


class FilesConfig(_Config):
    """A folder with one file a secret, as container platforms mount them."""

    provider: Literal["files"]
    folder: str = Field(min_length=1, examples=["/run/secrets/dagster-ingest"])
    """Relative paths are taken from the project. Neither it nor a file may be open to all users."""


class KeyringConfig(_Config):
    """The keyring of the operating system."""

    provider: Literal["keyring"]
    service: str = Field(default="dagster-ingest", min_length=1, examples=["dagster-ingest"])


class VaultConfig(_Config):
    """HashiCorp Vault, KV version 2. A secret is `<path>/<NAME>`; its value is the key `value`."""

    provider: Literal["vault"]
    path: str = Field(default="dagster-ingest", examples=["dagster-ingest"])
    mount: str = Field(default="secret", min_length=1, examples=["secret"])
    key: str = Field(default="value", min_length=1, examples=["value"])
    url: str | None = Field(default=None, examples=["https://vault.example:8200"])
    """Left out: VAULT_ADDR."""
    token_file: str | None = Field(default=None, examples=["/run/vault/token"])
    """Left out: VAULT_TOKEN, or the token that `vault login` left."""


class AwsConfig(_Config):
    """AWS Secrets Manager. Credentials are found as AWS libraries find them."""

    provider: Literal["aws"]
    prefix: str = Field(default="dagster-ingest/", examples=["dagster-ingest/"])
    region: str | None = Field(default=None, examples=["us-east-1"])
    endpoint: str | None = Field(default=None, examples=["http://127.0.0.1:5000"])


class GcpConfig(_Config):
    """Google Secret Manager, the latest version of `<prefix><NAME>`."""

    provider: Literal["gcp"]
    project: str = Field(min_length=1, examples=["my-project"])
    prefix: str = Field(default="", examples=["dagster-ingest-"])
    endpoint: str | None = Field(default=None, examples=["secretmanager.googleapis.com"])


class AzureConfig(_Config):
    """Azure Key Vault. Its names know no underscores: GULF__TOKEN is `GULF--TOKEN` there."""

    provider: Literal["azure"]
    vault: str = Field(min_length=1, examples=["https://my-vault.vault.azure.net"])
    prefix: str = Field(default="", examples=["dagster-ingest-"])


Config = Annotated[
    EnvConfig | FilesConfig | KeyringConfig | VaultConfig | AwsConfig | GcpConfig | AzureConfig,
    Field(discriminator="provider"),
]

# What stands behind the colon in the environment variable's short form.
_MAIN = {
    "env": None,
    "files": "folder",
    "keyring": "service",
    "vault": "path",
    "aws": "prefix",
    "gcp": "project",
    "azure": "vault",
}
_NOTHING = "no secret was looked up"


def configured(settings: Settings) -> tuple[BaseModel, ...]:
    """The providers in the order in which they are asked. Raises SpecError."""
    file = settings.root / FILE
    if settings.secrets.strip():
        return _checked([_short(part) for part in _parts(settings.secrets)], VARIABLE)
    if file.is_file():
        return _checked(_listed(file), file.name)
    return (EnvConfig(),)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _short(part: str) -> dict[str, Any]:
    name, _, main = part.partition(":")
    option = _MAIN.get(name)
    if main and name in _MAIN and option is None:
        raise SpecError(f"{name} takes no option, and {main!r} is given", where=VARIABLE, not_done=_NOTHING)
    return {"provider": name, **({option: main} if main and option else {})}


def _listed(file: Path) -> list[Any]:
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SpecError(f"it is no YAML: {error}", where=file.name, not_done=_NOTHING) from None
    if not isinstance(data, dict) or not isinstance(data.get("providers"), list) or len(data) != 1:
        fix = "write `providers:` and a list, such as `- {provider: files, folder: /run/secrets}`"
        raise SpecError("it does not list providers", where=file.name, not_done=_NOTHING, fix=fix)
    return data["providers"]


def _checked(listed: list[Any], where: str) -> tuple[BaseModel, ...]:
    for entry in listed:
        name = entry.get("provider") if isinstance(entry, dict) else entry
        if name not in _MAIN:
            problem = f"there is no provider of secrets {name!r}"
            raise SpecError(problem, where=where, not_done=_NOTHING, fix=among(name, _MAIN))
    try:
        return tuple(TypeAdapter(list[Config]).validate_python(listed))
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, e['loc'][1:]))}: {e['msg']}" for e in error.errors())
        raise SpecError(f"a provider of secrets is set up wrongly: {said}", where=where) from None
