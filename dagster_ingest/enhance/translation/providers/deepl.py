"""DeepL, v2 of its API. It bills the characters of the source text."""

from __future__ import annotations

from collections.abc import Sequence

from dagster_ingest.enhance.sending import Answer, Meaning
from dagster_ingest.enhance.translation.providers.base import Around, OverHttp
from dagster_ingest.spec.translation import DeepLTranslator

PATH = "/v2/translate"
FREE, PRO = "https://api-free.deepl.com", "https://api.deepl.com"
_USED_UP = 456  # a status of DeepL's own
# Targets; a bare en or pt is deprecated as one. As sources, languages have no regions.
_TARGETS = {
    "en": "EN-US", "en_us": "EN-US", "en_gb": "EN-GB", "pt": "PT-BR", "pt_br": "PT-BR", "pt_pt": "PT-PT",
    "zh": "ZH-HANS", "zh_hans": "ZH-HANS", "zh_hant": "ZH-HANT", "es_mx": "ES-419",
}  # fmt: skip


def host_of(key: str) -> str:
    """Each plan has its own, and keys say which they are of."""
    return FREE if key.endswith(":fx") else PRO


class DeepL(OverHttp):
    name = "deepl"

    def __init__(self, settings: DeepLTranslator, around: Around) -> None:
        super().__init__(settings, around)
        key = around.secret(settings.key.secret)
        self.version = "v2" if settings.formality == "default" else f"v2 {settings.formality}"
        self._more = {} if settings.formality == "default" else {"formality": settings.formality}
        self._url = (settings.url or host_of(key)).rstrip("/") + PATH
        self._headers = {"authorization": f"DeepL-Auth-Key {key}"}

    def translate(self, markups: Sequence[str], source: str, target: str) -> list[str]:
        body = {
            "text": list(markups),
            "source_lang": source.split("_")[0].upper(),
            "target_lang": self.code(target, _TARGETS).upper(),
            "tag_handling": "html",
            **self._more,
        }
        return self.ask(
            self._url,
            markups,
            lambda told: [one["text"] for one in told["translations"]],
            json=body,
            headers=self._headers,
        )

    def means(self, answer: Answer) -> Meaning | None:
        return "quota" if answer.status == _USED_UP else None
