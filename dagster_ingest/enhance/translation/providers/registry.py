"""Translators by name; each is imported when it is made."""

from __future__ import annotations

from dagster_ingest.enhance.translation.providers.base import Around, Provider
from dagster_ingest.spec.translation import (
    AzureTranslator,
    DeepLTranslator,
    GoogleTranslator,
    LibreTranslator,
    PseudoTranslator,
    Translator,
)


def make(settings: Translator, around: Around) -> Provider:
    """Raises SpecError where nobody keeps the secret it names."""
    if isinstance(settings, DeepLTranslator):
        from dagster_ingest.enhance.translation.providers.deepl import DeepL

        return DeepL(settings, around)
    if isinstance(settings, GoogleTranslator):
        from dagster_ingest.enhance.translation.providers.google import Google

        return Google(settings, around)
    if isinstance(settings, AzureTranslator):
        from dagster_ingest.enhance.translation.providers.azure import Azure

        return Azure(settings, around)
    if isinstance(settings, LibreTranslator):
        from dagster_ingest.enhance.translation.providers.libretranslate import Libre

        return Libre(settings, around)
    if isinstance(settings, PseudoTranslator):
        from dagster_ingest.enhance.translation.providers.pseudo import Pseudo

        return Pseudo()
    raise AssertionError(settings)
