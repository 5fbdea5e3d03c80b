"""A tenant's secrets: names to values, from the first provider that has one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dagster_ingest.errors import SpecError
from dagster_ingest.redact import remember
from dagster_ingest.secrets.config import configured
from dagster_ingest.secrets.providers import Provider, provider
from dagster_ingest.settings import Settings

SHARED = "SHARED"
_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,79}")


@dataclass(frozen=True, slots=True)
class Missing:
    """A secret that nobody keeps. looked: where, in words; values are never part of it."""

    name: str
    looked: tuple[str, ...]


class TenantSecrets:
    """Call it with a name to get a value. A value is fetched once and held as long as this object is.

    Whatever it hands out is masked in every text of this process from then on.
    """

    def __init__(self, tenant: str, providers: Sequence[Provider]) -> None:
        if tenant.upper() == SHARED:
            raise SpecError("no tenant may be called 'shared'", not_done="no secret was looked up")
        self._tenant, self._providers = tenant, tuple(providers)
        self._held: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        """Raises SpecError where nobody keeps it; Unavailable and AccessDenied of a provider pass."""
        value = self.find(name)
        if value is None:
            raise self._absent(name)
        return value

    def find(self, name: str) -> str | None:
        """The value, or None where nobody keeps it."""
        if name not in self._held:
            value = self._look(name)
            if value is None:
                return None
            remember(value, name)
            self._held[name] = value
        return self._held[name]

    def __repr__(self) -> str:
        return f"TenantSecrets({self._tenant!r})"

    def __reduce__(self):
        raise TypeError("secrets do not travel to other processes; resolve them there")

    def missing(self, names: Iterable[str]) -> tuple[Missing, ...]:
        """Those of `names` that have no value, or only an empty one."""
        return tuple(
            Missing(name, self.places(name)) for name in dict.fromkeys(names) if self.find(name) is None
        )

    def _look(self, name: str) -> str | None:
        for full in self._full(name):
            for keeper in self._providers:
                if value := keeper.get(full):
                    return value
        return None

    def _full(self, name: str) -> tuple[str, str]:
        """The names under which a value may be kept: the tenant's own, then the shared one."""
        # Two underscores part the tenant's name from the secret's.
        if _NAME.fullmatch(name) is None or "__" in name:
            raise SpecError(
                f"{name!r} cannot be the name of a secret",
                where=self._tenant,
                not_done="no secret was looked up",
                fix="use capital letters, digits and single underscores, without the tenant's prefix",
            )
        return f"{self._tenant.upper()}__{name}", f"{SHARED}__{name}"

    def places(self, name: str) -> tuple[str, ...]:
        """Where a name is looked for, in words, in order."""
        return tuple(keeper.place(full) for full in self._full(name) for keeper in self._providers)

    def _absent(self, name: str) -> SpecError:
        return SpecError(
            f"the secret {name} is nowhere to be found; looked for " + "; ".join(self.places(name)),
            where=self._tenant,
            not_done="no connection was opened",
            fix="keep its value in one of these places; `dagster-ingest validate --secrets` lists all",
        )


def secrets_of(settings: Settings, tenant: str) -> TenantSecrets:
    """The secrets of a tenant on this installation. Opens no connection yet."""
    return TenantSecrets(tenant, [provider(config, settings.root) for config in configured(settings)])
