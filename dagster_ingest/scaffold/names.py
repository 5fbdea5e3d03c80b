"""Names of new things: what may be one, what is taken, and what would do instead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, TypeAdapter, ValidationError

from dagster_ingest import naming
from dagster_ingest.errors import SpecError, among
from dagster_ingest.spec.models import Owner, SecretName, State, TagValue
from dagster_ingest.spec.sla import Cron, Timezone
from dagster_ingest.spec.texts import CRON, OWNER, SECRET_NAME, TAG_VALUE, WORDS, not_shared, unique

NOTHING = "nothing was written"
_RULE = "use lower-case letters, digits and single underscores, starting with a letter, at most 40"

_KINDS: Mapping[str, tuple[Any, str]] = {
    "owner": (Owner, WORDS[OWNER]),
    "cost center": (TagValue, WORDS[TAG_VALUE]),
    "secret": (SecretName, WORDS[SECRET_NAME]),
    "cron": (Cron, WORDS[CRON]),
    "time zone": (Timezone, "an IANA name, such as America/Chicago"),
    "state": (State, "two capital letters of a US state or territory"),
    "list of states": (Annotated[list[State], AfterValidator(unique)], "each state once"),
    "tenant's name": (Annotated[str, AfterValidator(not_shared)], _RULE),
}


def new_name(what: str, name: str, taken: Iterable[str] = (), where: str | None = None) -> str:
    """`name`, if it may name a new `what`. SpecError with a name that would do."""
    if not naming.is_name(name):
        near = name_of(name)
        fix = f"{_RULE}; did you mean {near!r}?" if near else _RULE
        raise SpecError(f"no {what} can be named {name!r}", not_done=NOTHING, fix=fix)
    if name in set(taken):
        fix = "choose another name, or edit the one that is there; nothing is ever overwritten"
        raise SpecError(f"there is a {what} {name!r} already", where=where, not_done=NOTHING, fix=fix)
    return name


def name_of(text: str) -> str | None:
    """The name nearest to what a person typed: `Prairie 211` gives prairie_211; None if nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_").lstrip("0123456789_")
    found = words[:40].strip("_")
    return found if naming.is_name(found) else None


def one_of(what: str, value: str, known: Iterable[str]) -> str:
    """`value`, if it is known. SpecError with the list and a guess."""
    names = sorted(known)
    if value in names:
        return value
    raise SpecError(f"there is no {what} {value!r}", not_done=NOTHING, fix=among(value.lower(), names))


def valid(kind: str, value: Any) -> Any:
    """`value` as the tenant file's model has it. SpecError in the model's own words."""
    expected, words = _KINDS[kind]
    try:
        return TypeAdapter(expected).validate_python(value)
    except ValidationError as error:
        context = error.errors()[0].get("ctx", {})
        near, fix = context.get("near"), context.get("fix") or f"give {words}"
        problem = context.get("problem") or f"{value!r} is no {kind}"
        hint = f"did you mean {near!r}? {fix}" if near else fix
        raise SpecError(str(problem), not_done=NOTHING, fix=hint) from None
