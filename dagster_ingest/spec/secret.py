"""A secret in a spec file: its name, and never the value."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from dagster_ingest.spec.texts import SECRET_NAME


def _no_literal(value: Any) -> Any:
    if isinstance(value, (dict, BaseModel)):
        return value
    # A type of its own: whoever shows the error must not show what was given.
    raise PydanticCustomError("secret", "name a secret, {secret: NAME}; a spec never holds the value itself")


class Secret(BaseModel):
    """The name of a secret, in settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    secret: str = Field(pattern=SECRET_NAME, examples=["ICAROL_API_KEY"])
    """Name of a secret. Where its value is kept is a matter of the installation."""


# For fields of settings models: `token: SecretField`. A literal is refused without being quoted.
SecretField = Annotated[Secret, BeforeValidator(_no_literal)]
