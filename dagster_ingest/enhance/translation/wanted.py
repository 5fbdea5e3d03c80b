"""What a run wants translated, and what it got."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import NamedTuple

from dagster_ingest.enhance.translation.glossary import Glossary
from dagster_ingest.enhance.translation.shield import Shielded, shield

FORM = "1"  # of the markup that is sent; another one asks everything anew


class Pair(NamedTuple):
    """Locales."""

    source: str
    target: str


class Wanted(NamedTuple):
    """key: digest of the text, its locales and the terms of the glossary in it."""

    text: str
    pair: Pair
    key: str
    shielded: Shielded


class Got(NamedTuple):
    """provider: `deepl/v2`. at: when it answered, UTC; None if nobody was asked."""

    words: str
    origin: str
    provider: str
    glossary: str | None
    at: datetime | None


def wanted(text: str, pair: Pair, glossary: Glossary) -> Wanted:
    shielded = shield(text, glossary)
    parts = json.dumps([FORM, *pair, shielded.glossary, text]).encode()
    return Wanted(text, pair, hashlib.blake2b(parts, digest_size=16).hexdigest(), shielded)
