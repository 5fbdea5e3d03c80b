"""The answers of four translators on loopback, in the shapes of their public descriptions.

Stand-ins: they put the target's code before a text and its words in capitals, leave tags and what is marked
`notranslate` alone, and check of a request what the real ones insist on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from dagster_ingest.testing.http.server import Answer, Asked, FakeServer

KEY = "translator-key-0123456789"
DEEPL, GOOGLE = "/v2/translate", "/language/translate/v2"
AZURE, LIBRE = "/azure/translate", "/libre/translate"
_SOURCES = {"EN", "ES"}
_TARGETS = {"EN-US", "ES", "ZH-HANS", "PT-BR"}
_CODES = {"en", "es", "zh-CN", "zh-Hans", "pt", "pt-BR"}
_PART = re.compile(r"(<span class=\"notranslate\"[^>]*>.*?</span>|<[^>]*>|&\w+;)", re.DOTALL)


class Heard(NamedTuple):
    provider: str
    source: str
    target: str
    text: str


@dataclass(slots=True)
class Booth:
    """What all four say. heard: each text that they were asked for. say: what is made of an answer's text."""

    heard: list[Heard] = field(default_factory=list)
    say: Callable[[str], str] = lambda text: text

    def serve(self, server: FakeServer) -> None:
        server.route(DEEPL, self.deepl)
        server.route(GOOGLE, self.google)
        server.route(AZURE, self.azure)
        server.route(LIBRE, self.libre)

    def texts(self) -> list[str]:
        return [heard.text for heard in self.heard]

    def translate(self, provider: str, source: str, target: str, text: str) -> str:
        self.heard.append(Heard(provider, source, target, text))
        parts = [part if _PART.fullmatch(part) else part.upper() for part in _PART.split(text)]
        return self.say(f"{target} {''.join(parts)}")

    def deepl(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != f"DeepL-Auth-Key {KEY}":
            return Answer.json({"message": "Forbidden"}, 403)
        body = asked.json()
        if len(body["text"]) > 50 or body["tag_handling"] != "html":
            return Answer.json({"message": "Bad request."}, 400)
        source, target = body["source_lang"], body["target_lang"]
        if source not in _SOURCES or target not in _TARGETS:
            return Answer.json({"message": "Value for 'target_lang' not supported."}, 400)
        texts = [self.translate("deepl", source, target, text) for text in body["text"]]
        told = [{"detected_source_language": source, "text": text} for text in texts]
        return Answer.json({"translations": told})

    def google(self, asked: Asked) -> Answer:
        if asked.headers.get("x-goog-api-key") != KEY:
            error = {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}
            return Answer.json({"error": error}, 403)
        body = asked.json()
        if len(body["q"]) > 128 or body["format"] != "html" or {body["source"], body["target"]} - _CODES:
            return Answer.json({"error": {"code": 400, "message": "Invalid Value"}}, 400)
        texts = [self.translate("google", body["source"], body["target"], text) for text in body["q"]]
        return Answer.json({"data": {"translations": [{"translatedText": text} for text in texts]}})

    def azure(self, asked: Asked) -> Answer:
        if asked.headers.get("ocp-apim-subscription-key") != KEY:
            return Answer.json({"error": {"code": 401000, "message": "credentials are missing"}}, 401)
        texts = [one["Text"] for one in asked.json()]
        source, target = asked.param("from"), asked.param("to")
        wrong = asked.param("api-version") != "3.0" or asked.param("textType") != "html"
        if wrong or len(texts) > 1000 or sum(map(len, texts)) > 50_000 or {source, target} - _CODES:
            return Answer.json({"error": {"code": 400036, "message": "The target is not valid."}}, 400)
        said = [self.translate("azure", source, target, text) for text in texts]
        return Answer.json([{"translations": [{"text": text, "to": target}]} for text in said])

    def libre(self, asked: Asked) -> Answer:
        body = asked.json()
        if body.get("api_key") != KEY:
            return Answer.json({"error": "Invalid API key"}, 403)
        if body["format"] != "html" or {body["source"], body["target"]} - _CODES:
            return Answer.json({"error": f"{body['target']} is not supported"}, 400)
        texts = [self.translate("libretranslate", body["source"], body["target"], text) for text in body["q"]]
        return Answer.json({"translatedText": texts})
