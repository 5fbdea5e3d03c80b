"""Whose documents they are, and in which languages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_ingest.errors import SpecError

if TYPE_CHECKING:
    from dagster_ingest.publish.base import StagePartition

ENGLISH = "en"

# Raise it when the same rows give other documents: what was published before is then published again.
FORMAT = 3


@dataclass(frozen=True, slots=True)
class About:
    """tenant_id: as applications ask for it. locales: as the tenant spells them, the data's own first."""

    tenant_id: str
    attribution: str
    locales: tuple[str, ...]

    @classmethod
    def of(cls, partition: StagePartition, tenant_id: str | None = None) -> About:
        return cls(tenant_id or partition.tenant, partition.display_name, with_english(partition.locales))

    @property
    def languages(self) -> dict[str, str]:
        """Language as applications ask for it to the tenant's locale."""
        return languages(self.locales)


def with_english(locales: Iterable[str]) -> tuple[str, ...]:
    """The locales, and English at the end if it is not among them: facets are asked for in it."""
    given = tuple(locales)
    return given if any(language(each) == ENGLISH for each in given) else (*given, ENGLISH)


def language(locale: str) -> str:
    """A locale as applications ask for it: `es-MX` is `es`, `zh-Hans` is `zh_hans`."""
    first, *rest = locale.replace("_", "-").lower().split("-")
    script = next((part for part in rest if len(part) == 4), None)
    return f"{first}_{script}" if script else first


def languages(locales: Iterable[str]) -> dict[str, str]:
    """Language to locale. SpecError where two locales are one language to applications."""
    found: dict[str, str] = {}
    for locale in locales:
        other = found.setdefault(language(locale), locale)
        if other != locale:
            raise SpecError(
                f"locales {other} and {locale} are both {language(locale)!r} to the applications that search",
                not_done="nothing was published",
                fix="enable one of them",
            )
    return found
