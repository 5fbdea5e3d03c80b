"""Part `translation`: `enhanced/translation`, texts in the tenant's other locales with their origin."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from dagster_ingest.assets.enhance_parts import Made, Part, Told, Work, of_providers
from dagster_ingest.assets.metadata import table_line
from dagster_ingest.clock import utc
from dagster_ingest.enhance.translation import TABLES, VOLATILE
from dagster_ingest.spec.resolved import TenantSpec

if TYPE_CHECKING:
    from dagster_ingest.enhance.translation import TranslationReport
    from dagster_ingest.spec.translation import Translation
    from dagster_ingest.spec.translation_files import Override

# Raise it when the same input gives another result: every tenant's table is then made again.
EDITION = 1
_SHOWN = 50


def cache_file(work: Path) -> Path:
    """Of all tenants. work: the folder of what is kept between runs."""
    return work / "enhance" / "translation.sqlite"


def make(work: Work) -> Made:
    from dagster_ingest.enhance.translation import Budget, Cache, translate
    from dagster_ingest.spec.translation_files import translation_files

    model = work.spec.model
    settings, files = model.enhance.translation, translation_files(work.spec)
    with Cache(cache_file(work.folder), scope=f"{work.spec.name}/{work.state}") as cache:
        done = translate(
            work.tables,
            model.locales,
            settings,
            cache,
            Budget(settings.budget),
            files=files,
            secret=work.secret,
            previous=work.previous,
            pace=str(work.folder / "limits"),
        )
    report = done.report
    again = (utc() + timedelta(days=settings.refused_days)).date().isoformat()
    return Made(
        frame=done.frame,
        metadata={**_told(report), "origins": dg.MetadataValue.md(_origins(report))},
        checks={"provider": _provider(report), "overrides": _overrides(report)},
        calls=sum(told.calls for told in report.providers.values()),
        characters=sum(told.characters for told in report.providers.values()),
        money=report.money,
        waiting=sum(count for locale, count in report.waiting.items() if _is_served(settings, locale)),
        until=again if report.refused else "",
    )


def _is_served(settings: Translation, locale: str) -> bool:
    """Whether some provider is asked for the locale; what none is asked for waits for nobody."""
    return any(not each.locales or locale in each.locales for each in settings.providers)


def _told(report: TranslationReport) -> dict[str, Any]:
    """The summary, without names that the step's record has for other things."""
    summary = report.summary()
    summary["nothing_to_translate"] = summary.pop("unchanged")
    by_provider = {f"{name}_by_provider": summary.pop(name) for name in ("calls", "characters")}
    return {**summary, **by_provider}


def _origins(report: TranslationReport) -> str:
    rows = [table_line("origin", "texts"), "|---|---:|"]
    rows += [table_line(name, count) for name, count in report.by_origin.items()]
    rows += [table_line(f"waiting, {locale}", count) for locale, count in report.waiting.items()]
    return "\n".join([*rows, table_line("refused", report.refused)])


def _provider(report: TranslationReport) -> Told:
    left = sum(report.waiting.values())
    words = f"Earlier texts stay; {left} wait for the next run and show the source's text"
    return of_providers(report.providers, words, kept=report.kept, waiting=left)


def _overrides(report: TranslationReport) -> Told:
    stale, unused = report.stale, report.unused
    if not stale and not unused:
        return Told(True, "every text by people is of a text that there is")
    words = f"{len(stale)} texts by people are of a text that has changed since, {len(unused)} of none"
    listed = [*((each, "changed since") for each in stale), *((each, "no such text") for each in unused)]
    return Told(False, words, {"texts": dg.MetadataValue.md(_listed(listed))})


def _listed(found: list[tuple[Override, str]]) -> str:
    lines = [table_line("entity", "id", "field", "locale", "why"), "|---|---|---|---|---|"]
    lines += [table_line(o.entity, o.id, o.field, o.locale, why) for o, why in found[:_SHOWN]]
    more = len(found) - _SHOWN
    return "\n".join(lines) + (f"\n\nand {more} more" if more > 0 else "")


def _edition(spec: TenantSpec) -> str:
    """The code, and the files of the tenant: whether they can be read is asked when they are used."""
    asked = spec.model.enhance.translation
    parts = [str(EDITION)]
    for name in (asked.glossary, asked.overrides):
        path = spec.folder / name if name else None
        found = path is not None and path.is_file()
        parts.append(hashlib.sha256(path.read_bytes()).hexdigest() if path and found else "")
    return " ".join(parts)


TRANSLATION = Part(
    name="translation",
    table="translation",
    description="Texts of the stage in the tenant's other locales: by people, by the source, by a machine.",
    reads=TABLES,
    volatile=VOLATILE,
    checks={
        "provider": "Translators answered, within the budget; where they did not, earlier texts stay",
        "overrides": "Texts by people belong to texts that there are, as they are now",
    },
    edition=_edition,
    make=make,
)
