"""What a translator is to the run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from dagster_ingest.enhance.around import Around as AnyAround
from dagster_ingest.enhance.sending import Again, Answer, Meaning, json_of, read
from dagster_ingest.enhance.translation.budget import Budget
from dagster_ingest.spec.translation import HttpTranslator


class Provider(Protocol):
    """version: of what it answers; another one asks everything anew. workers: requests at once.
    batch, characters: the most texts, and characters, in one request. price: of a million characters."""

    name: str
    version: str
    workers: int
    batch: int
    characters: int
    price: float

    def edition(self, source: str, target: str) -> str:
        """The version, with what else decides on answers of a pair: what the cache knows them by."""
        ...

    def translate(self, markups: Sequence[str], source: str, target: str) -> list[str]:
        """A translation for each, in their order. HTML both; source, target: locales.

        Raises Unavailable, OverQuota, AccessDenied, OverBudget, and DataError for these texts alone.
        """
        ...

    def close(self) -> None: ...


class Around(AnyAround[Budget]):
    """What a run gives to its translators."""

    __slots__ = ()


class OverHttp:
    """What translators over HTTP have in common: one POST a batch."""

    name: str
    version: str

    def __init__(self, settings: HttpTranslator, around: Around) -> None:
        self.workers, self.batch = settings.workers, settings.batch
        self.characters, self.price = settings.batch_characters, settings.price_per_million
        self._languages = settings.languages
        self._elsewhere = settings.model_dump(include={"url"}, exclude_defaults=True).get("url")
        self._sender = around.sender(self.name, settings, self.price, means=self.means)

    def edition(self, source: str, target: str) -> str:
        """The version, and a digest where the host or a code of the pair is not the usual one."""
        own = [self._elsewhere, self._languages.get(source), self._languages.get(target)]
        if not any(own):
            return self.version
        return f"{self.version} {hashlib.blake2b(json.dumps(own).encode(), digest_size=8).hexdigest()}"

    def means(self, answer: Answer) -> Meaning | None:
        """What an answer that is no 2xx says in the provider's own way."""
        return None

    def ask(
        self, url: str, markups: Sequence[str], pick: Callable[[Any], list[str]], **request: Any
    ) -> list[str]:
        """The answer's texts, as `pick` finds them in its JSON."""

        def take(answer: Answer) -> list[str]:
            body = json_of(answer)
            texts = read(lambda: pick(body))
            if len(texts) != len(markups) or not all(isinstance(text, str) for text in texts):
                raise Again(f"it answers {len(texts)} of {len(markups)} texts")
            return texts

        return self._sender.send("POST", url, take, weight=sum(map(len, markups)), **request)

    def code(self, locale: str, usual: Mapping[str, str]) -> str:
        """Its code of a locale: as the tenant says, else as is usual, else the bare language."""
        return self._languages.get(locale) or usual.get(locale) or locale.split("_")[0]

    def close(self) -> None:
        self._sender.close()
