"""Azure AI Translator, v3 of its API."""

from __future__ import annotations

from collections.abc import Sequence

from dagster_ingest.enhance.sending import Answer, Meaning
from dagster_ingest.enhance.translation.providers.base import Around, OverHttp
from dagster_ingest.spec.translation import AzureTranslator

PATH = "/translate"
_CODES = {
    "zh": "zh-Hans", "zh_hans": "zh-Hans", "zh_cn": "zh-Hans", "zh_hant": "zh-Hant", "zh_tw": "zh-Hant",
    "pt_pt": "pt-pt", "pt_br": "pt", "fr_ca": "fr-ca", "tl": "fil",
}  # fmt: skip
_USED_UP = b"403001"  # its free quota


class Azure(OverHttp):
    name = "azure"
    version = "3.0"

    def __init__(self, settings: AzureTranslator, around: Around) -> None:
        super().__init__(settings, around)
        self._url = settings.url.rstrip("/") + PATH
        self._headers = {"ocp-apim-subscription-key": around.secret(settings.key.secret)}
        if settings.region:
            self._headers["ocp-apim-subscription-region"] = settings.region

    def translate(self, markups: Sequence[str], source: str, target: str) -> list[str]:
        query = {
            "api-version": self.version,
            "from": self.code(source, _CODES),
            "to": self.code(target, _CODES),
            "textType": "html",
        }
        return self.ask(
            self._url,
            markups,
            lambda told: [one["translations"][0]["text"] for one in told],
            params=query,
            json=[{"Text": markup} for markup in markups],
            headers=self._headers,
        )

    def means(self, answer: Answer) -> Meaning | None:
        return "quota" if answer.status == 403 and _USED_UP in answer.body[:10_000] else None
