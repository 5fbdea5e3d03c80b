"""A tenant's own words: its glossary, and texts that people translated. Files in the tenant's folder."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from dagster_ingest.errors import guess
from dagster_ingest.spec.paths import inside
from dagster_ingest.spec.problem import Loc, Report, SpecProblem
from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.spec.translation import FIELDS, Locale, Translation
from dagster_ingest.spec.wording import explain
from dagster_ingest.spec.yamlfile import YamlError, YamlFile

LARGEST_CSV = 32 * 2**20  # bytes
COLUMNS = ("entity", "id", "field", "locale", "text")
MORE_COLUMNS = ("source_hash", "source", "note")
_PART: Loc = ("enhance", "translation")

Words = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Term(_Strict):
    """A term of the glossary. A locale that `to` lacks is left to the translator."""

    term: Words
    to: dict[Locale, Words] = Field(min_length=1)
    match_case: bool = False


class GlossaryFile(_Strict):
    keep: list[Words] = Field(default_factory=list, max_length=20_000)
    """Terms that stay as they are, in this very spelling."""
    terms: list[Term] = Field(default_factory=list, max_length=20_000)


class OverrideRow(_Strict):
    entity: str = Field(min_length=1)
    id: str = Field(min_length=1, max_length=200)
    field: str = Field(min_length=1)
    locale: str
    text: str = Field(pattern=r"\S")
    source_hash: str | None = Field(default=None, pattern=r"^[0-9a-f]{32}$")
    source: str | None = None
    note: str | None = None


class OverridesFile(_Strict):
    overrides: list[OverrideRow] = Field(max_length=20_000)


@dataclass(frozen=True, slots=True)
class Override:
    """A text by a person. source_hash: of the text that it translates; None where the file does not say."""

    entity: str
    id: str
    field: str
    locale: str
    text: str
    source_hash: str | None


@dataclass(frozen=True, slots=True)
class TranslationFiles:
    """What a tenant's files hold; empty where it has none. keep, terms: as in GlossaryFile."""

    keep: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    overrides: tuple[Override, ...] = ()


def source_hash(text: str) -> str:
    """32 hex digits of a text, white space aside, which spreadsheets change."""
    return hashlib.blake2b(" ".join(text.split()).encode(), digest_size=16).hexdigest()


def translation_files(spec: TenantSpec) -> TranslationFiles:
    """As the files are now. Raises SpecError for what is wrong with them."""
    model = spec.model
    report = Report(YamlFile(spec.file))
    files, problems = read_files(spec.folder, model.enhance.translation, model.locales, report, str)
    for problem in (*report.problems(spec.name), *problems):
        raise problem.error()
    return files


def read_files(
    folder: Path, settings: Translation, locales: Sequence[str], report: Report, shown: Callable[[str], str]
) -> tuple[TranslationFiles, list[SpecProblem]]:
    """The files and what is wrong in them; what is wrong with their names goes to the tenant's `report`.

    shown: a path as messages show it
    """
    for index, translator in enumerate(settings.providers):
        for at, locale in enumerate(translator.locales):
            if locale not in locales:
                where = (*_PART, "providers", index, "locales", at)
                report.add(where, f"the tenant has no locale {locale!r}", value=locale, allowed=locales)
    keep: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    problems: list[SpecProblem] = []
    if path := _path(folder, "glossary", settings.glossary, (".yaml", ".yml"), report):
        keep, terms, problems = _glossary(path, shown(path), locales)
    overrides: list[Override] = []
    if path := _path(folder, "overrides", settings.overrides, (".csv", ".yaml", ".yml"), report):
        read = _from_csv if path.endswith(".csv") else _from_yaml
        overrides, found = read(path, shown(path), locales)
        problems = [*problems, *found]
    return TranslationFiles(keep, terms, tuple(overrides)), problems


def _path(folder: Path, key: str, name: str | None, endings: tuple[str, ...], report: Report) -> str | None:
    if name is None:
        return None
    home = os.path.realpath(folder)
    wrong = inside(home, name) or (
        None if name.endswith(endings) else f"does not end in {' or '.join(endings)}"
    )
    if wrong is None:
        return os.path.join(home, name)
    report.add(
        (*_PART, key), f"the file {name!r} {wrong}", value=name, fix="give a path inside the tenant's folder"
    )
    return None


def _glossary(
    path: str, shown: str, locales: Sequence[str]
) -> tuple[tuple[str, ...], tuple[Term, ...], list[SpecProblem]]:
    try:
        file = YamlFile(path, shown)
    except YamlError as error:
        return (), (), list(error.problems)
    report = Report(file)
    try:
        read = GlossaryFile.model_validate(file.data)
    except ValidationError as error:
        explain(error, GlossaryFile, report)
        return (), (), report.problems()
    seen: dict[str, int] = {}
    for index, term in enumerate(read.terms):
        first = seen.setdefault(term.term if term.match_case else term.term.casefold(), index)
        if first != index:
            report.add(
                ("terms", index, "term"),
                f"the term stands twice, first as entry {first + 1}",
                value=term.term,
            )
        for locale in term.to:
            if locale not in locales:
                problem = f"the tenant has no locale {locale!r}"
                report.add(
                    ("terms", index, "to", locale), problem, value=locale, allowed=locales, on_key=True
                )
    return tuple(read.keep), tuple(read.terms), report.problems()


