"""Google Cloud Translation, Basic (v2), by an API key."""

from __future__ import annotations

from collections.abc import Sequence

from dagster_ingest.enhance.sending import Answer, Meaning
from dagster_ingest.enhance.translation.providers.base import Around, OverHttp
from dagster_ingest.spec.translation import GoogleTranslator

PATH = "/language/translate/v2"
_CODES = {
    "zh": "zh-CN", "zh_hans": "zh-CN", "zh_cn": "zh-CN", "zh_hant": "zh-TW", "zh_tw": "zh-TW",
    "pt_pt": "pt-PT", "fr_ca": "fr-CA",
}  # fmt: skip
# Quotas are told by 403 as well, in words.
_USED_UP = ("dailylimitexceeded", "daily limit exceeded", "quotaexceeded")
_TOO_FAST = ("userratelimitexceeded", "ratelimitexceeded", "rate limit exceeded")


class Google(OverHttp):
    name = "google"
    version = "v2"

    def __init__(self, settings: GoogleTranslator, around: Around) -> None:
        super().__init__(settings, around)
        self._url = settings.url.rstrip("/") + PATH
        self._headers = {"x-goog-api-key": around.secret(settings.key.secret)}

    def translate(self, markups: Sequence[str], source: str, target: str) -> list[str]:
        body = {
            "q": list(markups),
            "source": self.code(source, _CODES),
            "target": self.code(target, _CODES),
            "format": "html",
        }
        return self.ask(
            self._url,
            markups,
            lambda told: [one["translatedText"] for one in told["data"]["translations"]],
            json=body,
            headers=self._headers,
        )

    def means(self, answer: Answer) -> Meaning | None:
        said = answer.body[:10_000].decode(errors="replace").lower()
        if answer.status not in (403, 429):
            return None
        if any(words in said for words in _USED_UP):
            return "quota"
        return "again" if any(words in said for words in _TOO_FAST) else None
