"""The texts of a partition in the tenant's locales: people's, else the source's, else a machine's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dagster_ingest.clock import Timing
from dagster_ingest.enhance.sending import masked
from dagster_ingest.enhance.translation.budget import Budget
from dagster_ingest.enhance.translation.cache import Cache
from dagster_ingest.enhance.translation.machine import MACHINE, Done, Machine
from dagster_ingest.enhance.translation.providers.base import Around
from dagster_ingest.enhance.translation.report import TranslationReport
from dagster_ingest.enhance.translation.standing import by_people, by_source
from dagster_ingest.enhance.translation.texts import texts
from dagster_ingest.enhance.translation.wanted import Pair
from dagster_ingest.spec.translation import FIELDS, Translation
from dagster_ingest.spec.translation_files import Override, TranslationFiles, source_hash

if TYPE_CHECKING:
    import polars as pl

# Columns of the result that differ between two runs over the same input; leave them out of data versions.
VOLATILE = ("at",)
ORIGINS = ("human", "source", MACHINE)


@dataclass(frozen=True, slots=True)
class Translated:
    """frame: a row for each text of a record in each other locale that there is a translation for, in order
    of entity, id, field, locale. Without a row the source's own text stands.

    entity, id, field   whose text it is: `service`, its id, `description`
    locale, text
    source_locale       of the source's text
    origin              human (an override, or the glossary alone), source, machine
    provider            `overrides`, `glossary`, `source`, `deepl/v2` ...
    source_hash         of the text that was translated (translation_files.source_hash); null where nobody
                        said which. Other than that of the text now: the translation is stale.
    glossary            digest of the terms and names in it that no translator decided; null without any
    at                  when a machine translated it, UTC
    """

    frame: pl.DataFrame
    report: TranslationReport


def translate(
    tables: Mapping[str, pl.DataFrame],
    locales: Sequence[str],
    settings: Translation,
    cache: Cache,
    budget: Budget,
    *,
    secret: Callable[[str], str],
    files: TranslationFiles | None = None,
    previous: pl.DataFrame | None = None,
    pace: str | None = None,
    timing: Timing | None = None,
) -> Translated:
    """tables: of the stage, those of TABLES that it has; published rows only, for all of it may be sent.
    locales: the tenant's, that of the data first. previous: the last `frame`, for a cache that was lost, and
    for what stays while a provider is down.
    pace: a folder for rate limits that processes share. secret: name to value.

    Raises SpecError where a secret is missing; a provider that fails is told in the report.
    """
    clock, files = timing or Timing(), files or TranslationFiles()
    now = datetime.fromtimestamp(clock.now(), UTC).replace(tzinfo=None, microsecond=0)
    around = Around(budget, clock, pace, masked(secret))
    rows = _rows(tables, locales, settings, files)
    machine = Machine(settings, files, _names(tables, settings), cache, around, now, previous)
    done = machine.translate(_to_ask(rows))
    frame = _frame(rows, done)
    return Translated(frame, _report(rows, frame, done, settings, files.overrides, budget, cache))


def _rows(
    tables: Mapping[str, pl.DataFrame],
    locales: Sequence[str],
    settings: Translation,
    files: TranslationFiles,
) -> pl.DataFrame:
    """A row for each text and each other locale, with what people and the source say: entity, id, field,
    text, source_locale, now (hash of the text), locale, human, made_of, said, and whether it is left to a
    `machine`."""
    import polars as pl

    every = texts(tables, locales[0])
    distinct = every.select(pl.col("text").unique(maintain_order=True))
    hashes = pl.Series("now", [source_hash(text) for text in distinct["text"]], dtype=pl.String)
    every = every.join(distinct.with_columns(hashes), on="text", how="left", maintain_order="left")
    targets = pl.DataFrame({"locale": list(locales)}, schema={"locale": pl.String})
    rows = every.join(targets, how="cross").filter(pl.col("locale") != pl.col("source_locale"))
    rows = rows.join(by_people(files.overrides), on=["entity", "id", "field", "locale"], how="left")
    rows = rows.join(by_source(tables), on=["id", "field", "locale"], how="left")
    chosen = [name for name in FIELDS if settings.translates(name)]
    left = pl.col("human").is_null() & pl.col("said").is_null()
    asked_for = pl.format("{}.{}", "entity", "field").is_in(chosen)
    return rows.with_columns((left & asked_for).alias(MACHINE)).sort("entity", "id", "field", "locale")


def _to_ask(rows: pl.DataFrame) -> list[tuple[str, Pair]]:
    """Texts that are left to a machine, each once."""
    wanted = rows.filter(rows[MACHINE]).select("text", "source_locale", "locale")
    one_each = wanted.unique(maintain_order=True)
    return [(text, Pair(source, target)) for text, source, target in one_each.iter_rows()]


def _names(tables: Mapping[str, pl.DataFrame], settings: Translation) -> list[str]:
    """Names of organizations. A single word may be one of the language as well."""
    frame = tables.get("organization")
    if frame is None or not settings.protect_names or settings.translates("organization.name"):
        return []
    columns = [name for name in ("name", "alternate_name") if name in frame.columns]
    found = {str(name).strip() for column in columns for name in frame[column].drop_nulls().unique()}
    return sorted(name for name in found if len(name.split()) > 1)


def _frame(rows: pl.DataFrame, done: Done) -> pl.DataFrame:
    import polars as pl

    listed = [(text, *pair, *got) for (text, pair), got in done.got.items()]
    schema: dict[str, Any] = {
        "text": pl.String,
        "source_locale": pl.String,
        "locale": pl.String,
        "words": pl.String,
        "origin": pl.String,
        "provider": pl.String,
        "glossary": pl.String,
        "at": pl.Datetime("us"),
    }
    answers = pl.DataFrame(listed, schema=schema, orient="row")
    human, said = pl.col("human").is_not_null(), pl.col("said").is_not_null()
    free = pl.when(pl.col(MACHINE))
    words = pl.coalesce("human", "said", free.then(pl.col("words")))
    whole = rows.join(answers, on=["text", "source_locale", "locale"], how="left", maintain_order="left")

    def by(people: str, source: str, answer: str) -> pl.Expr:
        """The column `answer`, with what stands in it for people's texts and the source's."""
        chosen = pl.when(human).then(pl.lit(people)).when(said).then(pl.lit(source))
        return chosen.otherwise(answer).alias(answer)

    return whole.filter(words.is_not_null()).select(
        "entity",
        "id",
        "field",
        "locale",
        words.alias("text"),
        "source_locale",
        by("human", "source", "origin"),
        by("overrides", "source", "provider"),
        pl.when(human).then("made_of").when(~said).then("now").alias("source_hash"),
        free.then("glossary").alias("glossary"),
        free.then("at").alias("at"),
    )


def _report(
    rows: pl.DataFrame,
    frame: pl.DataFrame,
    done: Done,
    settings: Translation,
    overrides: Sequence[Override],
    budget: Budget,
    cache: Cache,
) -> TranslationReport:
    import polars as pl

    origins = dict(frame["origin"].value_counts().iter_rows())
    cached = kept = refused = unchanged = 0
    made = done.fresh | done.kept
    waiting: dict[str, int] = {}
    asked = rows.filter(rows[MACHINE]).select("text", "source_locale", "locale")
    for text, source, target in asked.iter_rows():
        place = (text, Pair(source, target))
        got = done.got.get(place)
        kept += place in done.kept
        cached += got is not None and got.origin == MACHINE and place not in made
        if got is not None:
            continue
        if place in done.refused:
            refused += 1
        elif place in done.unchanged:
            unchanged += 1
        elif settings.providers:
            waiting[target] = waiting.get(target, 0) + 1
    used = rows.filter(pl.col("human").is_not_null())
    old = used.filter(pl.col("made_of").is_not_null() & (pl.col("made_of") != pl.col("now")))
    stale, have = _keys(old), _keys(used)
    return TranslationReport(
        rows=frame.height,
        by_origin={name: origins.get(name, 0) for name in ORIGINS},
        from_cache=cached,
        kept=kept,
        waiting=dict(sorted(waiting.items())),
        refused=refused,
        unchanged=unchanged,
        stale=tuple(o for o in overrides if (o.entity, o.id, o.field, o.locale) in stale),
        unused=tuple(o for o in overrides if (o.entity, o.id, o.field, o.locale) not in have),
        money=budget.money,
        providers=done.reports,
        purged=done.purged,
        rebuilt=cache.rebuilt,
    )


def _keys(frame: pl.DataFrame) -> set[tuple[Any, ...]]:
    return set(frame.select("entity", "id", "field", "locale").iter_rows())
