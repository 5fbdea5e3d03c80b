"""The stage's texts in the tenant's other locales, with where each is from.

files = translation_files(spec)                           # dagster_ingest.spec.translation_files
with Cache(path, scope="prairie/IA") as cache:
    done = translate(tables, locales, settings, cache, Budget(settings.budget), files=files, secret=secrets)
"""

from dagster_ingest.enhance.translation.budget import Budget
from dagster_ingest.enhance.translation.cache import Cache
from dagster_ingest.enhance.translation.report import TranslationReport
from dagster_ingest.enhance.translation.run import VOLATILE, Translated, translate
from dagster_ingest.enhance.translation.texts import TABLES

__all__ = ["TABLES", "VOLATILE", "Budget", "Cache", "Translated", "TranslationReport", "translate"]