def _from_yaml(path: str, shown: str, locales: Sequence[str]) -> tuple[list[Override], list[SpecProblem]]:
    try:
        file = YamlFile(path, shown)
    except YamlError as error:
        return [], list(error.problems)
    report = Report(file)
    try:
        rows = OverridesFile.model_validate(file.data).overrides
    except ValidationError as error:
        explain(error, OverridesFile, report)
        return [], report.problems()
    checks = _Checks(locales)
    for index, row in enumerate(rows):
        for column, problem, allowed in checks.faults(row):
            value = getattr(row, column)
            report.add(("overrides", index, column), problem, value=value, allowed=allowed)
    return [_override(row) for row in rows], report.problems()


def _from_csv(path: str, shown: str, locales: Sequence[str]) -> tuple[list[Override], list[SpecProblem]]:
    if os.path.getsize(path) > LARGEST_CSV:
        return [], [SpecProblem(shown, f"larger than {LARGEST_CSV:,} bytes")]
    found: list[Override] = []
    problems: list[SpecProblem] = []
    checks = _Checks(locales)
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if wrong := _heading(reader.fieldnames or (), shown):
                return [], wrong
            for row in reader:
                line = reader.line_num
                try:
                    given = {name: text or None for name, text in row.items()}
                    read = OverrideRow.model_validate({k: v for k, v in given.items() if v is not None})
                except ValidationError as error:
                    problems += _of_row(error, shown, line)
                    continue
                for column, problem, allowed in checks.faults(read):
                    value = getattr(read, column)
                    near = guess(value, allowed)
                    problems.append(
                        SpecProblem(shown, problem, line, None, repr(value), tuple(allowed), near)
                    )
                found.append(_override(read))
    except UnicodeDecodeError:
        problems.append(SpecProblem(shown, "not UTF-8 text", fix="save the file as UTF-8"))
    except csv.Error as error:
        problems.append(SpecProblem(shown, f"not valid CSV: {error}", reader.reader.line_num))
    return found, problems


def _heading(names: Sequence[str], shown: str) -> list[SpecProblem]:
    every = (*COLUMNS, *MORE_COLUMNS)
    wrong = [
        SpecProblem(shown, f"unknown column {name!r}", 1, None, repr(name), every, guess(name, every))
        for name in names
        if name not in every
    ]
    fix = f"the first line is {','.join(COLUMNS)}, perhaps with {', '.join(MORE_COLUMNS)}"
    lacking = [name for name in COLUMNS if name not in names]
    return wrong + [SpecProblem(shown, f"the column {name!r} is missing", 1, fix=fix) for name in lacking]


def _of_row(error: ValidationError, shown: str, line: int) -> list[SpecProblem]:
    problems = []
    for item in error.errors(include_url=False):
        column = item["loc"][0] if item["loc"] else None
        if column is None or column == "None":
            problem = "the line has more cells than the heading"
        elif item["type"] == "missing":
            problem = f"the column {column!r} is empty"
        else:
            problem = f"{column!r}: {item['msg'][:1].lower()}{item['msg'][1:]}"
        problems.append(SpecProblem(shown, problem, line))
    return problems


class _Checks:
    """What a row of either kind of file has to keep to."""

    def __init__(self, locales: Sequence[str]) -> None:
        self._locales = tuple(locales)
        self._seen: set[tuple[str, str, str]] = set()

    def faults(self, row: OverrideRow) -> list[tuple[str, str, Sequence[str]]]:
        """(column, problem, allowed) of each."""
        found: list[tuple[str, str, Sequence[str]]] = []
        entities = tuple(dict.fromkeys(name.split(".")[0] for name in FIELDS))
        fields = tuple(name.split(".")[1] for name in FIELDS if name.split(".")[0] == row.entity)
        if row.entity not in entities:
            found.append(("entity", f"no texts of {row.entity!r} can be translated", entities))
        elif row.field not in fields:
            found.append(
                ("field", f"{row.field!r} of {row.entity} is no text that can be translated", fields)
            )
        if row.locale not in self._locales:
            found.append(("locale", f"the tenant has no locale {row.locale!r}", self._locales))
        key = (row.id, row.field, row.locale)
        if key in self._seen:
            found.append(("id", f"{row.field} in {row.locale} stands twice for this record", ()))
        self._seen.add(key)
        return found


def _override(row: OverrideRow) -> Override:
    made_of = row.source_hash or (source_hash(row.source) if row.source else None)
    return Override(row.entity, row.id, row.field, row.locale, row.text, made_of)
