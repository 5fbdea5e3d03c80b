"""A booth of translators on loopback, a clock that stands, and a small stage."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dagster_ingest import pace
from dagster_ingest.enhance.translation import Budget, Cache, Translated, translate
from dagster_ingest.spec.translation import Translation
from dagster_ingest.spec.translation_files import TranslationFiles
from dagster_ingest.testing.fake.translators import AZURE, DEEPL, GOOGLE, KEY, LIBRE, Booth
from dagster_ingest.testing.http import FakeServer
from tests.enhance.hosts import Clock

PATHS = {"deepl": DEEPL, "google": GOOGLE, "azure": AZURE, "libretranslate": LIBRE}
# What stands before a Spanish text of the stand-ins.
SPANISH = {"deepl": "ES", "google": "es", "azure": "es", "libretranslate": "es"}
Tables = dict[str, pl.DataFrame]


@dataclass
class World:
    server: FakeServer
    booth: Booth
    folder: Path
    clock: Clock = field(default_factory=Clock)

    @property
    def cache_file(self) -> Path:
        return self.folder / "translate.sqlite"

    def settings(self, *providers: str, provider: dict[str, Any] | None = None, **more: Any) -> Translation:
        """Providers with their own settings, which `provider` overlays; `more` is of the whole part."""
        folder = {"azure": "/azure", "libretranslate": "/libre"}
        listed = [
            {"provider": n, "url": self.server.url + folder.get(n, ""), "key": {"secret": "KEY"}}
            | (provider or {})
            if n != "pseudo"
            else {"provider": n}
            for n in providers
        ]
        return Translation.model_validate({"providers": listed, **more})

    def run(
        self,
        tables: Tables,
        settings: Translation,
        *,
        locales: tuple[str, ...] = ("en", "es"),
        files: TranslationFiles | None = None,
        previous: pl.DataFrame | None = None,
        scope: str = "prairie/IA",
    ) -> Translated:
        with Cache(self.cache_file, scope) as cache:
            return translate(
                tables,
                locales,
                settings,
                cache,
                Budget(settings.budget),
                secret={"KEY": KEY}.__getitem__,
                files=files,
                previous=previous,
                timing=self.clock.timing,
            )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    pace.forget()
    with FakeServer() as server:
        booth = Booth()
        booth.serve(server)
        yield World(server, booth, tmp_path)


def services(**texts: str | None) -> Tables:
    """A stage with a service for each text, its id being the keyword."""
    rows = [{"id": id, "name": f"Service {id}", "description": text} for id, text in texts.items()]
    return {"service": pl.DataFrame(rows, schema=dict.fromkeys(("id", "name", "description"), pl.String))}


def said(done: Translated, locale: str = "es") -> dict[str, str]:
    """Text by id, of one locale."""
    rows = done.frame.filter(pl.col("locale") == locale)
    return dict(rows.select("id", "text").iter_rows())
