"""LibreTranslate, by its own HTTP interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dagster_ingest.enhance.translation.providers.base import Around, OverHttp
from dagster_ingest.spec.translation import LibreTranslator

PATH = "/translate"
_CODES = {
    "zh": "zh-Hans", "zh_hans": "zh-Hans", "zh_cn": "zh-Hans", "zh_hant": "zh-Hant", "zh_tw": "zh-Hant",
    "pt_br": "pt-BR",
}  # fmt: skip


class Libre(OverHttp):
    name = "libretranslate"
    version = "1"

    def __init__(self, settings: LibreTranslator, around: Around) -> None:
        super().__init__(settings, around)
        self._url = settings.url.rstrip("/") + PATH
        self._key = around.secret(settings.key.secret) if settings.key else None

    def translate(self, markups: Sequence[str], source: str, target: str) -> list[str]:
        body: dict[str, Any] = {
            "q": list(markups),
            "source": self.code(source, _CODES),
            "target": self.code(target, _CODES),
            "format": "html",
        }
        if self._key:
            body["api_key"] = self._key
        return self.ask(self._url, markups, lambda told: list(told["translatedText"]), json=body)
