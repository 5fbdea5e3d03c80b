"""The kinds of text that specs hold: their patterns, what to say of a wrong one, and their checks."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic_core import PydanticCustomError

from dagster_ingest.errors import guess
from dagster_ingest.naming import US_STATES
from dagster_ingest.spec import cron

NAME = r"^[a-z](?:_?[a-z0-9])*$"
LOCALE = r"^[a-z]{2}(?:_[a-z]{2,4})?$"
OWNER = r"^(?:team:[A-Za-z0-9_.\-]+|[^@\s]+@[^@\s]+\.[^@\s]+)$"
TAG_VALUE = r"^[A-Za-z0-9_.\-]{1,63}$"
DURATION = r"^[1-9][0-9]{0,4}[mhd]$"
CRON = r"^\S+(?:\s+\S+){4}$"
SECRET_NAME = r"^[A-Z][A-Z0-9_]{0,79}$"
PATH = r"^[A-Za-z0-9_\-]+(?:[./]+[A-Za-z0-9_\-]+)*$"
ASSET_KEY = r"^[A-Za-z0-9_.\-]+(?:/[A-Za-z0-9_.\-]+)*$"

WORDS = {
    NAME: "lower-case letters, digits and single underscores, starting with a letter, at most 40",
    LOCALE: "two lower-case letters, perhaps a region: en, es, zh_hans",
    OWNER: "an e-mail address or team:name",
    TAG_VALUE: "1 to 63 letters, digits, underscores, points and hyphens",
    DURATION: "a whole number and a unit: 90m, 36h, 3d",
    CRON: "five fields: minute hour day month weekday, such as 15 3 * * *",
    SECRET_NAME: "the name of a secret, in capitals; never the secret itself",
    ASSET_KEY: "an asset's key, its parts joined by slashes: airbyte/prairie",
    PATH: "a relative path of letters, digits, points, hyphens and underscores",
}

_MINUTES = {"m": 1, "h": 60, "d": 1440}


def refused(
    problem: str,
    *,
    allowed: Iterable[str] = (),
    near: str | None = None,
    fix: str | None = None,
    at: tuple[str, ...] = (),
) -> PydanticCustomError:
    """An error for a validator to raise; its parts reach the SpecProblem. at: keys below the model."""
    # The text is handed over as a value: pydantic would read braces in it as a template.
    context = {"problem": problem, "allowed": tuple(allowed), "near": near, "fix": fix, "at": at}
    return PydanticCustomError("spec", "{problem}", context)


def minutes(duration: str) -> int:
    """A Duration in minutes."""
    return int(duration[:-1]) * _MINUTES[duration[-1]]


def not_shared(value: str) -> str:
    """Secrets of the prefix SHARED__ are every tenant's; assets and secrets of `platform` are nobody's."""
    if value == "shared":
        raise refused("no tenant may be called 'shared': secrets that all tenants share go by that name")
    if value == "platform":
        raise refused("no tenant may be called 'platform': what concerns all tenants goes by that name")
    return value


def valid_state(value: str) -> str:
    if value not in US_STATES:
        near = value.upper() if value.upper() in US_STATES else None
        fix = "use the two capital letters of a US state or territory"
        raise refused(f"{value!r} is no US state", allowed=sorted(US_STATES), near=near, fix=fix)
    return value


def valid_cron(value: str) -> str:
    if wrong := cron.fault(value):
        raise refused(f"cron expression {value!r}: {wrong}", fix=f"give {WORDS[CRON]}")
    return value


def valid_timezone(value: str) -> str:
    import zoneinfo

    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = guess(value, zoneinfo.available_timezones())
        raise refused(f"there is no time zone {value!r}", near=near, fix="give an IANA name") from None
    return value


def unique(values: list[str]) -> list[str]:
    twice = next((value for i, value in enumerate(values) if value in values[:i]), None)
    if twice is not None:
        raise refused(f"{twice!r} stands twice", fix="name it once")
    return values
